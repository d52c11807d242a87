"""The sentence reader, with vectors that count letters, so that every feature can be worked out by hand."""

from collections.abc import Sequence

import pytest

from qa.read.calibration import Calibration
from qa.read.sentence import FEATURES, SentenceReader, candidates
from qa.types import Heading, Passage, ScoredPassage, Span, StoredPassage
from tests.conftest import FakeEmbedder

DEBT, TRADE, NOTE = (
    "Iraq owes Iran \\$11 billion for gas.",
    "Trade fell to \\$9 billion this year.",
    "See below.",
)


def passage(
    *sentences: str, document: str = "d", heading: str | None = None, start: int = 0
) -> ScoredPassage:
    text, spans, at = " ".join(sentences), [], start
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    inside = tuple(
        Heading(heading, 1, *span) for span, words in zip(spans, sentences, strict=True) if words == heading
    )
    cut = Passage(start, start + len(text), text, tuple(spans), 20, heading, headings=inside)
    return ScoredPassage(StoredPassage("p", document, "a.txt", "Report", None, "00", cut), 0.5, 1.0, 0.03)


def weighing(*weights: float, bias: float = 0.0, threshold: float = 0.5) -> SentenceReader:
    weighed = Calibration(FEATURES, weights, bias, ((0.1, threshold),), "nothing")
    return SentenceReader(FakeEmbedder(), 0.1, weighed)


def texts(passages: Sequence[ScoredPassage]) -> list[str]:
    return [c.text for c in candidates(FakeEmbedder(), "How much does Iraq owe?", passages)]


def test_features_by_hand() -> None:
    found = candidates(
        FakeEmbedder(), "How much does Iraq owe?", [passage(TRADE), passage(DEBT, TRADE, start=100)]
    )
    by_text = {(c.at, c.text): c for c in found}
    debt = by_text[1, "Iraq owes Iran $11 billion for gas."]
    # The question's terms are "much", "iraq" and "owe"; the sentence has "iraq" and "owes".
    assert debt.features[1] == pytest.approx(2 / 3)
    assert debt.features[3] == 1 / 2
    assert debt.span == Span(100, 136)
    trade = by_text[1, "Trade fell to $9 billion this year."]
    assert trade.features[1] == 0
    assert trade.features[2] == pytest.approx(2 / 3), "its passage has the words all the same"


def test_headings_and_scraps_are_no_candidates() -> None:
    heading = "The debt of Iraq today"
    assert texts([passage(heading, NOTE, DEBT, heading=heading)]) == ["Iraq owes Iran $11 billion for gas."]


def test_a_sentence_in_two_overlapping_passages_is_one_candidate() -> None:
    first = passage(DEBT, TRADE)
    second = passage(TRADE, "Nobody knows what comes next.", start=len(DEBT) + 1)
    assert len(texts([first, second])) == 3
    assert len(texts([first, passage(TRADE, document="other")])) == 3, "in another document it is another"


def test_the_best_sentence_answers_with_its_exact_span() -> None:
    reading = weighing(0, 6, 0, 0, bias=-2).read("How much does Iraq owe?", [passage(TRADE, DEBT)])
    assert [s.text for s in reading.sentences] == ["Iraq owes Iran $11 billion for gas."]
    assert reading.sentences[0].cites == ((0, Span(len(TRADE) + 1, len(TRADE) + 1 + len(DEBT))),)
    # The logit is 6 × 2/3 - 2 = 2.
    assert reading.probability == pytest.approx(0.8808, abs=1e-4)
    assert reading.reason is None


def test_below_the_threshold_it_abstains_and_tells_how_likely_the_best_was() -> None:
    reading = weighing(0, 6, 0, 0, bias=-2, threshold=0.9).read("How much does Iraq owe?", [passage(DEBT)])
    assert (reading.sentences, reading.reason) == ((), "not_in_documents")
    assert reading.probability == pytest.approx(0.8808, abs=1e-4)


def test_a_second_sentence_is_added_when_it_is_as_good_and_tells_more() -> None:
    reader = weighing(0, 1, 0, 0, bias=2)
    both = reader.read("How large are debt for gas and trade this year?", [passage(DEBT, TRADE)])
    assert len(both.sentences) == 2
    one = reader.read("How large is trade this year?", [passage(TRADE, DEBT)])
    assert len(one.sentences) == 1, "the other has no word of the question that the first lacks"


@pytest.mark.parametrize(
    "question", ["", "?", "a", "🙂", "ما هو المبلغ؟", "\ud800", "x " * 5_000, 'NEAR(" OR *']
)
@pytest.mark.parametrize("passages", [[], [passage("a")], [passage("x" * 5_000)], [passage(DEBT)]])
def test_odd_input_gives_a_reading(question: str, passages: list[ScoredPassage]) -> None:
    reading = weighing(1, 1, 1, 1).read(question, passages)
    assert 0 <= reading.probability <= 1
    assert bool(reading.sentences) == (reading.reason is None)
