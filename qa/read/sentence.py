"""The baseline reader: the sentence nearest to the question, by meaning and by words.

It reads no closer than whole sentences and has no idea of who did what to whom; what it is good for is
to be simple, and to be what every other reader must beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from qa.display import clean
from qa.read.calibration import Calibration, load_calibration
from qa.types import Reading, ReadSentence, ScoredPassage, Span
from qa.words import query_terms, share, stems, words

if TYPE_CHECKING:
    from qa.embed import Embedder

FEATURES = ("cosine", "terms in sentence", "terms in passage", "1 / rank of passage")
_FEWEST_WORDS = 4  # shorter ones are headings, labels and list marks
_SECOND_AT_LEAST = 0.8  # of the first one's score, for a second sentence to be worth its place


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: where it stands, its words for people, and its features.

    ``features`` are cosine to the question in [-1, 1]; share in [0, 1] of the question's terms that stand
    in the sentence; the same for its whole passage with title and heading; and 1 / rank of the passage.
    """

    at: int
    span: Span
    text: str
    features: tuple[float, float, float, float]
    terms: frozenset[str]


class SentenceReader:
    """Picks the best sentence or two; abstains when the best is not likely enough to be right."""

    name = "sentence"

    def __init__(
        self, embedder: Embedder, accepted_risk: float, calibration: Calibration | None = None
    ) -> None:
        """It answers when that is sure enough for ``accepted_risk``.

        ``calibration`` weighs the features; the bundled one by default.
        """
        self._embedder = embedder
        self._calibration = calibration or load_calibration("sentence")
        self._accepted_risk = accepted_risk

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        found = candidates(self._embedder, question, passages)
        if not found:
            return Reading((), 0.0, reason="not_in_documents")
        ranked = self._calibration.rank(found)
        probability, best = ranked[0]
        accepted = self._accepted_risk if accepted_risk is None else accepted_risk
        if probability < self._calibration.threshold(accepted):
            return Reading((), probability, reason="not_in_documents")
        chosen = [best, *_second(probability, best, ranked[1:])]
        return Reading(tuple(ReadSentence(c.text, ((c.at, c.span),)) for c in chosen), probability)


def candidates(embedder: Embedder, question: str, passages: Sequence[ScoredPassage]) -> list[Candidate]:
    """Every sentence of the passages once, with its features."""
    terms = stems(" ".join(query_terms(question)))
    places = sentences_of(passages)
    vectors = embedder.embed_passages([place.text for place in places])
    cosines = vectors @ embedder.embed_question(question) if places else np.zeros(0)
    around = [_terms_around(scored) for scored in passages]
    return [
        Candidate(
            place.at,
            place.span,
            place.text,
            (
                float(cosine),
                share(terms, own := stems(place.text), of_none=0.0),
                share(terms, around[place.at], of_none=0.0),
                1 / (1 + place.at),
            ),
            terms & own,
        )
        for place, cosine in zip(places, cosines, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a passage: which passage, its span in the document, its words for people."""

    at: int
    span: Span
    text: str


def sentences_of(passages: Sequence[ScoredPassage]) -> list[Place]:
    """The sentences of the passages; one that several passages share counts for the first."""
    seen: dict[tuple[str, Span], Place] = {}
    for at, scored in enumerate(passages):
        for span in scored.passage.sentences:
            text = clean(scored.passage.words_at(span)).text
            if len(words(text)) >= _FEWEST_WORDS and not scored.passage.is_heading(span):
                seen.setdefault((scored.stored.document_id, span), Place(at, span, text))
    return list(seen.values())


def _second(
    probability: float, best: Candidate, others: Sequence[tuple[float, Candidate]]
) -> list[Candidate]:
    """The next best sentence, when it is nearly as good and speaks of what the first leaves out."""
    for other_probability, other in others:
        if other_probability < _SECOND_AT_LEAST * probability:
            return []
        if other.terms - best.terms and other.text != best.text:
            return [other]
    return []


def _terms_around(scored: ScoredPassage) -> frozenset[str]:
    return stems(f"{scored.stored.title} {scored.passage.heading or ''} {scored.passage.text}")
