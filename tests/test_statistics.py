"""Intervals that can be checked without a computer, or against scipy's bootstrap in spirit."""

import math
from typing import Any

import numpy as np
import pytest

from eval.statistics import figure_of, mean_figure


def test_mean_and_n() -> None:
    figure = mean_figure("right", [1, 0, 1, 1])
    assert (figure.value, figure.n) == (0.75, 4)
    assert figure.low <= 0.75 <= figure.high


def test_values_that_do_not_vary_have_no_width() -> None:
    figure = mean_figure("right", [0.5] * 20)
    assert (figure.low, figure.high) == (0.5, 0.5)


def test_no_values_is_not_zero() -> None:
    figure = mean_figure("right", [])
    assert figure.n == 0
    assert math.isnan(figure.value)


def test_a_fair_coin_thrown_400_times() -> None:
    # The standard error is sqrt(0.25 / 400) = 0.025, so the interval is about 0.5 ± 1.96 × 0.025.
    figure = mean_figure("heads", [0, 1] * 200)
    assert figure.low == pytest.approx(0.451, abs=0.005)
    assert figure.high == pytest.approx(0.549, abs=0.005)


def test_clusters_that_agree_widen_the_interval() -> None:
    # 400 throws in 40 clusters of ten equal ones are worth 40: the standard error is sqrt(0.25 / 40) = 0.079.
    values = [float(at // 10 % 2) for at in range(400)]
    figure = mean_figure("heads", values, [at // 10 for at in range(400)])
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * 0.079, abs=0.02)


def test_the_same_values_give_the_same_interval() -> None:
    values = [0.1, 0.9, 0.4, 0.7]
    assert mean_figure("x", values) == mean_figure("x", values)


def test_json_has_no_nan() -> None:
    assert mean_figure("x", []).as_dict() == {"name": "x", "value": None, "n": 0, "low": None, "high": None}


def test_the_figure_of_a_mean_is_the_mean_figure() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    clusters = ["a", "a", "b", "b", "c", "c"]
    figure = figure_of("mean", lambda at: float(values[at].mean()), clusters)
    mean = mean_figure("mean", list(values), clusters)
    assert figure.value == pytest.approx(4 / 6)
    # Clusters of means 1/2, 1/2 and 1: any draw lies between 1/2 and 1.
    assert (figure.low, figure.high) == (mean.low, mean.high) == (0.5, 1.0)


def test_draws_without_a_value_are_left_out() -> None:
    def of_the_first(at: np.ndarray[Any, Any]) -> float:
        return 1.0 if 0 in at else float("nan")

    assert figure_of("first", of_the_first, ["a", "b"]).low == 1.0
