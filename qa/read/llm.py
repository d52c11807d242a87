"""The reader that has a language model write, and shows of it what the passages bear out.

While the model begins, the extractive reader reads the same passages: its answer stands ready for when the
model fails, and how sure it is tells how far the model may be trusted. Each sentence is checked against the
passages that it cites before anybody sees it; where it cites none, against all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import TYPE_CHECKING

from qa.errors import LLMError
from qa.read import Reader, Steps
from qa.read.breaker import Breaker
from qa.read.calibration import Calibration, load_calibration
from qa.read.markers import Sentences, spoken
from qa.read.model import TICK_SECONDS, Model
from qa.read.prompts import Prompt, answering, condensing, is_condensed
from qa.read.written import Rules, Writing
from qa.types import Reading, ReadSentence, ScoredPassage, Turn, Waiting

if TYPE_CHECKING:
    from qa.config import Config
    from qa.verify import Checker

_log = logging.getLogger(__name__)
_CONDENSING_SHARE = 0.25  # of the time for a question, on top of it
_MOST_CONDENSING_SECONDS = 10.0


class LLMReader:
    """Safe to share between threads."""

    name = "llm"

    def __init__(
        self,
        model: Model,
        quoting: Reader,
        checker: Checker,
        config: Config,
        calibration: Calibration | None = None,
    ) -> None:
        """``quoting`` answers where ``model`` fails; ``checker`` says what may be shown.

        ``calibration`` weighs what speaks for an answer, see ``qa.read.written``; the bundled one by default.
        """
        self.model = model
        self._quoting = quoting
        self._config = config
        marks = config.llm_unsupported == "mark"
        self._rules = Rules(model.name, checker, calibration or load_calibration("llm"), marks)
        self._breaker = Breaker()
        self._at_once = threading.BoundedSemaphore(config.llm_at_once)

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        with closing(self.stream(question, passages, today=today, accepted_risk=accepted_risk)) as steps:
            *_, last = steps
        assert isinstance(last, Reading)
        return last

    def stream(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
        parts: int = 1,
    ) -> Steps:
        accepted = self._config.accepted_risk if accepted_risk is None else accepted_risk
        writing = Writing(
            self._rules,
            passages,
            accepted,
            lambda: self._quoting.read(question, passages, today=today, accepted_risk=accepted),
        )
        failure = None
        try:
            prompt = self._prompt(question, writing.passages, today or date.today())
            with self._heeding_failures():
                yield from self._write(prompt, writing, self._config.llm_seconds / parts)
        except LLMError as error:
            failure = error
        yield writing.reading(failure)

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        seconds = min(_MOST_CONDENSING_SECONDS, _CONDENSING_SHARE * self._config.llm_seconds)
        if not self._at_once.acquire(timeout=seconds):
            return None
        try:
            with self._heeding_failures():
                text = spoken(self.model.write(condensing(question, history), seconds))
        except LLMError:
            return None
        finally:
            self._at_once.release()
        return text if is_condensed(text, question, history) else None

    def _prompt(self, question: str, passages: Sequence[ScoredPassage], today: date) -> Prompt:
        """Raises LLMError where there is nothing to show the model, or no room for it."""
        if not passages:
            raise LLMError("every passage has what looks like instructions to a language model")
        return answering(question, passages, today=today, context_tokens=self._config.llm_context_tokens)

    def _write(
        self, prompt: Prompt, writing: Writing, seconds: float
    ) -> Generator[ReadSentence | Waiting, None, None]:
        """Have the model write, and give what may be shown. Raises LLMError."""
        self.model.load()
        deadline = time.monotonic() + seconds
        while not self._at_once.acquire(timeout=TICK_SECONDS):
            yield Waiting()
            if time.monotonic() > deadline:
                raise LLMError("the language model is asked too much at once")
        try:
            parser = Sentences(prompt.given)
            with self.model.asked(prompt, deadline - time.monotonic()) as pieces:
                writing.quoted  # noqa: B018 - the extractive reader reads while the model begins
                for piece in pieces:
                    if piece is None:
                        yield Waiting()
                        continue
                    yield from writing.add(parser.feed(piece), prompt.given)
                    if writing.refused:
                        return
                    if parser.full:
                        raise LLMError("the language model writes without an end")
                yield from writing.add(parser.end(), prompt.given)
        finally:
            self._at_once.release()
        if not writing.begun:
            raise LLMError("the language model wrote nothing")

    @contextmanager
    def _heeding_failures(self) -> Iterator[None]:
        """Raises LLMError at once while the model is known to fail."""
        why = self._breaker.why()
        if why is not None:
            raise LLMError(why)
        try:
            yield
        except LLMError as error:
            _log.warning("%s", error)
            self._breaker.failed(str(error), certain=error.gone)
            raise
        self._breaker.succeeded()
