"""Printing for people: colours and bars on a terminal, plain text in a pipe."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qa.types import Answer
from ui.render import answer_text

if TYPE_CHECKING:
    from rich.progress import Progress

    from qa.load import Candidate

T = TypeVar("T")
_LONGEST_SHOWN = 40  # characters of a file's name, beside a bar
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


class _Quiet:
    """Shows nothing: nobody is there to look."""

    def each(self, items: Iterable[T]) -> Iterator[T]:
        yield from items

    def part(self, source: str, done: int, of: int) -> None:
        """A large file is that far."""


class _Bar(_Quiet):
    """A bar that grows with the bytes of the files that are done: a large one takes longer."""

    def __init__(self, bar: Progress, sizes: Sequence[int]) -> None:
        self._bar = bar
        self._sizes = sizes
        self._task = bar.add_task("Indexing", total=sum(sizes), files=0, of=len(sizes), rate="")

    def each(self, items: Iterable[T]) -> Iterator[T]:
        began = time.monotonic()
        for number, item in enumerate(items, start=1):
            rate = f"{number / max(time.monotonic() - began, 0.001):,.1f} files/s"
            size = self._sizes[number - 1] if number <= len(self._sizes) else 0
            self._bar.update(self._task, advance=size, files=number, rate=rate, description="Indexing")
            yield item

    def part(self, source: str, done: int, of: int) -> None:
        from qa.load.files import shown

        name = shown(source)[-_LONGEST_SHOWN:]
        self._bar.update(self._task, description=f"{name}: {done:,} of {of:,} passages")


@contextmanager
def taking_in(files: Sequence[Candidate]) -> Iterator[_Quiet]:
    """Shows on a terminal's error stream how many files are taken in, how fast, and how long it takes yet."""
    if not sys.stderr.isatty():
        yield _Quiet()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),  # a file's name may stand there
        BarColumn(),
        TextColumn("{task.fields[files]:,} of {task.fields[of]:,} files  {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield _Bar(bar, [_size(file.path) for file in files])


def _size(path: Path) -> int:
    """A file's bytes, and some for what every file takes."""
    try:
        return path.stat().st_size + 1_000
    except OSError:
        return 1_000
