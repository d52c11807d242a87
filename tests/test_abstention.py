"""Measures of confidence, by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from eval.abstention import (
    area_under_risk,
    brier,
    calibration_error,
    coverage_at_risk,
    equal_mass,
    mixed,
    risk_coverage,
)

CASES = 1_000
Numbers = NDArray[np.float64]
SURE, RIGHT = [0.9, 0.8, 0.6, 0.3], [1, 0, 1, 0]


def test_brier_by_hand() -> None:
    # (0.1² + 0.8² + 0.4² + 0.3²) / 4 = (0.01 + 0.64 + 0.16 + 0.09) / 4
    assert brier(SURE, RIGHT) == pytest.approx(0.225)


def test_risk_and_coverage_by_hand() -> None:
    coverage, risk = risk_coverage(SURE, RIGHT)
    assert coverage == pytest.approx([0.25, 0.5, 0.75, 1])
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk(SURE, RIGHT) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_coverage_at_risk_is_the_largest() -> None:
    assert coverage_at_risk(SURE, RIGHT, 0.1) == 0.25
    assert coverage_at_risk(SURE, RIGHT, 0.4) == 0.75, "the curve may fall again"
    assert coverage_at_risk([0.9], [0], 0.1) == 0


def test_a_risk_that_is_just_accepted_is_not_refused_for_its_rounding() -> None:
    # One of ten is wrong: all may be answered at 10 %, but the weights' sum makes it 0.10000000000000002.
    right = [0, *[1] * 9]
    assert coverage_at_risk([1.0] * 10, right, 0.1, mixed(right, 0.1)) == pytest.approx(1)


def test_equal_confidence_is_answered_together() -> None:
    coverage, risk = risk_coverage([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0])
    assert (coverage.tolist(), risk.tolist()) == ([1.0], [0.5])
    assert coverage_at_risk([0.5, 0.5], [1, 0], 0.1) == 0, "an order among equals would flatter"


def test_calibration_error_by_hand() -> None:
    # Two bins: (0.3, 0.6) with 1 of 2 right, and (0.8, 0.9) with 1 of 2: |0.45 - 0.5| / 2 + |0.85 - 0.5| / 2.
    assert calibration_error(SURE, RIGHT, bins=2) == pytest.approx(0.2)
    assert calibration_error([0.5] * 10, [1, 0] * 5, bins=1) == pytest.approx(0)


def test_bins_have_equal_mass_whatever_the_order() -> None:
    assert equal_mass([0.9, 0.1, 0.4, 0.6], bins=2).tolist() == [1, 0, 0, 1]
    # Of a mass of 10 the first has 6: its middle, and so it, is in the lower half; the rest is in the upper.
    assert equal_mass([0.1, 0.2, 0.3], [6, 2, 2], bins=2).tolist() == [0, 1, 1]


def test_a_calibrated_forecaster_has_a_small_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(20_000)
    right = rng.random(20_000) < confidence
    assert calibration_error(confidence, right) < 0.02
    assert calibration_error(confidence, ~right) > 0.4


def test_weights_count_as_repetition() -> None:
    twice = ([0.9, 0.8, 0.8, 0.3], [1, 0, 0, 1])
    once = ([0.9, 0.8, 0.3], [1, 0, 1])
    weights = [1, 2, 1]
    assert brier(*once, weights) == pytest.approx(brier(*twice))
    assert area_under_risk(*once, weights) == pytest.approx(area_under_risk(*twice))
    assert calibration_error(*once, weights, bins=1) == pytest.approx(calibration_error(*twice, bins=1))


def test_a_mix_is_what_it_says() -> None:
    answerable = [True, True, True, False]
    weights = mixed(answerable, 0.5)
    assert weights == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert weights[3:].sum() / weights.sum() == pytest.approx(0.5)


@pytest.mark.parametrize(("confidence", "right"), [([], []), ([0.5], [1, 0])])
def test_what_does_not_fit_is_refused(confidence: list[float], right: list[int]) -> None:
    with pytest.raises(ValueError, match="one confidence"):
        brier(confidence, right)


def random_case(rng: np.random.Generator, n: int, *, ties: bool = False) -> tuple[Numbers, Numbers, Numbers]:
    """Confidences, outcomes (right more often when sure) and weights."""
    confidence = rng.integers(0, 11, n) / 10 if ties else rng.random(n)
    right = (rng.random(n) < 0.2 + 0.6 * confidence).astype(float)
    return confidence, right, rng.uniform(0.1, 3, n)


def test_brier_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    for _ in range(CASES):
        c, r, w = random_case(rng, int(rng.integers(1, 60)))
        assert brier(c, r, w) == pytest.approx(brier_score_loss(r, c, sample_weight=w, pos_label=1), abs=1e-9)


def test_calibration_error_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    for _ in range(CASES):
        c, r, _ = random_case(rng, 10 * int(rng.integers(1, 12)))
        shares, means = calibration_curve(r, c, n_bins=10, strategy="quantile")
        assert calibration_error(c, r) == pytest.approx(np.mean(np.abs(shares - means)), abs=1e-9)


def slow_curve(c: Numbers, r: Numbers, w: Numbers) -> tuple[Numbers, Numbers]:
    """By definition: for each question the coverage and the risk of answering all that are as sure."""
    mass = w * (c >= c[:, None])
    return mass.sum(axis=1) / w.sum(), (mass * (1 - r)).sum(axis=1) / mass.sum(axis=1)


@pytest.mark.parametrize("ties", [False, True])
def test_the_risk_curve_agrees_with_its_definition(ties: bool) -> None:
    rng = np.random.default_rng(3)
    for _ in range(CASES // 2):
        c, r, w = random_case(rng, int(rng.integers(1, 30)), ties=ties)
        coverages, risks = slow_curve(c, r, w)
        assert area_under_risk(c, r, w) == pytest.approx(np.average(risks, weights=w), abs=1e-9)
        kept = coverages[risks <= 0.3].max(initial=0)
        assert coverage_at_risk(c, r, 0.3, w) == pytest.approx(kept, abs=1e-9)
