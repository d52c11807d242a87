"""Runs side by side."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.reports.columns import (
    about_rows,
    chance,
    columns_of,
    figure_rows,
    number,
    percent,
    signed,
    speed_rows,
)
from qa.errors import RunError
from tests.reports.runs import ABOUT, GOLD, OUTCOMES, columns, gold, write_run
from tests.reports.test_cards import NEAR, SEARCH


def test_runs_are_told_apart_by_letters_and_one_needs_none(tmp_path: Path) -> None:
    run = write_run(tmp_path, {"debt": OUTCOMES["debt"]})
    [alone] = columns_of([run])
    assert (alone.letter, alone.named, alone.tells("so")) == ("", (), "so")
    first, second = columns_of([run, run])
    assert (first.letter, second.number, second.tells("so")) == ("A", 2, "B: so")


def test_the_headline_of_a_search_is_ndcg(tmp_path: Path) -> None:
    [column] = columns_of([write_run(tmp_path / "search", {"search": (NEAR, None, None)}, [SEARCH])])
    assert column.headline is not None
    assert (column.headline.name, column.headline.value) == ("nDCG@10", 0.5)  # at rank 3: 1 / log2(4)
    [nothing] = columns_of([write_run(tmp_path / "nothing", {})])
    assert nothing.headline is None


def test_what_was_run_tells_what_differs(tmp_path: Path) -> None:
    other = {**ABOUT, "settings": {"reader": "sentence", "passages": 8}}
    rows = {
        row.name: row
        for row in about_rows(columns(write_run(tmp_path / "one"), write_run(tmp_path / "two", about=other)))
    }
    assert rows["settings.reader"].cells == ("extractive", "sentence")
    assert [name for name, row in rows.items() if row.differs] == ["settings.reader"]


def test_the_reader_is_the_one_asked_for_or_the_one_set(tmp_path: Path) -> None:
    asked = {**ABOUT, "plan": {"reader": "sentence"}}
    first, second = columns(write_run(tmp_path / "one"), write_run(tmp_path / "two", about=asked))
    assert first.about("plan.reader", "settings.reader") == "extractive"
    assert second.about("plan.reader", "settings.reader") == "sentence"
    assert first.about("nothing of this name") == "–"


def test_a_figure_that_one_run_lacks_stands_beside_nothing(tmp_path: Path) -> None:
    short = write_run(tmp_path / "short", {"debt": OUTCOMES["debt"]})
    long = write_run(tmp_path / "long", {id_: OUTCOMES[id_] for id_ in ("debt", "visit")})
    sections = figure_rows(columns_of([short, long]))
    types = {row.name: row.figures for row in sections["By type: right and cited"]}
    assert types["place"][0] is None
    assert types["place"][1] is not None
    assert all(row.is_share for row in sections["By type: right and cited"])
    words = next(row for row in sections["Answers, of what can be answered"] if row.name == "words an answer")
    assert not words.is_share


def test_speed_is_that_of_the_run_or_so_far(tmp_path: Path) -> None:
    [column] = columns(write_run(tmp_path))  # 100 to 600 ms, and a failure
    assert {row.name: row.cells for row in speed_rows([column])} == {
        "a question, median": ("350 ms",),
        "a question, 95th percentile": ("575 ms",),
        "questions a second": ("2.86",),
    }


def test_figures_are_those_that_the_run_kept(tmp_path: Path) -> None:
    figure = {
        "name": "x",
        "value": 0.5,
        "n": 2,
        "low": None,
        "high": 1,
        "clusters": 2,
        "resampled": "questions",
    }
    run = replace(write_run(tmp_path), summary=[{"title": "Kept", "figures": [figure]}])
    [column] = columns_of([run])
    [section] = column.sections
    assert (section.title, section.figures[0].value) == ("Kept", 0.5)
    assert math.isnan(section.figures[0].low)
    broken: Any
    for broken in ([{"title": "Kept"}], [{"title": "Kept", "figures": [figure | {"n": "many"}]}], [7]):
        with pytest.raises(RunError, match=r"summary\.json is damaged"):
            columns_of([replace(run, summary=broken)])


def test_figures_in_words() -> None:
    assert [number(value) for value in (0.5, 12.34, math.nan)] == ["0.500", "12.3", "–"]
    assert [signed(value) for value in (0.5, -0.5, math.nan)] == ["+0.500", "−0.500", "–"]
    assert [chance(value) for value in (0.0004, 0.04, 1.0, math.nan)] == ["< 0.001", "0.040", "1.000", "–"]
    assert percent(0.25) == "25 %"


def test_a_run_is_unfinished_until_all_is_asked(tmp_path: Path) -> None:
    begun, done = (
        write_run(tmp_path / "begun", {"debt": OUTCOMES["debt"]}),
        write_run(tmp_path / "done", {"gdp": OUTCOMES["gdp"]}, [gold("gdp")]),
    )
    assert [column.unfinished for column in columns_of([begun, done])] == [True, False]
    assert len(begun.questions) == len(GOLD)
