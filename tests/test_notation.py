"""Dates and amounts in their other notations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.notation import other_notations
from qa.words import words


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("on 11 Sept 2024", ["september", "sep"]),
        ("on September 11, 2024", ["sep", "sept"]),
        ("on the 11th of September", ["sep", "sept", "11"]),
        ("on Jan. 5th", ["january", "5"]),
        ("in DEC 1999", ["december"]),
        ("since 2024-09-01", ["september", "sep", "sept", "1"]),
        ("on 3 May", []),
        ("$11 billion", ["11bn", "11b"]),
        ("a 11bn debt", ["11", "billion", "11b"]),
        ("$11.5bn", ["5", "billion", "5b"]),
        ("3,400k", ["400", "thousand"]),
        ("2-million-dollar", ["2m", "2mn"]),
    ],
)
def test_other_notations(question: str, others: list[str]) -> None:
    assert other_notations(question) == others


@pytest.mark.parametrize(
    "question",
    [
        "Did Jan march in May?",
        "dec",
        "2024-13-01",
        "1024-09-01x",
        "billions",
        "10 min",
        "5 km",
        "2 bridges",
        "",
    ],
)
def test_what_is_neither_date_nor_amount_has_none(question: str) -> None:
    assert other_notations(question) == []


@given(st.text(st.sampled_from("0123456789 -.,bnmk septjan")))
def test_others_are_words_that_are_not_there(question: str) -> None:
    others = other_notations(question)
    assert not set(others) & set(words(question))
    assert all(words(other) == [other] for other in others)
