"""Printing for people: colours and bars on a terminal, plain text in a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

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
    if answer.short_span:
        shown.stylize("bold", *answer.short_span)
    shown.highlight_regex(re.compile(r"[^\n]*\Z"), "dim")
    Console(highlight=False).print(shown)


def print_json(value: Any) -> None:
    """JSON in any encoding: what the stream cannot write is written as JSON's own escapes."""
    everything = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(value, ensure_ascii=not everything, indent=2, allow_nan=False))


def print_text(text: str) -> None:
    """A document's text: to the letter in a pipe, without what would command a terminal on one."""
    from qa.load.files import shown

    if sys.stdout.isatty():
        text = "\n".join(shown(line.expandtabs()) for line in text.splitlines())
    print(text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on a terminal; tab-separated lines in a pipe."""
    from qa.load.files import shown

    rows = [[shown(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")  # half an id or file name is of no use
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
