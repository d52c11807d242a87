"""What is plotted of times and types."""

from pathlib import Path

from eval.reports.columns import columns_of
from eval.reports.outcome import latency_plot, type_plot
from tests.reports.runs import GOLD, OUTCOMES, columns, write_run


def test_latency_rises_by_a_step_an_answer(tmp_path: Path) -> None:
    plot = latency_plot(columns(write_run(tmp_path / "run")))
    assert plot is not None
    [series] = plot.series
    # 100 to 600 ms; the seventh question failed, and no time counts for it.
    assert series.line[:4] == ((100, 0), (100, 1 / 6), (200, 1 / 6), (200, 2 / 6))
    assert series.line[-1] == (600, 1)
    assert plot.table.rows[2] == ("50 %", "350 ms")
    assert "median 350 ms" in plot.told


def test_each_type_has_a_row_and_each_run_its_place_in_it(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {each.id: OUTCOMES[each.id] for each in GOLD if each.answerable})
    plot = type_plot(columns_of([run, run]))
    assert plot is not None
    assert [tick.label for tick in plot.y.ticks] == ["number (2)", "place (3)"]
    first, second = plot.series
    assert [dot.x for dot in first.dots] == [0.5, 0.0]
    assert [round(dot.y, 3) for dot in first.dots] == [0.333, 1.333]
    assert [round(dot.y, 3) for dot in second.dots] == [0.667, 1.667]


def test_without_answers_there_are_no_times(tmp_path: Path) -> None:
    failed = columns(write_run(tmp_path / "run", {"debt": (None, None, "no model")}))
    assert latency_plot(failed) is None
    assert type_plot(columns_of([write_run(tmp_path / "none", {})])) is None
