"""Sentences that may answer and what speaks for them, over scripted spans, by hand."""

from math import exp

import pytest

from qa.read.candidates import Candidate, candidates
from qa.read.spans import SpanModel
from qa.types import ScoredPassage, Span
from tests.conftest import FakeEmbedder
from tests.reading import DEBT, TRADE, Scripted, passage


def found(model: SpanModel, question: str, passages: list[ScoredPassage]) -> list[Candidate]:
    return candidates(model, FakeEmbedder(), question, passages)


def test_features_by_hand() -> None:
    model = Scripted(**{"$11_billion": 2.0, "$9_billion": 1.0})
    debt = found(model, "What does Peru owe Bolivia?", [passage(TRADE), passage(DEBT)])[1]
    belief = exp(2) / (1 + exp(2) + exp(1))  # "no answer" has the odds 1
    # margin / 10, belief, "peru" and "owe" of three terms twice, rank 2, cosine, judged, one place
    assert debt.features == pytest.approx((0.2, belief, 2 / 3, 2 / 3, 1 / 2, debt.features[5], 0.05, 0))
    assert 0 < debt.features[5] < 1
    assert debt.span == Span(0, len(DEBT))


def test_a_short_answer_has_the_features_of_its_sentence_and_its_own() -> None:
    (debt,) = found(Scripted(**{"about_$11_billion": 5.0}), "How much?", [passage(DEBT)])
    (short,) = debt.shorts
    assert short.features[:-2] == debt.features
    assert short.features[-2:] == pytest.approx((0.5, 1.3863), abs=1e-4)  # margin / 10, log (1 + 3 words)
    assert (short.text, short.key) == ("about $11 billion", "11 billion")


@pytest.mark.parametrize(
    ("sentence", "seen", "short"),
    [
        ("It owes approximately $11 billion now.", "$11 billion", "approximately $11 billion"),
        ("It owes more than 40 banks money.", "40 banks", "more than 40 banks"),
        ("It happened some 20 years ago.", "20 years", "some 20 years"),
        ("It knows about Peru and Chile.", "Peru", "Peru"),
        ("Over 5 bridges stand.", "5 bridges", "Over 5 bridges"),
        ("The handsome 5 sang.", "5", "5"),
    ],
)
def test_a_number_takes_along_what_qualifies_it(sentence: str, seen: str, short: str) -> None:
    (one,) = found(Scripted(**{seen: 5.0}), "How much?", [passage(sentence)])
    assert one.shorts[0].text == short


def test_the_spans_of_a_sentence_are_one_candidate_the_best_first() -> None:
    model = Scripted(**{"Chile": 1.0, "$11_billion": 5.0})
    (debt,) = found(model, "What?", [passage(DEBT)])
    assert [short.text for short in debt.shorts] == ["about $11 billion", "Chile"]
    assert debt.features[0] == 0.5


def test_the_same_answer_in_two_documents_is_agreement() -> None:
    model = Scripted(**{"$11_billion": 5.0})
    twice = found(model, "How much?", [passage(DEBT), passage(DEBT, document="e")])
    assert [c.features[-1] for c in twice] == pytest.approx([0.6931, 0.6931], abs=1e-4)  # log 2
    overlapping = found(model, "How much?", [passage(DEBT), passage(DEBT)])
    assert len(overlapping) == 1, "the same place in two overlapping passages is one"


def test_headings_and_punctuation_answer_nothing() -> None:
    model = Scripted(Money_owed=20.0, **{".": 30.0})
    assert found(model, "What?", [passage("Money owed", "It fell.", heading=True)]) == []


def test_a_span_over_a_sentence_end_brings_both_sentences() -> None:
    (both,) = found(
        Scripted(**{"paid. Chile": 20.0}), "Who?", [passage("Peru paid.", "Chile did not.", "No.")]
    )
    assert both.span == Span(0, len("Peru paid. Chile did not."))


def test_a_sentence_that_tells_the_reverse_does_not_answer() -> None:
    model = Scripted(**{"$11_billion": 20.0})
    assert found(model, "How much does Chile owe Peru?", [passage(DEBT)]) == []
    assert len(found(model, "How much does Peru owe Chile?", [passage(DEBT)])) == 1


def test_a_question_or_the_title_does_not_answer() -> None:
    model = Scripted(**{"$11_billion": 20.0, "REPORT": 20.0})
    assert found(model, "How much?", [passage("Does Peru owe $11 billion?")]) == []
    for title in ("REPORT", "# Report", "**REPORT**"):
        assert found(Scripted(**{title.strip("#* ."): 20.0}), "How much?", [passage(title, "No.")]) == []
    assert found(model, "How much?", [passage("“Does Peru owe $11 billion?”")]) == []


def test_very_large_margins_do_not_overflow() -> None:
    (one,) = found(Scripted(**{"$11_billion": 1e6}), "How much?", [passage(DEBT)])
    assert one.features[1] == pytest.approx(1.0)
