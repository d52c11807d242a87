"""Readings of a question's parts, joined."""

import pytest

from qa.cite import cite
from qa.read.parts import join
from qa.types import ReadAlternative, Reading, ReadSentence, Span
from tests.reading import DEBT, TRADE, passage


def reading(text: str, at: int, probability: float, **more: object) -> Reading:
    made = ReadSentence(text, ((at, Span(0, len(text))),))
    return Reading((made,), probability, **more)  # type: ignore[arg-type]


NOTHING = Reading((), 0.2, reason="not_in_documents")
A, B, C = (passage(words, document=name) for words, name in ((DEBT, "a"), (TRADE, "b"), ("No.", "c")))


def test_each_part_keeps_its_own_passages() -> None:
    first = reading(DEBT, 1, 0.9, short_answer="Peru", order=(1, 0))
    second = reading(TRADE, 0, 0.7, alternatives=(ReadAlternative("No", (1, Span(0, 2))),))
    joined, passages = join([first, second], [[C, A], [B, C]])
    assert passages == [A, B, C], "the best of each part first, none twice"
    cited = cite(joined, passages)
    assert [c.quote for c in cited.citations] == [DEBT, TRADE, "No"]
    assert [c.source for c in cited.citations] == ["a.txt", "b.txt", "c.txt"]
    assert joined.short_answer == "Peru"
    assert joined.probability == pytest.approx(0.63), "both parts have to be right: 0.9 × 0.7"


def test_a_part_without_an_answer_is_left_out() -> None:
    joined, _ = join([NOTHING, reading(TRADE, 0, 0.7)], [[A], [B]])
    assert [s.text for s in joined.sentences] == [TRADE]
    assert joined.reason is None
    assert joined.probability == pytest.approx(0.56), (
        "the one given and the other withheld rightly: 0.7 × 0.8"
    )


def test_an_order_may_leave_passages_out() -> None:
    _, passages = join([reading(DEBT, 1, 0.9, order=(1,))], [[C, A]])
    assert passages == [A, C]


def test_with_no_part_answered_the_likeliest_tells_how_likely() -> None:
    joined, passages = join([NOTHING, Reading((), 0.3, reason="not_in_documents")], [[A], [B]])
    assert (joined.sentences, joined.probability, joined.reason) == ((), 0.3, "not_in_documents")
    assert passages == [A, B]


def test_what_answers_both_parts_is_said_once() -> None:
    joined, passages = join([reading(DEBT, 0, 0.9), reading(DEBT, 1, 0.8)], [[A], [B, A]])
    assert len(joined.sentences) == 1
    assert len(cite(joined, passages).citations) == 1


@pytest.mark.parametrize("parts", [1, 3])
def test_nothing_to_read(parts: int) -> None:
    joined, passages = join([NOTHING] * parts, [[]] * parts)
    assert (joined.reason, passages) == ("not_in_documents", [])
