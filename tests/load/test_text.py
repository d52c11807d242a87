import hashlib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.load import load
from qa.load.text import headings, title
from qa.types import Document, Page

SEEDS = Path(__file__).parents[2] / "seeds"
PROSE = "This paragraph of prose is long enough to be seen as such, since it goes on and on, line after line."


def seed(prefix: str) -> Document:
    (path,) = SEEDS.glob(f"{prefix}*.txt")
    return load(path, max_bytes=100_000)


def heads(text: str) -> list[str]:
    return [heading.text for heading in headings(text)]


def test_the_report_states_title_date_and_headings() -> None:
    document = seed("003")
    assert document.title == "IRANIAN PRESIDENT MASOUD PEZESHKIAN VISITS IRAQ: MESSAGES AND SIGNIFICATIONS"
    assert document.published == date(2024, 9, 16)
    assert [heading.text for heading in document.headings] == [
        "The Significance of Iraq as Pezeshkian's First Foreign Destination",
        "Implementing the Supreme Leader's Directive to Prioritize the Regional Sphere",
        "Iraq as the Gateway to the Supreme Leader's Support for Pezeshkian's Foreign Policy",
        "The First Iranian President to Prioritize Iraq for His Inaugural Foreign Trip",
        "Iraq – The Quickest Option for the Iranian Establishment to Reap Benefits",
        "Economic Aspects",
        "Security Aspects",
        "Political Aspects",
        "Conclusion",
    ]
    assert document.pages == ()
    assert document.warnings == ()


def test_the_article_states_neither_and_gets_its_first_sentence() -> None:
    document = seed("000")
    assert (
        document.title
        == "Iranian President Masoud Pezeshkian plans his first foreign visit to Iraq in September"
    )
    assert document.published is None
    assert [heading.text for heading in document.headings] == ["Iran and Russia"]


@pytest.mark.parametrize("prefix", ["000", "003"])
def test_a_document_is_its_file_and_headings_are_spans_of_it(prefix: str) -> None:
    document = seed(prefix)
    data = Path(document.path).read_bytes()
    assert document.text.encode() == data
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.extractor == "footnote-text/1"
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)


@pytest.mark.parametrize(
    "line", ["Economic aspects", "2.1 Scope of Work", "Chapter 4 Findings", "RESULTS", "Q3 “Outlook”"]
)
def test_short_lines_above_prose_are_headings(line: str) -> None:
    assert heads(f"{PROSE}\n\n{line}\n\n{PROSE}\n") == [line]
    assert heads(f"{PROSE}\n{line}\n{PROSE}\n") == [line]  # paragraphs with a line each, no blank lines
    assert heads(f"{PROSE}\r\n\r\n{line}\r\n\r\n{PROSE}\r\n") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Conclusion\t9",
        "Conclusion ........ 9",
        "www.example.org",
        "info@example.org",
        "- A bullet",
        "• A bullet",
        "September 16, 2024",
        "It rained.",
        "(Laughter.)",
        "As follows:",
        "economic aspects",
        "By Jane Doe",
        "Income | 2017 | 2016",
        "The committee met and",
        "12,345 67.8",
        "He went to the market with his friends and saw nothing",
    ],
)
def test_lines_that_are_no_headings(line: str) -> None:
    assert heads(f"{PROSE}\n\n{line}\n\n{PROSE}\n") == []


def test_a_short_line_without_prose_below_is_no_heading() -> None:
    assert heads(f"{PROSE}\n\nJane Doe\n") == []
    assert heads("Contents\n\nIntroduction\t1\nScope\t2\n\n" + PROSE) == []


def test_the_first_line_of_a_wrapped_paragraph_is_no_heading() -> None:
    wrapped = (
        "The United States Congress Met In Washington\nand debated a bill on the budget for the coming\nyear."
    )
    assert heads(f"{PROSE}\n\n{wrapped}\n") == []


def test_a_heading_right_above_another_counts_and_numbers_give_the_level() -> None:
    found = list(headings(f"Part One\n\n1.2 Scope\n\n{PROSE}"))
    assert [(heading.text, heading.level) for heading in found] == [("Part One", 1), ("1.2 Scope", 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"REPORT\n\nThe State of the Rivers\n\n{PROSE}", "The State of the Rivers"),
        (f"Annual Report\n\n2 May 2024\n\n{PROSE}", "Annual Report"),
        (f"Title: On Rivers\nAuthor: Jane Doe\n\n{PROSE}", "On Rivers"),
        (
            f"Id: 17\nSource: Big Library Of Reports\nLicence: CC BY\n\n{PROSE}",
            PROSE[: PROSE.index(" after line")] + "…",
        ),
        ("What Do We Know?\n\n" + PROSE, "What Do We Know?"),
        ("It cost \\$11 billion in [all](#). More follows.", "It cost $11 billion in all. More follows"),
        (
            "It cost as much as \\$11 billion in [all](#). More follows.",
            "It cost as much as $11 billion in all",
        ),
        ("12345\n67890\n", ""),
    ],
)
def test_titles(text: str, expected: str) -> None:
    assert title(text) == expected


def test_a_long_first_sentence_is_cut_between_words() -> None:
    cut = title("word " * 40)
    assert cut == "word " * 17 + "word…"
    assert len(cut) == 90
    assert len(title("x" * 500)) == 90


def test_without_a_letter_the_file_name_is_the_title(tmp_path: Path) -> None:
    (tmp_path / "numbers.txt").write_text("1 2 3\n")
    assert load(tmp_path / "numbers.txt", max_bytes=100).title == "numbers"


def test_form_feeds_begin_pages(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("one\ftwo\fthree")
    pages = load(tmp_path / "p.txt", max_bytes=100).pages
    assert pages == (Page(1, 0, 4), Page(2, 4, 8), Page(3, 8, 13))
    (tmp_path / "q.txt").write_text("one\ftwo\f")
    assert load(tmp_path / "q.txt", max_bytes=100).pages == (Page(1, 0, 4), Page(2, 4, 8))


def test_floods_of_form_feeds_and_headings_are_bounded_and_told(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("x\f" * 60_000)
    document = load(tmp_path / "f.txt", max_bytes=1_000_000)
    assert document.pages == ()
    assert document.warnings == ("more than 50,000 form feeds: they are not taken for pages",)


def test_a_doubtful_decoding_is_on_the_document(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_bytes("Un café fermé.\r\n".encode("latin-1"))
    document = load(tmp_path / "l.txt", max_bytes=100)
    assert document.text == "Un café fermé.\r\n"
    assert "guess" in document.warnings[0]


@given(st.text(st.sampled_from("aA1 .:\n\r\t\f-#=|•é"), max_size=300))
def test_any_text_gives_ordered_headings_that_are_its_own_words(text: str) -> None:
    found = list(headings(text))
    assert all(text[h.start : h.end] == h.text == h.text.strip() != "" for h in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    title(text)
