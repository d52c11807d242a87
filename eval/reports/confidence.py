"""What a report plots of how sure the runs were: risk against coverage, and calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval.abstention import Numbers, area_under_risk, coverage_at_risk, equal_mass, mixed, risk_coverage
from eval.figures import MIXES, RISK, Scored, confidences, judged
from eval.reports.columns import Column, interval, number, percent, present, run_head
from eval.reports.plots import Dot, Guide, Plot, Series, Table, share_axis
from eval.statistics import share_figure

_BINS = 10


def _judged(column: Column) -> list[Scored]:
    """What the measures of confidence are of; nothing, where all failed."""
    asked = judged(column.asked)
    return asked if not all(each.score.failed for each in asked) else []


def risk_plots(columns: Sequence[Column]) -> list[tuple[str, Plot]]:
    """Risk against coverage at each mix, with the mix in words; as asked, where mixes make no difference."""
    sought = present(columns, _judged)
    if not sought:
        return []
    if any(len({each.gold.answerable for each in asked}) == 2 for _, asked in sought):
        return [(percent(mix), _risk_plot(sought, mix)) for mix in MIXES]
    return [("as asked", _risk_plot(sought, None))]


def _risk_plot(sought: Sequence[tuple[Column, Sequence[Scored]]], mix: float | None) -> Plot:
    curves = {column.number: _risk(asked, mix) for column, asked in sought}
    most = max(float(risk.max()) for _, risk in curves.values())
    told, series = [], []
    for column, asked in sought:
        coverage, risk = curves[column.number]
        line = tuple(zip(coverage.tolist(), risk.tolist(), strict=True))
        series.append(Series(column.number, column.letter, ((0.0, line[0][1]), *line), _as_run(asked, mix)))
        told.append(column.tells(_risk_told(asked, mix)))
    if_so = "" if mix is None else f", if {percent(mix)} of the questions can't be answered"
    return Plot(
        title="Risk and coverage",
        told=f"Share of wrong answers against the share of questions answered{if_so}. {'; '.join(told)}.",
        x=share_axis("coverage: share of questions answered, the surest first"),
        y=share_axis("risk: share of wrong among them", max(most, RISK)),
        series=tuple(series),
        guides=(Guide((0, RISK), (1, RISK), f"{percent(RISK)} risk"),),
        table=_risk_table(sought, curves),
        note=f"Lower is better. The mark is where the run itself stood, with what it withheld{if_so}.",
    )


def _weights(asked: Sequence[Scored], mix: float | None) -> Numbers:
    answerable = [each.gold.answerable for each in asked]
    return np.ones(len(asked)) if mix is None else mixed(answerable, mix)


def _risk(asked: Sequence[Scored], mix: float | None) -> tuple[Numbers, Numbers]:
    return risk_coverage(*confidences(asked), _weights(asked, mix))


def _risk_told(asked: Sequence[Scored], mix: float | None) -> str:
    sure, right = confidences(asked)
    weights = _weights(asked, mix)
    reached = coverage_at_risk(sure, right, RISK, weights)
    area = area_under_risk(sure, right, weights)
    return f"at {percent(RISK)} risk {percent(reached)} can be answered, AURC {number(area)}"


def _as_run(asked: Sequence[Scored], mix: float | None) -> tuple[Dot, ...]:
    """Coverage and risk of what was given, all of it and nothing else."""
    weights = _weights(asked, mix)
    given = weights * np.array([not each.score.abstained and not each.score.failed for each in asked])
    if not given.any():
        return ()
    wrong = np.array([not each.score.grounded for each in asked])
    coverage, risk = float(given.sum() / weights.sum()), float(np.average(wrong, weights=given))
    return (Dot(coverage, risk, f"as it was run: coverage {number(coverage)}, risk {number(risk)}"),)


def _risk_table(
    sought: Sequence[tuple[Column, Sequence[Scored]]], curves: dict[int, tuple[Numbers, Numbers]]
) -> Table:
    rows = []
    for tenth in range(1, 11):
        cells = []
        for column, _ in sought:
            coverage, risk = curves[column.number]
            below = risk[coverage <= tenth / 10 + 1e-9]
            cells.append(number(float(below[-1])) if below.size else "–")
        rows.append((f"{tenth / 10:.1f}", *cells))
    return Table(("coverage up to", *(f"risk {column.letter}".strip() for column, _ in sought)), tuple(rows))


def calibration_plot(columns: Sequence[Column]) -> Plot | None:
    """How often answers are right of which the reader was so sure: bins of equal mass, as ECE has them."""
    sought = present(columns, _judged)
    if not sought:
        return None
    binned = [(column, list(_bins(asked))) for column, asked in sought]
    rows = [(*column.named, *row) for column, bins in binned for _, row in bins]
    sizes = sorted({int(row[-1]) for row in rows})
    each = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    failed = any(one.score.failed for _, asked in sought for one in asked)
    return Plot(
        title="Calibration",
        told="Share of right answers against confidence, in ten bins of equal size. "
        f"{'; '.join(column.tells(_bins_told(bins)) for column, bins in binned)}.",
        x=share_axis("confidence, mean of the bin"),
        y=share_axis("share right and cited"),
        series=tuple(
            Series(
                column.number, column.letter, tuple((d.x, d.y) for d, _ in bins), tuple(d for d, _ in bins)
            )
            for column, bins in binned
        ),
        guides=(Guide((0, 0), (1, 1)),),
        table=Table(
            (*run_head(columns), "mean confidence", "share right", "95 % interval", "questions"),
            tuple(rows),
        ),
        note=f"Each mark stands for {each} questions, by rising confidence; what was withheld counts as if it"
        " had been said. On the dotted line they are as often right as sure to be; above it, more often."
        + " Failures count as sure of nothing."
        * failed,
    )


def _bins(asked: Sequence[Scored]) -> Iterator[tuple[Dot, tuple[str, ...]]]:
    """Each bin as a dot and as a table's cells."""
    sure, right = confidences(asked)
    _, same = np.unique(sure, return_inverse=True)
    first = np.bincount(same, equal_mass(sure, bins=_BINS)) // np.bincount(same)  # of one confidence, one bin
    for at in range(_BINS):
        inside = np.flatnonzero(first[same] == at).tolist()
        if inside:
            clusters = [asked[index].gold.cluster for index in inside]
            figure = share_figure("right", [bool(right[index]) for index in inside], clusters)
            mean = float(sure[inside].mean())
            dot = Dot(
                mean,
                figure.value,
                f"confidence {number(mean)}: {number(figure.value)} right of {figure.n} questions",
                ((mean, figure.low), (mean, figure.high)),
            )
            yield dot, (number(mean), number(figure.value), interval(figure), str(figure.n))


def _bins_told(bins: Sequence[tuple[Dot, tuple[str, ...]]]) -> str:
    first, last = bins[0][0], bins[-1][0]
    return f"from {number(first.y)} right at {number(first.x)} to {number(last.y)} at {number(last.x)}"
