"""The extractive reader over scripted spans, so that every step can be followed by eye."""

from datetime import date

import pytest

from qa.cite import cite
from qa.read.calibration import Calibration
from qa.read.candidates import FEATURES, SHORT_FEATURES
from qa.read.extractive import ExtractiveReader
from qa.read.sentence import FEATURES as SENTENCE_FEATURES
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel
from qa.types import ScoredPassage, Span
from tests.conftest import FakeEmbedder
from tests.reading import DEBT, TRADE, Scripted, passage


def reader(model: SpanModel, threshold: float = 0.5, short_bias: float = 0.0) -> ExtractiveReader:
    # Only the margin counts: a margin of 10 is a logit of 1, for the sentence and for the short answer.
    weighed = Calibration(FEATURES, (1.0, *[0.0] * 7), 0.0, ((0.1, threshold),), "nothing")
    short = Calibration(SHORT_FEATURES, (*[0.0] * 8, 1.0, 0.0), short_bias, (), "nothing")
    by_terms = Calibration(SENTENCE_FEATURES, (0, 4.0, 0, 0), -1.0, ((0.1, 0.5),), "nothing")
    sentence = SentenceReader(FakeEmbedder(), 0.1, by_terms)
    return ExtractiveReader(model, FakeEmbedder(), sentence, 0.1, (weighed, short))


def test_the_answer_is_its_sentence_with_the_short_answer_marked() -> None:
    passages = [passage(TRADE), passage("Much happened.", DEBT, start=500)]
    reading = reader(Scripted(**{"about_$11_billion": 20.0})).read("How much does Peru owe?", passages)
    assert reading.sentences[0].text == "Peru owes Chile about $11 billion for gas."
    assert reading.short_answer == "about $11 billion"
    assert reading.probability == pytest.approx(0.8808, abs=1e-4)  # a logit of 2
    cited = cite(reading, passages)
    assert cited.citations[0].quote == DEBT
    assert cited.citations[0].start == 515
    assert cited.short_span is not None
    assert cited.text[slice(*cited.short_span)] == "about $11 billion"


def test_the_short_answer_is_marked_where_it_stands_not_where_its_words_first_appear() -> None:
    found = passage("In May they said May would pay.")
    reading = reader(Scripted(May_would=20.0)).read("Who would pay?", [found])
    cited = cite(reading, [found])
    assert cited.short_span == Span(17, 26)


def test_a_short_answer_that_is_less_sure_than_its_sentence_is_not_marked() -> None:
    reading = reader(Scripted(**{"$11_billion": 20.0}), short_bias=-2.0).read("How much?", [passage(DEBT)])
    assert reading.sentences[0].text == "Peru owes Chile about $11 billion for gas."
    assert (reading.short_answer, reading.alternatives) == (None, ())
    assert reading.probability == pytest.approx(0.8808, abs=1e-4), "the sentence is all that has to be right"


def test_with_a_marked_answer_it_is_that_which_has_to_be_right() -> None:
    reading = reader(Scripted(**{"$11_billion": 20.0}), short_bias=-0.5).read("How much?", [passage(DEBT)])
    assert reading.short_answer == "about $11 billion"
    assert reading.probability == pytest.approx(0.8176, abs=1e-4)  # a logit of 3/2


def test_other_numbers_become_alternatives_with_their_citation() -> None:
    passages = [passage(DEBT), passage(TRADE, document="e")]
    reading = reader(Scripted(**{"$11_billion": 20.0, "$9_billion": 15.0})).read("How much?", passages)
    cited = cite(reading, passages)
    assert [(a.short_answer, a.marker, a.published) for a in cited.alternatives] == [
        ("$9 billion", 2, date(2024, 9, 16))
    ]
    unlikely = reader(Scripted(**{"$11_billion": 20.0, "$9_billion": -15.0})).read("How much?", passages)
    assert unlikely.alternatives == ()


def test_passages_are_ranked_by_what_was_read_in_them() -> None:
    passages = [
        passage("Nobody knew.", document="a"),
        passage(TRADE, document="b"),
        passage(DEBT, document="c"),
    ]
    reading = reader(Scripted(**{"$11_billion": 20.0, "$9_billion": 5.0})).read("How much?", passages)
    assert reading.order == (2, 1, 0)


def test_below_the_threshold_it_abstains() -> None:
    reading = reader(Scripted(**{"$11_billion": -5.0})).read("How much?", [passage(DEBT)])
    assert (reading.sentences, reading.reason) == ((), "not_in_documents")
    assert reading.probability == pytest.approx(0.3775, abs=1e-4)  # a logit of -1/2


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why did trade fall?", ["Banks closed.", "Roads were cut."]),
        ("Which reasons are given?", ["Banks closed.", "Roads were cut."]),
        ("What closed?", ["Banks closed."]),
    ],
)
def test_a_list_or_an_explanation_may_take_several_sentences(question: str, expected: list[str]) -> None:
    found = passage("Roads were cut.", "It rained.", "Banks closed.", "Nobody knew.")
    model = Scripted(Banks=20.0, Roads=18.0, Nobody=-20.0)
    reading = reader(model).read(question, [found])
    assert [s.text for s in reading.sentences] == expected
    assert reading.short_answer == "Banks", "it is marked in the first"


def test_further_sentences_do_not_overlap() -> None:
    found = passage("Roads were cut.", "It rained.", "Banks closed.")
    model = Scripted(**{"Banks": 20.0, "Roads": 18.0, "cut. It": 17.5})
    reading = reader(model).read("Why did trade fall?", [found])
    assert [s.text for s in reading.sentences] == ["Banks closed.", "Roads were cut."]


def test_the_mark_is_cut_out_of_the_sentence_as_people_see_it() -> None:
    # The emphasis ends in the next sentence: the passage shows none of its marks, the sentence alone does.
    found = passage("Peru paid ten **million dollars to Chile.", "Bolivia** paid nothing.")
    reading = reader(Scripted(**{"ten million dollars": 20.0})).read("How much?", [found])
    text = reading.sentences[0].text
    assert reading.short_answer == "ten **million dollars"
    assert text[reading.short_start :].startswith(reading.short_answer)


def test_yes_no_is_answered_by_the_sentence_that_decides() -> None:
    reading = reader(Scripted()).read("Does Peru owe Chile?", [passage(TRADE, DEBT)])
    assert [s.text for s in reading.sentences] == ["Peru owes Chile about $11 billion for gas."]
    assert reading.short_answer is None


@pytest.mark.parametrize("passages", [[], [passage("a")], [passage("x" * 4_000)]])
def test_nothing_to_read_is_an_abstention(passages: list[ScoredPassage]) -> None:
    reading = reader(Scripted()).read("Who?", passages)
    assert (reading.reason, reading.probability) == ("not_in_documents", 0.0)
