"""A fake assistant on the bridges: what a run asks of a library, answered by one who knows the gold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Unpack

from eval.gold import GoldQuestion, placed
from eval.places import Place
from qa import kept
from qa.cite import cite
from qa.library import State
from qa.types import (
    Answer,
    Asking,
    Manifest,
    Passage,
    Reading,
    ReadSentence,
    ScoredPassage,
    Span,
    StoredDocument,
    StoredPassage,
    Timings,
)
from tests.bridges import BRIDGES, questions

WITHHELD = "The documents do not answer this."
GOLD = placed(questions(), {bridge.source: bridge.text for bridge in BRIDGES})
_ASKED = {(gold.follows, gold.question): gold for gold in GOLD}
_BY_QUESTION = {gold.question: gold for gold in GOLD if gold.follows is None}
_SENTENCE = re.compile(r"\S.*?\.(?=\s|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its passages, and whether nothing is to be withheld."""

    gold: GoldQuestion
    passages: Sequence[ScoredPassage]
    eager: bool = False

    def around(self, place: Place) -> ReadSentence:
        """The sentence that a place stands in."""
        at, scored = next((at, s) for at, s in enumerate(self.passages) if _holds(s, place))
        span = next(s for s in scored.passage.sentences if s.start <= place.start and place.end <= s.end)
        return ReadSentence(scored.passage.words_at(span), ((at, span),))

    def saying(self, words: str) -> ReadSentence:
        """The first sentence with these words."""
        return next(each for each in self.sentences() if words in each.text)

    def sentences(self) -> list[ReadSentence]:
        """All there are."""
        return [
            ReadSentence(scored.passage.words_at(span), ((at, span),))
            for at, scored in enumerate(self.passages)
            for span in scored.passage.sentences
        ]

    def proves(self, cited: tuple[int, Span]) -> bool:
        """Whether a place that could be cited holds gold evidence."""
        source = self.passages[cited[0]].stored.source
        return any(
            place.source == source and place.start < cited[1].end and cited[1].start < place.end
            for evidence in self.gold.evidence
            for place in evidence.places
        )


Say = Callable[[Asked], Reading]
Rank = Callable[[GoldQuestion], list[ScoredPassage]]


class Oracle:
    """What a run asks of a library, answered by ``say``; ``rank`` finds the passages."""

    def __init__(self, say: Say, rank: Rank | None = None) -> None:
        self._say = say
        self._rank = rank or evidence_first

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        history = how.get("history", ())
        before = _BY_QUESTION[history[-1].question].id if history else None
        gold = _ASKED[before, question]
        passages = self._rank(gold)
        reading = self._say(Asked(gold, passages, eager=how.get("accepted_risk") == 1))
        cited = cite(reading, passages)
        return Answer(
            question=question,
            searched=question,
            text=WITHHELD if reading.reason else cited.text,
            short_answer=reading.short_answer,
            short_span=cited.short_span,
            abstained=reading.reason is not None,
            reason=reading.reason,
            confidence=reading.probability,
            sentences=cited.sentences,
            citations=cited.citations,
            alternatives=(),
            passages=tuple(passages),
            manifest=Manifest("oracle", "none", "bridges", "0", Timings(1, 2, 3)),
        )

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        return self._rank(_BY_QUESTION[question])[: how.get("k")]

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        return [
            StoredDocument(
                b.source, b.source, b.source, b.name, None, "0", "test", "test", len(b.text), 2, (), "now"
            )
            for b in BRIDGES
        ]

    def text(self, document_id: str) -> str:
        return next(bridge.text for bridge in BRIDGES if bridge.source == document_id)

    def state(self) -> State:
        return State(
            0,
            "none",
            "bridges",
            {"reader": "oracle"},
            len(BRIDGES),
            2 * len(BRIDGES),
            1,
            kept.State("chroma"),
        )


# The passages


def evidence_first(gold: GoldQuestion) -> list[ScoredPassage]:
    """All eight, first those with evidence; of an open question, those on its bridge."""
    places = [place for evidence in gold.evidence for place in evidence.places]
    bridge = f"{gold.id.partition('-')[0]}.txt"
    return sorted(
        _passages(), key=lambda s: (not any(_holds(s, place) for place in places), s.stored.source != bridge)
    )


def evidence_last(gold: GoldQuestion) -> list[ScoredPassage]:
    return evidence_first(gold)[::-1]


def whole_documents(gold: GoldQuestion) -> list[ScoredPassage]:
    """The four documents as a passage each."""
    return [_scored(bridge.source, bridge.text, 0, bridge.text) for bridge in BRIDGES]


@cache
def _passages() -> tuple[ScoredPassage, ...]:
    return tuple(
        _scored(bridge.source, text, bridge.text.index(text), bridge.text)
        for bridge in BRIDGES
        for text in bridge.passages
    )


def _scored(source: str, words: str, start: int, text: str) -> ScoredPassage:
    end = start + len(words)
    sentences = tuple(Span(*match.span()) for match in _SENTENCE.finditer(text, start, end))
    passage = Passage(start, end, words, sentences, len(words.split()))
    return ScoredPassage(
        StoredPassage(f"{source}-{start}", source, source, source, None, "0", passage), 0, 0, 0
    )


def _holds(scored: ScoredPassage, place: Place) -> bool:
    passage = scored.passage
    return scored.stored.source == place.source and passage.start <= place.start and place.end <= passage.end
