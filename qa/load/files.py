"""Finding the files under a path, and reading one without hanging on anything that isn't a file."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.errors import LoadError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, and what every format needs to make a Document of them."""

    path: Path
    source: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A regular file to load: where it really lies, and how people see it (with ``/`` between folders)."""

    path: Path
    source: str
    again: bool = False
    """Read it also if it has failed before and looks as it did then."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under a path: ``files`` in order of ``source``, and one line for each thing refused."""

    files: tuple[Candidate, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    candidate: Candidate | None = None
    refusal: str | None = None
    linked: bool = False


def find(path: Path) -> Found:
    """The regular files at or under ``path``, and a reason for each thing there that is none.

    Below a folder, names that begin with a dot are skipped in silence. A symlink to a file inside the
    folder is found once, under its real place; one that leaves the folder is refused; links to folders
    inside aren't followed, since what they hold is found where it lies. Suffixes are ``load``'s concern.
    Raises LoadError when ``path`` itself doesn't exist or cannot be looked at.
    """
    try:
        root = path.resolve(strict=True)
        mode = root.stat().st_mode
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symlinks, in Python 3.11 and 3.12
        raise LoadError(f"{shown(str(path))}: {_why(error)}") from error
    if stat.S_ISDIR(mode):
        return _collect(list(_walk(root)))
    if stat.S_ISREG(mode):
        return _collect([_named(root, path.name)])
    return Found((), (f"{shown(str(path))} is {_kind(mode)}, not a file; left out",))


def _walk(root: Path) -> Iterator[_Entry]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as scan:
                entries = [entry for entry in scan if not entry.name.startswith(".")]
        except OSError as error:
            yield _refuse(_source(root, folder) or folder.name, f"cannot be opened: {_why(error)}")
            continue
        for entry in entries:
            found = Path(entry.path)
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(found)
                else:
                    yield from _look(root, found, entry)
            except OSError as error:
                yield _refuse(_source(root, found), f"cannot be opened: {_why(error)}")


def _look(root: Path, found: Path, entry: os.DirEntry[str]) -> Iterator[_Entry]:
    source = _source(root, found)
    real = found
    if entry.is_symlink():
        try:
            real = found.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            yield _refuse(source, f"is a symlink to nowhere: {_why(error)}")
            return
        if not real.is_relative_to(root):
            yield _refuse(
                source, "is a symlink that leaves the folder; index its target by name if you want it"
            )
            return
    mode = real.stat().st_mode
    if stat.S_ISREG(mode):
        yield _named(real, source, linked=real != found)
    elif not stat.S_ISDIR(mode):
        yield _refuse(source, f"is {_kind(mode)}, not a file; left out")


def _collect(entries: list[_Entry]) -> Found:
    """Sorted, each real file once; where it goes by several names, its own is preferred to a link's."""
    named = [entry for entry in entries if entry.candidate]
    named.sort(key=lambda entry: (entry.linked, entry.candidate.source if entry.candidate else ""))
    once: dict[Path, Candidate] = {}
    for entry in named:
        if entry.candidate:
            once.setdefault(entry.candidate.path, entry.candidate)
    files = sorted(once.values(), key=lambda candidate: candidate.source)
    return Found(tuple(files), tuple(sorted(entry.refusal for entry in entries if entry.refusal)))


def _named(path: Path, source: str, *, linked: bool = False) -> _Entry:
    try:
        f"{path}{source}".encode()
    except UnicodeEncodeError:  # bytes that aren't UTF-8 come as lone surrogates, which no store accepts
        return _refuse(source, "has a name that is not valid UTF-8; rename it")
    return _Entry(candidate=Candidate(path, source), linked=linked)


def _refuse(source: str, why: str) -> _Entry:
    return _Entry(refusal=f"{shown(source)} {why}")


def _source(root: Path, path: Path) -> str:
    relative = path.relative_to(root).as_posix()
    return "" if relative == "." else relative


def read_file(path: Path, *, source: str, max_bytes: int) -> File:
    """The bytes of a regular file of at most ``max_bytes``. Raises LoadError; never waits on a FIFO.

    The file itself must not be a symlink; ``find`` resolves those that it lets through.
    """
    name = shown(source)
    try:
        data = _read_bytes(path, name, max_bytes)
    except OSError as error:
        why = "it is a symlink; name its target" if error.errno == errno.ELOOP else _why(error)
        raise LoadError(f"{name} cannot be read: {why}") from error
    if not data:
        raise LoadError(f"{name} is empty")
    return File(path, source, data)


def _read_bytes(path: Path, name: str, max_bytes: int) -> bytes:
    # O_NOFOLLOW: ``find`` gives real places, and a link put there since then must not lead elsewhere.
    # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise LoadError(f"{name} is {_kind(state.st_mode)}, not a file")
        size = state.st_size
        blocks: list[bytes] = []
        if size <= max_bytes:
            size = 0  # what is read is what counts: a file may grow, and some in /proc say 0
            while size <= max_bytes and (block := os.read(descriptor, min(_BLOCK, max_bytes + 1 - size))):
                blocks.append(block)
                size += len(block)
    finally:
        os.close(descriptor)
    if size > max_bytes:
        raise LoadError(f"{name} has {size:,} bytes or more; {max_bytes:,} are allowed (max_file_mb)")
    return b"".join(blocks)


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "something else")


def _why(error: OSError | RuntimeError) -> str:
    if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
        return "a loop of symlinks"
    if error.errno == errno.ENXIO:  # what opening a socket gives
        return "it is not a file"
    return (error.strerror or type(error).__name__).lower()


def shown(name: str) -> str:
    """A file name fit for one line of a message: controls and undecodable bytes as escapes."""
    safe = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in safe)
