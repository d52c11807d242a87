"""What a model writes, cut into sentences with their markers, whatever pieces it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import LLMError
from qa.read.markers import MOST_CHARACTERS, Said, Sentences, spoken


def said(text: str, size: int = 1, passages: int = 3) -> list[Said]:
    """All that comes of ``text`` when it comes in pieces of ``size``."""
    parser = Sentences(passages)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [*(found for piece in pieces for found in parser.feed(piece)), *parser.end()]


@pytest.mark.parametrize("size", [1, 3, 1_000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 1931 [1]. It cost $1.5 million. [2]", [("In 1931.", 1), ("It cost $1.5 million.", 2)]),
        ("Dr. Smith of the U.S. said so [1][3].", [("Dr. Smith of the U.S. said so.", 1, 3)]),
        ("A [1, 2]. B [1-3]. C [1 and 3].", [("A.", 1, 2), ("B.", 1, 2, 3), ("C.", 1, 3)]),
        ("A ［２］. B 【3†source】. C [passage 1]. D [^2].", [("A.", 2), ("B.", 3), ("C.", 1), ("D.", 2)]),
        ("[1] says so. Other [sic] words.", [("says so.", 1), ("Other [sic] words.",)]),
        ("Founded [1931] as (2) of them [1].", [("Founded [1931] as (2) of them.", 1)]),
        ("- One [1]\n- Two [2]\n", [("One", 1), ("Two", 2)]),
        ("The answer [1](http://evil.example/a b) is here.", [("The answer is here.", 1)]),
    ],
)  # fmt: skip
def test_sentences_and_their_markers(text: str, size: int, expected: list[tuple[object, ...]]) -> None:
    assert [(each.text, *each.markers) for each in said(text, size)] == expected


@pytest.mark.parametrize(
    ("marker", "invented"), [("[9]", 1), ("[0]", 1), ("[2, 7, 8]", 2), ("[3-1]", 1), ("[4-6]", 3)]
)
def test_markers_that_lead_nowhere_are_counted_and_not_shown(marker: str, invented: int) -> None:
    [only] = said(f"It opened in May {marker}.")
    assert (only.text, only.invented) == ("It opened in May.", invented)


def test_a_sentence_is_let_go_once_it_has_ended() -> None:
    parser = Sentences(2)
    assert list(parser.feed("It opened in 1931 [1")) == []
    assert list(parser.feed("].")) == []
    assert [each.text for each in parser.feed(" ")] == ["It opened in 1931."]
    assert list(parser.feed("It closed. [")) == []  # the marker may be its own
    assert list(parser.feed("2] ")) == []  # and another may follow
    assert [(each.text, each.markers) for each in parser.feed("Then it ")] == [("It closed.", (2,))]


def test_what_is_not_complete_at_the_end_is_dropped() -> None:
    assert [(each.text, each.markers) for each in said("It opened [1]. It closed [2")] == [
        ("It opened.", (1,)),
        ("It closed", ()),
    ]
    assert [each.text for each in said("It opened <thi")] == ["It opened"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [here](https://evil.example/?k=1) [1].", "See here."),
        ("Look ![pixel](https://evil.example/a.png) there [1].", "Look there."),
        ('<a href="https://evil.example">Go</a> <img src=x onerror=y>now [1].', "Go now."),
        ("**Bold** and `code` [1].", "Bold and code."),
        ("Zero\u200bwidth [1].", "Zerowidth."),
        ("x < 5 and y > 3 [1].", "x < 5 and y > 3."),
    ],
)
def test_links_images_and_html_do_not_come_through(text: str, shown: str) -> None:
    [only] = said(text)
    assert (only.text, only.links) == (shown, False)


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "www.evil.example", "javascript:alert(1)", "data:text/html,x"]
)
def test_an_address_that_is_left_is_told(address: str) -> None:
    assert said(f"Visit {address} now [1].")[0].links


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_thoughts_are_dropped(size: int) -> None:
    for text in (
        "<think>Hm. 5 [2].</think>It is 4 [1].",
        "Hm. Well…</think>\nIt is 4 [1].",
        "<THINK>a</THINK>It is 4 [1].",
    ):
        assert ("It is 4.", (1,)) in [(each.text, each.markers) for each in said(text, size)]
    assert said("<think>It is 4 [1]. It is 5.", size) == []


def test_what_is_repeated_is_said_once_and_ends_it() -> None:
    parser = Sentences(1)
    found = [each.text for _ in range(5) for each in parser.feed("It is 4 [1]. ")]
    assert found == ["It is 4."]
    assert parser.full


def fill(parser: Sentences, piece: str) -> None:
    for _ in range(5_000):
        list(parser.feed(piece))


def test_a_model_without_an_end_is_stopped() -> None:
    parser = Sentences(1)
    with pytest.raises(LLMError, match="writes without an end"):
        fill(parser, "word ")
    parser, count = Sentences(1), 0
    while not parser.full:
        list(parser.feed(f"It is number {count} [1]. "))
        count += 1
    assert count < MOST_CHARACTERS
    thinking = Sentences(1)
    with pytest.raises(LLMError, match="writes without an end"):
        fill(thinking, "<think>" + "a" * 200)


def test_a_line_is_made_of_what_is_spoken() -> None:
    assert spoken("<think>x</think>\n**How deep** is the well?\n") == "How deep is the well?"


_BITS = st.sampled_from("It is| 4| [1]|[2|]|. |! |\n|<|think>|</think>|[|(|)|![|1|é|。".split("|"))


@given(st.lists(_BITS, max_size=40), st.integers(1, 5))
def test_pieces_make_no_difference_and_no_marker_is_ever_shown(bits: list[str], size: int) -> None:
    text = "".join(bits)
    cut, whole = said(text, size), said(text, 10_000)
    if "think>" not in text:  # what stands before a thought may be gone when it ends
        assert [each.text for each in cut] == [each.text for each in whole]
    for each in cut:
        assert "[1]" not in each.text
        assert set(each.markers) <= {1, 2, 3}
