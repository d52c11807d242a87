"""The logistic model, by hand, and its file."""

import math

import pytest

from qa.errors import ModelError
from qa.read.calibration import Calibration, load_calibration


def made(weights: tuple[float, ...], bias: float) -> Calibration:
    return Calibration(tuple("abc"[: len(weights)]), weights, bias, ((0.1, 0.9), (0.2, 0.7)), "nothing")


def test_probability_is_the_logistic_function() -> None:
    assert made((2.0,), -2.0).probability([1.0]) == 0.5
    assert made((math.log(3),), 0.0).probability([1.0]) == pytest.approx(0.75)
    assert made((1.0, 1.0), math.log(1 / 4)).probability([0.0, 0.0]) == pytest.approx(0.2)


@pytest.mark.parametrize("size", [-1e6, 1e6])
def test_far_out_features_do_not_overflow(size: float) -> None:
    assert 0 <= made((1.0,), 0.0).probability([size]) <= 1


def test_as_many_features_as_weights() -> None:
    with pytest.raises(ValueError, match="zip"):
        made((1.0,), 0.0).probability([1.0, 2.0])


@pytest.mark.parametrize(
    ("accepted", "least"),
    [(0.0, math.inf), (0.09, math.inf), (0.1, 0.9), (0.15, 0.9), (0.2, 0.7), (0.99, 0.7), (1.0, 0.0)],
)
def test_the_threshold_is_that_of_the_largest_risk_accepted(accepted: float, least: float) -> None:
    assert made((1.0,), 0.0).threshold(accepted) == least


@pytest.mark.parametrize("name", ["sentence", "extractive", "short_answer"])
def test_the_bundled_ones_name_what_they_were_fitted_on(name: str) -> None:
    bundled = load_calibration(name)
    assert len(bundled.features) == len(bundled.weights)
    risks, least = zip(*bundled.thresholds, strict=True)
    assert list(risks) == sorted(risks)
    assert list(least) == sorted(least, reverse=True), "less risk takes more certainty"
    assert "squad" in bundled.fitted_on
    assert "seeds" not in bundled.fitted_on


def test_a_missing_one_is_one_line() -> None:
    with pytest.raises(ModelError, match="install Footnote again"):
        load_calibration("nobody")
