"""The whole way of a question: contextualise, retrieve, read, cite."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa import __version__
from qa.about import about
from qa.cite import cite
from qa.contextualise import contextualise
from qa.errors import ConfigError, QuestionError
from qa.read.questions import is_question
from qa.retrieve import retrieve
from qa.types import (
    Answer,
    Done,
    Event,
    Filters,
    Manifest,
    Reading,
    Reason,
    ScoredPassage,
    Searching,
    Timings,
    Turn,
)

if TYPE_CHECKING:
    from qa.config import Config
    from qa.index import Index
    from qa.read import Reader

_MOST_PASSAGES = 50
_WITHHELD = {
    "no_documents": "There are no documents to answer from.",
    "not_in_documents": "The documents do not answer this.",
}


class Assistant:
    """Answers questions from an index. Safe to share between threads."""

    def __init__(self, index: Index, readers: Mapping[str, Reader], config: Config) -> None:
        """``readers`` by name; ``config.reader`` names the one that answers unless told otherwise."""
        self.index = index
        self.readers = dict(readers)
        self._config = config

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int | None = None,
        reader: str | None = None,
    ) -> Answer:
        """The answer to ``question``, or an abstention. Raises QuestionError, ConfigError, StoreError."""
        *_, last = self.stream(question, history=history, filters=filters, k=k, reader=reader)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int | None = None,
        reader: str | None = None,
    ) -> Iterator[Event]:
        """The answer as it comes about; the last event is Done with what ``ask`` returns."""
        started = time.perf_counter()
        chosen = self._reader(reader)
        question = self._checked(question)
        if k is not None and not 1 <= k <= _MOST_PASSAGES:
            raise QuestionError(f"k must be between 1 and {_MOST_PASSAGES}, not {k}")
        searched = contextualise(question, history)
        yield Searching(searched)
        asked = is_question(question)
        passages = self._retrieve(searched, k, filters) if asked else []
        retrieved = time.perf_counter()
        unread: Reason = "no_documents" if asked else "not_a_question"
        reading = chosen.read(searched, passages) if passages else Reading((), 0.0, reason=unread)
        read = time.perf_counter()
        milliseconds = (round(1_000 * s, 1) for s in (retrieved - started, read - retrieved, read - started))
        manifest = Manifest(
            chosen.name,
            self.index.embedder.name,
            self.index.fingerprint,
            __version__,
            Timings(*milliseconds),
        )
        answer = self._answer(question, searched, reading, passages, manifest)
        yield from answer.sentences
        yield from answer.citations
        yield Done(answer)

    def _retrieve(self, searched: str, k: int | None, filters: Filters) -> list[ScoredPassage]:
        wanted = self._config.passages if k is None else k
        return retrieve(self.index, searched, k=wanted, candidates=self._config.candidates, filters=filters)

    def _answer(
        self,
        question: str,
        searched: str,
        reading: Reading,
        passages: Sequence[ScoredPassage],
        manifest: Manifest,
    ) -> Answer:
        cited = cite(reading, passages)
        return Answer(
            question=question,
            searched=searched,
            text=self._withheld(reading.reason) if reading.reason else cited.text,
            short_answer=reading.short_answer,
            short_span=cited.short_span,
            abstained=reading.reason is not None,
            reason=reading.reason,
            confidence=round(reading.probability, 4),
            sentences=cited.sentences,
            citations=cited.citations,
            alternatives=cited.alternatives,
            passages=tuple(passages[at] for at in reading.order) if reading.order else tuple(passages),
            manifest=manifest,
        )

    def _withheld(self, reason: Reason) -> str:
        return about(self.index.catalog) if reason == "not_a_question" else _WITHHELD[reason]

    def _checked(self, question: str) -> str:
        text = question.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()
        if not text:
            raise QuestionError("the question is empty: type one")
        if len(text) > self._config.max_question_chars:
            raise QuestionError(
                f"the question has {len(text):,} characters, at most {self._config.max_question_chars:,}"
                " are read: shorten it"
            )
        return text

    def _reader(self, name: str | None) -> Reader:
        wanted = name or self._config.reader
        if wanted not in self.readers:
            raise ConfigError(f"there is no reader {wanted!r}; there are: {', '.join(self.readers)}")
        return self.readers[wanted]
