"""Summaries made of the documents' own sentences: the most central ones, each cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from qa.centrality import central
from qa.read.questions import names_a_document, subject_of_summary
from qa.read.sentence import Place, sentences_of
from qa.types import Reading, ReadSentence, ScoredPassage, Span
from qa.words import words

if TYPE_CHECKING:
    from qa.embed import Embedder

_MOST = 5
"""Sentences of a summary."""
_LEADS = 0.1  # in favour of what a passage opens with, a cosine's worth: writers put first what matters
_ON_SUBJECT = 2.0  # how much the cosine to what is to be summed up counts against being central
_POINTING_BACK = frozenset(
    """he him his she her it its they them their this that these those such here there however therefore thus
    hence moreover furthermore additionally also apparently meanwhile nevertheless nonetheless otherwise
    instead consequently accordingly likewise similarly and but or so yet then afterwards later according
    based another other both neither either similarly conversely""".split()
)
_NOTE_MARKS = re.compile(r"(?:\s?\[\w{1,3}\]|[¹²³⁴-⁹])+$")
_FEWEST_WORDS, _MOST_WORDS = 8, 60  # shorter ones say little, longer ones are tables and lists


class SummaryReader:
    """Sums passages up, whatever is asked."""

    name = "summary"

    def __init__(self, embedder: Embedder, most: int = _MOST) -> None:
        self._embedder = embedder
        self._most = most

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        """The sentences that say most of what the others say, in reading order.

        They are the documents' own words and nothing is inferred, so that the reading's probability is 1.
        """
        everything = _distinct(sentences_of(passages))
        found = [place for place in everything if _stands_alone(place.text)] or everything
        if not found:
            return Reading((), 0.0, reason="not_in_documents")
        vectors = self._embedder.embed_passages([place.text for place in found])
        favour = np.array([_LEADS * _opens(place, passages) for place in found])
        subject = "" if names_a_document(question) else subject_of_summary(question)
        if subject:
            favour += _ON_SUBJECT * vectors @ self._embedder.embed_question(subject)
        chosen = sorted(central(vectors, self._most, favour), key=lambda at: _place(found[at], passages))
        sentences = (ReadSentence(found[at].text, ((found[at].at, found[at].span),)) for at in chosen)
        return Reading(tuple(sentences), 1.0)


def _distinct(places: Sequence[Place]) -> list[Place]:
    """The first of each set of sentences of the same words: a document may be there twice."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.text, place)
    return list(first.values())


def _opens(place: Place, passages: Sequence[ScoredPassage]) -> bool:
    return place.span.start == passages[place.at].passage.start


def _place(place: Place, passages: Sequence[ScoredPassage]) -> tuple[str, Span]:
    """What sorts sentences into reading order."""
    return passages[place.at].stored.source, place.span


def _stands_alone(text: str) -> bool:
    """Whether a sentence says something by itself: no question, no fragment, nothing that points back."""
    said = words(text)
    ended = _NOTE_MARKS.sub("", text).endswith((".", "!", "”", '"', ")"))
    return ended and _FEWEST_WORDS <= len(said) <= _MOST_WORDS and said[0] not in _POINTING_BACK
