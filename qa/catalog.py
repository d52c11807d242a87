"""The catalog: documents, passages, their vectors and full text, in one SQLite file. The source of truth.

A document is taken whole or not at all. The catalog knows nothing of Chroma; it only remembers, for those
who ask it to, how they left the vector index.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from qa import schema
from qa.errors import FullError, NotFoundError, StoreError
from qa.files import Files
from qa.full_text import MOST_ROWS, FullText
from qa.types import Document, FailedFile, Filters, Page, Passage, StoredDocument, StoredPassage, Twin
from qa.words import fold

if TYPE_CHECKING:
    from qa.looks import Look
    from qa.types import FloatArray

_Item = TypeVar("_Item")
_ROWS_A_QUERY = 500  # well under SQLite's limit of bound parameters


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: ids of the passages that are gone and of those that are there now."""

    document_id: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


class Catalog:
    """One SQLite file. Safe to share between threads: calls take turns."""

    def __init__(self, path: Path) -> None:
        """Open or make the catalog at ``path``. Raises StoreError when it can't be used.

        On a full disk it can be read, though not written.
        """
        self.path = path
        self._lock = threading.RLock()
        self._full_text = FullText(self._all)
        self._files = Files(self._all)
        with self._reporting():
            self._db = schema.connect(path)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def put(  # noqa: PLR0913 - all of one document, which goes in at once
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: FloatArray,
        *,
        chunker: str,
        document_id: str = "",
        look: Look | None = None,
    ) -> Change:
        """Store a document with its passages and their vectors (n, d), in place of its old version.

        ``chunker`` names what cut the passages, and how. The id is the old version's, or ``document_id``, or
        else is made. ``look`` is how the file looked before it was read.
        """
        with self._writing() as db:
            id_ = self._id_for(document, document_id)
            removed = self._delete(id_)
            db.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                schema.document_row(id_, document, chunker),
            )
            rows = [
                schema.passage_row(id_, document.title, passage, vector)
                for passage, vector in zip(passages, vectors, strict=True)
            ]
            db.executemany(
                f"INSERT INTO passages ({schema.PASSAGE_ROW}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows
            )
            stored = self._all(
                "SELECT rowid, coalesce(heading, ''), text FROM passages WHERE document_id = ?", id_
            )
            searched = [
                schema.full_text_row(rowid, document.title, heading, text) for rowid, heading, text in stored
            ]
            db.executemany("INSERT INTO full_text (rowid, title, heading, text) VALUES (?,?,?,?)", searched)
            schema.put_words(db, (text for _, *texts in searched for text in texts))
            schema.put_sketch(db, id_, document.text)
            self._files.note(document.path, look)
        added = tuple(row[0] for row in rows)
        return Change(id_, tuple(set(removed) - set(added)), added)

    def remove(self, document_id: str) -> Change:
        """Forget a document. Raises NotFoundError when there is none of that id."""
        with self._writing():
            if not self._one("SELECT 1 FROM documents WHERE id = ?", document_id):
                raise _no_document(document_id)
            self._files.forget(document_id)
            return Change(document_id, self._delete(document_id), ())

    def move(self, document_id: str, path: str, source: str) -> Change:
        """A document's file lies elsewhere now. Raises NotFoundError when there is none of that id."""
        with self._writing() as db:
            if not self._one("SELECT 1 FROM documents WHERE id = ?", document_id):
                raise _no_document(document_id)
            self._files.forget(document_id)
            db.execute("UPDATE documents SET path = ?, source = ? WHERE id = ?", (path, source, document_id))
        return Change(document_id, (), ())

    def note_look(self, path: str, look: Look) -> None:
        """The file of a document looks like this now, and has the same content."""
        with self._reporting(), self._lock:
            self._files.note(path, look)

    def note_failure(self, path: str, source: str, reason: str, look: Look | None) -> None:
        """A file could not be taken in. With ``look`` it need not be tried again while it looks so."""
        with self._reporting(), self._lock:
            self._files.note_failure(FailedFile(path, source, reason, schema.now()), look)

    def forget_failure(self, path: str) -> None:
        """A file is of no more interest."""
        with self._reporting(), self._lock:
            self._files.forget_failure(path)

    def set_state(self, key: str, value: str) -> None:
        """Remember a value: the embedder's name, how the vector index was left."""
        with self._reporting(), self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _delete(self, id_: str) -> tuple[str, ...]:
        ids = tuple(row[0] for row in self._all("SELECT id FROM passages WHERE document_id = ?", id_))
        self._db.execute(
            "DELETE FROM full_text WHERE rowid IN (SELECT rowid FROM passages WHERE document_id = ?)", (id_,)
        )
        self._db.execute("DELETE FROM documents WHERE id = ?", (id_,))
        return ids

    def _id_for(self, document: Document, given: str) -> str:
        """The id of the document at this path; for a new one, an id made of its source.

        So a document that was removed and comes back has its id again, and links lead to it.
        """
        known = self._one("SELECT id FROM documents WHERE path = ?", document.path)
        if known is None and given:
            return given
        attempt = 0
        while known is None:
            id_ = schema.digest(document.source, str(attempt))[:16]
            if self._one("SELECT 1 FROM documents WHERE id = ?", id_) is None:
                return id_
            attempt += 1
        return str(known[0])

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def state(self, key: str) -> str | None:
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else str(row[0])

    @property
    def revision(self) -> int:
        """How many times the documents have changed."""
        return int(self.state("revision") or 0)

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        """Documents by source: all, or ``limit`` from the one at ``offset`` on.

        ``search`` leaves those whose source and title have each of its words, or words that hold it.
        """
        # First which: a row's later columns lie behind its text, and to order all would read all texts.
        chosen = "SELECT id FROM documents ORDER BY source, path LIMIT ? OFFSET ?"
        values: tuple[object, ...] = (limit, offset)
        if terms := fold(search).split():
            found = self._named(terms)[offset:]
            chosen = "SELECT value FROM json_each(?)"
            values = (json.dumps(found if limit < 0 else found[:limit]),)
        rows = self._all(
            f"SELECT {schema.DOCUMENT_COLUMNS} FROM documents d WHERE d.id IN ({chosen})"
            " ORDER BY d.source, d.path",
            *values,
        )
        return [schema.stored_document(row) for row in rows]

    def _named(self, terms: Sequence[str]) -> list[str]:
        """The ids of documents, by source, that are called so."""
        rows = self._all("SELECT id, source, title FROM documents ORDER BY source, path")
        called = ((id_, fold(f"{source} {title}")) for id_, source, title in rows)
        return [id_ for id_, name in called if all(term in name for term in terms)]

    def document(self, document_id: str) -> StoredDocument:
        """The document of that id. Raises NotFoundError."""
        row = self._one(f"SELECT {schema.DOCUMENT_COLUMNS} FROM documents d WHERE d.id = ?", document_id)
        if row is None:
            raise _no_document(document_id)
        return schema.stored_document(row)

    def document_at(self, path: str) -> StoredDocument | None:
        """The document of the file at ``path``, if there is one."""
        row = self._one(f"SELECT {schema.DOCUMENT_COLUMNS} FROM documents d WHERE d.path = ?", path)
        return None if row is None else schema.stored_document(row)

    def with_content(self, sha256: str) -> list[StoredDocument]:
        """The documents of files with these bytes."""
        rows = self._all(
            f"SELECT {schema.DOCUMENT_COLUMNS} FROM documents d WHERE d.sha256 = ? ORDER BY d.source LIMIT ?",
            sha256,
            _ROWS_A_QUERY,
        )
        return [schema.stored_document(row) for row in rows]

    def look(self, path: str) -> Look | None:
        """How the file at ``path`` looked before it was read last."""
        return self._files.look(path)

    def failure(self, path: str) -> FailedFile | None:
        """Why the file at ``path`` could not be taken in, if it is one that could not."""
        return self._files.failure(path)

    def failures(self) -> list[FailedFile]:
        """All files that could not be taken in, by source."""
        return self._files.failures()

    def twins(self, document_id: str, most: int = 5) -> list[Twin]:
        """Documents with the same text or nearly so, the most alike first."""
        return self._files.twins(document_id, most)

    def whole(self, document_id: str) -> Document:
        """The document as it was taken in. Raises NotFoundError."""
        row = self._one(f"SELECT {schema.WHOLE_DOCUMENT_COLUMNS} FROM documents WHERE id = ?", document_id)
        if row is None:
            raise _no_document(document_id)
        return schema.document(row)

    def text(self, document_id: str) -> str:
        """The stored text, which all offsets count in. Raises NotFoundError."""
        row = self._one("SELECT text FROM documents WHERE id = ?", document_id)
        if row is None:
            raise _no_document(document_id)
        return str(row[0])

    def pages(self, document_id: str) -> list[Page]:
        """Where the pages that it states stand in the stored text, in order. Raises NotFoundError."""
        row = self._one("SELECT pages FROM documents WHERE id = ?", document_id)
        if row is None:
            raise _no_document(document_id)
        return schema.to_pages(row[0])

    def count_documents(self) -> int:
        """How many documents there are."""
        row = self._one("SELECT count(*) FROM documents")
        return int(row[0]) if row else 0

    def count(self) -> int:
        """How many passages there are."""
        row = self._one("SELECT count(*) FROM passages")
        return int(row[0]) if row else 0

    def passage_ids(self) -> set[str]:
        return {row[0] for row in self._all("SELECT id FROM passages")}

    def some_ids(self, size: int) -> list[str]:
        """At most ``size`` passages' ids: the newest, and as many of all, taken evenly."""
        newest = self._all("SELECT rowid, id FROM passages ORDER BY rowid DESC LIMIT ?", size // 2)
        stride = max(1, newest[0][0] // (size - len(newest))) if newest else 1
        rows = [
            self._one("SELECT id FROM passages WHERE rowid >= ? ORDER BY rowid LIMIT 1", at)
            for at in range(1, newest[0][0] + 1 if newest else 1, stride)
        ]
        return sorted({row[1] for row in newest} | {row[0] for row in rows if row})[:size]

    def passages(self, ids: Iterable[str]) -> dict[str, tuple[StoredPassage, FloatArray]]:
        """Passages and their vectors by id; ids that are not there are left out."""
        found: dict[str, tuple[StoredPassage, FloatArray]] = {}
        for batch in _batched(list(ids)):
            rows = self._all(
                f"SELECT {schema.PASSAGE_COLUMNS}, p.vector"
                " FROM passages p JOIN documents d ON d.id = p.document_id"
                f" WHERE p.id IN ({_marks(batch)})",
                *batch,
            )
            found |= {
                row[0]: (schema.stored_passage(row[:-1]), np.frombuffer(row[-1], dtype=np.float32))
                for row in rows
            }
        return found

    def passages_of(self, document_id: str) -> list[StoredPassage]:
        """A document's passages, in order. Raises NotFoundError."""
        self.document(document_id)
        rows = self._all(
            f"SELECT {schema.PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.id = p.document_id"
            " WHERE d.id = ? ORDER BY p.start",
            document_id,
        )
        return [schema.stored_passage(row) for row in rows]

    def vectors(self, batch: int = 1_000) -> Iterator[tuple[list[str], list[str], FloatArray]]:
        """Every passage's id, its document's id and its vector, ``batch`` at a time."""
        last = -1
        while rows := self._all(
            "SELECT rowid, id, document_id, vector FROM passages WHERE rowid > ? ORDER BY rowid LIMIT ?",
            last,
            batch,
        ):
            last = rows[-1][0]
            matrix = np.frombuffer(b"".join(row[3] for row in rows), dtype=np.float32).reshape(len(rows), -1)
            yield [row[1] for row in rows], [row[2] for row in rows], matrix

    def matrices(self, documents: Sequence[str] | None) -> Iterator[tuple[list[int], FloatArray]]:
        """Row numbers and vectors of these documents' passages, or of all; some hundreds at a time, or more.

        The quick way through them: ``vectors`` spends half of its time on ids.
        """
        if documents is None:
            last = -1
            sql = "SELECT rowid, vector FROM passages WHERE rowid > ? ORDER BY rowid LIMIT 256"
            while rows := self._all(sql, last):
                last = rows[-1][0]
                yield _matrix(rows)
        else:
            for owner in documents:
                if rows := self._all("SELECT rowid, vector FROM passages WHERE document_id = ?", owner):
                    yield _matrix(rows)

    def ids_at(self, rows: Sequence[int]) -> list[str]:
        """The ids of the passages with these row numbers, in their order; those gone are left out."""
        found: dict[int, str] = {}
        for batch in _batched(list(rows)):
            found |= dict(
                self._all(f"SELECT rowid, id FROM passages WHERE rowid IN ({_marks(batch)})", *batch)
            )
        return [found[row] for row in rows if row in found]

    def vectors_of(self, document_id: str) -> tuple[list[str], FloatArray]:
        """The ids (n) and vectors (n, d) of a document's passages, in reading order."""
        rows = self._all("SELECT id, vector FROM passages WHERE document_id = ? ORDER BY start", document_id)
        matrix = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
        return [row[0] for row in rows], matrix.reshape(len(rows), -1) if rows else matrix.reshape(0, 0)

    def matching(self, filters: Filters) -> tuple[str, ...] | None:
        """The ids of the documents that pass ``filters``; ``None`` when nothing is filtered."""
        if filters == Filters():
            return None
        wanted = None if filters.documents is None else frozenset(filters.documents)
        rows = self._all("SELECT id, published FROM documents")
        return tuple(
            id_
            for id_, published in rows
            if (wanted is None or id_ in wanted) and _within(filters, schema.to_date(published))
        )

    def lexical(
        self,
        terms: Sequence[str],
        limit: int,
        documents: Sequence[str] | None,
        *,
        also: Sequence[str] = (),
        most_rows: int = MOST_ROWS,
    ) -> list[tuple[str, float]]:
        """The ``limit`` best passages for any of ``terms`` by BM25 (higher is better), best first.

        Behind them come those passages of ``also`` (ids) that have any of the rarer terms. Terms put up about
        ``most_rows`` passages for scoring, the rarest first.
        """
        return self._full_text.search(terms, limit, documents, also, most_rows)

    def passages_with(self, word: str, most: int = -1) -> int:
        """How many passages have ``word`` in any inflection, counted up to ``most`` (negative: all)."""
        return self._full_text.passages_with(word, most)

    def words_of_length(self, least: int, most: int) -> list[str]:
        """The words (folded, letters only) that documents have or had, of ``least`` to ``most`` letters."""
        return [
            row[0] for row in self._all("SELECT word FROM words WHERE length BETWEEN ? AND ?", least, most)
        ]

    def check(self) -> None:
        """Look at every page. Raises StoreError when they don't fit together, as in a copy made meanwhile."""
        [damage] = self._all("PRAGMA integrity_check(1)")[0]
        if damage != "ok" or self._all("PRAGMA foreign_key_check"):
            raise StoreError(
                f"the catalog {self.path} is damaged, or was copied while it was written: take it from the"
                " original by footnote backup, or restore an earlier backup"
            )

    # ── plumbing ─────────────────────────────────────────────────────────────────────────────────

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._all(sql, *values)
        return rows[0] if rows else None

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._reporting(), self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that counts as one revision; undone whole when anything goes wrong."""
        with self._reporting(), self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute(
                    "INSERT INTO meta VALUES ('revision', '1')"
                    " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
                )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeEncodeError) as error:  # the latter for lone surrogates
            if schema.is_full(error):
                raise FullError(
                    f"the disk is full, the catalog {self.path} cannot be written: make room there;"
                    " what is indexed is kept"
                ) from error
            raise StoreError(f"the catalog {self.path} cannot be used: {error}") from error


def _no_document(document_id: str) -> NotFoundError:
    return NotFoundError(f"no document has the id {document_id!r}; see: footnote documents list")


def _within(filters: Filters, published: date | None) -> bool:
    if filters.after is not None and (published is None or published < filters.after):
        return False
    return filters.before is None or (published is not None and published <= filters.before)


def _matrix(rows: list[tuple[Any, ...]]) -> tuple[list[int], FloatArray]:
    vectors = np.frombuffer(b"".join([row[1] for row in rows]), dtype=np.float32)
    return [row[0] for row in rows], vectors.reshape(len(rows), -1)


def _batched(items: list[_Item]) -> Iterator[list[_Item]]:
    for at in range(0, len(items), _ROWS_A_QUERY):
        yield items[at : at + _ROWS_A_QUERY]


def _marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))
