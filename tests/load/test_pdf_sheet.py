"""A page as a picture, the cited words boxed. A4's cousin of 612 by 792 points at 612 pixels: one a point."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest
from PIL import Image

from qa.errors import LoadError
from qa.load import pdf_sheet
from qa.load.pdf_sheet import Sheet, draw
from qa.types import Span
from tests.load.pdfs import at, box, pdf
from tests.load.test_pdf import PROSE
from tests.load.test_pdf_boxes import doc

WIDTH = 612
WORDS = "The harvest was 7,400 tonnes."
TWO = pdf(at(72, 700, PROSE[:80]), at(72, 700, PROSE[:80]) + at(72, 396, WORDS) + at(72, 100, "It rained."))
Pixel = tuple[int, int, int]


def sheet(data: bytes, words: str, *, width: int = WIDTH, close: bool = False) -> Sheet:
    """The sheet of the page that has these words, boxed."""
    document = doc(data)
    start = document.text.index(words)
    page = next(page for page in document.pages if page.start <= start < page.end)
    text = document.text[page.start : page.end]
    span = Span(start - page.start, start - page.start + len(words))
    return Sheet(hashlib.sha256(data).hexdigest(), page.number, text, (span,), width, close)


def drawn(data: bytes, wanted: Sheet) -> Image.Image:
    image = Image.open(io.BytesIO(draw(data, wanted)))
    assert (image.format, image.mode) == ("PNG", "RGB")
    return image


def tinted(image: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what has the tint."""
    rows = image.tobytes()
    tint = bytes(pdf_sheet._TINT)
    found = [at // 3 for at in range(0, len(rows), 3) if rows[at : at + 3] == tint]
    across = [at % image.width for at in found]
    return min(across), found[0] // image.width, max(across) + 1, found[-1] // image.width + 1


def test_the_words_are_boxed_on_their_page_and_nothing_else_is_changed() -> None:
    wanted = sheet(TWO, WORDS)
    assert wanted.number == 2
    image, plain = drawn(TWO, wanted), drawn(TWO, replace(wanted, spans=()))
    assert image.size == (612, 792)
    left, top, right, bottom = tinted(image)
    # 11 points of Helvetica, from x = 72 on: 13.67 em, 150 points, wide. Its line, at y = 396 of 792,
    # is between 11 and 16 high with what a box has around it.
    assert left == pytest.approx(72, abs=3)
    assert right == pytest.approx(222, abs=4)
    assert 380 <= top < 388 < 396 < bottom <= 402
    stroke = 2
    for inside in (image, plain):
        inside.paste((0, 0, 0), (left - stroke, top - stroke, right + stroke, bottom + stroke))
    assert image.tobytes() == plain.tobytes()


def test_the_words_can_still_be_read() -> None:
    wanted = sheet(TWO, WORDS)
    part = tinted(drawn(TWO, wanted))
    inked = [
        sum(value < 100 for value in drawn(TWO, each).crop(part).convert("L").tobytes())
        for each in (wanted, replace(wanted, spans=()))
    ]
    assert inked[0] >= inked[1] > 100


def test_on_a_dark_ground_the_box_has_an_edge_that_is_seen() -> None:
    data = pdf(box(0, 380, 612, 40, "0 0 0.2") + at(72, 396, "White on dark.", before="1 g"))
    image = drawn(data, sheet(data, "White on dark."))
    assert image.tobytes().count(bytes(pdf_sheet._EDGE)) > 200


def test_a_close_picture_shows_the_words_and_what_is_around_them() -> None:
    image = drawn(TWO, sheet(TWO, WORDS, width=400, close=True))
    assert image.width == 400
    assert image.height < image.width / 2
    left, top, right, bottom = tinted(image)
    assert 0 < left < right < 400
    assert 0 < top < bottom < image.height


@pytest.mark.parametrize("words", ["", "Quite other words"])
def test_words_that_are_not_on_the_page_leave_it_as_it_is(words: str) -> None:
    wanted = replace(sheet(TWO, WORDS), text=words, spans=(Span(0, len(words)),), close=True)
    assert draw(TWO, wanted) == draw(TWO, replace(wanted, spans=(), close=False))


def test_words_all_over_a_page_are_the_whole_page() -> None:
    data = pdf(at(72, 750, "It begins here,") + at(72, 50, "and here it ends."))
    wanted = sheet(data, doc(data).text.strip(), close=True)
    assert drawn(data, wanted).size == (612, 792)


def test_a_page_that_is_not_there_is_one_line() -> None:
    with pytest.raises(LoadError, match=r"^this PDF has no page 3: its last is 2$"):
        draw(TWO, replace(sheet(TWO, WORDS), number=3))


def test_a_picture_that_is_too_large_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_sheet, "MOST_BYTES", 1_000)
    with pytest.raises(LoadError, match=r"^page 2 makes too large a picture$"):
        draw(TWO, sheet(TWO, WORDS))


def test_a_page_of_no_shape_is_drawn_all_the_same() -> None:
    for size in ((14_400.0, 1.0), (1.0, 14_400.0)):
        data = pdf(at(0, 0, "x", 1), size=size)
        assert draw(data, Sheet("", 1, "x", (Span(0, 1),), 1_600, True)).startswith(b"\x89PNG")
