"""What of a model's sentences may be shown, how sure that is, and what is said about the rest.

The probability that an answer is right is logistic in two log-odds: that of the extractive reader, which has
read the same passages, and that of the checker for what the model wrote (of an answer: their mean over its
sentences, as probabilities). Weights and thresholds are ``llm.json``, which says what they are fitted on;
``python -m eval.calibrate_llm`` fits them for a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log
from typing import TYPE_CHECKING

from qa.errors import LLMError
from qa.read.calibration import Calibration
from qa.read.markers import Said
from qa.read.planted import speaks_to_models
from qa.read.prompts import PROMPT, is_echo, is_refusal
from qa.types import Outcome, Reading, ReadSentence, ScoredPassage, Written

if TYPE_CHECKING:
    from qa.verify import Checked, Checker

FEATURES = ("logit of extractive", "logit of verified")
_SUREST = 0.995  # nothing is more certain, or less


@dataclass(frozen=True, slots=True)
class Rules:
    """By what any answer of a model is judged. ``marks``: what is not borne out is shown, and marked."""

    model: str
    checker: Checker
    calibration: Calibration
    marks: bool


class Writing:
    """One answer of a model as it comes about."""

    def __init__(
        self,
        rules: Rules,
        passages: Sequence[ScoredPassage],
        accepted_risk: float,
        quote: Callable[[], Reading],
    ) -> None:
        """``quote`` is the extractive reader, on the same question and passages.

        ``passages`` of this are what the model may see, and what may vouch for it.
        """
        self._rules = rules
        self._vouching = [at for at, scored in enumerate(passages) if not speaks_to_models(scored)]
        self.passages = [passages[at] for at in self._vouching]
        self._left_out = len(passages) - len(self.passages)
        self._accepted = accepted_risk
        self._quote = quote
        self._kept: list[ReadSentence] = []
        self._marked: list[ReadSentence] = []  # wait for a sentence that is borne out
        self._verified: list[float] = []
        self._withheld = self._invented = 0
        self.begun = False
        self.refused = False

    @cached_property
    def quoted(self) -> Reading:
        """What the extractive reader makes of the passages."""
        return self._quote()

    def add(self, sentences: Iterable[Said], given: int) -> Iterator[ReadSentence]:
        """What may be shown now of more sentences; the model was given so many of ``passages``."""
        for said in sentences:
            self.begun = True
            if is_refusal(said.text):
                self.refused = not self._verified
                if self.refused:
                    return
                continue
            self._invented += said.invented
            yield from self._judged(said, given)

    def _judged(self, said: Said, given: int) -> Iterator[ReadSentence]:
        if is_echo(said.text):
            self._withheld += 1
            return
        cited = [number - 1 for number in said.markers] or list(range(given))
        checked = self._rules.checker.check(said.text, self.passages, cited)
        borne_out = checked.support != "unsupported" and bool(checked.cites) and not said.links
        if borne_out and self._is_sure_enough(checked):
            self._verified.append(checked.probability)
            cites = tuple((self._vouching[at], span) for at, span in checked.cites)
            released = [*self._marked, ReadSentence(said.text, cites, checked.support)]
            self._marked = []
        elif self._rules.marks and not borne_out and not said.links:
            marked = ReadSentence(said.text, (), "unsupported")
            released = [marked] if self._verified else []
            self._marked += [] if self._verified else [marked]
        else:
            self._withheld += 1
            return
        self._kept += released
        yield from released

    def _is_sure_enough(self, checked: Checked) -> bool:
        """Whether an answer of such sentences alone would be given; then one of several is, too."""
        calibration = self._rules.calibration
        return self._probability(checked.probability) >= calibration.threshold(self._accepted)

    def _probability(self, verified: float) -> float:
        return self._rules.calibration.probability((logit(self.quoted.probability), logit(verified)))

    def reading(self, failure: LLMError | None) -> Reading:
        """The whole; what the extractive reader says where nothing of the model's may be shown."""
        if self._verified:
            return self._answer(failure)
        if self.refused and failure is None and self._accepted < 1:
            return Reading(
                (),
                self.quoted.probability,
                order=self.quoted.order,
                reason="not_in_documents",
                written=self._written("abstained"),
            )
        self._withheld += len(self._marked)
        if failure is not None or not self.begun or self.refused:
            why = str(failure or "the language model has no answer")
            outcome: Outcome = "failed" if failure else "abstained"
        else:
            outcome, why = "unsupported", "nothing that the language model wrote is sure enough to be shown"
        note = f"{why[:1].upper()}{why[1:]}. The passages were read without it."
        return replace(self.quoted, notes=(note,), written=self._written(outcome))

    def _answer(self, failure: LLMError | None) -> Reading:
        first = self._kept[0].text
        short = self.quoted.short_answer
        start = _place(short, first) if short else -1
        cited = (at for sentence in self._kept for at, _ in sentence.cites)
        return Reading(
            sentences=tuple(self._kept),
            probability=self._probability(sum(self._verified) / len(self._verified)),
            short_answer=short if start >= 0 else None,
            short_start=max(start, 0),
            alternatives=self.quoted.alternatives if start >= 0 else (),
            order=tuple(dict.fromkeys([*cited, *self.quoted.order])),
            notes=tuple(self._notes(failure)),
            written=self._written("cut" if failure else "written"),
        )

    def _notes(self, failure: LLMError | None) -> Iterator[str]:
        if failure is not None:
            yield f"This answer may lack its end: {failure}."
        if self._left_out:
            what = "1 passage" if self._left_out == 1 else f"{self._left_out} passages"
            yield f"Not given to the language model: {what} with what looks like instructions to it."
        if self._withheld:
            what = "1 sentence" if self._withheld == 1 else f"{self._withheld} sentences"
            yield f"Not shown: {what} of the language model that the passages do not bear out well enough."

    def _written(self, outcome: Outcome) -> Written:
        return Written(self._rules.model, PROMPT, outcome, self._withheld, self._invented)


def logit(probability: float) -> float:
    """The log-odds of a probability, bounded: nothing is certain."""
    bounded = min(max(probability, 1 - _SUREST), _SUREST)
    return log(bounded / (1 - bounded))


def _place(short: str, text: str) -> int:
    """Where ``short`` stands in ``text`` as words of its own; -1 where it doesn't."""
    start = text.find(short)
    while start >= 0:
        end = start + len(short)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            return start
        start = text.find(short, start + 1)
    return -1
