"""A table as text: each row is a line in which every value stands beside the name of its column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Cell = TypeVar("Cell")

SEPARATOR = "; "
NAMED = ": "
BARE = " | "
"""Between the cells of a row whose columns have no names."""


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
            yield SEPARATOR if named else BARE
        begun = True
        name = names[at] if at < len(names) else None
        if name is not None:
            yield name
            yield NAMED
        yield cell


def ended(row: str) -> str:
    """A row's end, so that it is a sentence of its own: a full stop, unless it has one."""
    return "" if row.rstrip()[-1:] in ".!?;:…" else "."
