"""A process that reads hostile files, one after the other: ``python -m qa.load.worker SECONDS MEGABYTES``.

It is told one file a line on standard input, to read it or to draw a page of it, and answers on standard
output (``qa.load.answers``). It may take so much memory, write nothing to any disk, and leaves no core.
Whatever goes wrong beyond a LoadError ends it: its parent (``qa.load.workers``) starts another.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from qa.errors import LoadError
from qa.load import parse
from qa.load.answers import pack, plain, refuse_long
from qa.load.files import File, read_file
from qa.load.pdf_sheet import Sheet, draw
from qa.types import Document, Span

_LATER = 5  # seconds after the parent should have ended it, it ends by itself
_OPEN_FILES = 64


def serve(read: Callable[[File], Document], arguments: list[str]) -> None:
    """Answer until standard input ends; ``read`` makes a document of a file."""
    seconds, megabytes = map(int, arguments)
    _confine(megabytes)
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get between the answers
    _write(answers, pack({"ready": True}))
    for request in sys.stdin.buffer:
        signal.alarm(seconds + _LATER)  # by default that kills, also inside a library
        try:
            answer = _answer(read, **json.loads(request))
        except MemoryError:
            answer = pack({"memory": True})
        _write(answers, answer)
        signal.alarm(0)


def _answer(  # noqa: PLR0913 - a request's
    read: Callable[[File], Document],
    *,
    path: str,
    source: str,
    max_bytes: int,
    known: str = "",
    sheet: Mapping[str, Any] | None = None,
) -> tuple[bytes, ...]:
    """One file's answer; ``known`` is the digest of the bytes that need not be read again.

    With ``sheet`` it is a picture.
    """
    try:
        file = read_file(Path(path), source=source, max_bytes=max_bytes)
    except LoadError as error:
        return pack({"unreadable": str(error)})
    if known and file.sha256 == known:
        return pack({"same": True})
    try:
        if sheet is not None:
            return _drawn(file, sheet)
        document = read(file)
        refuse_long(document)
    except LoadError as error:
        return pack({"error": str(error)})
    return pack({"document": plain(document)}, document.text)


def _drawn(file: File, plain: Mapping[str, Any]) -> tuple[bytes, ...]:
    sheet = Sheet(**{**plain, "spans": tuple(Span(*span) for span in plain["spans"])})
    if file.sha256 != sheet.sha256:
        return pack({"changed": True})
    return pack({"picture": True}, picture=draw(file.data, sheet))


def _confine(megabytes: int) -> None:
    most = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    # Memory that is written to. RLIMIT_AS would count what libraries map and never touch, too.
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _write(descriptor: int, answer: tuple[bytes, ...]) -> None:
    for part in answer:
        left = memoryview(part)
        while left:
            left = left[os.write(descriptor, left) :]


if __name__ == "__main__":
    serve(parse, sys.argv[1:])
