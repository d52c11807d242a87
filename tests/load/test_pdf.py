from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.chunk import chunk
from qa.errors import LoadError
from qa.load import load
from qa.load.files import File
from qa.load.pdf import ranges, read
from qa.types import Document, Page
from tests.load.pdfs import BOLD, PAGE, at, box, paragraph, pdf, picture, row

PROSE = (
    "The river rises in the hills above the town and runs for ninety miles to the sea. It is fed by four"
    " smaller streams, of which the Ash is the longest. In dry summers its upper part can be crossed on foot."
)


def doc(data: bytes, name: str = "a.pdf") -> Document:
    return read(File(Path(f"/documents/{name}"), name, data))


def heads(document: Document) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in document.headings]


def refusal(data: bytes, name: str = "a.pdf") -> str:
    with pytest.raises(LoadError) as caught:
        doc(data, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_lines_of_a_paragraph_are_one_and_paragraphs_are_apart() -> None:
    document = doc(pdf(paragraph(72, 700, PROSE) + paragraph(72, 620, "It has been dammed twice. " + PROSE)))
    assert document.text.split("\n\n") == [PROSE, f"It has been dammed twice. {PROSE}", ""]
    assert document.extractor == "footnote-pdf/1"
    assert document.warnings == ()


def test_a_first_line_set_in_begins_a_paragraph_without_a_gap() -> None:
    lines = ["Rain fell on the hills for forty days and then it stopped for as many.", "Then the sun came."]
    text = at(72, 700, lines[0]) + at(72, 686.8, lines[1])
    text += at(90, 673.6, "The people of the town came out to look at the river, which had risen")
    text += at(72, 660.4, "by nine feet and carried trees.")
    assert doc(pdf(text)).text.split("\n\n")[0] == " ".join(lines)


def test_the_file_loads_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "A.PDF").write_bytes(pdf(at(72, 700, "A short text.")))
    assert load(tmp_path / "A.PDF", max_bytes=100_000).text == "A short text.\n\n"


def test_pages_are_stretches_of_the_text() -> None:
    document = doc(pdf(at(72, 700, "First page."), "", at(72, 700, "Third page.")))
    assert document.pages == (Page(1, 0, 13), Page(2, 13, 13), Page(3, 13, 26))
    assert document.text == "First page.\n\nThird page.\n\n"
    assert document.warnings == ("1 of 3 pages has no text (images?): 2",)
    (passage,) = chunk(document, max_tokens=200, overlap_tokens=0)
    assert passage.page == 1


def test_a_sentence_goes_on_overleaf_without_a_break_and_a_broken_word_is_made_whole() -> None:
    first = paragraph(72, 700, f"{PROSE} The council has been under-")
    second = at(72, 700, "standing about the costs, which nobody had seen coming.") + at(72, 600, "The end.")
    document = doc(pdf(first, second))
    assert "The council has been understanding about the costs" in document.text
    assert document.text[document.pages[1].start :].startswith("standing about")


@pytest.mark.parametrize(
    ("before", "after", "elsewhere", "joined"),
    [
        ("under-", "standing", "", "understanding"),
        ("well-", "known", "It is a well-known place.", "well-known"),
        ("transfer-", "learning", "The transfer of learning.", "transfer-learning"),
        ("re-", "learning", "The learning goes on.", "relearning"),
        ("Anglo-", "Saxon", "", "Anglo-Saxon"),
        ("2019-", "2020", "", "2019-2020"),
    ],
)
def test_a_hyphen_at_a_line_end_stays_where_it_is_the_word_s_own(
    before: str, after: str, elsewhere: str, joined: str
) -> None:
    text = at(72, 700, f"There are some lines here that are long enough {before}")
    text += at(72, 686.8, f"{after} and so the text goes on to its end.") + at(72, 600, elsewhere or "Other.")
    assert f"long enough {joined} and so" in doc(pdf(text)).text


def two_columns(*, row_by_row: bool) -> str:
    left = [f"Left line {n} goes across all of its narrow" for n in range(10)]
    right = [f"Right line {n} goes across all of its narrow" for n in range(10)]
    lines = [
        (60 if side is left else 330, 600 - 14 * n, side[n]) for side in (left, right) for n in range(10)
    ]
    if row_by_row:
        lines.sort(key=lambda line: -line[1])
    head = at(150, 700, "A Title Across Both Of The Columns", 16)
    return head + "".join(at(x, y, words) for x, y, words in lines)


@pytest.mark.parametrize("row_by_row", [False, True])
def test_two_columns_are_read_one_after_the_other_however_they_were_drawn(row_by_row: bool) -> None:
    text = doc(pdf(two_columns(row_by_row=row_by_row))).text
    assert text.index("A Title") < text.index("Left line 0") < text.index("Left line 9")
    assert text.index("Left line 9") < text.index("Right line 0") < text.index("Right line 9")


def test_a_table_s_numbers_stand_beside_the_words_of_their_row_and_column() -> None:
    text = at(72, 740, "Table 1: what was earned, in millions of dollars, by kind of goods.")
    text += row(700, (72, "Goods"), (250, "2019 sales"), (350, "2020 sales"), font=BOLD)
    text += row(685, (72, "Boats"), (250, "1,204"), (350, "1,310"))
    text += row(670, (72, "Nets and lines"), (250, "88.5"), (350, "(12.0)"))
    lines = doc(pdf(text)).text.splitlines()
    assert lines[2] == "Goods: Boats; 2019 sales: 1,204; 2020 sales: 1,310."
    assert lines[3] == "Goods: Nets and lines; 2019 sales: 88.5; 2020 sales: (12.0)."


def test_a_table_without_clear_column_names_keeps_its_rows() -> None:
    text = row(700, (72, "Boats"), (250, "1,204"), (350, "1,310")) + row(
        685, (72, "Nets"), (250, "88"), (350, "12")
    )
    assert doc(pdf(text)).text == "Boats | 1,204 | 1,310.\nNets | 88 | 12.\n\n"


def test_running_heads_and_page_numbers_are_left_out_and_the_title_stays() -> None:
    def page(number: int, inside: str) -> str:
        return at(72, 760, "The Ash Valley Report") + inside + at(300, 30, f"Page {number} of 3")

    title = at(72, 700, "The Ash Valley Report", 20)
    pages = [
        page(1, title + paragraph(72, 640, PROSE)),
        page(2, paragraph(72, 640, PROSE)),
        page(3, paragraph(72, 640, PROSE)),
    ]
    document = doc(pdf(*pages))
    assert document.text == f"The Ash Valley Report\n\n{PROSE}\n\n{PROSE}\n\n{PROSE}\n\n"
    assert document.title == "The Ash Valley Report"


def test_headings_stand_out_by_size_weight_or_number() -> None:
    text = (
        at(72, 740, "On Rivers And Towns", 20)
        + at(72, 700, "1 Sources", 14, BOLD)
        + paragraph(72, 680, PROSE)
    )
    text += (
        at(72, 600, "1.1 Springs", 11, BOLD) + paragraph(72, 580, PROSE) + at(72, 500, "Summary", 11, BOLD)
    )
    document = doc(pdf(text + paragraph(72, 480, PROSE)))
    assert heads(document) == [
        (1, "On Rivers And Towns"),
        (1, "1 Sources"),
        (2, "1.1 Springs"),
        (3, "Summary"),
    ]
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
    assert all(a.end <= b.start for a, b in pairwise(document.headings))


def test_a_bookmark_names_a_heading_and_tells_its_level() -> None:
    text = at(72, 700, "Where it rises") + paragraph(72, 660, PROSE)
    assert heads(doc(pdf(text, outline=[("Where it rises", 0)]))) == [(1, "Where it rises")]
    assert heads(doc(pdf(text))) == []


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("On Rivers And Towns", "On Rivers And Towns"),
        ("Microsoft Word - draft3.doc", "On Rivers And Towns"),
        ("The Template Of The Company", "On Rivers And Towns"),
        ("untitled", "On Rivers And Towns"),
    ],
)
def test_a_title_is_taken_from_the_metadata_only_if_the_first_page_has_it(stated: str, title: str) -> None:
    text = at(72, 700, "On Rivers And Towns", 20) + paragraph(72, 640, PROSE)
    assert doc(pdf(text, info={"Title": stated})).title == title


def test_without_a_larger_line_the_metadata_s_title_stands_or_the_first_sentence() -> None:
    assert (
        doc(pdf(paragraph(72, 700, PROSE), info={"Title": "Rivers: an overview"})).title
        == "Rivers: an overview"
    )
    assert doc(pdf(paragraph(72, 700, PROSE))).title.startswith("The river rises in the hills above the town")


def test_a_date_on_the_page_goes_before_the_day_the_file_was_made() -> None:
    made = {"CreationDate": "D:20240105120000Z"}
    text = paragraph(72, 600, PROSE)
    assert doc(pdf(at(72, 700, "16 September 2019") + text, info=made)).published == date(2019, 9, 16)
    assert doc(
        pdf(at(72, 700, "arXiv:1905.00537v3 [cs.CL] 13 Feb 2020") + text, info=made)
    ).published == date(2020, 2, 13)
    assert doc(pdf(text, info=made)).published == date(2024, 1, 5)
    assert doc(pdf(text, info={"CreationDate": "D:19010101"})).published is None
    assert doc(pdf(text)).published is None


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_turned_by_its_rotate_entry_is_read_as_it_is_seen(rotate: int) -> None:
    turns = {90: "0 1 -1 0 500 100", 180: "-1 0 0 -1 550 700", 270: "0 -1 1 0 100 700"}
    lines = [
        f"BT /R 11 Tf {turns[rotate]} cm 1 0 0 1 0 {-14 * n} Tm (Line {n} of the text goes) Tj ET"
        for n in range(3)
    ]
    text = doc(pdf("".join(f"q {line} Q\n" for line in lines), rotate=rotate)).text
    assert text == "Line 0 of the text goes Line 1 of the text goes Line 2 of the text goes\n\n"


def test_sideways_text_comes_after_the_rest() -> None:
    stamp = "q 0 1 -1 0 30 200 cm BT /R 18 Tf (A stamp at the side) Tj ET Q\n"
    assert doc(pdf(stamp + paragraph(72, 700, PROSE))).text == f"{PROSE}\n\nA stamp at the side\n\n"


def test_a_page_of_a_scan_alone_is_refused_and_says_what_to_do() -> None:
    scan = picture(0, 0, *PAGE)
    assert refusal(pdf(scan)) == (
        "a.pdf has no text on its one page (scanned images?): run it through text recognition (OCR) first"
    )
    assert "no text on any of its 2 pages" in refusal(pdf(scan, scan))


def test_text_behind_a_scan_is_read() -> None:
    document = doc(pdf(picture(60, 600, 400, 120) + at(72, 650, "Recognised words.", before="3 Tr")))
    assert document.text == "Recognised words.\n\n"
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"PK\x03\x04rest", "a.pdf is a damaged ZIP archive, not a PDF: give it the suffix of what it is"),
        (b"<!DOCTYPE html><p>x", "a.pdf is an HTML page, not a PDF: give it the suffix of what it is"),
        (b"Just some text.", "a.pdf is something else, not a PDF: give it the suffix of what it is"),
        (b"%PDF-1.7\n" + b"x" * 99 + b"%%EOF", "a.pdf is a damaged PDF and cannot be opened"),
        (pdf(), "a.pdf is a damaged PDF and cannot be opened"),  # it has no page
        (
            pdf(at(72, 700, "x"))[:90],
            "a.pdf is cut off: its end is missing, and it cannot be opened; get it again",
        ),
    ],
)
def test_what_is_no_pdf_is_refused_in_one_line(data: bytes, line: str) -> None:
    assert refusal(data) == line


def test_a_password_is_asked_for_in_one_line() -> None:
    lock = " /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >> /ID [<00> <00>]".format(
        "1a" * 32
    )
    assert refusal(pdf(at(72, 700, "Secret."), trailer=lock)) == (
        "a.pdf is encrypted and wants a password: save a copy without one"
    )


def test_a_file_cut_off_is_read_as_far_as_it_goes_and_says_so() -> None:
    whole = pdf(paragraph(72, 700, PROSE), info={"Title": "x"})
    document = doc(whole[: whole.index(b"startxref")])
    assert document.text == f"{PROSE}\n\n"
    assert document.warnings == (
        "the file seems cut off: its end mark is missing; what could be found is read",
    )


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([4], "4"),
        ([4, 7, 8], "4, 7–8"),
        ([1, 2, 3, 5], "1–3, 5"),
        (range(1, 40, 2), "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, …"),
    ],
)
def test_page_numbers_are_told_as_people_write_them(numbers: Sequence[int], shown: str) -> None:
    assert ranges(numbers) == shown


@given(st.data())
def test_a_damaged_file_gives_a_document_or_one_line(data: st.DataObject) -> None:
    whole = bytearray(pdf(box(50, 50, 9, 9) + paragraph(72, 700, PROSE), two_columns(row_by_row=False)))
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(9, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = doc(bytes(whole))
    except LoadError:
        return
    assert document.text.encode("utf-8")
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
