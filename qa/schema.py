"""The catalog's tables, and how their rows become values."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa import likeness
from qa.errors import StoreError
from qa.types import Document, Heading, Page, Passage, Span, StoredDocument, StoredPassage
from qa.words import words

if TYPE_CHECKING:
    from qa.types import FloatArray

Ready = Callable[[sqlite3.Connection, Path], None]
"""Makes the tables in a new file, and sees that one that is there is ours. Raises StoreError."""

EMBEDDER = "embedder"  # the key of its name
_SPELT = range(3, 41)  # letters; longer ones are no words, and shorter ones are all alike
_APPLICATION_ID = 0x466F6F74  # "Foot": tells our file from any other SQLite database
_WORDS = """
CREATE TABLE words (length INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY (length, word)) WITHOUT ROWID;
"""
FULL_TEXT = """
CREATE VIRTUAL TABLE full_text USING fts5(title, heading, text, tokenize='porter unicode61');
"""
_FILES = (
    """CREATE TABLE looks (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
    device INTEGER NOT NULL, looked_ns INTEGER NOT NULL, version TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE failures (
    path TEXT PRIMARY KEY, source TEXT NOT NULL, reason TEXT NOT NULL, failed_at TEXT NOT NULL)
    WITHOUT ROWID""",
    """CREATE TABLE sketches (
    document_id TEXT PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    text_sha256 TEXT NOT NULL, sketch BLOB)""",
    "CREATE INDEX sketches_by_text ON sketches(text_sha256)",
    """CREATE TABLE bands (
    key INTEGER NOT NULL, document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    PRIMARY KEY (key, document_id)) WITHOUT ROWID""",
    "CREATE INDEX bands_by_document ON bands(document_id)",
    "CREATE INDEX documents_by_sha256 ON documents(sha256)",
)
"""How files looked, which could not be read, and what tells documents that are alike."""
_TABLES = f"""{_WORDS}{FULL_TEXT}
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, source TEXT NOT NULL, title TEXT NOT NULL,
    published TEXT, sha256 TEXT NOT NULL, extractor TEXT NOT NULL, chunker TEXT NOT NULL,
    text TEXT NOT NULL, characters INTEGER NOT NULL, headings TEXT NOT NULL, pages TEXT NOT NULL,
    warnings TEXT NOT NULL, indexed_at TEXT NOT NULL, empty_pages TEXT NOT NULL DEFAULT '[]');
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL,
    tokens INTEGER NOT NULL, heading TEXT, page INTEGER, headings TEXT NOT NULL,
    vector BLOB NOT NULL);
CREATE INDEX passages_by_document ON passages(document_id);
{";".join(_FILES)};
"""
PASSAGE_COLUMNS = """p.id, p.document_id, d.source, d.title, d.published, d.sha256, p.start, p."end", p.text,
    p.sentences, p.tokens, p.heading, p.page, p.headings"""
PASSAGE_ROW = 'id, document_id, start, "end", text, sentences, tokens, heading, page, headings, vector'
DOCUMENT_COLUMNS = """d.id, d.path, d.source, d.title, d.published, d.sha256, d.extractor, d.chunker,
    d.characters, (SELECT count(*) FROM passages p WHERE p.document_id = d.id), d.warnings, d.indexed_at,
    json_array_length(d.pages), d.empty_pages"""
WHOLE_DOCUMENT_COLUMNS = "path, source, title, published, sha256, extractor, text, headings, pages, warnings"


def connect(path: Path, ready: Ready | None = None) -> sqlite3.Connection:
    """Open or make a file of ours, which ``ready`` looks at and fills: by default a catalog's (``prepare``).

    Raises what that raises, and sqlite3.Error.
    """
    ready = ready or prepare
    try:
        return _connect(path, ready)
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith("SQLITE_IOERR_SHM"):
            raise
        # There is no room for the file by which SQLite's processes share their index of the log. Alone it
        # keeps that in memory: the file can be read, log and all.
        return _connect(path, ready, alone=True)


def is_full(error: Exception) -> bool:
    """Whether SQLite failed because the disk is full."""
    return getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"


def _connect(path: Path, ready: Ready, *, alone: bool = False) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1.0)
    try:
        if alone:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        ready(db, path)
    except BaseException:
        db.close()
        raise
    return db


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file, bring those of an older version up to this one.

    Raises StoreError for a file that is not a catalog or has a newer version's schema.
    """
    version = version_of(db, path)
    if version == 0:
        db.executescript(
            f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID};"
            f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    else:
        _migrate(db, version)
    keep_safe(db)


def keep_safe(db: sqlite3.Connection) -> None:
    """What is committed stays, and what belongs together goes together. For a file known to be ours."""
    db.execute("PRAGMA journal_mode = WAL")  # written into the file
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """The version of a catalog's schema, 0 for an empty file.

    Raises StoreError for a file that is not a catalog or has a newer version's schema.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and application == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        return 0
    if application != _APPLICATION_ID:
        raise StoreError(f"{path} is not a Footnote catalog; choose another data folder")
    if not 1 <= version <= SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema {version}, this Footnote reads {SCHEMA_VERSION}:"
            " use the version of Footnote that made it, or index again into a new data folder"
        )
    return version


def _migrate(db: sqlite3.Connection, version: int) -> None:
    """Step by step up to this version; each step is done whole or not at all."""
    for to, step in enumerate(_STEPS[version - 1 :], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA user_version = {to}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def _add_words(db: sqlite3.Connection) -> None:
    """The table of words, filled from the full text."""
    db.execute(_WORDS)
    for texts in db.execute("SELECT title, heading, text FROM full_text"):
        put_words(db, texts)


def _add_files(db: sqlite3.Connection) -> None:
    """What is kept of files, and what tells documents that are alike, made of their texts."""
    db.execute("ALTER TABLE documents ADD COLUMN empty_pages TEXT NOT NULL DEFAULT '[]'")
    for statement in _FILES:
        db.execute(statement)
    for id_, text, pages in db.execute("SELECT id, text, pages FROM documents"):
        put_sketch(db, id_, text)
        empty = [number for number, start, end in json.loads(pages) if not text[start:end].strip()]
        db.execute("UPDATE documents SET empty_pages = ? WHERE id = ?", (json.dumps(empty), id_))


_STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_add_words, _add_files)
"""What brings a catalog of version 1 to 2, and so on."""

SCHEMA_VERSION = 1 + len(_STEPS)


def put_words(db: sqlite3.Connection, texts: Iterable[str]) -> None:
    """Remember the words of folded texts, by which misspelt ones are put right.

    Words stay when their documents go; whoever uses one sees that it still stands somewhere.
    """
    each = {word for text in texts for word in text.split() if word.isalpha() and len(word) in _SPELT}
    db.executemany("INSERT OR IGNORE INTO words VALUES (?, ?)", [(len(word), word) for word in each])


def put_sketch(db: sqlite3.Connection, document_id: str, text: str) -> None:
    """Remember by what texts that are like this one are found."""
    sketch = likeness.sketch(text)
    packed = None if sketch is None else likeness.pack(sketch)
    db.execute("INSERT INTO sketches VALUES (?, ?, ?)", (document_id, digest(text), packed))
    keys = set() if sketch is None else set(likeness.bands(sketch))
    db.executemany("INSERT INTO bands VALUES (?, ?)", [(key, document_id) for key in keys])


def document_row(document_id: str, document: Document, chunker: str) -> tuple[object, ...]:
    """A row for ``documents``."""
    return (
        document_id,
        document.path,
        document.source,
        document.title,
        document.published.isoformat() if document.published else None,
        document.sha256,
        document.extractor,
        chunker,
        document.text,
        len(document.text),
        _headings(document.headings),
        json.dumps([(p.number, p.start, p.end) for p in document.pages]),
        json.dumps(document.warnings),
        now(),
        json.dumps(document.empty_pages),
    )


def passage_row(document_id: str, title: str, passage: Passage, vector: FloatArray) -> tuple[Any, ...]:
    """A row for ``passages``. The id is made of all that the vector depends on and where it stands."""
    parts = (document_id, str(passage.start), title, passage.heading or "", passage.text)
    return (
        digest(*parts)[:32],
        document_id,
        passage.start,
        passage.end,
        passage.text,
        json.dumps(passage.sentences),
        passage.tokens,
        passage.heading,
        passage.page,
        _headings(passage.headings),
        np.ascontiguousarray(vector, dtype=np.float32).tobytes(),
    )


def full_text_row(rowid: int, *texts: str) -> tuple[int, *tuple[str, ...]]:
    """A row for ``full_text``: the words as a question's are taken, so that the two meet in every script."""
    return (rowid, *(" ".join(words(text)) for text in texts))


def stored_document(row: tuple[Any, ...]) -> StoredDocument:
    """A row of ``DOCUMENT_COLUMNS`` as a value."""
    id_, path, source, title, published, sha256 = row[:6]
    extractor, chunker, characters, passages, warnings, indexed_at, pages, empty_pages = row[6:]
    return StoredDocument(
        id=id_,
        path=path,
        source=source,
        title=title,
        published=to_date(published),
        sha256=sha256,
        extractor=extractor,
        chunker=chunker,
        characters=characters,
        passages=passages,
        warnings=tuple(json.loads(warnings)),
        indexed_at=indexed_at,
        pages=pages,
        empty_pages=tuple(json.loads(empty_pages)),
    )


def document(row: tuple[Any, ...]) -> Document:
    """A row of ``WHOLE_DOCUMENT_COLUMNS`` as it was when it was taken in."""
    path, source, title, published, sha256, extractor, text, headings, pages, warnings = row
    return Document(
        path=path,
        source=source,
        title=title,
        published=to_date(published),
        text=text,
        sha256=sha256,
        extractor=extractor,
        headings=tuple(Heading(*values) for values in json.loads(headings)),
        pages=tuple(to_pages(pages)),
        warnings=tuple(json.loads(warnings)),
    )


def stored_passage(row: tuple[Any, ...]) -> StoredPassage:
    """A row of ``PASSAGE_COLUMNS`` as a value."""
    id_, document_id, source, title, published, sha256 = row[:6]
    start, end, text, sentences, tokens, heading, page, headings = row[6:]
    cut = Passage(
        start=start,
        end=end,
        text=text,
        sentences=tuple(Span(*span) for span in json.loads(sentences)),
        tokens=tokens,
        heading=heading,
        page=page,
        headings=tuple(Heading(*values) for values in json.loads(headings)),
    )
    return StoredPassage(id_, document_id, source, title, to_date(published), sha256, cut)


def to_pages(stored: str) -> list[Page]:
    """What ``documents`` has of a document's pages, as values."""
    return [Page(*values) for values in json.loads(stored)]


def _headings(headings: Sequence[Heading]) -> str:
    return json.dumps([(h.text, h.level, h.start, h.end) for h in headings])


def now() -> str:
    """The present moment as it is kept: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def to_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
