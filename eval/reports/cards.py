"""Questions as a report shows them: what is known of each beside what every run gave, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.given import Given, GivenPassage
from eval.gold import SEARCH, Evidence, GoldQuestion
from eval.places import Place, holds, shared
from eval.record import Outcome
from eval.reports.columns import Column
from eval.reports.marks import Stretch, cut, excerpt, quoted
from eval.score import FEW, MANY, Score, cites_evidence, is_right
from qa.errors import RunError

_MOST_EVIDENCE = 20  # shown of a question, which may have hundreds of relevant documents

VERDICTS = {
    "right": "right and cited",
    "uncited": "right, not cited",
    "wrong": "wrong",
    "withheld": "rightly withheld",
    "missed": "wrongly withheld",
    "invented": "wrongly answered",
    "greeted": "told from a question",
    "mistaken": "taken for a question",
    "found": f"evidence in the first {FEW}",
    "lost": f"no evidence in the first {FEW}",
    "failed": "failed",
    "unasked": "not asked",
}
"""How a question may come out, and how that is said."""

AMISS = ("missed", "wrong", "invented", "uncited", "mistaken", "lost", "failed")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document: a gold quote, a citation or a passage. ``holds``: the whole gold evidence."""

    source: str
    start: int
    end: int
    words: tuple[Stretch, ...]
    marker: int | None = None
    told: str = ""
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, given or withheld: its words, the short answer marked, and what it cites."""

    words: tuple[Stretch, ...]
    confidence: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one run made of a question. ``found`` is the rank of the first passage with gold evidence."""

    verdict: str
    score: Score
    outcome: Outcome
    reply: Reply | None
    withheld: Reply | None
    would_be: str
    passages: tuple[Quote, ...]
    found: int | None

    @property
    def label(self) -> str:
        return VERDICTS[self.verdict]

    @property
    def retrieved(self) -> int:
        return len(self.outcome.given.passages) if self.outcome.given else 0


@dataclass(frozen=True, slots=True)
class Card:
    """A question; ``attempts`` has None for a run that has not asked it."""

    number: int
    gold: GoldQuestion
    follows: tuple[int, str] | None
    evidence: tuple[Quote, ...]
    more_evidence: int
    attempts: tuple[Attempt | None, ...]

    @property
    def verdicts(self) -> tuple[str, ...]:
        return tuple("unasked" if each is None else each.verdict for each in self.attempts)

    @property
    def tags(self) -> tuple[str, ...]:
        """How the runs differ: in their verdicts, and of two, which is the better."""
        both = [each.score.grounded for each in self.attempts if each is not None]
        flipped = len(self.attempts) == len(both) == 2 and both[0] != both[1]
        differs = len(set(self.verdicts)) > 1
        return ("differs",) * differs + (("better" if both[1] else "worse",) if flipped else ())


def cards_of(columns: Sequence[Column]) -> list[Card]:
    """The questions that any run has asked. Raises RunError when runs ask one id different things."""
    golds = _golds(columns)
    scores = [{each.gold.id: each.score for each in column.asked} for column in columns]
    asked = [gold for gold in golds.values() if any(gold.id in one for one in scores)]
    numbers = {gold.id: number for number, gold in enumerate(asked, start=1)}
    return [_card(numbers, golds, gold, columns, [one.get(gold.id) for one in scores]) for gold in asked]


def _golds(columns: Sequence[Column]) -> dict[str, GoldQuestion]:
    golds: dict[str, GoldQuestion] = {}
    for column in columns:
        for gold in column.run.questions:
            if golds.setdefault(gold.id, gold) != gold:
                raise RunError(f"question {gold.id!r} is not the same in all runs: run them again")
    return golds


def _card(
    numbers: Mapping[str, int],
    golds: Mapping[str, GoldQuestion],
    gold: GoldQuestion,
    columns: Sequence[Column],
    scores: Sequence[Score | None],
) -> Card:
    outcomes = [column.run.outcomes.get(gold.id) for column in columns]
    cited = {place for o in outcomes if o is not None and o.given is not None for place in o.given.cited}
    before = gold.follows if gold.follows in numbers else None
    return Card(
        number=numbers[gold.id],
        gold=gold,
        follows=(numbers[before], golds[before].question) if before is not None else None,
        evidence=tuple(_gold_quote(gold, each, cited) for each in gold.evidence[:_MOST_EVIDENCE]),
        more_evidence=max(0, len(gold.evidence) - _MOST_EVIDENCE),
        attempts=tuple(
            None if outcome is None or score is None else _attempt(gold, outcome, score)
            for outcome, score in zip(outcomes, scores, strict=True)
        ),
    )


def _gold_quote(gold: GoldQuestion, evidence: Evidence, cited: Iterable[Place]) -> Quote:
    """Gold evidence; marked is what any run cites of it, wherever in the document it stands."""
    start, end = evidence.spans[0] if evidence.spans else (0, 0)
    here = Place(evidence.source, start, end)
    moved = [
        Place(here.source, each.start - place.start + start, each.end - place.start + start)
        for place in evidence.places
        for each in shared([place], list(cited))
    ]
    proves = ", ".join(gold.parts[part][0] for part in evidence.parts)
    told = [f"for: {proves}"] if proves else []
    told += [f"grade {evidence.grade}"] if evidence.grade != 1 else []
    return Quote(evidence.source, start, end, quoted(here, evidence.quote, moved), told=", ".join(told))


def _attempt(gold: GoldQuestion, outcome: Outcome, score: Score) -> Attempt:
    golds = [place for evidence in gold.evidence if evidence.quote for place in evidence.places]
    given, withheld = outcome.given, outcome.withheld
    retrieved = given.passages if given else ()
    hits = [_has_evidence(passage, gold, golds) for passage in retrieved]
    return Attempt(
        verdict=verdict(gold, score),
        score=score,
        outcome=outcome,
        reply=_reply(given, golds) if given and gold.type != SEARCH else None,
        withheld=_reply(withheld, golds) if withheld else None,
        would_be=_would_be(gold, withheld) if withheld else "",
        passages=tuple(_passage(p, hit, golds) for p, hit in zip(retrieved[:MANY], hits, strict=False)),
        found=hits.index(True) + 1 if True in hits else None,
    )


def verdict(gold: GoldQuestion, score: Score) -> str:
    """How a question came out: a key of ``VERDICTS``."""
    if score.failed:
        return "failed"
    if gold.type == SEARCH:
        return "found" if score.retrieved and score.retrieved.success else "lost"
    if gold.type == "greeting":
        return "greeted" if score.right else "mistaken"
    if not gold.answerable:
        return "withheld" if score.right else "invented"
    if score.abstained:
        return "missed"
    return "right" if score.grounded else "uncited" if score.right else "wrong"


def _would_be(gold: GoldQuestion, withheld: Given) -> str:
    """What would have come of an answer that was withheld."""
    if not gold.answerable:
        return VERDICTS["wrong"]
    if not is_right(gold, withheld):
        return VERDICTS["wrong"]
    return VERDICTS["right" if cites_evidence(gold, withheld) else "uncited"]


def _reply(given: Given, golds: Sequence[Place]) -> Reply:
    return Reply(
        words=cut(given.text, [given.short_span] if given.short_span else []),
        confidence=given.confidence,
        quotes=tuple(
            Quote(
                each.source,
                each.start,
                each.end,
                quoted(each.place, each.quote, golds),
                each.marker,
                ", ".join(filter(None, (each.title, each.published, each.heading))),
            )
            for each in given.citations
        ),
    )


def _has_evidence(passage: GivenPassage, gold: GoldQuestion, golds: Sequence[Place]) -> bool:
    """Whether it has all of a gold quote, or is of a document that is relevant as a whole."""
    whole = any(evidence.source == passage.source and not evidence.quote for evidence in gold.evidence)
    return whole or any(holds(passage.place, place) for place in golds)


def _passage(passage: GivenPassage, hit: bool, golds: Sequence[Place]) -> Quote:
    words = excerpt(passage.place, passage.text, golds)
    return Quote(passage.source, passage.start, passage.end, words, holds=hit)
