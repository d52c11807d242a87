"""Which words of a page a person can see: those whose place on the drawn page shows something.

A page is drawn once, small, and each word's place is looked at. That finds white on white, clipped and
covered words, layers that are switched off and transparent text alike, whatever was done to hide them, and
leaves the text behind a scan alone: the scan shows there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.load.pdf_page import Frame, Rect, Style, Word, frame, ink

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

TINY = 2.0
"""Points: smaller letters can't be read."""
_CONTRAST = 16
"""Least difference, of 255 in a colour, between the lightest and the darkest point where a word stands."""
_MOST_PIXELS = 2_000_000
_SAME_COLOUR = 24
_OVERLAP = 0.5

OFF_PAGE, TINY_TYPE, UNSEEN, INVISIBLE, OVERPRINTED = (
    "outside the page",
    "tiny type",
    "without contrast to what is behind",
    "drawn invisibly",
    "in the colour of the page over other text",
)


def seen(page: pypdfium2.PdfPage, words: Sequence[Word]) -> tuple[list[Word], dict[str, int]]:
    """The words that can be seen, and how many characters can't for which reason.

    Words without a letter or digit count as seen: there is nothing in them to hide.
    """
    if not words:
        return [], {}
    sight = _Sight(page, words)
    kept: list[Word] = []
    hidden: dict[str, int] = {}
    for number, word in enumerate(words):
        why = sight.why_hidden(number) if any(map(str.isalnum, word.text)) else None
        if why:
            hidden[why] = hidden.get(why, 0) + len(word.text)
        else:
            kept.append(word)
    return kept, hidden


class _Sight:
    """What is told of all words at once, and of those in doubt one by one."""

    def __init__(self, page: pypdfium2.PdfPage, words: Sequence[Word]) -> None:
        import numpy as np

        self._page, self._words = page, words
        self._frame: Frame = frame(page)
        self._pixels, self._scale = _drawn(page, self._frame)
        self._edges = _edges(self._pixels)
        boxes = np.array([word.box for word in words]) * self._scale
        self._like_page = _of_page_colour(self._pixels, boxes, [word.style.fill for word in words])
        self._scans: list[Rect] | None = None

    def why_hidden(self, number: int) -> str | None:
        word = self._words[number]
        box, style = word.box, word.style
        width, height = self._frame.size
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        if not (0 <= x <= width and 0 <= y <= height):
            return OFF_PAGE
        if style.size < TINY and min(box.bottom - box.top, box.right - box.left) < TINY:
            return TINY_TYPE
        if style.invisible and not self._on_scan(x, y):
            return INVISIBLE
        like_page = bool(self._like_page[number])
        doubtful = like_page or not self._shows(_core(box, style))
        if doubtful and self._contrast(ink(self._page, word)) < _CONTRAST:
            return UNSEEN
        return OVERPRINTED if like_page and not style.invisible and self._overprints(word) else None

    def _shows(self, box: Rect) -> bool:
        """Whether neighbouring points in a rectangle differ."""
        scale = self._scale
        top, bottom = max(int(box.top * scale), 0), max(int(box.bottom * scale), 0)
        left, right = max(int(box.left * scale), 0), max(int(box.right * scale), 0)
        return bool(self._edges[top : bottom + 1, left : right + 1].any())

    def _contrast(self, box: Rect) -> int:
        """The difference between the lightest and the darkest point in a rectangle, 0 to 255."""
        import numpy as np

        rows, columns = self._pixels.shape[:2]
        top, left = (
            min(max(int(at * self._scale), 0), most - 1)
            for at, most in ((box.top, rows), (box.left, columns))
        )
        bottom, right = (
            max(int(box.bottom * self._scale) + 1, top + 1),
            max(int(box.right * self._scale) + 1, left + 1),
        )
        return int(np.ptp(self._pixels[top:bottom, left:right].reshape(-1, 4)[:, :3], axis=0).max())

    def _overprints(self, word: Word) -> bool:
        """Whether text of another colour stands in the same place: what shows there is not this word."""
        box = word.box
        area = max((box.right - box.left) * (box.bottom - box.top), 1e-6)
        others = (other for other in self._words if other.style.fill != word.style.fill)
        return sum(_shared(box, other.box) for other in others) / area > _OVERLAP

    def _on_scan(self, x: float, y: float) -> bool:
        if self._scans is None:
            self._scans = list(_images(self._page, self._frame))
        return any(s.left <= x <= s.right and s.top <= y <= s.bottom for s in self._scans)


def _core(box: Rect, style: Style) -> Rect:
    """The middle of a word's height, where other lines don't reach and nearly every letter has ink."""
    if style.turn == 4:
        return box
    if style.turn % 2:
        rest = (box.right - box.left) / 4
        return box._replace(left=box.left + rest, right=box.right - rest)
    rest = (box.bottom - box.top) / 4
    return box._replace(top=box.top + rest, bottom=box.bottom - rest)


def _edges(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a point differs from the one left of it, in steps of 16: near enough, and in one go."""
    import numpy as np

    steps = pixels.view(np.uint32)[..., 0] & np.uint32(0xF0F0F0)
    edges = np.zeros(steps.shape, dtype=np.bool_)
    np.not_equal(steps[:, 1:], steps[:, :-1], out=edges[:, 1:])
    return edges


def _of_page_colour(
    pixels: Pixels, boxes: NDArray[np.float64], fills: Sequence[tuple[int, int, int, int]]
) -> NDArray[np.bool_]:
    """For each rectangle whether the text in it has the colour of most of its upper and lower edge."""
    import numpy as np

    rows, columns = pixels.shape[:2]
    left, top, right, bottom = boxes.T
    colours = np.array(fills, dtype=np.int16)[:, :3]
    alike = np.zeros(len(boxes), dtype=np.int64)
    for share in (0.1, 0.35, 0.65, 0.9):
        across = np.clip((left + share * (right - left)).astype(np.int64), 0, columns - 1)
        for edge in (top, bottom):
            down = np.clip(edge.astype(np.int64), 0, rows - 1)
            there = pixels[down, across, :3].astype(np.int16)
            alike += np.abs(there - colours).max(axis=1) < _SAME_COLOUR
    return alike > 4


def _shared(a: Rect, b: Rect) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(width, 0.0) * max(height, 0.0)


def _drawn(page: pypdfium2.PdfPage, seen_by: Frame) -> tuple[Pixels, float]:
    """The page as (rows, columns, 4: red, green, blue and nothing), and pixels a point."""
    width, height = seen_by.size
    scale = min(1.0, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
    pixels: Pixels = bitmap.to_numpy().copy()
    bitmap.close()
    return pixels, scale


def _images(page: pypdfium2.PdfPage, seen_by: Frame) -> Iterator[Rect]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        try:
            yield seen_by.seen(*image.get_bounds())
        except pypdfium2.PdfiumError:
            continue
