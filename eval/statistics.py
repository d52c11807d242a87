"""Intervals: how far a figure could be from the one that more questions would give, and two runs compared.

Questions of one paragraph or conversation succeed and fail together, so whole clusters are resampled. A few
clusters say little of how clusters vary; with fewer than 20 the questions are resampled, and the figure says
so. All draws are seeded: the same values give the same interval and the same p. Intervals of few units are a
little narrow: of simulated means (normal, with correlated clusters) they held 93 % with 20 or 30 clusters,
and 95 % with 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Resampled = Literal["clusters", "questions"]

_RESAMPLES = 10_000
_FEWER_RESAMPLES = 1_000  # for statistics that are no mean and take longer
_FEWEST_CLUSTERS = 20
_SEED = 20_240_916
_AT_ONCE = 200_000  # draws held in memory
_LEVEL, _POWER = 0.05, 0.80
_ROUNDING = 1e-9  # sums of the same numbers in another order


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of ``n`` questions with its 95 % interval; the three are NaN when ``n`` is 0.

    ``resampled`` tells what was drawn for the interval; ``clusters`` is how many there are (``n`` where each
    question stands for itself).
    """

    name: str
    value: float
    n: int
    low: float
    high: float
    clusters: int = 0
    resampled: Resampled = "questions"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, which has no NaN: null stands for it."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Difference(Figure):
    """How much more a second run has of something than a first one, on the same questions."""

    p: float = math.nan
    smallest_detectable: float = math.nan


@dataclass(frozen=True, slots=True)
class Paired:
    """How many of ``n`` questions two runs had right, and how likely that is if neither is better."""

    n: int
    both: int
    only_first: int
    only_second: int
    neither: int
    p: float


@dataclass(frozen=True, slots=True)
class _Units:
    """What is drawn, ``count`` of them; ``of`` tells for each question which it belongs to."""

    of: NDArray[np.intp]
    count: int
    clusters: int
    resampled: Resampled


def mean_figure(name: str, values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Figure:
    """The mean of ``values`` with a 95 % percentile bootstrap interval.

    With ``clusters`` (one label a value) whole clusters are drawn. Source: Efron and Tibshirani, "An
    Introduction to the Bootstrap", 1993, chapters 8 and 13.
    """
    if not values:
        return _nothing(name)
    units = _units(len(values), clusters)
    return _figure(name, float(np.mean(values)), units, _drawn_means(values, units))


def share_figure(name: str, hits: Sequence[bool], clusters: Sequence[Hashable] | None = None) -> Figure:
    """The share of ``hits``, as ``mean_figure`` has it, but for the interval when all or none are.

    Draws can't vary then, and the bootstrap would be sure of anything that was seen three times. So the
    interval is a binomial share's exact one: with N units, all hits, it goes from 0.025 ** (1/N) to 1.
    Source: Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 1934.
    """
    figure = mean_figure(name, [float(hit) for hit in hits], clusters)
    if figure.value not in (0.0, 1.0):
        return figure
    units = figure.clusters if figure.resampled == "clusters" else figure.n
    bound = (_LEVEL / 2) ** (1 / units)
    low, high = (bound, 1.0) if figure.value else (0.0, 1 - bound)
    return Figure(name, figure.value, figure.n, low, high, figure.clusters, figure.resampled)


def figures_of(
    statistic: Callable[[NDArray[np.intp]], Mapping[str, float]], clusters: Sequence[Hashable]
) -> list[Figure]:
    """Any statistics of questions, given by their indices, each with a 95 % percentile bootstrap interval.

    Whole clusters (one label a question) are drawn, as for ``mean_figure``. Draws for which a statistic is
    not defined (NaN) are left out for that one.
    """
    if not clusters:
        return []
    units = _units(len(clusters), clusters)
    members = np.split(np.argsort(units.of, kind="stable"), np.cumsum(np.bincount(units.of))[:-1])
    random = np.random.default_rng(_SEED)
    values = []
    for _ in range(_FEWER_RESAMPLES):
        drawn = random.integers(0, units.count, size=units.count)
        values.append(statistic(np.concatenate([members[at] for at in drawn])))
    return [
        _figure(name, value, units, np.array([drawn[name] for drawn in values]))
        for name, value in statistic(np.arange(len(clusters))).items()
    ]


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> Paired:
    """Whether one of two runs is right more often, by McNemar's test in its exact form.

    Only questions count that one run alone has right. If neither is better, each of those is a fair coin:
    p = min(1, 2 P(X ≤ the smaller count)) with X ~ Binomial(their number, 1/2). Questions are taken to be
    independent; ``paired_difference`` is for clusters. Sources: McNemar, "Note on the sampling error of the
    difference between correlated proportions or percentages", Psychometrika 1947; Dietterich, "Approximate
    Statistical Tests for Comparing Supervised Classification Learning Algorithms", Neural Computation 1998.
    """
    seen = [(bool(a), bool(b)) for a, b in zip(first, second, strict=True)]
    only_first, only_second = seen.count((True, False)), seen.count((False, True))
    return Paired(
        n=len(seen),
        both=seen.count((True, True)),
        only_first=only_first,
        only_second=only_second,
        neither=seen.count((False, False)),
        p=_fair_coin_p(min(only_first, only_second), only_first + only_second),
    )


def paired_difference(
    name: str, first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> Difference:
    """The mean of second - first, question by question, with its interval and p.

    The interval is that of ``mean_figure``. The two-sided p is of the wild cluster bootstrap with the null
    hypothesis imposed and random signs as weights: were neither run better, each unit's summed difference
    could as well have the other sign; p = (1 + draws of signs that give at least the difference seen) /
    (1 + draws). Of right and wrong, without clusters, that is McNemar's exact test by simulation. It is taken
    rather than the bootstrap of centred differences, which finds three questions won of three beyond doubt.
    Sources: Cameron, Gelbach and Miller, "Bootstrap-Based Improvements for Inference with Clustered Errors",
    Review of Economics and Statistics 2008; Davison and Hinkley, "Bootstrap Methods and their Application",
    1997, chapter 4, for the ones added.
    """
    differences = [float(b) - float(a) for a, b in zip(first, second, strict=True)]
    if not differences:
        return Difference(**asdict(_nothing(name)))
    units = _units(len(differences), clusters)
    means = _drawn_means(differences, units)
    return Difference(
        **asdict(_figure(name, float(np.mean(differences)), units, means)),
        p=_random_signs_p(_sums(differences, units)),
        smallest_detectable=smallest_detectable(float(np.std(means, ddof=1))),
    )


def smallest_detectable(standard_error: float) -> float:
    """The smallest true difference that a two-sided test at 5 % would find with a chance of 80 %.

    (z(0.975) + z(0.8)) × the standard error of the difference = 2.80 × it. NaN when that is 0: runs that
    differ on no question don't tell how much they could. Sources: Bloom, "Minimum Detectable Effects",
    Evaluation Review 1995; on why to state it, Card et al., "With Little Power Comes Great Responsibility",
    EMNLP 2020.
    """
    if standard_error <= 0:
        return math.nan
    return (NormalDist().inv_cdf(1 - _LEVEL / 2) + NormalDist().inv_cdf(_POWER)) * standard_error


def _nothing(name: str) -> Figure:
    return Figure(name, math.nan, 0, math.nan, math.nan)


def _figure(name: str, value: float, units: _Units, draws: NDArray[np.float64]) -> Figure:
    defined = draws[~np.isnan(draws)]
    low, high = np.percentile(defined, [2.5, 97.5]) if len(defined) else (math.nan, math.nan)
    return Figure(name, value, len(units.of), float(low), float(high), units.clusters, units.resampled)


def _units(n: int, clusters: Sequence[Hashable] | None) -> _Units:
    labels: Sequence[Hashable] = range(n) if clusters is None else clusters
    if len(labels) != n:
        raise ValueError(f"{n} values, {len(labels)} clusters")
    order = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    if len(order) == n or len(order) < _FEWEST_CLUSTERS:
        return _Units(np.arange(n), n, len(order), "questions")
    return _Units(np.array([order[label] for label in labels]), len(order), len(order), "clusters")


def _drawn_means(values: Sequence[float], units: _Units) -> NDArray[np.float64]:
    """The mean of each of many draws of units."""
    sums, sizes = _sums(values, units), np.bincount(units.of)
    random = np.random.default_rng(_SEED)
    means = []
    for rows in _blocks(units.count):
        drawn = random.integers(0, units.count, size=(rows, units.count))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)


def _sums(values: Sequence[float], units: _Units) -> NDArray[np.float64]:
    return np.bincount(units.of, weights=values).astype(np.float64)


def _random_signs_p(sums: NDArray[np.float64]) -> float:
    """How often a sum with random signs is at least as far from 0 as the one seen."""
    least = abs(sums.sum()) - _ROUNDING * np.abs(sums).sum()
    random = np.random.default_rng(_SEED)
    reached = 0
    for rows in _blocks(len(sums)):
        signs = 2.0 * random.integers(0, 2, size=(rows, len(sums))) - 1
        reached += int((np.abs(signs @ sums) >= least).sum())
    return (1 + reached) / (1 + _RESAMPLES)


def _blocks(width: int) -> Iterator[int]:
    """Numbers of rows that add up to ``_RESAMPLES``, so few at a time that they fit into memory."""
    left, most = _RESAMPLES, max(1, _AT_ONCE // width)
    while left:
        yield (rows := min(left, most))
        left -= rows


def _fair_coin_p(smaller: int, throws: int) -> float:
    """Two-sided, in whole numbers up to the last division: exact, and nothing overflows."""
    ways = term = 1
    for k in range(smaller):
        term = term * (throws - k) // (k + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << throws))
