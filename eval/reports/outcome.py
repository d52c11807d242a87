"""What a report plots of how answers came out: how long they took, and how many of each type are grounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from eval.reports.columns import Column, interval, number, present, run_head
from eval.reports.plots import Dot, Guide, Plot, Series, Table, milliseconds, row_axis, share_axis, time_axis
from eval.statistics import Figure

_PERCENTILES = (5, 25, 50, 75, 90, 95, 99, 100)
_MARKED = ((0.5, "median"), (0.95, "95 %"))
_TYPES = "By type: right and cited"
_ROW, _AROUND = 15, 66  # heights in the plot of types


def latency_plot(columns: Sequence[Column]) -> Plot | None:
    """Which share of the answers came within a time."""
    took = present(columns, _times)
    if not took:
        return None
    every = [value for _, times in took for value in times]
    return Plot(
        title="Latency",
        told="Share of questions answered within a time. "
        f"{'; '.join(column.tells(_times_told(times)) for column, times in took)}.",
        x=time_axis("time a question took (logarithmic)", min(every), max(every)),
        y=share_axis("share of questions"),
        series=tuple(Series(column.number, column.letter, _steps(times)) for column, times in took),
        guides=tuple(Guide((min(every) / 10, at), (max(every) * 10, at), name) for at, name in _MARKED),
        table=_times_table(took),
        note="Further left is faster. Times depend on the machine and on what else it did.",
    )


def _times(column: Column) -> list[float]:
    took = (o.milliseconds for _, o in column.run.asked if o.given is not None and o.milliseconds > 0)
    return sorted(took)


def _steps(times: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Up at each time by 1/n."""
    rising = ((value, at / len(times)) for at, value in enumerate(times))
    return tuple(
        each for value, below in rising for each in ((value, below), (value, below + 1 / len(times)))
    )


def _times_told(times: Sequence[float]) -> str:
    median, late = np.percentile(times, [50, 95])
    return f"median {milliseconds(median)}, 95 % within {milliseconds(late)}, n {len(times)}"


def _times_table(took: Sequence[tuple[Column, Sequence[float]]]) -> Table:
    rows = [
        (f"{share} %", *(milliseconds(float(np.percentile(times, share))) for _, times in took))
        for share in _PERCENTILES
    ]
    return Table(("share within", *(column.letter or "time" for column, _ in took)), tuple(rows))


def type_plot(columns: Sequence[Column]) -> Plot | None:
    """Grounded accuracy of each type of question that can be answered, with its interval."""
    figured = present(columns, _type_figures)
    if not figured:
        return None
    names = list(dict.fromkeys(figure.name for _, figures in figured for figure in figures))
    labels = [_type_label(name, figured) for name in names]
    return Plot(
        title="Grounded accuracy by type",
        told="Share right and cited, by type of question. "
        f"{'; '.join(column.tells(_types_told(figures)) for column, figures in figured)}.",
        x=share_axis("share right and cited, with its 95 % interval"),
        y=row_axis(labels),
        series=tuple(
            Series(column.number, column.letter, dots=tuple(_type_dots(figures, names, at, len(figured))))
            for at, (column, figures) in enumerate(figured)
        ),
        table=Table(
            ("type", *run_head(columns), "share", "95 % interval", "n"),
            tuple(
                (figure.name, *column.named, number(figure.value), interval(figure), str(figure.n))
                for name in names
                for column, figures in figured
                for figure in figures
                if figure.name == name
            ),
        ),
        height=_AROUND + len(names) * _ROW * (1 + len(figured)),
        left=112,
    )


def _type_figures(column: Column) -> list[Figure]:
    return [figure for section in column.sections if section.title == _TYPES for figure in section.figures]


def _type_label(name: str, figured: Sequence[tuple[Column, Sequence[Figure]]]) -> str:
    counts = sorted({figure.n for _, figures in figured for figure in figures if figure.name == name})
    return f"{name.replace('_', ' ')} ({'–'.join(map(str, (counts[0], counts[-1])[: len(counts)]))})"


def _type_dots(figures: Sequence[Figure], names: Sequence[str], at: int, runs: int) -> Iterator[Dot]:
    """The runs of a type stand below each other."""
    for figure in figures:
        y = names.index(figure.name) + (at + 1) / (runs + 1)
        yield Dot(
            figure.value,
            y,
            f"{figure.name}: {number(figure.value)} ({interval(figure)}) of {figure.n} questions",
            ((figure.low, y), (figure.high, y)),
        )


def _types_told(figures: Iterable[Figure]) -> str:
    return ", ".join(f"{figure.name} {number(figure.value)}" for figure in figures)
