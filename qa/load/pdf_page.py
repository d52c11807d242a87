"""PDFium's view of a file: what opens it, and the glyphs of a page with where they stand and how they look.

Coordinates are points (1/72 inch) from the top left corner of the page as it is seen, turned by its
``/Rotate``; y grows downwards. PDFium is not safe to share between threads.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from qa.errors import LoadError
from qa.load.kinds import kind

if TYPE_CHECKING:
    import pypdfium2

HYPHEN = "\x02"
"""What PDFium reads for a hyphen at the end of a line that it takes for a broken word."""

_HEAD = 1_024
"""Bytes within which a PDF must say that it is one."""
_TAIL = 2_048
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-medi\b|cmbx|cmb1|sfbx|sfb1", re.IGNORECASE)
_BOLD_WEIGHT = 600
_SKEWED = math.radians(15)
_WORD = re.compile(rf"[^\s{HYPHEN}]+{HYPHEN}?|{HYPHEN}")
_UNREADABLE = {0: "\ufffd", 0xFFFE: HYPHEN}
"""Characters that have no meaning in Unicode, and the hyphen as PDFium's text in one go has it."""
_FORCE_BOLD = 1 << 18
_NAME_BYTES = 256
_INVISIBLE_MODES = (3, 7)


class Rect(NamedTuple):
    """A rectangle on a page; ``top`` ≤ ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    def with_(self, other: Rect) -> Rect:
        """The smallest rectangle around both."""
        return Rect(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


_FAR = 1e6
_NOWHERE = Rect(-_FAR, -_FAR, -_FAR, -_FAR)


@dataclass(frozen=True, slots=True)
class Style:
    """How the glyphs of one text object look. ``turn``: quarter turns anticlockwise, 4 for slanting ones.

    ``fill`` is (red, green, blue, alpha), 0 to 255 each. ``invisible`` is PDF's own word for it (render
    mode 3 or 7), as the text behind a scan has it.
    """

    size: float
    bold: bool
    turn: int
    fill: tuple[int, int, int, int]
    invisible: bool


class Word(NamedTuple):
    """Characters without white space that stand together: ``text[i]`` is PDFium's character ``first + i``.

    ``joined``: no white space before it; ``broken``: PDFium has a line end before it.
    """

    first: int
    text: str
    box: Rect
    style: Style
    joined: bool
    broken: bool


@contextmanager
def opened(data: bytes, name: str) -> Iterator[pypdfium2.PdfDocument]:
    """The PDF in ``data``, closed afterwards.

    Raises LoadError, its message beginning with ``name``, for what is no PDF, is damaged, has no page or
    wants a password.
    """
    import pypdfium2

    if b"%PDF-" not in data[:_HEAD]:
        other = kind(data) or "something else"
        raise LoadError(f"{name} is {other}, not a PDF: give it the suffix of what it is")
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise LoadError(f"{name} {_why(error.err_code, is_whole(data))}") from error
    try:
        if len(pdf) == 0:
            raise LoadError(f"{name} is a damaged PDF: it has no page")
        yield pdf
    finally:
        pdf.close()


def is_whole(data: bytes) -> bool:
    """Whether a file has its end mark."""
    return b"%%EOF" in data[-_TAIL:]


def _why(code: int | None, whole: bool) -> str:
    if code == 4:
        return "is encrypted and wants a password: save a copy without one"
    if code == 5:
        return "is encrypted in a way that is not supported: save a copy without encryption"
    if not whole:
        return "is cut off: its end is missing, and it cannot be opened; get it again"
    return "is a damaged PDF and cannot be opened"


@dataclass(frozen=True, slots=True)
class Frame:
    """From a page's own coordinates to those it is seen in."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as seen."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turned % 2 else (width, height)

    def seen(self, left: float, bottom: float, right: float, top: float) -> Rect:
        """A rectangle of the page, as it is seen."""
        if not self.turned:
            return Rect(left - self.left, self.top - top, right - self.left, self.top - bottom)
        if self.turned == 1:
            box = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
        elif self.turned == 2:
            box = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
        else:
            box = (self.top - top, self.right - right, self.top - bottom, self.right - left)
        return Rect(*box)


def frame(page: pypdfium2.PdfPage) -> Frame:
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right, top, page.get_rotation() // 90)


def words(page: pypdfium2.PdfPage, most: int) -> list[Word]:
    """The words of a page's first ``most`` characters, in the order they are drawn."""
    import pypdfium2

    try:
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []  # damaged: reported as a page without text
    try:
        return list(_Reader(text.raw, frame(page)).words(min(text.count_chars(), most)))
    finally:
        text.close()


def places(page: pypdfium2.PdfPage, indices: Iterable[int]) -> list[Rect]:
    """Where characters of a page stand, by PDFium's indices."""
    text = page.get_textpage()
    try:
        reader = _Reader(text.raw, frame(page))
        return [reader.place(index) for index in indices]
    finally:
        text.close()


def ink(page: pypdfium2.PdfPage, word: Word) -> Rect:
    """The rectangle that a word's letters really fill."""
    import pypdfium2.raw as pdfium

    seen_by = frame(page)
    sides = [ctypes.c_double() for _ in range(4)]
    box: Rect | None = None
    text = page.get_textpage()
    try:
        for index in range(word.first, word.first + len(word.text)):
            if pdfium.FPDFText_GetCharBox(text.raw, index, *sides):
                left, right, bottom, top = (side.value for side in sides)
                here = _place(seen_by, left, bottom, right, top)
                box = box.with_(here) if box else here
    finally:
        text.close()
    return box or word.box


class _Reader:
    """Reads the characters of a page. A call of PDFium's costs more than all that is done with its result."""

    def __init__(self, raw: Any, seen_by: Frame) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium, self._raw, self._frame = pdfium, raw, seen_by
        self._box = pdfium.FS_RECTF()
        self._styles: dict[bytes, Style] = {}

    def words(self, count: int) -> Iterator[Word]:
        """First and last character of a word tell where it stands, unless they differ in style or line."""
        text = self._text(count)
        end = 0
        for match in _WORD.finditer(text):
            start, between = match.start(), text[end : match.start()]
            end = match.end()
            broken = "\n" in between or "\r" in between or text[start - 1 : start] == HYPHEN
            first, last = self.at(start), self.at(end - 1)
            if first and last and _one(first, last, end - start):
                box = first[0].with_(last[0])
                yield Word(start, match[0], box, first[1], not between and start > 0, broken)
            else:
                yield from self._pieces(start, match[0], not between and start > 0, broken)

    def at(self, index: int) -> tuple[Rect, Style] | None:
        """Where a character stands and how it looks; None for what PDFium adds."""
        holder = self._pdfium.FPDFText_GetTextObject(self._raw, index)
        if not holder:
            return None
        address = bytes(holder)
        style = self._styles.get(address)
        if style is None:
            style = _style(self._pdfium, self._raw, index, holder, self._frame.turned)
            self._styles[address] = style
        return self.place(index), style

    def place(self, index: int) -> Rect:
        """Where a character stands: as wide as it reaches, as high as its font."""
        box = self._box
        self._pdfium.FPDFText_GetLooseCharBox(self._raw, index, box)
        return _place(self._frame, box.left, box.bottom, box.right, box.top)

    def _pieces(self, start: int, text: str, joined: bool, broken: bool) -> Iterator[Word]:
        """The stretches of a word that are alike, seen character by character."""
        word: Word | None = None
        for index, char in enumerate(text, start):
            here = self.at(index)
            if here is None:
                continue
            if word and word.first + len(word.text) == index and _one((word.box, word.style), here, 0):
                word = word._replace(text=word.text + char, box=word.box.with_(here[0]))
                continue
            if word:
                yield word
                joined, broken = True, False
            word = Word(index, char, *here, joined, broken)
        if word:
            yield word

    def _text(self, count: int) -> str:
        """PDFium's characters, one for each index: in one go, or one by one where there are larger ones."""
        buffer = (ctypes.c_ushort * (count + 1))()
        written = self._pdfium.FPDFText_GetText(self._raw, 0, count, buffer)
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "replace")
        if written != count + 1 or len(text) != count:
            read = self._pdfium.FPDFText_GetUnicode
            text = "".join(_char(read(self._raw, index)) for index in range(count))
        return text.translate(_UNREADABLE)


def _one(first: tuple[Rect, Style], last: tuple[Rect, Style], count: int) -> bool:
    """Whether two characters of a word, ``count`` from end to end (0: neighbours), belong to one piece."""
    (a, style), (b, other) = first, last
    if style != other:
        return False
    if style.turn == 4:
        return True
    tall = max(a.bottom - a.top, a.right - a.left, style.size)
    if style.turn % 2:
        return abs(a.left - b.left) < tall / 2 and abs(b.top - a.top) <= tall * (count or 2) * 1.5
    return abs(a.bottom - b.bottom) < tall / 2 and -tall / 2 <= b.left - a.left <= tall * (count or 2) * 1.5


def _char(code: int) -> str:
    """A code point; what can't be stored reads U+FFFD."""
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def _place(seen_by: Frame, left: float, bottom: float, right: float, top: float) -> Rect:
    if not (abs(left) < _FAR and abs(bottom) < _FAR and abs(right) < _FAR and abs(top) < _FAR):
        return _NOWHERE  # NaN, too
    if left > right or bottom > top:
        left, bottom, right, top = min(left, right), min(bottom, top), max(left, right), max(bottom, top)
    return seen_by.seen(left, bottom, right, top)


def _style(pdfium: Any, raw: Any, index: int, holder: Any, turned: int) -> Style:
    matrix = pdfium.FS_MATRIX()
    scale, angle = 1.0, 0.0
    if pdfium.FPDFText_GetMatrix(raw, index, matrix):
        scale = math.hypot(matrix.c, matrix.d)
        angle = math.atan2(matrix.b, matrix.a)
    size = pdfium.FPDFText_GetFontSize(raw, index) * scale
    colour = [ctypes.c_uint() for _ in range(4)]
    filled = pdfium.FPDFText_GetFillColor(raw, index, *colour)
    fill = tuple(part.value for part in colour) if filled else (0, 0, 0, 255)
    quarters = angle / (math.pi / 2)
    slanting = abs(quarters - round(quarters)) * math.pi / 2 > _SKEWED
    return Style(
        size=size if math.isfinite(size) else 0.0,
        bold=_is_bold(pdfium, raw, index),
        turn=4 if slanting else (round(quarters) - turned) % 4,
        fill=(fill[0], fill[1], fill[2], fill[3]),
        invisible=pdfium.FPDFTextObj_GetTextRenderMode(holder) in _INVISIBLE_MODES,
    )


def _is_bold(pdfium: Any, raw: Any, index: int) -> bool:
    name = ctypes.create_string_buffer(_NAME_BYTES)
    flags = ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(raw, index, name, _NAME_BYTES, flags)
    if 1 < length <= _NAME_BYTES and _BOLD.search(name.value.decode("utf-8", "replace")):
        return True
    return bool(flags.value & _FORCE_BOLD) or pdfium.FPDFText_GetFontWeight(raw, index) >= _BOLD_WEIGHT
