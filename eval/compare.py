"""Two runs of the same questions, side by side: what was changed, which answers flipped, by chance or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.figures import Scored, scored
from eval.gold import SEARCH
from eval.record import Run
from eval.score import FEW, MANY, Cited, Retrieved, Said, Score
from eval.statistics import Difference, Paired, mcnemar, paired_difference
from qa.errors import RunError

Pair = tuple[Scored, Scored]
Measure = Callable[[Scored], float | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that the runs don't share: a setting, a version, a file."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one run alone has right: what was asked, and what each gave."""

    id: str
    question: str
    better: bool
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the second run has more or less than the first, of the questions that both have asked."""

    questions: int
    left_out: int
    changes: tuple[Change, ...]
    grounded: Paired | None
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    answers_changed: int

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"differences": [each.as_dict() for each in self.differences]}


def compare(first: Run, second: Run) -> Comparison:
    """Compare two runs. Raises RunError when they share no question, or ask one id different things."""
    pairs = _pairs(first, second)
    answered = [(a, b) for a, b in pairs if a.gold.type != SEARCH]
    return Comparison(
        questions=len(pairs),
        left_out=len({*first.outcomes} ^ {*second.outcomes}),
        changes=tuple(_changes(first.about, second.about)),
        grounded=mcnemar(*_columns(answered, lambda s: s.grounded)) if answered else None,
        differences=tuple(differences(pairs)),
        flips=tuple(_flips(first, second, answered)),
        answers_changed=sum(
            first.outcomes[a.gold.id].given != second.outcomes[a.gold.id].given for a, _ in pairs
        ),
    )


def _pairs(first: Run, second: Run) -> list[Pair]:
    others = {each.gold.id: each for each in scored(second)}
    pairs = [(each, others[each.gold.id]) for each in scored(first) if each.gold.id in others]
    if not pairs:
        raise RunError(f"{first.folder} and {second.folder} have no question in common")
    for one, other in pairs:
        if one.gold != other.gold:
            raise RunError(f"question {one.gold.id!r} is not the same in both runs: run one of them again")
    return pairs


def _changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Change]:
    one, other = dict(flat(first)), dict(flat(second))
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            yield Change(name, one.get(name, "–"), other.get(name, "–"))


def flat(about: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """What a run tells about itself, one line each, such as ("settings.passages", "8")."""
    for name, value in about.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def differences(pairs: Sequence[Pair]) -> Iterator[Difference]:
    """What the second of each pair has more than the first, by measure."""
    for name, value in _MEASURES.items():
        had = [(a.gold.cluster, value(a), value(b)) for a, b in pairs]
        both = [(cluster, x, y) for cluster, x, y in had if x is not None and y is not None]
        if both:
            clusters, ones, others = zip(*both, strict=True)
            yield paired_difference(name, ones, others, clusters)


def _columns(pairs: Sequence[Pair], value: Callable[[Score], bool]) -> tuple[list[bool], list[bool]]:
    return [value(a.score) for a, _ in pairs], [value(b.score) for _, b in pairs]


def _flips(first: Run, second: Run, pairs: Sequence[Pair]) -> Iterator[Flip]:
    for a, b in pairs:
        if a.score.grounded != b.score.grounded:
            id_ = a.gold.id
            yield Flip(id_, a.gold.question, b.score.grounded, _shown(first, id_), _shown(second, id_))


def _shown(run: Run, id_: str) -> str:
    outcome = run.outcomes[id_]
    return outcome.failure if outcome.given is None else outcome.given.text


def _answerable(each: Scored) -> bool:
    return each.gold.answerable and each.gold.type != SEARCH


def _if(held: bool, value: float) -> float | None:
    return value if held else None


def _said(value: Callable[[Said], float]) -> Measure:
    return lambda each: None if each.score.said is None else value(each.score.said)


def _cited(value: Callable[[Cited], float | None]) -> Measure:
    return lambda each: None if each.score.cited is None else value(each.score.cited)


def _retrieved(value: Callable[[Retrieved], float]) -> Measure:
    return lambda each: None if each.score.retrieved is None else value(each.score.retrieved)


_MEASURES: dict[str, Measure] = {
    "grounded accuracy": lambda e: _if(e.gold.type != SEARCH, e.score.grounded),
    "answerable: right and cited": lambda e: _if(_answerable(e), e.score.grounded),
    "answerable: answered": lambda e: _if(_answerable(e), not e.score.abstained and not e.score.failed),
    "unanswerable: withheld": lambda e: _if(not e.gold.answerable, e.score.right),
    "token F1": _said(lambda s: s.f1),
    "exact match": _said(lambda s: s.exact),
    "citation precision": _cited(lambda c: c.precision),
    f"Success@{FEW}": _retrieved(lambda r: r.success),
    f"Recall@{FEW}": _retrieved(lambda r: r.recall),
    f"nDCG@{MANY}": _retrieved(lambda r: r.ndcg),
}
"""What is compared: of each question a number, or None where it has none."""
