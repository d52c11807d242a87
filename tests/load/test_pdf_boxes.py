import io
import itertools
from pathlib import Path

import pytest
from PIL import Image

from qa.errors import LoadError
from qa.load.files import File
from qa.load.pdf import read
from qa.load.pdf_boxes import Box, boxes, picture
from qa.types import Document, Page, Span
from tests.load.pdfs import PAGE, at, paragraph, pdf, row
from tests.load.test_pdf import PROSE

WIDTH, HEIGHT = PAGE


def doc(data: bytes) -> Document:
    return read(File(Path("/documents/a.pdf"), "a.pdf", data))


def boxed(data: bytes, words: str) -> list[Box]:
    document = doc(data)
    start = document.text.index(words)
    return boxes(data, document.text, document.pages, [Span(start, start + len(words))])


def test_a_word_s_box_is_around_it_in_shares_of_the_page() -> None:
    (found,) = boxed(pdf(at(306, 396, "Middle")), "Middle")
    # 11 points of Helvetica: it begins at the page's middle, stands on the line y = 396 of 792, and
    # "Middle" is 0.833 + 0.222 + 2 * 0.556 + 0.222 + 0.556 = 2.945 em, or 32.4 points, wide.
    assert found.page == 1
    assert found.left == pytest.approx(306 / 612, abs=0.005)
    assert found.right == pytest.approx((306 + 32.4) / 612, abs=0.005)
    assert found.top < (792 - 396 - 7) / 792 < 396 / 792 <= found.bottom < 402 / 792


def test_a_span_over_lines_has_a_box_on_each_and_one_over_pages_on_both() -> None:
    first = paragraph(72, 700, f"{PROSE} It is a long river that one")
    data = pdf(first, at(72, 700, "can see from the hills."))
    found = boxed(data, "that one can see from")
    assert [box.page for box in found] == [1, 2]
    lines = boxed(data, PROSE)
    assert len(lines) == 3
    assert all(a.bottom - b.top < 0.01 for a, b in itertools.pairwise(lines))


def test_a_page_is_matched_though_running_heads_and_hyphens_are_left_out_of_the_text() -> None:
    def page(number: int) -> str:
        lines = at(72, 600, f"There are some lines here of number {number} about under-")
        return at(72, 770, "The Ash Report") + lines + at(72, 586.8, "standing how it goes on to its end.")

    data = pdf(page(1), page(2), page(3))
    assert "The Ash Report" not in doc(data).text
    word, rest = boxed(data, "2 about understanding how")
    assert (word.page, rest.page) == (2, 2)
    assert word.top < rest.top
    assert rest.left == pytest.approx(72 / WIDTH, abs=0.01)


def test_words_that_begin_as_a_running_head_does_are_found_below_it() -> None:
    def page(words: str) -> str:
        return at(72, 770, "The Ash Report of this year") + at(72, 600, words)

    data = pdf(page("The ash fell in May."), page("The ash lay in June."), page("The ash went in July."))
    assert "Report" not in doc(data).text
    (found,) = boxed(data, "The ash lay in June.")
    assert found.page == 2
    assert found.left == pytest.approx(72 / WIDTH, abs=0.01)
    assert found.top > (HEIGHT - 612) / HEIGHT


def test_a_table_s_value_and_the_name_of_its_column_are_both_boxed() -> None:
    text = (
        row(700, (72, "Goods"), (250, "Sales"))
        + row(685, (72, "Boats"), (250, "1,204"))
        + row(670, (72, "Nets"), (250, "88"))
    )
    name, value = boxed(pdf(text), "Sales: 88")
    assert name.left == pytest.approx(value.left, abs=0.001)
    assert name.bottom < value.top + 0.01


def test_a_turned_page_s_boxes_are_as_it_is_seen() -> None:
    line = "q BT 0 1 -1 0 500 100 Tm /R 11 Tf (Sideways words) Tj ET Q\n"
    (found,) = boxed(pdf(line, rotate=90), "Sideways words")
    # Turned clockwise, the page is 792 wide and 612 high; x = 100 of 792, the line stands at y = 500 of 612.
    assert found.left == pytest.approx(100 / HEIGHT, abs=0.005)
    assert found.top < 500 / WIDTH <= found.bottom


def test_words_that_are_not_on_the_page_get_no_box() -> None:
    data = pdf(at(72, 700, "A short text."))
    document = doc(data)
    assert boxes(data, "Quite other words", document.pages, [Span(0, 5)]) == []
    assert boxes(data, "A test", [Page(1, 0, 6)], [Span(0, 6)]) == []
    assert boxes(data, document.text, document.pages, [Span(3, 3)]) == []


def test_a_picture_is_a_png_of_the_width_that_was_asked_for() -> None:
    data = pdf(at(72, 700, "A short text.", 40))
    image = Image.open(io.BytesIO(picture(data, 1, 306)))
    assert (image.format, image.size) == ("PNG", (306, 396))
    darkest, lightest = image.convert("L").getextrema()
    assert (darkest, lightest) == (0, 255)


def test_a_page_that_is_not_there_is_one_line() -> None:
    with pytest.raises(LoadError, match=r"^this PDF has no page 2: its last is 1$"):
        picture(pdf(at(72, 700, "x")), 2)
    with pytest.raises(LoadError, match=r"^this PDF is something else"):
        picture(b"x", 1)
