"""A table as text: each row is a line in which every value stands beside the name of its column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

Cell = TypeVar("Cell")

MOST_SPAN = 50
"""Columns or rows that a cell may reach over; a larger number is a mistake or an attack."""
MOST_CELLS = 200_000

_SEPARATOR = "; "
_NAMED = ": "
_BARE = " | "
_NUMBER = re.compile(r"[^\w]*\d[\d.,:/%\s]*\D{0,3}|[-–—]+")
_YEAR = re.compile(r"(?:FY|Q[1-4])?\s?(?:19|20)\d\d", re.IGNORECASE)
_NAME_CHARS = 80


def labelled(cells: Sequence[Cell | None], names: Sequence[Cell | None]) -> Iterator[Cell | str]:
    """What a row is made of: "name: value; name: value", or its cells with bars where no column has a name.

    ``None`` is an empty cell, or a column without a name. ``names`` may be shorter than ``cells``.
    """
    named = any(name is not None for name in names)
    begun = False
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        if begun:
            yield _SEPARATOR if named else _BARE
        begun = True
        name = names[at] if at < len(names) else None
        if name is not None:
            yield name
            yield _NAMED
        yield cell


def ended(row: str) -> str:
    """A row's end, so that it is a sentence of its own: a full stop, unless it has one."""
    return "" if row.rstrip()[-1:] in ".!?;:…" else "."


def described(grid: Sequence[Sequence[str]], head: int) -> Iterator[str]:
    """A line for each row below the first ``head``, which name the columns; 0 where it isn't known.

    "" is an empty cell. Where a header has several rows their words stand one after the other.
    """
    head = (head or _guessed(grid)) if head < len(grid) else 0
    width = max(map(len, grid), default=0)
    columns = ([row[at] for row in grid[:head] if at < len(row) and row[at]] for at in range(width))
    names = [" ".join(dict.fromkeys(column)) or None for column in columns]
    for row in grid[head:]:
        cells = [cell or None for cell in row]
        several = sum(cell is not None for cell in cells) > 1
        words = "".join(labelled(cells, names if several else ()))
        if words:
            yield words + ended(words)


def named(row: Sequence[str], start: int = 0) -> bool:
    """Whether each cell of a row, from ``start`` on, can name its column: short, no number, each another."""
    if not all(row[start:]) or len(set(row)) < len(row):
        return False
    return not any(_is_number(cell) or len(cell) > _NAME_CHARS for cell in row)


def _guessed(grid: Sequence[Sequence[str]]) -> int:
    """1 where the first row can only be names: words above columns of which some are numbers."""
    first, rest = grid[0], grid[1:]
    if not rest or not named(first, 1):
        return 0
    numbers = (at for at in range(1, len(first)) if any(at < len(row) and row[at] for row in rest))
    return int(any(all(_is_number(row[at]) for row in rest if at < len(row) and row[at]) for at in numbers))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not _YEAR.fullmatch(cell)
