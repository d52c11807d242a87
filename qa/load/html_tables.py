"""The tables and preformatted lines of an HTML tree → paragraphs with line breaks, which last.

A table of values becomes a line for each row, in which each value stands beside its column's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.load import tables
from qa.load.markup import Text, add

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CELLS = frozenset({"td", "th"})
_LARGE = ("table", "h1", "h2", "h3", "h4", "form", "article", "section", "ul", "ol")


def flatten(root: Element) -> None:
    """Puts paragraphs in the place of tables that hold values, and of preformatted text."""
    for table in list(root.iter("table")):
        if table.getparent() is not None and is_data(table):
            captions = [_words(caption) for caption in table.iter("caption")]
            _replace(table, [[caption] for caption in captions if caption] + [list(_lines(table))])
    for pre in list(root.iter("pre")):
        if pre.getparent() is not None:
            written = "".join(each for each in pre.itertext() if isinstance(each, str))
            _replace(pre, [[line for line in written.split("\n") if line.strip()]])


def _replace(element: Element, paragraphs: Sequence[Sequence[str]]) -> None:
    from lxml import etree

    parent = element.getparent()
    made: list[Element] = []
    for lines in paragraphs:
        if not lines:
            continue
        paragraph = etree.Element("p")
        paragraph.text = lines[0]
        for line in lines[1:]:
            etree.SubElement(paragraph, "br").tail = line
        made.append(paragraph)
    if parent is None or not made:
        return
    made[-1].tail = element.tail
    at = parent.index(element)
    parent[at : at + 1] = made


def is_data(table: Element) -> bool:
    """Whether a table holds values, not a page's layout: several rows and columns, no large cell."""
    width = 0
    count = 0
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in _CELLS]
        width, count = max(width, len(cells)), count + (len(cells) > 0)
        if any(_is_large(cell) for cell in cells):
            return False
    return width > 1 and count > 1


def _is_large(cell: Element) -> bool:
    return next(cell.iter(*_LARGE), None) is not None


def _lines(table: Element) -> Iterator[str]:
    grid, heads = _grid(table)
    head = next((at for at, is_head in enumerate(heads) if not is_head), 0)
    return tables.described(grid, head) if grid else iter(())


def _grid(table: Element) -> tuple[list[list[str]], list[bool]]:
    """The words of each cell, those of spanning cells in each row (and for headers column) they span.

    Beside it whether each row is a header: in ``thead``, or of header cells alone.
    """
    grid: list[list[str]] = []
    heads: list[bool] = []
    below: dict[int, tuple[int, str]] = {}  # column: (rows still to fill, words)
    count = 0
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in _CELLS]
        is_head = _in_head(row) or (len(cells) > 1 and all(cell.tag == "th" for cell in cells))
        made: list[str] = []
        for cell in cells:
            _fill(made, below)
            words = _words(cell)
            for at in range(_span(cell, "colspan")):
                made.append(words if at == 0 or is_head else "")
                if (rows := _span(cell, "rowspan")) > 1:
                    below[len(made) - 1] = (rows - 1, made[-1])
        _fill(made, below)
        count += len(made)
        if count > tables.MOST_CELLS:
            break
        if any(made):
            grid.append(made)
            heads.append(is_head)
    return grid, heads


def _fill(made: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(made) in below:
        rows, words = below.pop(len(made))
        if rows > 1:
            below[len(made)] = (rows - 1, words)
        made.append(words)


def _in_head(row: Element) -> bool:
    parent = row.getparent()
    return parent is not None and parent.tag == "thead"


def _span(cell: Element, name: str) -> int:
    stated = cell.get(name, "1").strip()
    return min(max(int(stated), 1), tables.MOST_SPAN) if stated.isdecimal() and len(stated) < 6 else 1


def _words(element: Element) -> str:
    inside = Text()
    add(element, inside)
    return " ".join(str(inside).split())
