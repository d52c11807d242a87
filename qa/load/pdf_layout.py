"""Words on a page → blocks in reading order: lines, columns, paragraphs, tables. Geometry alone.

A page is cut into columns where a gutter runs down through rows of prose; a gap between a table's
columns is none, so that its rows stay whole. Within a column rows go from top to bottom.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa.load.pdf_page import Rect, Word

_CELL_GAP = 1.0
"""In em: words farther apart than this aren't neighbours in a sentence."""
_NO_SPACE = 0.15
_SAME_LINE = 0.5
_GUTTER = 6.0
_MIDDLE = 0.2
"""A gutter keeps this share of the width clear of either side."""
_COLUMN_ROWS = 4
_COLUMN_CHARS = 15
_FILLS = 0.6
_LONGEST_SEARCH = 400
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one line, left to right. ``box`` is where they stand when the page is turned to read them.

    ``order`` says when the first was drawn; ``bold`` that all of it is.
    """

    words: tuple[Word, ...]
    box: Rect
    size: float
    bold: bool
    order: int
    text: str = field(init=False)

    def __post_init__(self) -> None:
        parts = [word.text if word.joined else f" {word.text}" for word in self.words]
        object.__setattr__(self, "text", "".join(parts).lstrip(" "))

    @property
    def height(self) -> float:
        return max(self.box.bottom - self.box.top, 1.0)


Row = list[Line]
"""What stands at the same height: one line of prose, or a table's cells, from left to right."""


def lines(words: Sequence[Word], size: tuple[float, float]) -> dict[int, list[Line]]:
    """The stretches of words without a wide gap, by the quarter turn they are read at."""
    made: dict[int, list[Line]] = {}
    current: list[tuple[Word, Rect]] = []
    for word in words:
        here = (word, _turned(word.box, word.style.turn, size))
        if current and not _follows(current[-1], here):
            made.setdefault(current[0][0].style.turn, []).append(_line(current))
            current = []
        current.append(here)
    if current:
        made.setdefault(current[0][0].style.turn, []).append(_line(current))
    return made


def _turned(box: Rect, turn: int, size: tuple[float, float]) -> Rect:
    width, height = size
    if turn == 1:
        return Rect(height - box.bottom, box.left, height - box.top, box.right)
    if turn == 2:
        return Rect(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if turn == 3:
        return Rect(box.top, width - box.right, box.bottom, width - box.left)
    return box


def _follows(before: tuple[Word, Rect], here: tuple[Word, Rect]) -> bool:
    (last, a), (word, b) = before, here
    if word.broken or last.style.turn != word.style.turn:
        return False
    if word.style.turn == 4:
        return True
    em = max(last.style.size, word.style.size, 1.0)
    gap = b.left - a.right
    return _overlap(a, b) >= _SAME_LINE and -em / 2 <= gap <= _CELL_GAP * em


def _overlap(a: Rect, b: Rect) -> float:
    """The share of the lower one's height that two boxes have in common."""
    lower = max(min(a.bottom - a.top, b.bottom - b.top), 0.1)
    return (min(a.bottom, b.bottom) - max(a.top, b.top)) / lower


def _line(found: Sequence[tuple[Word, Rect]]) -> Line:
    words = tuple(word for word, _ in found)
    box = found[0][1]
    for _, other in found[1:]:
        box = box.with_(other)
    first = words[0]
    return Line((first._replace(joined=False), *words[1:]), box, *_look(words), first.first)


def _look(words: Sequence[Word]) -> tuple[float, bool]:
    """The size that most letters have, and whether (nearly) all are bold."""
    sizes: Counter[float] = Counter()
    letters = bold = 0
    for word in words:
        sizes[round(word.style.size, 1)] += len(word.text)
        letters += len(word.text)
        bold += len(word.text) * word.style.bold
    return sizes.most_common(1)[0][0], bold * 20 >= letters * 19


def merged(parts: Sequence[Line]) -> Line:
    """Lines side by side as one."""
    words: list[Word] = []
    box = parts[0].box
    for at, part in enumerate(parts):
        close = at > 0 and part.box.left - box.right < _NO_SPACE * min(part.size, parts[at - 1].size)
        words += [part.words[0]._replace(joined=close), *part.words[1:]]
        box = box.with_(part.box)
    return Line(tuple(words), box, *_look(words), min(part.order for part in parts))


def rows(found: Sequence[Line]) -> list[Row]:
    """Lines that stand at the same height, from top to bottom."""
    made: list[tuple[Rect, Row]] = []
    for line in sorted(found, key=lambda line: line.box.top + line.box.bottom):
        if made and _overlap(made[-1][0], line.box) >= _SAME_LINE:
            box, row = made[-1]
            row.append(line)
            taller = line.height > box.bottom - box.top and line.size >= max(other.size for other in row)
            made[-1] = (line.box if taller else box, row)
        else:
            made.append((line.box, [line]))
    return [sorted(row, key=lambda line: line.box.left) for _, row in made]


def cells(row: Row) -> Row:
    """A row's lines, those put together that no wide gap parts."""
    parts: list[list[Line]] = []
    for line in row:
        if parts and line.box.left - parts[-1][-1].box.right <= _CELL_GAP * min(
            line.size, parts[-1][-1].size
        ):
            parts[-1].append(line)
        else:
            parts.append([line])
    return [part[0] if len(part) == 1 else merged(part) for part in parts]


def columns(found: Sequence[Line], deep: int = 0) -> list[list[Row]]:
    """The rows of each column, column by column, in reading order."""
    every = rows(found)
    made: list[list[Row]] = []
    alone: list[Row] = []
    at = 0
    while at < len(every):
        last_of_wide = bool(alone) and _goes_on(alone[-1], every[at])
        end, gutter = (at, 0.0) if deep == _DEEPEST or last_of_wide else _band(every, at)
        if end == at:
            alone.append(every[at])
            at += 1
            continue
        if alone:
            made.append(alone)
            alone = []
        inside = [line for row in every[at:end] for line in row]
        made += columns([line for line in inside if _center(line) < gutter], deep + 1)
        made += columns([line for line in inside if _center(line) >= gutter], deep + 1)
        at = end
    return [*made, alone] if alone else made


def _goes_on(row: Row, below: Row) -> bool:
    """Whether a line goes on with a paragraph of longer ones above, though a column could begin with it."""
    if len(row) > 1 or len(below) > 1:
        return False
    a, b = row[0], below[0]
    near = b.box.bottom - a.box.bottom < 1.5 * b.size and abs(a.size - b.size) < 0.5
    return near and abs(a.box.left - b.box.left) < b.size and a.box.right > b.box.right


def _center(line: Line) -> float:
    return (line.box.left + line.box.right) / 2


def _band(every: Sequence[Row], start: int) -> tuple[int, float]:
    """How far down columns go side by side from ``start``, and the gutter; (start, 0) where they don't."""
    left = min(row[0].box.left for row in every)
    right = max(line.box.right for row in every for line in row)
    clear = _MIDDLE * (right - left)
    free = [(left + clear, right - clear)]
    end = start
    for row in every[start : start + _LONGEST_SEARCH]:
        rest = _without(free, row)
        if not rest:
            break
        free, end = rest, end + 1
    for low, high in sorted(free, key=lambda gap: gap[0] - gap[1]):
        gutter = (low + high) / 2
        stop = _until_table(every, start, end, gutter)
        if _are_columns(every[start:stop], gutter, right - left):
            return stop, gutter
    return start, 0.0


def _without(free: Sequence[tuple[float, float]], row: Row) -> list[tuple[float, float]]:
    """The gaps that are still wide enough when the row's lines are taken out of them."""
    for line in row:
        parts = [
            part
            for low, high in free
            for part in ((low, min(high, line.box.left)), (max(low, line.box.right), high))
        ]
        free = [(low, high) for low, high in dict.fromkeys(parts) if high - low >= _GUTTER]
    return list(free)


def _until_table(every: Sequence[Row], start: int, end: int, gutter: float) -> int:
    """Where the first table begins that reaches across the gutter: two rows of short cells on both sides."""
    inside = [line for row in every[start:end] for line in row]
    if not inside:
        return end
    edges = (min(line.box.left for line in inside), gutter, max(line.box.right for line in inside))
    tabular = 0
    for at in range(start, end):
        sides = (
            [line for line in every[at] if _center(line) < gutter],
            [line for line in every[at] if _center(line) >= gutter],
        )
        short = [
            sum(line.box.right - line.box.left for line in side) < _FILLS * (high - low)
            for side, low, high in zip(sides, edges, edges[1:], strict=False)
        ]
        tabular = tabular + 1 if all(sides) and max(map(len, sides)) > 1 and all(short) else 0
        if tabular == 2:
            return at - 1
    return end


def _are_columns(every: Sequence[Row], gutter: float, width: float) -> bool:
    """Whether what stands left and right of the gutter is prose, and drawn one side after the other."""
    inside = [line for row in every for line in row]
    sides = [
        [line for line in inside if _center(line) < gutter],
        [line for line in inside if _center(line) >= gutter],
    ]
    if any(len(rows(side)) < _COLUMN_ROWS for side in sides):
        return False
    filled = [_filled(side, width) for side in sides]
    least = min(map(len, sides))
    by_order = sorted((line.order, _center(line) < gutter) for line in inside)
    switches = sum(a[1] != b[1] for a, b in itertools.pairwise(by_order))
    if switches <= 2 + least * 0.3:
        return min(filled) >= _FILLS or (switches <= 2 and least >= 6 and min(filled) >= _FILLS / 2)
    return min(filled) >= 0.7 and least >= 8


def _filled(side: Sequence[Line], width: float) -> float:
    """The share of lines that go across most of their column; 0 for a narrow one or one of short words."""
    across = max(line.box.right for line in side) - min(line.box.left for line in side)
    letters = sum(len(word.text) for line in side for word in line.words)
    if across < width * 0.2 or letters < _COLUMN_CHARS * len(side):
        return 0.0
    return sum(line.box.right - line.box.left >= _FILLS * across for line in side) / len(side)
