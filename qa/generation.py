"""Generations of the vector index: a folder each, and what is remembered of the one in force.

When an index is closed in good order, size and time of last change of each of its files are remembered
(its seal). What is opened with another seal, or with none, is not taken on trust.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from qa.errors import StoreError

RECORD = "vectors"
"""Under this key the catalog remembers the generation in force."""

UNKNOWN = 1 << 62
"""Of records written: more than any number."""

_PREFIX = "generation-"
_DATABASE = "chroma.sqlite3"

Seal = Mapping[str, tuple[int, int]]
"""Each file's size in bytes and time of last change in nanoseconds, by its path within the folder."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One vector index: its folder's name, the catalog's revision it was brought to, and its seal.

    Without a seal it is in use, or its process ended without closing it.
    """

    name: str
    revision: int
    seal: Seal | None = None
    damage: str = ""
    """What a check found that only a new index mends."""
    written: int = UNKNOWN
    """How many records were put or removed since it was made."""

    def dump(self) -> str:
        return json.dumps(asdict(self))


def load(text: str | None) -> Generation | None:
    """What ``dump`` wrote; None where there is nothing, or nothing that can be understood."""
    try:
        kept = json.loads(text or "null")
        seal = kept["seal"]
        files = None if seal is None else {str(name): (int(s), int(t)) for name, (s, t) in seal.items()}
        return Generation(
            str(kept["name"]),
            int(kept["revision"]),
            files,
            str(kept["damage"]),
            int(kept.get("written", UNKNOWN)),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def closed_well(text: str | None) -> bool:
    """Whether what remembered this was closed in good order: not killed, nor copied while in use."""
    kept = load(text)
    return kept is None or kept.seal is not None


def new_name() -> str:
    """A name that no generation had: Chroma remembers folders by their path while a process lives."""
    return _PREFIX + uuid4().hex[:8]


def leftovers(folder: Path, keep: Collection[str]) -> list[Path]:
    """The folders of other generations. What isn't named as one is not ours to delete."""
    try:
        return sorted(path for path in folder.glob(f"{_PREFIX}*") if path.name not in keep)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be read: {error.strerror or error}") from error


def seal(folder: Path) -> Seal:
    """The files as they are, and will be after a power failure: they are written through first."""
    found = {}
    try:
        for path in _files(folder):
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            found[path.relative_to(folder).as_posix()] = _look(path)
    except OSError as error:
        raise StoreError(f"the vector index {folder} cannot be read: {error.strerror or error}") from error
    return found


def graph(sealed: Seal) -> Seal:
    """The files of the graph that Chroma searches: seldom written, unlike its SQLite file."""
    return {name: look for name, look in sealed.items() if name != _DATABASE}


def broken_seal(folder: Path, sealed: Seal) -> str:
    """What is not as it was when the index was closed; empty when all is.

    Content that changed while size and time stayed is not noticed: that needs every vector compared.
    """
    try:
        there = {path.relative_to(folder).as_posix(): _look(path) for path in _files(folder)}
    except OSError as error:
        return f"its files cannot be read: {error.strerror or error}"
    for name in sorted(sealed.keys() | there.keys()):
        if name not in there:
            return f"{name} is gone"
        if name not in sealed:
            return f"{name} was not there before"
        if there[name][0] != sealed[name][0]:
            return f"{name} has {there[name][0]:,} bytes, not {sealed[name][0]:,}"
        if there[name][1] != sealed[name][1]:
            return f"{name} was changed since"
    return ""


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _look(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
