from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.load import load
from qa.load.markdown import front_matter, headings
from qa.types import Document


def read(tmp_path: Path, text: str) -> Document:
    (tmp_path / "a.md").write_bytes(text.encode())
    return load(tmp_path / "a.md", max_bytes=100_000)


def heads(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in headings(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\ntext\n## Two ##\n", [(1, "One"), (2, "Two")]),
        ("###### Six\n####### seven\n", [(6, "Six")]),
        ("#hash\n#\n# \n\\# no\n    # code\n", []),
        ("# C#\n", [(1, "C#")]),
        ("Title\r\n=====\r\n\r\nPart\r\n---\r\n", [(1, "Title"), (2, "Part")]),
        ("- item\n---\n\n> quote\n---\n\n| a |\n---\n", []),
        ("two lines\nof text\n---\n", []),
        ("text\n\n---\n\ntext\n", []),
        ("```\n# code\n```\n# real\n", [(1, "real")]),
        ("~~~ python\n# code\n```\n# code\n~~~~\n# real\n", [(1, "real")]),
        ("```\n# never closed\n", []),
        ("```inline``` text\n# real\n", [(1, "real")]),
    ],
)
def test_headings(text: str, expected: list[tuple[int, str]]) -> None:
    assert heads(text) == expected


def test_spans_cover_the_marks_and_words_do_not() -> None:
    text = "intro\n\n  ## The *big* one ##  \ntext\n\nPart\n----\n"
    atx, setext = headings(text)
    assert text[atx.start : atx.end] == "## The *big* one ##"
    assert atx.text == "The *big* one"
    assert text[setext.start : setext.end] == "Part\n----"


def test_title_is_the_first_h1_cleaned(tmp_path: Path) -> None:
    document = read(tmp_path, "## Before\n\n# The **big** \\$5 [plan](#)\n\n# Later\n")
    assert document.title == "The big $5 plan"
    assert document.extractor == "footnote-markdown/1"


def test_front_matter_states_title_and_date_and_holds_no_headings(tmp_path: Path) -> None:
    text = '---\ntitle: "On Rivers"\ndate: 2024-09-16\ntags: [a]\n---\n\n# Other\n'
    document = read(tmp_path, text)
    assert (document.title, document.published) == ("On Rivers", date(2024, 9, 16))
    assert [heading.text for heading in document.headings] == ["Other"]
    assert document.text == text


def test_front_matter_that_does_not_end_is_text() -> None:
    assert front_matter("---\ntitle: x\n\nwords\n") == ({}, 0)
    assert front_matter("words\n---\n") == ({}, 0)


def test_a_date_on_its_own_line_counts_here_too(tmp_path: Path) -> None:
    assert read(tmp_path, "# T\n\n*16 September 2024*\n\nText.\n").published == date(2024, 9, 16)
    assert read(tmp_path, "# T\n\nIn 2024-09-16 it rained.\n").published is None


def test_without_h1_the_title_is_found_as_in_plain_text(tmp_path: Path) -> None:
    assert (
        read(tmp_path, "A short text about nothing much. It ends here.\n").title
        == "A short text about nothing much"
    )


@given(st.text(st.sampled_from("#=- \t\n\r`~ab*|>1."), max_size=200))
def test_any_source_gives_ordered_headings_inside_it(text: str) -> None:
    found = list(headings(text))
    assert all(h.text and h.text in text[h.start : h.end] for h in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(text[h.start : h.end] == text[h.start : h.end].strip() for h in found)


@pytest.mark.parametrize("unit", ["#", "# ", "`", "=\n", "a\n-", " ", "- a\n"])
def test_hostile_sources_take_linear_time(unit: str) -> None:
    list(headings(unit * 100_000))
