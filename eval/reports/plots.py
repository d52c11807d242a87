"""Plots as values: what is drawn where, in the units of an SVG, whose markup ``plot.html`` writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH = 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 14, 50
_HEIGHT = 330


class Tick(NamedTuple):
    """A value on an axis and what stands beside it."""

    at: float
    label: str


class Dot(NamedTuple):
    """A value with the ends of its interval; ``about`` tells it in words."""

    x: float
    y: float
    about: str
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` to ``high``, which may be the smaller one."""

    label: str
    low: float
    high: float
    ticks: tuple[Tick, ...]
    log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value is, from 0 to 1; what is beyond its ends is put there."""
        low, high, at = (math.log(max(v, 1e-9)) if self.log else v for v in (self.low, self.high, value))
        return min(1.0, max(0.0, (at - low) / (high - low)))


@dataclass(frozen=True, slots=True)
class Series:
    """What one run has; ``number``, from 1, is that of the run and gives colour, dashes and shape."""

    number: int
    name: str
    line: tuple[tuple[float, float], ...] = ()
    dots: tuple[Dot, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """A line that values are held against."""

    start: tuple[float, float]
    end: tuple[float, float]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The same as words and numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot; ``told`` says what is to be seen, for who can't see it."""

    title: str
    told: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    table: Table
    guides: tuple[Guide, ...] = ()
    note: str = ""
    height: int = _HEIGHT
    left: int = _LEFT

    width = WIDTH
    right = WIDTH - _RIGHT
    top = _TOP

    @property
    def bottom(self) -> int:
        return self.height - _BOTTOM

    def across(self, value: float) -> float:
        """Where a value of the x axis is drawn."""
        return round(self.left + self.x.share(value) * (self.right - self.left), 1)

    def up(self, value: float) -> float:
        """Where a value of the y axis is drawn; SVG counts downwards."""
        return round(self.bottom - self.y.share(value) * (self.bottom - self.top), 1)

    def path(self, line: Sequence[tuple[float, float]]) -> str:
        """A line through values as SVG has it."""
        return "M" + "L".join(f"{self.across(x):g},{self.up(y):g}" for x, y in line)


def share_axis(label: str, most: float = 1.0) -> Axis:
    """An axis of shares, from 0 to the next tenth or fifth above ``most``."""
    step = 0.2 if most > 0.5 else 0.1 if most > 0.2 else 0.05
    count = max(1, math.ceil(most / step - 1e-9))
    ticks = tuple(Tick(at * step, f"{at * step:.2g}") for at in range(count + 1))
    return Axis(label, 0.0, count * step, ticks)


def time_axis(label: str, least: float, most: float) -> Axis:
    """A logarithmic axis of milliseconds that holds both values, with ticks at 1, 2 and 5."""
    first = math.floor(math.log10(least))
    every = [factor * 10.0**power for power in range(first, first + 12) for factor in (1, 2, 5)]
    low = max(value for value in every if value <= least * 1.000_001)
    high = min(value for value in every if value >= most and value > low)
    inside = [value for value in every if low <= value <= high]
    if len(inside) > 7:
        inside = [value for value in inside if f"{value:e}"[0] == "1"]
    return Axis(label, low, high, tuple(Tick(value, milliseconds(value)) for value in inside), log=True)


def row_axis(names: Sequence[str]) -> Axis:
    """Rows from above, row i at i + 0.5."""
    return Axis("", float(len(names)), 0.0, tuple(Tick(at + 0.5, name) for at, name in enumerate(names)))


def milliseconds(value: float) -> str:
    """As ``20 ms``, or ``1.5 s`` from a second on."""
    if value < 999.5:
        return f"{value:.3g} ms"
    return f"{value / 1_000:.3g} s" if value < 99_950 else f"{value / 1_000:,.0f} s"
