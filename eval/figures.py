"""A run's figures, each with n and a 95 % interval: from what stands in its folder, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from eval.abstention import Numbers, area_under_risk, brier, calibration_error, coverage_at_risk, mixed
from eval.gold import SEARCH, SPAN, GoldQuestion
from eval.record import Run
from eval.score import FEW, MANY, Cited, Retrieved, Said, Score, score
from eval.speed import peak_mb
from eval.statistics import Figure, figures_of, mean_figure, share_figure

MIXES = (0.10, 0.25, 0.50)
"""Shares of questions that can't be answered, at which risk is told: it depends on them."""

RISK = 0.10
Places = np.ndarray[Any, np.dtype[np.intp]]
Part = TypeVar("Part", Said, Cited, Retrieved)


@dataclass(frozen=True, slots=True)
class Scored:
    """A question, what came of it."""

    gold: GoldQuestion
    score: Score


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    title: str
    figures: tuple[Figure, ...]


def scored(run: Run) -> list[Scored]:
    """Every question of the run that was asked, judged."""
    return [Scored(q, score(q, outcome.given, outcome.withheld)) for q, outcome in run.asked]


def summary(run: Run) -> list[dict[str, Any]]:
    """The figures ready for JSON."""
    return [
        {"title": section.title, "figures": [figure.as_dict() for figure in section.figures]}
        for section in sections(scored(run))
    ]


def speed(run: Run, *, in_this_process: bool) -> dict[str, Any]:
    """Milliseconds a question (median, 95th percentile), questions a second, and most memory, where known."""
    took = [outcome.milliseconds for _, outcome in run.asked if outcome.given is not None]
    if not took:
        return {}
    return {
        "questions": len(took),
        "p50_ms": float(np.percentile(took, 50)),
        "p95_ms": float(np.percentile(took, 95)),
        "questions_a_second": 1_000 * len(took) / sum(took) if sum(took) else None,
        "peak_memory_mb": peak_mb() if in_this_process else None,
    }


def sections(asked: Sequence[Scored]) -> list[Section]:
    """All figures there are for these questions; a section without any is left out."""
    made = (
        Section("Grounded accuracy", tuple(_grounded(asked))),
        Section("By type: right and cited", tuple(_by_type(asked))),
        Section("Answers, of what can be answered", tuple(_answers(asked))),
        Section("Citations, of what was answered", tuple(_citations(asked))),
        Section("Retrieval", tuple(_retrieval(asked))),
        *_mixtures(asked),
    )
    return [section for section in made if section.figures]


def _grounded(asked: Sequence[Scored]) -> Iterator[Figure]:
    answered_sets = [each for each in asked if each.gold.type != SEARCH]
    answerable = [each for each in answered_sets if each.gold.answerable]
    unanswerable = [each for each in answered_sets if not each.gold.answerable and not _is_greeting(each)]
    given = [each for each in answered_sets if not each.score.abstained and not each.score.failed]
    yield from _mean("grounded accuracy", answered_sets, lambda s: s.grounded)
    yield from _mean("answerable: right and cited", answerable, lambda s: s.grounded)
    yield from _mean("answerable: right", answerable, lambda s: s.right)
    yield from _mean("answerable: answered", answerable, lambda s: not s.abstained and not s.failed)
    yield from _mean("unanswerable: withheld", unanswerable, lambda s: s.right)
    yield from _mean("right among the answered", given, lambda s: s.right)
    yield from _mean("greetings told from questions", filter(_is_greeting, answered_sets), lambda s: s.right)
    yield from _mean("follow-ups: right and cited", filter(_follows, answerable), lambda s: s.grounded)
    if any(each.score.failed for each in asked):
        yield from _mean("failed", asked, lambda s: s.failed)


def _by_type(asked: Sequence[Scored]) -> Iterator[Figure]:
    answerable = [each for each in asked if each.gold.answerable and each.gold.type not in (SPAN, SEARCH)]
    for kind in sorted({each.gold.type for each in answerable}):
        yield from _mean(kind, (e for e in answerable if e.gold.type == kind), lambda s: s.grounded)


def _answers(asked: Sequence[Scored]) -> Iterator[Figure]:
    said = [(each, each.score.said) for each in asked if each.score.said is not None]
    yield from _mean_of("exact match", said, lambda s: s.exact)
    yield from _mean_of("token F1", said, lambda s: s.f1)
    if any(each.gold.type == SPAN for each in asked):
        yield from _mean_of("exact match as SQuAD counts", said, lambda s: s.squad_exact)
        yield from _mean_of("token F1 as SQuAD counts", said, lambda s: s.squad_f1)
        yield from _as_squad_2(asked)
    yield from _mean_of("numbers right", said, lambda s: s.number)
    yield from _mean_of("lists: F1 of items", said, lambda s: s.list_f1)
    given = [each for each in asked if each.score.words is not None]
    yield from _mean("words an answer", given, lambda s: s.words or 0)


def _as_squad_2(asked: Sequence[Scored]) -> Iterator[Figure]:
    """SQuAD 2.0's own figures, of all its questions: nothing said is right where nothing can be."""
    if all(each.gold.answerable for each in asked):
        return
    for name, value in (("exact match", _exact), ("token F1", _f1)):
        yield from _mean(f"{name} as SQuAD 2.0 counts, of all", asked, value)


def _exact(score: Score) -> float:
    return score.right if score.said is None else score.said.squad_exact


def _f1(score: Score) -> float:
    return score.right if score.said is None else score.said.squad_f1


def _citations(asked: Sequence[Scored]) -> Iterator[Figure]:
    cited = [(each, each.score.cited) for each in asked if each.score.cited is not None]
    answerable = [(each, c) for each, c in cited if each.gold.answerable]
    yield from _mean_of("precision", answerable, lambda c: c.precision)
    yield from _mean_of("recall", answerable, lambda c: c.recall)
    yield from _mean_of("sentences that stand word for word", cited, lambda c: c.verbatim)
    yield from _mean_of("sentences whose numbers stand there", cited, lambda c: c.numbers)
    yield from _mean_of("characters an answer", cited, lambda c: c.characters)


def _retrieval(asked: Sequence[Scored]) -> Iterator[Figure]:
    found = [(each, each.score.retrieved) for each in asked if each.score.retrieved is not None]
    yield from _mean_of(f"Success@{FEW}", found, lambda r: r.success)
    yield from _mean_of(f"Recall@{FEW}", found, lambda r: r.recall)
    yield from _mean_of(f"Recall@{MANY}", found, lambda r: r.recall_many)
    yield from _mean_of(f"MRR@{MANY}", found, lambda r: r.mrr)
    yield from _mean_of(f"nDCG@{MANY}", found, lambda r: r.ndcg)
    yield from _mean_of(f"characters: recall@{FEW}", found, lambda r: r.span_recall)
    yield from _mean_of(f"characters: precision@{FEW}", found, lambda r: r.span_precision)
    yield from _mean_of(f"characters: IoU@{FEW}", found, lambda r: r.span_iou)


def _mixtures(asked: Sequence[Scored]) -> Iterator[Section]:
    """What depends on how many questions can't be answered; none, where all can or none."""
    sought = judged(asked)
    if len({each.gold.answerable for each in sought}) == 2:
        figures = figures_of(_mixed_measures(sought), [each.gold.cluster for each in sought])
        for mix in MIXES:
            of_mix = f"{mix:.0%}: "
            named = [f for f in figures if f.name.startswith(of_mix)]
            yield Section(
                f"With {mix:.0%} unanswerable",
                tuple(replace(f, name=f.name.removeprefix(of_mix)) for f in named),
            )


def judged(asked: Sequence[Scored]) -> list[Scored]:
    """The questions whose answers come with a confidence that may be right or wrong.

    A failure is among them, never right and sure of nothing: who fails where it is unsure gains nothing.
    """
    return [each for each in asked if each.gold.type not in (SEARCH, "greeting", "summary")]


def confidences(asked: Sequence[Scored]) -> tuple[Numbers, Numbers]:
    """For each question how sure its best answer was, and whether that is right and cited (0 or 1)."""
    return np.array([e.score.sure for e in asked]), np.array([float(e.score.eager) for e in asked])


def _mixed_measures(asked: Sequence[Scored]) -> Callable[[Places], dict[str, float]]:
    """All that is told of each mix, "10%: AURC" and so on, as a function of which questions are counted."""
    sure, right = confidences(asked)
    answerable = np.array([each.gold.answerable for each in asked])
    given = np.array([not each.score.abstained and not each.score.failed for each in asked])
    grounded = np.array([float(each.score.grounded) for each in asked])

    def measures(at: Places, share: float) -> dict[str, float]:
        c, r, g, w = sure[at], right[at], grounded[at], mixed(answerable[at], share)
        shown = w * given[at]
        return {
            "grounded accuracy": float(np.average(g, weights=w)),
            "wrong among the answered": float(np.average(1 - g, weights=shown)) if shown.any() else math.nan,
            f"coverage at {RISK:.0%} risk": coverage_at_risk(c, r, RISK, w),
            "AURC": area_under_risk(c, r, w),
            "Brier": brier(c, r, w),
            "ECE": calibration_error(c, r, w),
        }

    return lambda at: {
        f"{mix:.0%}: {name}": value for mix in MIXES for name, value in measures(at, mix).items()
    }


def _mean(name: str, of: Iterable[Scored], value: Callable[[Score], float]) -> Iterator[Figure]:
    """The mean of what each question has; nothing, where there is no question."""
    chosen = list(of)
    if chosen:
        yield _figure(name, [float(value(e.score)) for e in chosen], [e.gold.cluster for e in chosen])


def _mean_of(
    name: str, of: Sequence[tuple[Scored, Part]], value: Callable[[Part], float | None]
) -> Iterator[Figure]:
    """The mean of what some questions have; nothing, where none has it."""
    had = [(found, each.gold.cluster) for each, part in of if (found := value(part)) is not None]
    if had:
        yield _figure(name, [float(found) for found, _ in had], [cluster for _, cluster in had])


def _figure(name: str, values: Sequence[float], clusters: Sequence[str]) -> Figure:
    """The mean; of yes and no alone a share, whose interval isn't nothing when all are the same."""
    if {*values} <= {0.0, 1.0}:
        return share_figure(name, [bool(value) for value in values], clusters)
    return mean_figure(name, values, clusters)


def _is_greeting(each: Scored) -> bool:
    return each.gold.type == "greeting"


def _follows(each: Scored) -> bool:
    return each.gold.follows is not None
