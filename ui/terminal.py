"""Printing for people: colours and bars on a terminal, plain text in a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from qa.types import Answer
from ui.render import answer_text

T = TypeVar("T")
_STYLES = ((re.compile(r"\[\d+\]"), "bold cyan"), (re.compile(r"“.*”", re.DOTALL), "italic"))


def print_answer(answer: Answer) -> None:
    """The answer with its footnotes."""
    text = answer_text(answer)
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console
    from rich.text import Text

    shown = Text(text)  # never as markup: the words are a document's
    for pattern, style in _STYLES:
        shown.highlight_regex(pattern, style)
    shown.highlight_regex(re.compile(r"[^\n]*\Z"), "dim")
    Console(highlight=False).print(shown)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on a terminal; tab-separated lines in a pipe."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def progress(items: Iterable[T], *, total: int, label: str) -> Iterator[T]:
    """``items`` as they come, with a bar on a terminal's error stream."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, total=total, description=label, console=Console(stderr=True))
