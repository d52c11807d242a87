"""Intervals and paired tests that can be checked without a computer, or against scipy's."""

import math
import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from eval.statistics import (
    Figure,
    figures_of,
    mcnemar,
    mean_figure,
    paired_difference,
    share_figure,
    smallest_detectable,
)


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
    assert mean_figure("x", []).as_dict() == {
        "name": "x",
        "value": None,
        "n": 0,
        "low": None,
        "high": None,
        "clusters": 0,
        "resampled": "questions",
    }


def test_the_figure_says_what_was_resampled() -> None:
    def of(clusters: list[int] | None) -> tuple[int, str]:
        figure = mean_figure("x", [0.0, 1.0] * 20, clusters)
        (other,) = figures_of(lambda _: {"x": 0.5}, clusters or range(40))
        assert other.resampled == figure.resampled
        return figure.clusters, figure.resampled

    assert of([at // 2 for at in range(40)]) == (20, "clusters")
    assert of([at // 2 for at in range(38)] + [0, 0]) == (19, "questions")
    assert of(None) == of(list(range(40))) == (40, "questions")


def test_few_clusters_are_not_resampled() -> None:
    values = [0.0, 1.0, 1.0] * 6
    by_question, few = mean_figure("x", values), mean_figure("x", values, [at // 3 for at in range(18)])
    assert (few.low, few.high) == (by_question.low, by_question.high)


def test_each_value_has_a_cluster() -> None:
    with pytest.raises(ValueError, match="2 values, 1 clusters"):
        mean_figure("x", [0, 1], ["a"])


def test_the_figure_of_a_mean_is_the_mean_figure() -> None:
    values = np.array([0.0, 1.0, 1.0] * 20)
    clusters = [at // 3 for at in range(60)]
    (figure,) = figures_of(lambda at: {"mean": float(values[at].mean())}, clusters)
    mean = mean_figure("mean", list(values), clusters)
    # Each cluster of three has two right, so any draw of clusters has, too.
    assert figure == mean == Figure("mean", 2 / 3, 60, 2 / 3, 2 / 3, 20, "clusters")


def test_clusters_need_not_stand_together() -> None:
    values = np.array([0.0, 1.0] * 30)
    (apart,) = figures_of(lambda at: {"mean": float(values[at].mean())}, [at % 30 for at in range(60)])
    # 30 clusters of two equal values: the interval of 30 throws, 0.5 ± 1.96 × 0.091.
    assert apart.high - apart.low == pytest.approx(2 * 1.96 * 0.091, abs=0.05)


def test_draws_without_a_value_are_left_out() -> None:
    def of_the_first(at: np.ndarray[Any, Any]) -> float:
        return 1.0 if 0 in at else float("nan")

    (first,) = figures_of(lambda at: {"first": of_the_first(at)}, ["a", "b"])
    assert first.low == 1.0
    (never,) = figures_of(lambda _: {"never": float("nan")}, ["a", "b"])
    assert (never.n, never.as_dict()["low"]) == (2, None)


def test_a_large_set_needs_no_large_memory() -> None:
    figure = mean_figure("x", [0.0, 1.0] * 2_500)
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 5_000), rel=0.05)


def test_the_interval_is_that_of_scipy() -> None:
    # An end of the interval is a quantile of 10,000 draws; its own standard error is sqrt(0.025 × 0.975 /
    # 10,000) over the draws' density there, 0.058 / SE: 0.027 SE. Two such differ by less than five times
    # sqrt(2) × 0.027 SE = 0.19 SE.
    values = np.random.default_rng(5).gamma(2.0, size=200)
    error = values.std(ddof=1) / math.sqrt(200)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=6)
    ours = mean_figure("x", list(values))
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.19 * error)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.19 * error)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # 30 paragraphs of four questions; how hard a paragraph is varies. Of 100 simulated sets about 93 (of 30
    # units the percentile interval is a little narrow) ± 3 × 2.6 should have the true mean, 0, in their
    # intervals; when questions are drawn, far fewer do.
    random = np.random.default_rng(7)
    held = {"clusters": 0, "questions": 0}
    for _ in range(100):
        values = (2 * random.normal(size=(30, 1)) + random.normal(size=(30, 4))).ravel().tolist()
        for clusters in ([at // 4 for at in range(120)], None):
            figure = mean_figure("x", values, clusters)
            held[figure.resampled] += figure.low <= 0 <= figure.high
    assert 85 <= held["clusters"] <= 99
    assert held["questions"] < 75


def test_a_share_of_all_or_none_is_not_certain() -> None:
    # Three hits of three: a share of 0.025 ** (1/3) = 0.292 would give them with a chance of 2.5 %.
    figure = share_figure("hits", [True] * 3)
    assert (figure.value, figure.high) == (1.0, 1.0)
    assert figure.low == pytest.approx(0.2924, abs=1e-4)
    assert figure.low == pytest.approx(stats.binomtest(3, 3).proportion_ci(method="exact").low)
    none = share_figure("hits", [False] * 60, [at // 3 for at in range(60)])
    assert (none.low, none.resampled) == (0.0, "clusters")
    assert none.high == pytest.approx(stats.binomtest(0, 20).proportion_ci(method="exact").high)
    assert share_figure("hits", [True, False]) == mean_figure("hits", [1, 0])
    assert share_figure("hits", []).n == 0


def test_mcnemar_by_hand() -> None:
    # The first alone has one right, the second alone five: of 2⁶ ways to throw six coins, 1 + 6 have at most
    # one head and as many at most one tail, so p = 14/64.
    first = [True, True, False, *[False] * 5, True]
    second = [True, True, False, *[True] * 5, False]
    paired = mcnemar(first, second)
    assert (paired.n, paired.both, paired.only_first, paired.only_second, paired.neither) == (9, 2, 1, 5, 1)
    assert paired.p == 14 / 64
    assert mcnemar(second, first).p == paired.p


def test_runs_that_agree_do_not_differ() -> None:
    assert mcnemar([True, False], [True, False]).p == 1
    assert mcnemar([True, False], [False, True]).p == 1  # one each
    assert mcnemar([], []).p == 1
    with pytest.raises(ValueError, match="zip"):
        mcnemar([True], [])


def discordant(only_first: int, only_second: int) -> float:
    first = [True] * only_first + [False] * only_second
    return mcnemar(first, [not right for right in first]).p


def test_mcnemar_agrees_with_scipy() -> None:
    random = np.random.default_rng(8)
    for _ in range(1_000):
        throws = int(random.integers(1, 200))
        heads = int(random.binomial(throws, random.uniform(0.2, 0.8)))
        assert abs(discordant(heads, throws - heads) - stats.binomtest(heads, throws).pvalue) <= 1e-9


def test_mcnemar_of_ten_thousand() -> None:
    assert discordant(4_900, 5_100) == pytest.approx(stats.binomtest(4_900, 10_000).pvalue, rel=1e-9)
    assert discordant(0, 10_000) == 0  # 2 / 2¹⁰⁰⁰⁰ is less than any float


def test_a_run_does_not_differ_from_itself() -> None:
    same = paired_difference("x", [0.2, 0.9, 0.4], [0.2, 0.9, 0.4])
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert same.as_dict()["smallest_detectable"] is None
    assert paired_difference("x", [], []).as_dict()["p"] is None


def test_a_difference_is_of_the_second_to_the_first() -> None:
    # Differences of 0.5, 0 and 0.25: a mean of 0.25. Of the eight ways to sign them, four reach ±0.25.
    better = paired_difference("x", [0.0, 0.5, 0.5], [0.5, 0.5, 0.75])
    worse = paired_difference("x", [0.5, 0.5, 0.75], [0.0, 0.5, 0.5])
    assert (better.value, worse.value) == (0.25, -0.25)
    assert (better.low, better.high) == (-worse.high, -worse.low) == (0.0, 0.5)
    assert better.p == worse.p == pytest.approx(4 / 8, abs=0.02)


def test_three_of_three_are_not_beyond_doubt() -> None:
    # Signs all alike come in 2 of 2³ draws; the standard error of 10,000 draws is 0.0043.
    assert paired_difference("x", [0, 0, 0], [1, 1, 1]).p == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(("lost", "won"), [(3, 9), (10, 25), (40, 50)])
def test_of_right_and_wrong_the_p_is_that_of_mcnemar(lost: int, won: int) -> None:
    first = [1.0] * lost + [0.0] * won + [1.0] * 100
    second = [0.0] * lost + [1.0] * won + [1.0] * 100
    exact = discordant(lost, won)
    error = math.sqrt(exact * (1 - exact) / 10_000)
    assert paired_difference("x", first, second).p == pytest.approx(exact, abs=5 * error + 1e-4)


def test_p_by_all_signs_of_twenty_clusters() -> None:
    # 20 clusters of two that agree, of which only ten differ: 2¹⁰ ways to sign them.
    sums = [3, 2, 2, 2, 1, 1, 1, -1, -1, -2]
    seen = abs(sum(sums))
    ways = [
        abs(sum(s * x for s, x in zip(signs, sums, strict=True))) for signs in product((1, -1), repeat=10)
    ]
    second = [x / 2 for x in [*sums, *[0] * 10] for _ in range(2)]
    figure = paired_difference("x", [0.0] * 40, second, [at // 2 for at in range(40)])
    assert figure.resampled == "clusters"
    assert figure.p == pytest.approx(sum(way >= seen for way in ways) / 1024, abs=0.02)


def test_the_smallest_detectable_difference() -> None:
    # 1.960 + 0.842 = 2.802 standard errors
    assert smallest_detectable(0.01) == pytest.approx(0.02802, abs=1e-5)
    # 400 questions of which 40 were won and 40 lost: a variance of 0.2, a standard error of sqrt(0.2 / 400).
    first, second = [0] * 40 + [1] * 40 + [1] * 320, [1] * 40 + [0] * 40 + [1] * 320
    found = paired_difference("x", first, second).smallest_detectable
    assert found == pytest.approx(2.802 * math.sqrt(0.2 / 400), rel=0.03)


def test_a_difference_that_can_be_detected_is_found_four_times_in_five() -> None:
    # 60 sets of 40 differences that are normal around 2.802 / sqrt(40) = 0.443: 48 of 60, ± 3 × 3.1.
    random = np.random.default_rng(9)
    shifted = random.normal(0.443, 1.0, size=(60, 40))
    found = sum(paired_difference("x", [0.0] * 40, row.tolist()).p < 0.05 for row in shifted)
    assert 39 <= found <= 57


def test_what_measures_needs_neither_scipy_nor_sklearn() -> None:
    code = "import eval.statistics, sys; print([m for m in ('scipy', 'sklearn') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
