"""The reader's measures, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qa.models.reader.data import Example
from qa.models.reader.evaluate import Guess, auc, best_span, exact, interval, measure, normalise, token_f1


def test_normaliser_forgives_case_articles_and_punctuation() -> None:
    assert exact("The Nile.", ["nile"]) == 1.0
    assert exact("Nile delta", ["nile"]) == 0.0


@pytest.mark.parametrize(
    ("guess", "gold", "f1"), [("a b", "b c", 2 / 3), ("red fox", "red fox", 1.0), ("x", "y", 0.0)]
)
def test_token_f1(guess: str, gold: str, f1: float) -> None:
    assert token_f1(guess, [gold]) == pytest.approx(f1)  # "a" is an article: 1 of (1 + 2) shared


def test_auc_counts_ties_half() -> None:
    assert auc([1.0, 3.0], [1.0, 2.0]) == pytest.approx((0.5 + 0 + 1 + 1) / 4)


def test_best_span_is_in_order_and_short() -> None:
    start = np.array([0, 0, 5, 0], dtype=np.float32)
    end = np.array([9, 0, 0, 4], dtype=np.float32)
    assert best_span(start, end) == (0, 0, 9.0)
    assert best_span(start, end[[1, 2, 3, 0]]) == (2, 3, 14.0)
    assert best_span(start, end[[1, 2, 3, 0]], longest=1)[2] == 9.0


def test_interval_resamples_whole_groups() -> None:
    values = np.array([0.0, 0.0, 1.0, 1.0])
    figure = interval(["a", "a", "b", "b"], lambda rows: float(values[rows].mean()), 4)
    assert (figure.value, figure.low, figure.high) == (0.5, 0.0, 1.0)


def test_measure_leaves_unanswerable_questions_out_of_em() -> None:
    yes = Example("who", "Ada wrote", ((0, 3),), "t", "t")
    no = Example("when", "Bob read", (), "t", "t")
    figures = measure([yes, no], [Guess("Ada", (0, 3), 2.0, 1.0), Guess("Bob", (0, 3), -1.0, -1.0)])
    assert (figures["em"].value, figures["em"].n) == (100.0, 1)
    assert figures["auc"].value == 1.0


def test_exact_match_and_f1_by_hand() -> None:
    assert normalise("The  Stone-bridge, of a Town!") == "stonebridge of town"
    assert exact("the 4 May 1931.", ["1931", "4 May 1931"])
    assert not exact("May 1931", ["4 May 1931"])
    # "may 1931" shares 2 tokens with "4 may 1931": precision 1, recall 2/3, F1 0.8.
    assert token_f1("May 1931", ["1930", "4 May 1931"]) == pytest.approx(0.8)
    assert token_f1("nothing", ["4 May"]) == 0
    assert token_f1("nothing", []) == 0
    assert token_f1("the", ["a"]) == 1, "as the published script has it"
