"""The reader: the sentence that answers, the exact answer in it, and how likely it is right. It can't invent.

The model puts up spans, and the sentences that hold them are judged: by what the model says, by their meaning
and by their words. A sentence can answer although no span in it is sure to be the answer: then it is given
without one marked, and is all that has to be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from qa.display import Cleaned, clean
from qa.read.calibration import Calibration, load_calibration
from qa.read.candidates import Candidate, ShortAnswer, candidates
from qa.read.questions import form_of
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel
from qa.types import ReadAlternative, Reading, ReadSentence, ScoredPassage, Span

if TYPE_CHECKING:
    from qa.embed import Embedder

Ranked = Sequence[tuple[float, Candidate]]
"""Candidates with the probability that they answer, the likeliest first."""

_LIKELY = 0.5  # for a short answer to be marked: more likely right than not
_SURE = 0.8  # likewise, and of the probability of its sentence
_FURTHER_AT_LEAST = 0.7  # of the best one's probability, for a further sentence of a list or an explanation
_ALTERNATIVE_AT_LEAST = 0.7  # likewise, for another answer to be told
_MOST_SENTENCES = 3


class ExtractiveReader:
    """Reads with the bundled model; yes/no questions are left to the sentence that decides them."""

    name = "extractive"

    def __init__(
        self,
        model: SpanModel,
        embedder: Embedder,
        sentence: SentenceReader,
        accepted_risk: float,
        calibrations: tuple[Calibration, Calibration] | None = None,
    ) -> None:
        """It answers what is sure enough for ``accepted_risk``; ``sentence`` decides yes and no.

        ``calibrations`` judge sentences, and the short answers in them; the bundled ones by default.
        """
        self._model = model
        self._embedder = embedder
        self._sentence = sentence
        self._calibration, self._short = calibrations or (
            load_calibration("extractive"),
            load_calibration("short_answer"),
        )
        self._accepted_risk = accepted_risk

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        form = form_of(question)
        accepted = self._accepted_risk if accepted_risk is None else accepted_risk
        if form == "yes_no":
            return self._sentence.read(question, passages, today=today, accepted_risk=accepted)
        found = candidates(self._model, self._embedder, question, passages)
        ranked = self._calibration.rank(found)
        if not ranked:
            return Reading((), 0.0, reason="not_in_documents")
        probability, best = ranked[0]
        order = tuple(dict.fromkeys([*(c.at for _, c in ranked), *range(len(passages))]))
        given = [best, *(_further(ranked) if form in ("list", "explanation") else ())]
        sure, short = self._surest(best)
        shown = _shown(best, passages)
        mark = _within(shown, short, best)
        marked = mark.start < mark.end and is_sure_enough(sure, probability)
        confidence = sure if marked else probability
        if confidence < self._calibration.threshold(accepted):
            return Reading((), confidence, order=order, reason="not_in_documents")
        return Reading(
            sentences=tuple(ReadSentence(_shown(c, passages).text, ((c.at, c.span),)) for c in given),
            probability=confidence,
            short_answer=shown.text[slice(*mark)] if marked else None,
            short_start=mark.start if marked else 0,
            alternatives=self._alternatives(sure, short, ranked, given) if marked else (),
            order=order,
        )

    def _surest(self, candidate: Candidate) -> tuple[float, ShortAnswer]:
        """The likeliest short answer in a sentence, and how likely it is right."""
        return self._short.rank(candidate.shorts)[0]

    def _alternatives(
        self, sure: float, short: ShortAnswer, ranked: Ranked, given: Sequence[Candidate]
    ) -> tuple[ReadAlternative, ...]:
        """Other numbers or dates that are nearly as likely, from other sentences: each answer once."""
        if not _has_digit(short.key):
            return ()
        kept: dict[str, ReadAlternative] = {}
        for candidate in (candidate for _, candidate in ranked if candidate not in given):
            other_sure, other = self._surest(candidate)
            differs = other.key != short.key and _has_digit(other.key)
            if differs and other_sure >= _ALTERNATIVE_AT_LEAST * sure:
                kept.setdefault(other.key, ReadAlternative(other.text, (candidate.at, candidate.span)))
        return tuple(kept.values())


def is_sure_enough(short: float, sentence: float) -> bool:
    """Whether a short answer is marked, from its probability and that of its sentence."""
    return short >= max(_LIKELY, _SURE * sentence)


def _further(ranked: Ranked) -> list[Candidate]:
    """Sentences of the best one's passage that are nearly as likely to answer, in reading order."""
    (probability, best), *others = ranked
    taken = [best]
    for p, c in others:
        near = c.at == best.at and p >= _FURTHER_AT_LEAST * probability
        if near and len(taken) < _MOST_SENTENCES and all(_apart(c.span, t.span) for t in taken):
            taken.append(c)
    return sorted(taken[1:], key=lambda c: c.span)


def _apart(one: Span, other: Span) -> bool:
    return one.end <= other.start or other.end <= one.start


def _shown(candidate: Candidate, passages: Sequence[ScoredPassage]) -> Cleaned:
    """The candidate's sentence as people see it."""
    return clean(passages[candidate.at].passage.words_at(candidate.span))


def _within(shown: Cleaned, short: ShortAnswer, candidate: Candidate) -> Span:
    """Where the short answer stands in its sentence as people see it; empty when nothing of it is shown."""
    return shown.span(short.span.start - candidate.span.start, short.span.end - candidate.span.start)


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)
