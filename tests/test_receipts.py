"""The table that ends indexing: what went wrong first, the rest counted."""

from __future__ import annotations

from qa.index import Outcome, Receipt
from qa.survey import Failure
from qa.types import Twin
from ui.receipts import MOST_ROWS, Tally, left_out, notes


def receipt(source: str, outcome: Outcome = "added", warnings: tuple[str, ...] = ()) -> Receipt:
    return Receipt("d", source, outcome, 1, 1_000, warnings, pages=2, extractor="test/1")


def test_failures_come_first_then_notes_then_what_was_taken() -> None:
    tally = Tally()
    tally.add(receipt("a.txt"))
    tally.add(receipt("b.txt", "unchanged"))
    tally.add(receipt("c.txt", "unchanged", ("a doubt",)))
    tally.add(Failure("d.txt is empty", "d.txt"))
    tally.add(receipt("e.txt", "moved"))
    assert tally.rows() == [
        ("d.txt", "failed", "", "", "", "d.txt is empty"),
        ("c.txt", "unchanged", "2", "1,000", "1", "a doubt"),
        ("a.txt", "added", "2", "1,000", "1", ""),
        ("e.txt", "moved", "2", "1,000", "1", ""),
    ]
    assert tally.more == 1
    assert tally.told() == "1 added, 0 replaced, 1 moved, 2 unchanged, 1 failed."


def test_a_table_fits_a_screen() -> None:
    tally = Tally()
    for number in range(5_000):
        tally.add(receipt(f"{number}.txt"))
    for number in range(30):
        tally.add(Failure("why", f"bad {number}"))
    assert len(tally.rows()) == MOST_ROWS
    assert [row[1] for row in tally.rows()] == ["failed"] * 30 + ["added"] * 10
    assert tally.more == 4_990
    assert tally.told() == "5,000 added, 0 replaced, 0 unchanged, 30 failed."


def test_notes_tell_pages_without_text_and_documents_that_are_alike() -> None:
    twins = (Twin("b", "b.txt", 0.934),)
    told = Receipt(
        "d",
        "d.pdf",
        "added",
        1,
        9,
        ("a doubt",),
        14,
        tuple(range(2, 14)),
        "x",
        Twin("a", "a.txt", 1.0),
        twins,
    )
    assert notes(told) == (
        "a doubt; no text on 12 of 14 pages (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …); the same text as a.txt;"
        " 93% the same as b.txt"
    )
    assert notes(receipt("a.txt")) == ""


def test_what_was_left_out_is_one_line() -> None:
    assert left_out({}) == ""
    assert left_out({".zip": 1}) == "1 file of another kind was left out: .zip 1"
    kinds = {".zip": 4, ".png": 8, "": 1_000}
    assert (
        left_out(kinds) == "1,012 files of other kinds were left out: without a suffix 1,000, .png 8, .zip 4"
    )
    assert left_out({f".{n:02}": 1 for n in range(12)}).endswith(".08 1, .09 1, …")
