"""Quotes are found again wherever a text has changed around them, and only there."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.anchors import anchor, find, fits, is_anchor
from qa.types import Span

DEBT = "Iran is owed approximately \\$11.5 billion by Iraq."
WORDS = st.text("ab1. ,-$é\n“", max_size=30)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_a_quote_is_found_where_it_stands_now() -> None:
    text = f"A new first line.\n\n{DEBT} It rose."
    found = find(anchor(DEBT), text, near=0)
    assert found == Span(19, 19 + len(DEBT))
    assert text[found.start : found.end] == DEBT


def test_it_names_how_many_characters_count_and_two_hashes() -> None:
    made = anchor("It fell, by 2 %.")
    assert made.startswith("10-")  # itfellby2% has ten
    assert len(made) == 3 + 16 + 16
    assert is_anchor(made)


@pytest.mark.parametrize(
    "otherwise",
    [
        "Iran  is owed\napproximately $11.5 billion by Iraq",
        "**Iran** is [owed](#) approx\u00adimately $11.5 bil-\nlion by Iraq …",
        "IRAN IS OWED APPROXIMATELY ＄１１.５ BILLION BY IRAQ.",
        "“Iran is owed\u200b approximately \\$11.5 billion by Iraq.”",
    ],
)
def test_marks_and_white_space_that_are_set_otherwise_do_not_matter(otherwise: str) -> None:
    assert find(anchor(DEBT), f"Before. {otherwise} Behind.", near=0) is not None
    assert fits(anchor(DEBT), otherwise)


def test_letters_that_are_written_in_several_ways_are_the_same() -> None:
    assert fits(anchor("The o\ufb03ce in Malmo\u0308: 3 m²"), "The office in Malm\u00f6: 3 m2")
    assert not fits(anchor("résumé"), "resume")
    text = "An o\ufb03ce. The ofﬁce. An office."
    assert find(anchor("The office."), text, near=0) == Span(9, 19)


@pytest.mark.parametrize(
    ("quote", "changed"),
    [
        ("It owes $11.5 billion.", "It owes $115 billion."),
        ("It owes $11.5 billion.", "It owes €11.5 billion."),
        ("It rose by 5 %.", "It rose by -5 %."),
        ("A rise of 5 % more.", "A rise of 5 more."),
        ("It rose by 5 %.", "It rose by 6 %."),
        ("He will pay.", "He will not pay."),
        ("He will pay.", "He will pays."),
        ("It owes $11.", "It owes $115."),
        ("It owes $11.", "It owes $11.5."),
        ("It owes $11.", "It owes $11%."),
        ("-5 % is less.", "5 % is less."),
        ("15 % is less.", "5 % is less."),
    ],
)
def test_other_amounts_and_other_words_are_not_the_quote(quote: str, changed: str) -> None:
    for one, other in ((quote, changed), (changed, quote)):
        assert find(anchor(one), f"So: {other} So.", near=0) is None
        assert not fits(anchor(one), other)


def test_a_sign_is_a_sign_whichever_dash_it_is() -> None:
    assert fits(anchor("by -5 %"), "by \u22125 %")
    assert fits(anchor("2019-2024"), "2019\u20132024")


def test_of_several_places_the_nearest_is_taken() -> None:
    text = "Nobody paid. " * 5  # at 0, 13, 26, 39 and 52
    found = [find(anchor("Nobody paid."), text, near) for near in (0, 6, 7, 30, 10**12, -5)]
    assert [span and span.start for span in found] == [0, 0, 13, 26, 52, 0]


def test_what_has_no_word_has_no_fingerprint() -> None:
    assert anchor("") == anchor("… – “”") == ""
    assert find("", "text", near=0) is None
    assert not fits("", "text")


@pytest.mark.parametrize(
    "forged",
    [
        "1",
        "x" * 40,
        "-1-" + "0" * 32,
        "0-" + "0" * 32,
        "99999999-" + "0" * 32,
        "٣-" + "0" * 32,
        "3-" + "F" * 32,
    ],
)
def test_what_is_no_fingerprint_finds_nothing(forged: str) -> None:
    assert find(forged, DEBT, near=0) is None
    assert not fits(forged, DEBT)


@given(ANY, WORDS, WORDS, ANY)
@example("5", ".5 a", "", "5")
@example("a", "-5", "", "-5")
@example("¼", "1", "", "")
def test_whatever_changes_around_it_a_quote_is_found(before: str, quote: str, old: str, behind: str) -> None:
    made = anchor(quote)
    text = f"{before} {quote} {behind}"
    found = find(made, text, near=len(old))
    assert (found is None) == (made == "")
    if found:
        assert fits(made, text[found.start : found.end])


@given(st.text("ab ", max_size=60), st.text("ab", min_size=1, max_size=6), st.integers(0, 70))
def test_it_is_found_just_where_words_make_it_up(text: str, quote: str, near: int) -> None:
    begins = [at for at, character in enumerate(text) if character != " " and text[at - 1 : at] in ("", " ")]
    ends = [
        at + 1 for at, character in enumerate(text) if character != " " and text[at + 1 :][:1] in ("", " ")
    ]
    places = [at for at in begins if any(text[at:end].replace(" ", "") == quote for end in ends)]
    found = find(anchor(quote), text, near)
    assert (found.start if found else None) == min(places, key=lambda at: (abs(at - near), at), default=None)


@given(st.lists(st.sampled_from(["trade", "fell", "not", "5", "6"]), min_size=2, max_size=8), st.data())
def test_a_word_changed_inside_is_gone(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:at], "other", *words[at + 1 :]]
    assert find(anchor(" ".join(words)), f"Now: {' '.join(changed)}.", near=0) is None


def test_places_made_to_have_the_same_hash_are_told_apart_by_the_digest() -> None:
    """Thue-Morse words of 2**11 letters and their opposites have the same polynomial hash modulo 2**64."""
    word, opposite = "a", "b"
    for _ in range(11):
        word, opposite = word + opposite, opposite + word
    assert anchor(word).split("-")[1][:16] == anchor(opposite).split("-")[1][:16]
    assert find(anchor(word), opposite, near=0) is None
    assert find(anchor(word), f"{opposite} {word}", near=0) is not None


def test_a_long_text_is_searched_across_its_parts() -> None:
    filler = "It is – as ever – the same: 1,000 words, ﬁne. " * 15_000  # 690,000 characters, in three parts
    for at in (0, 262_100, 262_144, 524_280, len(filler)):
        text = f"{filler[:at]} {DEBT} {filler[at:]}"
        found = find(anchor(DEBT), text, near=0)
        assert found is not None
        assert text[found.start : found.end] == DEBT


def test_a_quote_that_stands_everywhere_takes_no_longer() -> None:
    """Trying each of the 400,000 places out would take an hour."""
    text = "a " * 400_000
    assert find(anchor("a" * 1_000), text, near=200_000) == Span(200_000, 201_999)
