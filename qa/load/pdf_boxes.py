"""Where stored words stand on their page, and a page as a picture. For showing a citation where it was read.

A PDF is hostile and PDFium is not safe to share between threads: call these in a worker process.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load.pdf_page import Rect, frame, opened, places, words
from qa.load.pdf_sight import seen
from qa.load.pdf_text import AsDrawn, connected, ordered, page_lines, write
from qa.types import Page, Span

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

_AGREE = 12
"""Letters in a row by which the stored text and the page are matched again where one has more."""
_MOST_CHARS = 200_000
_MOST_PIXELS = 16_000_000
_NEAR = 1.5
_MARGIN = 0.12
"""Of a line's height: what a rectangle is larger than its letters."""
_NAME = "this PDF"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around words on one line. ``page`` counts from 1, the sides in shares of the page, 0 to 1.

    ``left`` and ``top`` are measured from the page's top left corner as it is seen.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


def boxes(data: bytes, text: str, pages: Sequence[Page], spans: Sequence[Span]) -> list[Box]:
    """Where spans of a document's stored text stand, line by line, in the order of spans and words.

    ``text`` and ``pages`` are the stored document's, ``data`` the file's bytes. Only the pages concerned
    are read again, and matched with what is stored: it may have been extracted by an earlier version.
    Words that are not found on their page get no box. Raises LoadError for a file that can't be opened.
    """
    found: list[Box] = []
    with opened(data, _NAME) as pdf:
        indices: dict[int, dict[int, int]] = {}
        for span in spans:
            for page in pages:
                start, end = max(span.start, page.start), min(span.end, page.end)
                if start >= end or page.number > len(pdf):
                    continue
                drawn = pdf[page.number - 1]
                try:
                    if page.number not in indices:
                        indices[page.number] = dict(_matched(text[page.start : page.end], *_as_drawn(drawn)))
                    here = indices[page.number]
                    wanted = [here[at - page.start] for at in range(start, end) if at - page.start in here]
                    rects = _joined(places(drawn, wanted))
                    width, height = frame(drawn).size
                    found += [_box(page.number, rect, width, height) for rect in rects]
                finally:
                    drawn.close()
    return found


def picture(data: bytes, page: int, width: int = 1_000) -> bytes:
    """Page ``page`` (from 1) as a PNG, ``width`` pixels wide (at most what makes 16 million in all).

    Raises LoadError for a file that can't be opened or hasn't that page.
    """
    made = io.BytesIO()
    image(data, page, width).save(made, format="PNG")
    return made.getvalue()


def image(data: bytes, page: int, width: int) -> Image:
    """The same as Pillow's image, in red, green and blue."""
    with opened(data, _NAME) as pdf:
        if not 1 <= page <= len(pdf):
            raise LoadError(f"{_NAME} has no page {page}: its last is {len(pdf)}")
        drawn = pdf[page - 1]
        across, down = frame(drawn).size
        scale = min(width / max(across, 1.0), (_MOST_PIXELS / max(across * down, 1.0)) ** 0.5)
        bitmap = drawn.render(scale=scale)
        made: Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        drawn.close()
    return made


def _as_drawn(page: pypdfium2.PdfPage) -> tuple[str, Sequence[int]]:
    """A page's text with all that stands on it, and PDFium's index of each character (-1: one of ours)."""
    visible, _ = seen(page, words(page, _MOST_CHARS))
    made = write(connected(ordered(page_lines(visible, frame(page).size))), AsDrawn(), None)
    return "".join(made.text), made.places


def _matched(stored: str, drawn: str, indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """For each letter of the stored text that is found on the page its place in the text, and its index.

    The page has more: running heads, hyphens. Where the two part they are matched again by what follows.
    """
    wanted = [at for at, char in enumerate(stored) if not char.isspace()]
    there = [at for at, char in enumerate(drawn) if not char.isspace()]
    a = "".join(stored[at] for at in wanted)
    b = "".join(drawn[at] for at in there)
    at, together = 0, False
    for number, char in enumerate(a):
        if not (together and b[at : at + 1] == char):
            again = _again(b, a[number : number + _AGREE], at)
            together = again >= 0
            if not together:
                continue
            at = again
        if indices[there[at]] >= 0:
            yield wanted[number], indices[there[at]]
        at += 1


def _again(drawn: str, following: str, at: int) -> int:
    """Where letters go on, best from ``at`` on; -1 where they don't, or a few letters may be anywhere."""
    found = drawn.find(following, at)
    found = found if found >= 0 else drawn.find(following)
    anywhere = len(following) < _AGREE and found != at and drawn.count(following) > 1
    return -1 if anywhere else found


def _joined(rects: Sequence[Rect]) -> list[Rect]:
    """Rectangles of letters as one for each line."""
    made: list[Rect] = []
    for rect in rects:
        if made:
            last = made[-1]
            height = max(min(last.bottom - last.top, rect.bottom - rect.top), 0.1)
            level = min(last.bottom, rect.bottom) - max(last.top, rect.top) > height / 2
            if level and -height <= rect.left - last.right <= _NEAR * height:
                made[-1] = last.with_(rect)
                continue
        made.append(rect)
    return made


def _box(page: int, rect: Rect, width: float, height: float) -> Box:
    more = _MARGIN * min(rect.bottom - rect.top, rect.right - rect.left)
    sides = (
        (rect.left - more, width),
        (rect.top - more, height),
        (rect.right + more, width),
        (rect.bottom + more, height),
    )
    return Box(page, *(round(min(max(at / max(whole, 1.0), 0.0), 1.0), 5) for at, whole in sides))
