"""The rows of a column → paragraphs and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest
from statistics import median

from qa.load import tables
from qa.load.pdf_layout import Line, Row, cells, merged
from qa.load.pdf_page import HYPHEN

_PITCH = 1.3
"""From line to line, in em, where a page doesn't tell; and how much more than usual begins a paragraph."""
_FARTHER = 1.25
_OTHER_SIZE = 0.08
_INDENT = 0.8
_HALF_EMPTY = 0.35
_ENDED = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_BULLET = re.compile(r"(?:[-*•‣▪◦●○■–·]|\(?\d{1,3}[.)]|\(?[a-z][.)]|\[\d{1,3}\])$")
_LEADERS = re.compile(r"(?:\. ?){4,}|…{2,}")
_NUMBER = re.compile(
    r"[-–—(+~±<>]?[$€£¥]?\d[\d.,/ ]*(?:[%)*†‡a-z]|\(\d|±.*|\s*(?:million|billion|k|m|bn))?\)?|[-–—]+|n/?a",
    re.I,
)
_YEAR = re.compile(r"(?:fy|q[1-4])? ?(?:19|20)\d\d[*a-e]?", re.IGNORECASE)
_HEADER_ROWS = 4
_MOST_CELLS = 60
_MOST_BETWEEN = 2
"""Rows of one cell that may stand between two of a table's: names of groups, what is left of a long cell."""
_HALF_STEP = 0.9
_IN_LINE = 0.4
_EVEN = 0.25
_MOST_OF_WIDTH = 0.7


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph's lines, or a table's rows: what they are made of, Line or words of ours."""

    lines: tuple[Line, ...]
    rows: tuple[tuple[Line | str, ...], ...] = ()

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda line: len(line.words)).size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


def blocks(column: Sequence[Row]) -> list[Block]:
    """The paragraphs and tables of a column, from top to bottom."""
    prepared = [_with_marks(cells(row)) for row in column]
    made: list[Block] = []
    for is_table, group in groupby(_tabular(prepared), key=lambda each: each[0]):
        found = [row for _, row in group]
        if is_table:
            made += _table(found)
        else:
            made += _paragraphs([row[0] if len(row) == 1 else merged(row) for row in found])
    return made


def _with_marks(row: Row) -> Row:
    """The row with a bullet or a number put to what it marks."""
    if len(row) > 1 and _BULLET.match(row[0].text):
        return [merged(row[:2]), *row[2:]]
    return row


def _tabular(column: Sequence[Row]) -> Iterator[tuple[bool, Row]]:
    """Each row, and whether it is a table's: rows of several cells near each other, and those among them."""
    several = [1 < len(row) <= _MOST_CELLS and not _is_prose(row) for row in column]
    inside = [False] * len(column)
    chain: list[int] = []
    straight = False  # whether two rows of the chain have a column in line, not just words over words
    for at, row in enumerate(column):
        if not several[at]:
            continue
        below = range(at + 1, min(at + 2 + _MOST_BETWEEN, len(column)))
        after = next((other for other in below if several[other]), None)
        chain.append(at)
        if after is not None and _aligned(column[at : after + 1]):
            straight = straight or any(_in_line(a, b) for a in row[1:] for b in column[after][1:])
            continue
        if straight:
            inside[chain[0] : at + 1] = [True] * (at + 1 - chain[0])
        chain, straight = [], False
    for at in range(len(column) - 2, -1, -1):  # words of a header that stand half a line above the others
        below_it = column[at + 1]
        step = below_it[0].box.bottom - column[at][0].box.bottom
        inside[at] = inside[at] or (
            inside[at + 1] and len(below_it) > 1 and step < _HALF_STEP * below_it[0].size
        )
    yield from zip(inside, column, strict=True)


def _is_prose(row: Row) -> bool:
    """Whether a row's gaps are those of a list of contents, or of a line stretched to the column's width."""
    if _LEADERS.search(merged(row).text):
        return True
    gaps = [b.box.left - a.box.right for a, b in pairwise(row)]
    even = len(gaps) > 2 and max(gaps) - min(gaps) < _EVEN * max(gaps)
    return even and sum(cell.text[0].islower() for cell in row) * 2 >= len(row)


def _aligned(found: Sequence[Row]) -> bool:
    """Whether two cells of the first row stand over two of the last, which is near, with little between."""
    row, other = found[0], found[-1]
    if other[0].box.top - row[0].box.bottom > len(found) * other[0].height:
        return False
    across = max(row[-1].box.right, other[-1].box.right) - min(row[0].box.left, other[0].box.left)
    if any(line.box.right - line.box.left > _MOST_OF_WIDTH * across for each in found[1:-1] for line in each):
        return False
    over = sum(any(_common(_sides(a), _sides(b)) > 0 for b in other) for a in row)
    return over >= 2


def _in_line(a: Line, b: Line) -> bool:
    """Whether two cells begin or are centred at the same place, or are numbers that end at it."""
    near = _IN_LINE * min(a.size, b.size)
    if (
        abs(a.box.left - b.box.left) < near
        or abs(a.box.left + a.box.right - b.box.left - b.box.right) < 2 * near
    ):
        return True
    return abs(a.box.right - b.box.right) < near and _is_number(a) and _is_number(b)


def _sides(line: Line) -> tuple[float, float]:
    return line.box.left, line.box.right


def _table(found: Sequence[Row]) -> Iterator[Block]:
    """A table with the names of its columns at each value, where every cell clearly has its column."""
    edges = _column_edges(found)
    grid = [_placed(row, edges) for row in found]
    head = _header_rows(grid)
    names: list[Line | None] = []
    if head:
        names = [_name(found[:head], at, edges) for at in range(len(edges))]
        whole = [*found[head - 1 : head], *(row for row in found[head:] if len(row) > 1)]
        cut = [part for row in whole for line in row for part in _cut(line, edges)]
        if not all(names[1:]) or any(len(part) > 1 for _, part in cut):
            head, names = 0, []  # a number with the wrong column's words is worse than one with none
            grid = [list(row) for row in found]
    made = tuple(tuple(tables.labelled(row, names if sum(map(bool, row)) > 1 else ())) for row in grid[head:])
    if made:
        yield Block(tuple(line for row in found for line in row), made)


def _column_edges(found: Sequence[Row]) -> list[tuple[float, float]]:
    """The columns' left and right edges, by the rows that have the most cells."""
    most = max(map(len, found))
    spans = sorted((line.box.left, line.box.right) for row in found if len(row) == most for line in row)
    edges = [spans[0]]
    for left, right in spans[1:]:
        if left < edges[-1][1]:
            edges[-1] = (edges[-1][0], max(edges[-1][1], right))
        else:
            edges.append((left, right))
    return edges


def _placed(row: Row, edges: Sequence[tuple[float, float]]) -> list[Line | None]:
    """A row's cells in their columns."""
    placed: list[list[Line]] = [[] for _ in edges]
    for line in row:
        for part, over in _cut(line, edges):
            placed[over[0]].append(part)
    return [(merged(each) if len(each) > 1 else each[0]) if each else None for each in placed]


def _cut(line: Line, edges: Sequence[tuple[float, float]]) -> list[tuple[Line, list[int]]]:
    """A line and the columns it stands over (or the nearest): in parts, if its words stand over one each."""
    over = _columns_of(line, edges)
    if len(over) == 1:
        return [(line, over)]
    parts: dict[int, list[Line]] = {}
    for word in line.words:
        single = Line((word._replace(joined=False),), word.box, line.size, line.bold, line.order)
        its = _columns_of(single, edges)
        if len(its) > 1:
            return [(line, over)]
        parts.setdefault(its[0], []).append(single)
    if list(parts) != over:
        return [(line, over)]
    return [(merged(part), [at]) for at, part in parts.items()]


def _columns_of(line: Line, edges: Sequence[tuple[float, float]]) -> list[int]:
    shared = [_common(_sides(line), edge) for edge in edges]
    over = [at for at, width in enumerate(shared) if width > 0]
    return over or [max(range(len(edges)), key=shared.__getitem__)]


def _common(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The width two stretches share; below 0 how far they are apart."""
    return min(a[1], b[1]) - max(a[0], b[0])


def _header_rows(grid: Sequence[Sequence[Line | None]]) -> int:
    """How many rows name the columns: those above the first with numbers, where most below have numbers."""
    values = [[_is_number(cell) for cell in row[1:] if cell] for row in grid]
    first = next((at for at, row in enumerate(values) if row and sum(row) * 2 >= len(row)), 0)
    body = [number for row in values[first:] for number in row]
    while first > 1 and not any(grid[first - 1][1:]):  # the name of a group of rows, not of a column
        first -= 1
    return first if 0 < first <= _HEADER_ROWS and sum(body) * 2 >= len(body) else 0


def _is_number(cell: Line) -> bool:
    text = cell.text.strip()
    return bool(_NUMBER.fullmatch(text)) and not _YEAR.fullmatch(text)


def _name(head: Sequence[Row], column: int, edges: Sequence[tuple[float, float]]) -> Line | None:
    """What stands above a column: words over it, or over several columns and it."""
    above = [part for row in head for line in row for part, over in _cut(line, edges) if column in over]
    if not above:
        return None
    words = [word for line in above for word in (line.words[0]._replace(joined=False), *line.words[1:])]
    return Line(tuple(words), above[0].box, above[0].size, above[0].bold, above[0].order)


def _paragraphs(found: Sequence[Line]) -> Iterator[Block]:
    if not found:
        return
    left = min(line.box.left for line in found)
    right = max(line.box.right for line in found)
    pitch = _pitch(found)
    group = [found[0]]
    for line, after in zip_longest(found[1:], found[2:]):
        if _begins(group, line, after, (left, right), pitch):
            yield Block(tuple(group))
            group = []
        group.append(line)
    yield Block(tuple(group))


def _pitch(found: Sequence[Line]) -> float:
    """The usual way from line to line, in em."""
    steps = [(b.box.bottom - a.box.bottom) / max(a.size, 1.0) for a, b in pairwise(found) if _same_size(a, b)]
    near = [step for step in steps if 0 < step < 3]
    return median(near) if len(near) >= 3 else _PITCH


def _same_size(a: Line, b: Line) -> bool:
    return abs(a.size - b.size) <= _OTHER_SIZE * max(a.size, b.size)


def _begins(
    group: Sequence[Line], line: Line, after: Line | None, sides: tuple[float, float], pitch: float
) -> bool:
    """Whether ``line`` begins a paragraph below those of ``group``."""
    last = group[-1]
    step = (line.box.bottom - last.box.bottom) / max(last.size, 1.0)
    if not _same_size(last, line) or step > pitch * _FARTHER:
        return True
    if last.bold != line.bold and (_ENDED.search(last.text) or _fits(last, line, sides)):
        return True
    if is_marked(line) or _LEADERS.search(last.text):
        return True
    if last.text.endswith(("-", HYPHEN)):
        return False
    return _left_short(last, line, sides) or _indented(group, line, after, sides)


def _left_short(last: Line, line: Line, sides: tuple[float, float]) -> bool:
    """Whether the line above ended though the next word would have fitted."""
    room = sides[1] - last.box.right
    begins = not line.text[:1].islower()
    ended = bool(_ENDED.search(last.text))
    return _fits(last, line, sides) and begins and (ended or room > _HALF_EMPTY * (sides[1] - sides[0]))


def _fits(last: Line, line: Line, sides: tuple[float, float]) -> bool:
    """Whether the first word of a line would have fitted at the end of the one before."""
    box = line.words[0].box
    width = (box.right - box.left) if line.words[0].style.turn % 2 == 0 else (box.bottom - box.top)
    return sides[1] - last.box.right > width + 0.6 * line.size


def _indented(group: Sequence[Line], line: Line, after: Line | None, sides: tuple[float, float]) -> bool:
    """Whether a first line is set in, or, where all but first lines are, stands out."""
    last = group[-1]
    step = _INDENT * line.size
    ended = bool(_ENDED.search(last.text))
    if line.box.left > last.box.left + step:
        returns = after is None or after.box.left < line.box.left - step / 2
        return ended and returns
    hanging = len(group) > 1 and last.box.left > group[0].box.left + step / 2
    return hanging and line.box.left < last.box.left - step / 2


def is_marked(line: Line) -> bool:
    """Whether a line begins with a bullet or a list's number."""
    return bool(_BULLET.match(line.words[0].text))
