"""A reading process whose reader does what the first word of a file tells it to: see test_workers."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from qa.errors import LoadError
from qa.load import text
from qa.load.answers import LENGTHS
from qa.load.files import File
from qa.load.worker import serve
from qa.types import Document, Heading


def read(file: File) -> Document:
    document = text.read(file)
    does = _DOES.get(document.text.split()[0])
    told = does(file, document) if does else None
    return replace(document, text=told) if isinstance(told, str) else told or document


def _spin(*_: object) -> None:
    while True:
        pass


def _surprise(*_: object) -> None:
    raise RuntimeError("something new")


def _refuse(file: File, _: Document) -> None:
    raise LoadError(f"{file.source} is\x1b[31m\nnot for you")


def _opened(*_: object) -> str:
    found = []
    for place in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one by which they are listed
            found.append(str(place.readlink()))
    return json.dumps(found)


def _answer(said: bytes) -> None:
    """As a reader that was taken over might: into every pipe that it finds."""
    for descriptor in range(3, 10):
        try:
            os.write(descriptor, said)
        except OSError:
            continue


_DOES: dict[str, Callable[[File, Document], Document | str | None]] = {
    "hang": lambda *_: time.sleep(600),
    "spin": _spin,
    "memory": lambda *_: "x" * 900_000_000,
    "segfault": lambda *_: os.kill(os.getpid(), signal.SIGSEGV),
    "surprise": _surprise,
    "recursion": lambda file, _: read(file),
    "refuse": _refuse,
    "print": lambda *_: print("x" * 100_000),  # noqa: T201
    "write": lambda file, _: str(file.path.with_name("written").write_text("x" * 10)),
    "long": lambda *_: "x" * 50_000_001,
    "outside": lambda _, document: replace(document, headings=(Heading("h", 1, 5, 5_000),)),
    "half": lambda *_: "half \ud800",
    "lie": lambda _, document: replace(document, path="/etc/passwd", source="b", warnings=("a\x1b[1m\nb",)),
    "nonsense": lambda *_: _answer(b"\x00" * 4_000),
    "endless": lambda *_: _answer(LENGTHS.pack(4_000_000_000, 0)),
    "list": lambda *_: _answer(LENGTHS.pack(2, 0) + b"[]"),
    "open": _opened,
    "environment": lambda *_: json.dumps(sorted(os.environ)),
    "modules": lambda *_: json.dumps(sorted(sys.modules)),
    "process": lambda *_: str(os.getpid()),
}

if __name__ == "__main__":
    serve(read, sys.argv[1:])
