"""Runs side by side: what each was of and its figures, row by row, as a report shows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, TypeVar

from eval.compare import flat
from eval.figures import Scored, Section, scored, sections, speed
from eval.record import SUMMARY, Run
from eval.score import MANY
from eval.statistics import Figure
from qa.errors import RunError

T = TypeVar("T")

MOST_RUNS = 6
"""As many as there are colours that can be told apart."""

HEADLINES = ("grounded accuracy", f"nDCG@{MANY}")
"""The figure by which runs are told apart, and what stands in for it where nothing is answered."""


@dataclass(frozen=True, slots=True)
class Column:
    """A run among others: ``number`` counts them from 1, ``letter`` is "" for one that is alone."""

    run: Run
    number: int
    letter: str
    asked: tuple[Scored, ...]
    sections: tuple[Section, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """What a table of several runs says of which one a row is."""
        return (self.letter,) if self.letter else ()

    def tells(self, what: str) -> str:
        """Something said of this run, among others."""
        return f"{self.letter}: {what}" if self.letter else what

    @property
    def headline(self) -> Figure | None:
        """The first of the figures by which runs are told apart; None where no question was asked."""
        figures = {figure.name: figure for section in reversed(self.sections) for figure in section.figures}
        return next((figures[name] for name in HEADLINES if name in figures), None)

    @property
    def speed(self) -> dict[str, float | None]:
        """As the run was told, or, while it is not finished, as it was so far."""
        return dict(self.run.speed) or speed(self.run, in_this_process=False)

    @property
    def unfinished(self) -> bool:
        return len(self.asked) < len(self.run.questions)

    def about(self, *names: str) -> str:
        """The first of these that the run tells about itself."""
        told = dict(flat(self.run.about))
        return next((told[name] for name in names if told.get(name, "None") != "None"), "–")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of every run."""

    name: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of every run that has it."""

    name: str
    figures: tuple[Figure | None, ...]

    @property
    def is_share(self) -> bool:
        """Whether all of it can be drawn between 0 and 1."""
        return all(f.low >= 0 and f.high <= 1 for f in self.figures if f is not None)


def columns_of(runs: Sequence[Run]) -> tuple[Column, ...]:
    """The runs, judged. Raises RunError when there are too many to be told apart."""
    if len(runs) > MOST_RUNS:
        raise RunError(f"a report shows {MOST_RUNS} runs side by side at most, not {len(runs)}")
    judged = [tuple(scored(run)) for run in runs]
    letters = ascii_uppercase[: len(runs)] if len(runs) > 1 else [""]
    return tuple(
        Column(run, number, letter, asked, _sections(run, asked))
        for number, (run, letter, asked) in enumerate(zip(runs, letters, judged, strict=True), start=1)
    )


def _sections(run: Run, asked: Sequence[Scored]) -> tuple[Section, ...]:
    """The figures that a finished run kept; of one that is not finished, those so far."""
    from pydantic import TypeAdapter, ValidationError

    if not run.summary:
        return tuple(sections(asked))
    try:
        return TypeAdapter(tuple[Section, ...]).validate_python([_with_nan(each) for each in run.summary])
    except (ValidationError, TypeError, KeyError) as error:
        raise RunError(f"{run.folder / SUMMARY} is damaged: delete it, and go on with the run") from error


def _with_nan(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section as JSON has it, which has null for NaN."""
    figures = [{k: math.nan if v is None else v for k, v in each.items()} for each in section["figures"]]
    return {"title": section["title"], "figures": figures}


def present(
    columns: Sequence[Column], of: Callable[[Column], Sequence[T]]
) -> list[tuple[Column, Sequence[T]]]:
    """The runs that have some of what is looked for, with it."""
    return [(column, had) for column in columns if (had := of(column))]


def run_head(columns: Sequence[Column]) -> tuple[str, ...]:
    """The head of a table's column that says which run a row is of; no column for one run."""
    return ("run",) if len(columns) > 1 else ()


def about_rows(columns: Sequence[Column]) -> list[Row]:
    """What the runs tell about themselves."""
    told = [dict(flat(column.run.about)) for column in columns]
    names = dict.fromkeys(name for one in told for name in one)
    return [Row(name, tuple(one.get(name, "–") for one in told)) for name in names]


def figure_rows(columns: Sequence[Column]) -> dict[str, list[FigureRow]]:
    """All sections' figures, by title."""
    by_title = [{section.title: section.figures for section in column.sections} for column in columns]
    return {title: _rows([one.get(title, ()) for one in by_title]) for title in _in_order(by_title)}


def _rows(sides: Sequence[Sequence[Figure]]) -> list[FigureRow]:
    by_name = [{figure.name: figure for figure in side} for side in sides]
    return [FigureRow(name, tuple(one.get(name) for one in by_name)) for name in _in_order(by_name)]


def _in_order(sides: Sequence[Mapping[str, object]]) -> list[str]:
    """The names of all sides: those of the fullest first, as it has them."""
    return list(dict.fromkeys(name for side in sorted(sides, key=len, reverse=True) for name in side))


def speed_rows(columns: Sequence[Column]) -> list[Row]:
    """How long answers took, and how much memory that; no row where no run tells."""
    told = [column.speed for column in columns]
    rows = (_speed_row(name, key, show, told) for key, (name, show) in _SPEEDS.items())
    return [row for row in rows if set(row.cells) != {"–"}]


def _speed_row(
    name: str, key: str, show: Callable[[float], str], told: Sequence[dict[str, float | None]]
) -> Row:
    values = [one.get(key) for one in told]
    return Row(name, tuple("–" if value is None else show(value) for value in values))


_SPEEDS: dict[str, tuple[str, Callable[[float], str]]] = {
    "p50_ms": ("a question, median", lambda ms: f"{ms:,.0f} ms"),
    "p95_ms": ("a question, 95th percentile", lambda ms: f"{ms:,.0f} ms"),
    "questions_a_second": ("questions a second", lambda rate: f"{rate:.3g}"),
    "peak_memory_mb": ("most memory", lambda mb: f"{mb:,.0f} MB"),
}
"""What ``speed.json`` has, and how it is shown."""


def number(value: float) -> str:
    """A figure as the terminal shows it."""
    return "–" if math.isnan(value) else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def signed(value: float) -> str:
    """A difference."""
    return "–" if math.isnan(value) else f"{value:+.3f}".replace("-", "−")


def interval(figure: Figure) -> str:
    """From where to where a figure could be."""
    return f"{number(figure.low)} – {number(figure.high)}"


def percent(share: float) -> str:
    """A share in hundredths."""
    return f"{100 * share:.0f} %"


def chance(p: float) -> str:
    """A p value; draws are too few to tell small ones apart."""
    return "–" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def by_question(figure: Figure) -> bool:
    """Whether its questions come in clusters, of which there are too few to be resampled."""
    return figure.resampled == "questions" and 0 < figure.clusters < figure.n
