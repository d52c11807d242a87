"""Words as searching and reading compare them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.words import STOP_WORDS, content_words, fold, stems, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("São Paulo's GDP", ["sao", "paulo", "s", "gdp"]),
        ("$11.5 billion (2024)", ["11", "5", "billion", "2024"]),
        ("snake_case—dash", ["snake", "case", "dash"]),
        ("Straße ﬁnance CO₂ ℡", ["strasse", "finance", "co2", "tel"]),
        ("Sa\u0303o", ["sao"]),
        ("مُحَمَّد", ["محمد"]),
        ("東京", ["東京"]),
        ("pri\u200bce pri\u00adce pri\u202ece pri\ufe0fce pri\U000e0063ce pri\u3164ce", ["price"] * 6),
        ("🙂 … \0 \ud800 *", []),
        ("", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_content_words_leave_out_the_words_of_asking() -> None:
    assert content_words("How much does Iraq owe Iran?") == ["much", "iraq", "owe", "iran"]
    assert content_words("What's Iran's debt? Don't they'll say") == ["iran", "debt", "don", "say"]
    assert content_words("What is it?") == []


def test_stop_words_are_words() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)


def test_inflections_have_one_stem() -> None:
    assert stems("owe") == stems("owes") == stems("owed") == stems("Owing")
    assert stems("Iran owes Iran") == stems("iran owe")
    assert stems("") == frozenset()


def test_folding_is_done_once_and_for_all() -> None:
    folded = fold("\n".join(map(chr, range(0x20000)))).split("\n")
    assert [
        once for once, twice in zip(folded, fold("\n".join(folded)).split("\n"), strict=True) if once != twice
    ] == []


@given(st.text())
def test_any_text_has_folded_words(text: str) -> None:
    found = words(text)
    assert all(word.isalnum() and words(word) == [word] for word in found)


def test_threads_find_the_same_stems() -> None:
    texts = [f"owing debts {n} running runners ran" for n in range(50)] * 8
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stems, texts)) == [stems(text) for text in texts]
