"""The extractive reader over scripted spans, so that every step can be followed by eye."""

from collections.abc import Sequence
from datetime import date

import pytest

from qa.cite import cite
from qa.read.calibration import Calibration
from qa.read.extractive import FEATURES, ExtractiveReader, candidates
from qa.read.sentence import FEATURES as SENTENCE_FEATURES
from qa.read.sentence import SentenceReader
from qa.read.spans import Found, SpanModel
from qa.types import Heading, Passage, ScoredPassage, Span, StoredPassage
from tests.conftest import FakeEmbedder

DEBT = "Peru owes Chile about \\$11 billion for gas."
TRADE = "Trade fell to \\$9 billion, [they](#) said."


class Scripted(SpanModel):
    """Finds the given words wherever they stand; their margin is given too."""

    def __init__(self, **margins: float) -> None:
        self._margins = {words.replace("_", " "): margin for words, margin in margins.items()}

    def read(self, question: str, texts: Sequence[str]) -> list[list[Found]]:
        return [
            [
                Found(Span(text.index(words), text.index(words) + len(words)), margin, 0.0)
                for words, margin in self._margins.items()
                if words in text
            ]
            for text in texts
        ]


def passage(*sentences: str, document: str = "d", heading: bool = False, start: int = 0) -> ScoredPassage:
    spans, at = [], start
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    text = " ".join(sentences)
    headings = (Heading(sentences[0], 1, *spans[0]),) if heading else ()
    cut = Passage(start, start + len(text), text, tuple(spans), 20, None, None, headings)
    stored = StoredPassage(document, document, f"{document}.txt", "Report", date(2024, 9, 16), "00", cut)
    return ScoredPassage(stored, 0.5, 1.0, 0.03)


def reader(model: SpanModel, threshold: float = 0.5) -> ExtractiveReader:
    # Only the margin counts: a margin of 10 is a logit of 1.
    weighed = Calibration(FEATURES, (1.0, 0, 0, 0, 0), 0.0, threshold, "nothing")
    sentence = SentenceReader(
        FakeEmbedder(), Calibration(SENTENCE_FEATURES, (0, 4.0, 0, 0), -1.0, 0.5, "nothing")
    )
    return ExtractiveReader(model, sentence, weighed)


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


def test_features_by_hand() -> None:
    model = Scripted(**{"$11_billion": 5.0, "$9_billion": -5.0})
    found = candidates(model, "What does Peru owe Bolivia?", [passage(TRADE), passage(DEBT)])
    debt = next(c for c in found if c.short == "$11 billion")
    # margin / 10, "peru" and "owe" of three terms, "peru" of two names, rank 2, one place
    assert debt.features == pytest.approx((0.5, 2 / 3, 1 / 2, 1 / 2, 0))


def test_the_same_answer_in_two_documents_is_agreement() -> None:
    model = Scripted(**{"$11_billion": 5.0})
    twice = candidates(model, "How much?", [passage(DEBT), passage(DEBT, document="e")])
    assert [c.features[-1] for c in twice] == pytest.approx([0.6931, 0.6931], abs=1e-4)  # log 2
    overlapping = candidates(model, "How much?", [passage(DEBT), passage(DEBT)])
    assert len(overlapping) == 1, "the same place in two overlapping passages is one"


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


def test_each_part_of_a_question_is_answered_and_cited() -> None:
    class ByQuestion(SpanModel):
        def __init__(self) -> None: ...

        def read(self, question: str, texts: Sequence[str]) -> list[list[Found]]:
            words = "$11 billion" if "owe" in question else "$9 billion"
            return Scripted(**{words: 20.0 if "owe" in question else 10.0}).read(question, texts)

    passages = [passage(DEBT, TRADE)]
    reading = reader(ByQuestion()).read("How much does Peru owe, and how large is trade now?", passages)
    assert [s.text for s in reading.sentences] == [
        "Peru owes Chile about $11 billion for gas.",
        "Trade fell to $9 billion, they said.",
    ]
    assert reading.probability == pytest.approx(0.7311, abs=1e-4), "that of the weakest part, a logit of 1"


def test_yes_no_is_answered_by_the_sentence_that_decides() -> None:
    reading = reader(Scripted()).read("Does Peru owe Chile?", [passage(TRADE, DEBT)])
    assert [s.text for s in reading.sentences] == ["Peru owes Chile about $11 billion for gas."]
    assert reading.short_answer is None


def test_headings_and_punctuation_answer_nothing() -> None:
    model = Scripted(Money_owed=20.0, **{".": 30.0})
    assert candidates(model, "What?", [passage("Money owed", "It fell.", heading=True)]) == []


def test_a_span_over_a_sentence_end_brings_both_sentences() -> None:
    found = passage("Peru paid.", "Chile did not.", "Nobody knew.")
    reading = reader(Scripted(**{"paid. Chile": 20.0})).read("Who?", [found])
    assert reading.sentences[0].text == "Peru paid. Chile did not."


@pytest.mark.parametrize("passages", [[], [passage("a")], [passage("x" * 4_000)]])
def test_nothing_to_read_is_an_abstention(passages: list[ScoredPassage]) -> None:
    reading = reader(Scripted()).read("Who?", passages)
    assert (reading.reason, reading.probability) == ("not_in_documents", 0.0)
