"""A process that reads hostile files, one after the other: ``python -m qa.load.worker SECONDS MEGABYTES``.

It is told one file a line on standard input and answers on standard output (``qa.load.answers``). It may
take so much memory, write nothing to any disk, and leaves no core. Whatever goes wrong beyond a LoadError
ends it: its parent (``qa.load.workers``) starts another.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from qa.errors import LoadError
from qa.load import parse
from qa.load.answers import pack, plain, refuse_long
from qa.load.files import File, read_file
from qa.types import Document

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


def _answer(
    read: Callable[[File], Document], *, path: str, source: str, max_bytes: int, known: str
) -> tuple[bytes, ...]:
    """One file's answer; ``known`` is the digest of the bytes that need not be read again."""
    try:
        file = read_file(Path(path), source=source, max_bytes=max_bytes)
    except LoadError as error:
        return pack({"unreadable": str(error)})
    if known and file.sha256 == known:
        return pack({"same": True})
    try:
        document = read(file)
        refuse_long(document)
    except LoadError as error:
        return pack({"error": str(error)})
    return pack({"document": plain(document)}, document.text)


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
