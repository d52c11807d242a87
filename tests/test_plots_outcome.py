"""What is plotted of times and types."""

from pathlib import Path

from eval.columns import columns_of
from eval.plots_outcome import latency_plot, type_plot
from tests.runs import write_run


def test_latency_rises_by_a_step_an_answer(tmp_path: Path) -> None:
    plot = latency_plot(columns_of([write_run(tmp_path / "run")]))
    assert plot is not None
    [series] = plot.series
    # 100 to 600 ms; the seventh question failed, and no time counts for it.
    assert series.line[:4] == ((100, 0), (100, 1 / 6), (200, 1 / 6), (200, 2 / 6))
    assert series.line[-1] == (600, 1)
    assert plot.table.rows[2] == ("50 %", "350 ms")
    assert "median 350 ms" in plot.told


def test_each_type_has_a_row_and_each_run_its_place_in_it(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    plot = type_plot(columns_of([run, run]))
    assert plot is not None
    assert [tick.label for tick in plot.y.ticks] == [
        "number (2)",
        "place (3)",
    ]  # of those that can be answered
    first, second = plot.series
    assert [dot.x for dot in first.dots] == [0.5, 0.0]
    assert [dot.y for dot in first.dots] == [1 / 3, 4 / 3]
    assert [dot.y for dot in second.dots] == [2 / 3, 5 / 3]


def test_without_answers_there_are_no_times(tmp_path: Path) -> None:
    columns = columns_of([write_run(tmp_path / "run", {"debt": (None, None, "no model")})])
    assert latency_plot(columns) is None
    assert type_plot(columns_of([write_run(tmp_path / "none", {})])) is None
