"""Backups of a data folder in one file, and folders made from them again.

A backup holds the catalog, which is the source of truth, and a manifest; the vector index is made again from
the catalog. Both ways go by SQLite's backup API: a backup is of one moment however much is written meanwhile,
and a restored catalog takes the place of the old one in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa import __version__, schema
from qa.config import Config
from qa.errors import StoreError
from qa.generation import RECORD
from qa.lock import FolderLock
from qa.renewal import discard

_CATALOG, _MANIFEST = "catalog.sqlite3", "manifest.json"
_FORMAT = 1
_MOST_MANIFEST = 100_000  # bytes
_BLOCK = 1 << 20
_COMPRESSION = 1  # half of a catalog is vectors, on which more is wasted
_PATIENCE_SECONDS = 10.0

_DAMAGED = "{file} is damaged: its catalog is not what its manifest tells; use another backup"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: the catalog of one revision, its size in bytes and its SHA-256."""

    footnote: str
    schema: int
    embedder: str
    revision: int
    documents: int
    passages: int
    made: str
    """When, in UTC, by the clock of the machine."""
    bytes: int
    sha256: str


def back_up(config: Config, target: Path, *, force: bool = False) -> Manifest:
    """Write a backup of the data folder, which may be in use, to ``target``. Raises StoreError.

    A file that is there is replaced only with ``force``, and only by a whole backup.
    """
    with _reporting(target, "written"):
        if not config.catalog_path.exists():
            raise StoreError(f"{config.data} holds no documents: there is nothing to back up")
        if target.resolve().is_relative_to(config.data.resolve()):
            raise StoreError(f"{target} lies in the data folder itself: choose a place outside it")
        if not force and os.path.lexists(target):
            raise StoreError(f"{target} is there already: choose another name, or replace it with --force")
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".footnote-") as temporary:
            copied, packed = Path(temporary) / _CATALOG, Path(temporary) / "backup"
            with _reading(config.catalog_path):
                found = _copy(config.catalog_path, copied)
            manifest = _pack(copied, packed, found)
            packed.replace(target)
            _write_through(target.parent)
    return manifest


def restore(config: Config, file: Path, *, force: bool = False) -> Manifest:
    """Put the catalog of a backup into the data folder. Raises LockedError, StoreError.

    A folder that holds documents is left alone, unless ``force`` lets the backup's take their place; until
    all of it is checked and there, the old ones stay.
    """
    with _reporting(file, "restored"), zipfile.ZipFile(file) as archive:
        manifest = _read_manifest(archive, file)
        lock = FolderLock(config.data)
        coming = config.data / f"restoring-{_CATALOG}"
        try:
            if not force:
                _refuse_documents(config.catalog_path)
            discard(coming)
            _unpack(archive, coming, manifest, file)
            _forget_vectors(coming, file)
            _replace(config.catalog_path, coming)
        finally:
            discard(coming)
            lock.release()
    return manifest


# ── making one ───────────────────────────────────────────────────────────────────────────────────


def _copy(catalog: Path, to: Path) -> Mapping[str, Any]:
    """Copy the catalog as it is at one moment, and see that the copy is sound; what it holds."""
    with closing(_connect(catalog, _mode(catalog))) as source, closing(_connect(to, "rwc")) as db:
        schema.version_of(source, catalog)
        source.backup(db)  # in one step, that is one read transaction: nothing written meanwhile gets in
        db.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        if damage := _damage(db):
            raise StoreError(f"the catalog {catalog} is damaged ({damage}): restore an earlier backup")
        state = dict(db.execute("SELECT key, value FROM meta"))
        return {
            "schema": schema.version_of(db, to),
            "embedder": state.get(schema.EMBEDDER, ""),
            "revision": int(state.get("revision", 0)),
            "documents": db.execute("SELECT count(*) FROM documents").fetchone()[0],
            "passages": db.execute("SELECT count(*) FROM passages").fetchone()[0],
        }


def _damage(db: sqlite3.Connection) -> str:
    """The first damage that SQLite finds; empty when there is none."""
    found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    return "" if found == "ok" else found


def _mode(catalog: Path) -> str:
    """SQLite writes beside what it reads; on a read-only disk it need not, unless changes wait there."""
    waiting = catalog.with_name(f"{catalog.name}-wal")
    if os.access(catalog.parent, os.W_OK) or (waiting.exists() and waiting.stat().st_size):
        return "ro"
    return "ro&immutable=1"


def _pack(copied: Path, packed: Path, found: Mapping[str, Any]) -> Manifest:
    # Members carry no time: a zip file can't hold one before 1980, which a clock that jumps may tell.
    hashed, size = hashlib.sha256(), 0
    with packed.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
            with copied.open("rb") as source, archive.open(_CATALOG, "w", force_zip64=True) as sink:
                while block := source.read(_BLOCK):
                    hashed.update(block)
                    size += len(block)
                    sink.write(block)
            made = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = Manifest(
                footnote=__version__, made=made, bytes=size, sha256=hashed.hexdigest(), **found
            )
            listed = {"format": _FORMAT, **asdict(manifest)}
            archive.writestr(zipfile.ZipInfo(_MANIFEST), json.dumps(listed, indent=2))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _write_through(folder: Path) -> None:
    """So that a new name in ``folder`` is there after a power failure."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


# ── putting one back ─────────────────────────────────────────────────────────────────────────────


def _read_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if sorted(archive.namelist()) != sorted((_CATALOG, _MANIFEST)):
        raise StoreError(f"{file} is not a backup of Footnote: it holds other files")
    with archive.open(_MANIFEST) as member:
        text = member.read(_MOST_MANIFEST)
    try:
        listed = json.loads(text)
        kind, version = int(listed.pop("format")), int(listed["schema"])
        if kind > _FORMAT or version > schema.SCHEMA_VERSION:
            raise StoreError(
                f"{file} was made by a newer Footnote ({listed.get('footnote')}, schema {version}; this one"
                f" reads {schema.SCHEMA_VERSION}): restore it with that version"
            )
        manifest = Manifest(**listed)
        if any(type(listed[field.name]).__name__ != field.type for field in fields(Manifest)):
            raise TypeError(listed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{file} is not a backup of Footnote: its manifest cannot be read") from error
    if manifest.bytes != archive.getinfo(_CATALOG).file_size:
        raise StoreError(_DAMAGED.format(file=file))
    return manifest


def _unpack(archive: zipfile.ZipFile, to: Path, manifest: Manifest, file: Path) -> None:
    """The catalog out of the backup, no byte more than the manifest tells."""
    hashed, left = hashlib.sha256(), manifest.bytes
    with archive.open(_CATALOG) as source, to.open("wb") as sink:
        while block := source.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            hashed.update(block)
            sink.write(block)
    if left or hashed.hexdigest() != manifest.sha256:
        raise StoreError(_DAMAGED.format(file=file))


def _forget_vectors(coming: Path, file: Path) -> None:
    """What Chroma's files were like says nothing about those that may be in this folder."""
    with _reading(file), closing(_connect(coming, "rw")) as db:
        schema.version_of(db, file)
        if _damage(db):
            raise StoreError(f"{file} is damaged: its catalog is not whole; use another backup")
        # Here or on a Chroma server: the catalog goes back in time, and they don't.
        db.execute("DELETE FROM meta WHERE key = ? OR key LIKE ?", (RECORD, f"{RECORD} at %"))


def _refuse_documents(catalog: Path) -> None:
    if not catalog.exists():
        return
    with _reading(catalog), closing(_connect(catalog, "rw")) as db:
        documents = 0
        if schema.version_of(db, catalog):
            documents = db.execute("SELECT count(*) FROM documents").fetchone()[0]
    if documents:
        raise StoreError(
            f"{catalog.parent} holds {documents:,} documents: restore into another data folder, or let the"
            " backup's take their place with --force"
        )


def _replace(catalog: Path, coming: Path) -> None:
    """In one transaction on the old file; one that SQLite can't open any more is put aside."""
    with _reading(catalog):
        if not _opens(catalog):
            for end in ("-wal", "-shm", ""):
                path = catalog.with_name(catalog.name + end)
                if path.exists():
                    path.replace(path.with_name(f"broken-{path.name}"))
        with closing(_connect(coming, "ro")) as source, closing(_connect(catalog, "rwc")) as db:
            db.execute("PRAGMA synchronous = FULL")
            source.backup(db)


def _opens(catalog: Path) -> bool:
    if not catalog.exists():
        return True
    try:
        with closing(_connect(catalog, "rw")) as db:
            db.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:  # it is locked, or on a broken disk, which says nothing about it
        raise
    except sqlite3.DatabaseError:
        return False
    return True


# ── plumbing ─────────────────────────────────────────────────────────────────────────────────────


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_PATIENCE_SECONDS)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the catalog {path} cannot be used: {error}") from error


@contextmanager
def _reporting(file: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"the backup {file} cannot be {done}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError) as error:
        raise StoreError(f"the backup {file} cannot be {done}, it is damaged: {error}") from error
