"""A page of a PDF as a picture in which the cited words are boxed: for a worker process, as ``pdf_boxes``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load.pdf_boxes import Box, boxes, image
from qa.types import Page, Span

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 16_000_000
"""Of a picture: more than that is refused."""

_TINT = (255, 236, 140)  # by which the page is multiplied: black letters stay black
_EDGE = (200, 95, 0)
_STROKE = 1 / 500  # of the page's width
_ASIDE, _AROUND = 0.03, 0.05  # of the page's width and height: what a close picture shows on each side
_LEAST_WIDTH, _MOST_HEIGHT = 0.45, 0.6  # of the page: a close picture is wider, and lower or else the page


@dataclass(frozen=True, slots=True)
class Sheet:
    """What picture is wanted. ``number`` is the page's, from 1; ``text`` what is stored of it.

    ``spans`` are the places in ``text`` that are boxed. ``sha256`` is of the bytes that the file must have.
    ``close``: not the whole page but the part around the boxes. ``width`` in pixels is of the picture.
    """

    sha256: str
    number: int
    text: str
    spans: tuple[Span, ...]
    width: int
    close: bool = False


def draw(data: bytes, sheet: Sheet) -> bytes:
    """The picture as a PNG. Raises LoadError for a file that can't be opened or hasn't that page.

    Words that aren't found on the page aren't boxed; a close picture of none is the whole page.
    """
    found = boxes(data, sheet.text, [Page(sheet.number, 0, len(sheet.text))], sheet.spans)
    part = _around(found) if sheet.close and found else (0.0, 0.0, 1.0, 1.0)
    whole = image(data, sheet.number, round(sheet.width / (part[2] - part[0])))
    _mark(whole, found)
    width, height = whole.size
    cut = whole.crop((round(part[0] * width), round(part[1] * height), *_end(part, width, height)))
    made = io.BytesIO()
    cut.save(made, format="PNG")
    if made.tell() > MOST_BYTES:
        raise LoadError(f"page {sheet.number} makes too large a picture")
    return made.getvalue()


def _end(part: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int]:
    """The bottom right corner, at least a pixel from the other."""
    return (
        max(round(part[2] * width), round(part[0] * width) + 1),
        max(round(part[3] * height), round(part[1] * height) + 1),
    )


def _around(found: Sequence[Box]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, in shares of the page, of what a close picture shows."""
    left, right = min(box.left for box in found) - _ASIDE, max(box.right for box in found) + _ASIDE
    top, bottom = min(box.top for box in found) - _AROUND, max(box.bottom for box in found) + _AROUND
    if bottom - top > _MOST_HEIGHT:
        return 0.0, 0.0, 1.0, 1.0
    more = max(0.0, _LEAST_WIDTH - (right - left)) / 2
    left = max(0.0, min(left - more, 1 - _LEAST_WIDTH))
    return left, max(0.0, top), min(1.0, max(right + more, left + _LEAST_WIDTH)), min(1.0, bottom)


def _mark(page: Image, found: Sequence[Box]) -> None:
    """Tint the boxes, and draw a line around what they cover together."""
    from PIL import Image, ImageChops, ImageDraw

    width, height = page.size
    stroke = max(2, round(width * _STROKE))
    inside, outside = Image.new("L", page.size), Image.new("L", page.size)
    for box in found:
        left, top, right, bottom = (
            round(box.left * width),
            round(box.top * height),
            round(box.right * width),
            round(box.bottom * height),
        )
        ImageDraw.Draw(inside).rectangle((left, top, right, bottom), fill=255)
        around = (left - stroke, top - stroke, right + stroke, bottom + stroke)
        ImageDraw.Draw(outside).rectangle(around, fill=255)
    page.paste(ImageChops.multiply(page, Image.new("RGB", page.size, _TINT)), mask=inside)
    page.paste(_EDGE, mask=ImageChops.subtract(outside, inside))
