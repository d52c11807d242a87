"""What a drill is: something done again and again, and the rows of figures that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

One = TypeVar("One")
Row = tuple[str, ...]
_DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a drill: an empty folder of its own, how often, the seed, and where the texts lie."""

    folder: Path
    count: int
    seed: int
    data: Path


@dataclass(frozen=True, slots=True)
class Drill(Generic[One]):
    """A drill as the command line and ``docs/drills.md`` know it."""

    name: str
    title: str
    """The heading of its section."""
    shows: str
    """What is done and looked at, in a line or a few."""
    count: int
    """How often, or how large, unless it is said on the command line."""
    does: Callable[[Run], Iterable[One]]
    """Does it; what came of each time is given as soon as it is known."""
    rows: Callable[[Sequence[One]], list[Row]]
    """The table's rows from what came of all the times (at least one)."""
    columns: Row = ("", "")
    plots: Callable[[Sequence[One], Path], None] | None = None
    """Draws the same into a file beside the page."""
    files: tuple[str, ...] = ()
    """Files that are not part of the project and must lie in the folder of texts."""

    def missing(self, data: Path | None) -> list[str]:
        """Those of ``files`` that are not there."""
        return [name for name in self.files if data is None or not (data / name).is_file()]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which so large a share, in [0, 1], of the ``ordered`` ones lies."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def ratio(pairs: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> str:
    """The sum of the first of ``pairs`` (n, 2) to that of the second, with a bootstrapped 95 % interval."""
    drawn = np.random.default_rng(0).integers(len(pairs), size=(_DRAWS, len(pairs)))
    draws = pairs[drawn].sum(axis=1)
    low, high = np.percentile(draws[:, 0] / draws[:, 1], (2.5, 97.5))
    whole = pairs.sum(axis=0)
    return f"{whole[0] / whole[1]:.3f} [{low:.3f}, {high:.3f}]"
