"""Intervals: how far a figure could be from the one that more questions would give."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 10_000
_FEWER_RESAMPLES = 1_000  # for statistics that are no mean and take longer
_SEED = 20_240_916


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of ``n`` questions with its 95 % interval; all three are NaN when ``n`` is 0."""

    name: str
    value: float
    n: int
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, which has no NaN: null stands for it."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


def mean_figure(name: str, values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Figure:
    """The mean of ``values`` with a 95 % percentile bootstrap interval.

    With ``clusters`` (one label a value) whole clusters are drawn, since questions of one conversation
    or paragraph succeed and fail together. Source: Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993, chapters 8 and 13. Seeded: the same values give the same interval.
    """
    if not values:
        return Figure(name, float("nan"), 0, float("nan"), float("nan"))
    labels = list(range(len(values))) if clusters is None else list(clusters)
    order = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    sums, sizes = np.zeros(len(order)), np.zeros(len(order))
    for label, value in zip(labels, values, strict=True):
        sums[order[label]] += value
        sizes[order[label]] += 1
    drawn = np.random.default_rng(_SEED).integers(0, len(order), size=(_RESAMPLES, len(order)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(name, float(np.mean(values)), len(values), float(low), float(high))


def figure_of(
    name: str, statistic: Callable[[NDArray[np.intp]], float], clusters: Sequence[Hashable]
) -> Figure:
    """Any ``statistic`` of questions, given by their indices, with a 95 % percentile bootstrap interval.

    Whole clusters (one label a question) are drawn, as for ``mean_figure``. Draws for which the statistic is
    not defined (NaN) are left out.
    """
    if not clusters:
        return Figure(name, float("nan"), 0, float("nan"), float("nan"))
    labels = list(dict.fromkeys(clusters))
    members: dict[Hashable, list[int]] = {label: [] for label in labels}
    for at, label in enumerate(clusters):
        members[label].append(at)
    groups = [np.array(places) for places in members.values()]
    random = np.random.default_rng(_SEED)
    values = []
    for _ in range(_FEWER_RESAMPLES):
        drawn = random.integers(0, len(groups), size=len(groups))
        values.append(statistic(np.concatenate([groups[at] for at in drawn])))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Figure(name, statistic(np.arange(len(clusters))), len(clusters), float(low), float(high))
