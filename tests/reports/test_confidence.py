"""What is plotted of how sure runs were."""

from pathlib import Path

from eval.reports.confidence import calibration_plot, risk_plots
from tests.reports.runs import GOLD, OUTCOMES, columns, write_run


def test_risk_is_plotted_at_each_mix(tmp_path: Path) -> None:
    plots = risk_plots(columns(write_run(tmp_path / "run")))
    assert [mix for mix, _ in plots] == ["10 %", "25 %", "50 %"]
    [series] = plots[1][1].series
    # With 25 % unanswerable each of the five answerable ones weighs 0.75 / 5, the two others 0.25 / 2.
    # "debt" (0.9) is right; so the surest answer of all covers 0.15 at no risk.
    assert [round(value, 6) for value in (*series.line[0], *series.line[1])] == [0, 0, 0.15, 0]
    assert round(series.line[-1][0], 6) == 1
    # "debt", "trade", "visit" and "gdp" were answered: 3 x 0.15 + 0.125, of which only "debt" is grounded.
    [dot] = series.dots
    assert round(dot.x, 6) == 0.575
    assert round(dot.y, 6) == round(1 - 0.15 / 0.575, 6)


def test_without_unanswerable_ones_there_is_no_mix(tmp_path: Path) -> None:
    answerable = [each for each in GOLD if each.answerable]
    run = write_run(tmp_path / "run", {each.id: OUTCOMES[each.id] for each in answerable}, answerable)
    assert [mix for mix, _ in risk_plots(columns(run))] == ["as asked"]


def test_calibration_has_a_dot_a_bin_and_a_line_a_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    plot = calibration_plot(columns(run, run))
    assert plot is not None
    assert [series.name for series in plot.series] == ["A", "B"]
    dots = plot.series[0].dots  # the first is the failure, which is sure of nothing
    assert [dot.x for dot in dots] == [0, 0.2, 0.5, 0.6, 0.7, 0.9]
    assert plot.note.endswith("Failures count as sure of nothing.")
    # "tour" and "turkey" were equally sure: of these two withheld answers one would have been right.
    assert [dot.y for dot in dots] == [0, 0.5, 0, 0, 0, 1]
    assert plot.table.head[0] == "run"
    assert plot.table.rows[1] == ("A", "0.200", "0.500", "0.000 – 1.000", "2")
    assert len(plot.table.rows) == 12


def test_nothing_is_plotted_of_failures(tmp_path: Path) -> None:
    failed = columns(write_run(tmp_path / "run", {"debt": (None, None, "no model")}))
    assert risk_plots(failed) == []
    assert calibration_plot(failed) is None
