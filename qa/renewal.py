"""A second catalog beside the first, of the same documents, cut or embedded anew, and the change-over to it.

The documents' texts are in the catalog, so their files are not needed. The change-over is one transaction on
the first catalog's file, not a change of files: whoever has that file open, a backup in another process for
one, sees it before or after, and a crash leaves it before or after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qa import schema
from qa.catalog import Catalog
from qa.errors import NotFoundError, StoreError
from qa.types import Document, Passage

if TYPE_CHECKING:
    from qa.types import FloatArray

_PATIENCE_SECONDS = 10.0  # for a moment's write by another thread
_COPY = (
    "DELETE FROM passages",
    f"INSERT INTO passages (rowid, {schema.PASSAGE_ROW})"
    f" SELECT rowid, {schema.PASSAGE_ROW} FROM staged.passages",
    "DELETE FROM words",
    "INSERT INTO words (length, word) SELECT length, word FROM staged.words",
    "DROP TABLE full_text",  # at once, while emptying it would take it apart word by word
    schema.FULL_TEXT,
    "INSERT INTO full_text (rowid, title, heading, text)"
    " SELECT rowid, title, heading, text FROM staged.full_text",
    "UPDATE documents SET chunker = (SELECT s.chunker FROM staged.documents s WHERE s.id = documents.id)",
    "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'",
)


class Renewal:
    """The catalog that is to come. What an unfinished one has made is taken up again."""

    def __init__(self, catalog: Catalog, embedder: str, chunker: str) -> None:
        """``embedder`` and ``chunker`` name what makes the vectors and passages. Raises StoreError."""
        self._catalog = catalog
        self._embedder = embedder
        self._chunker = chunker
        self.staged = _open(beside(catalog.path), embedder)

    def close(self) -> None:
        self.staged.close()

    def outstanding(self) -> list[str]:
        """The ids of the documents still to be made; those that are gone meanwhile are forgotten."""
        now = {d.id: (d.path, d.sha256, d.extractor, self._chunker) for d in self._catalog.documents()}
        made = {d.id: (d.path, d.sha256, d.extractor, d.chunker) for d in self.staged.documents()}
        for id_ in made:
            if made[id_] != now.get(id_):
                self.staged.remove(id_)
        return [id_ for id_ in now if made.get(id_) != now[id_]]

    def put(self, id_: str, document: Document, passages: Sequence[Passage], vectors: FloatArray) -> None:
        """Take in a document as it was cut and embedded anew."""
        self.staged.put(document, passages, vectors, chunker=self._chunker, document_id=id_)

    def whole(self, document_id: str) -> Document | None:
        """The document as it was taken in; None if it was removed meanwhile."""
        with suppress(NotFoundError):
            return self._catalog.whole(document_id)
        return None

    @contextmanager
    def change_over(self, forget: str) -> Iterator[Callable[[], None]]:
        """Copies what was made; it is in force once the function that is given is called. Raises StoreError.

        Nothing may be written to the catalog meanwhile. Its other readers see it as it was until then.
        ``forget`` is the key of what it remembers that is right no longer.
        """
        path = self._catalog.path
        try:
            db = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_SECONDS)
            try:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA wal_autocheckpoint = 0")  # readers wait for the commit: not for that, too
                db.execute("ATTACH ? AS staged", (str(self.staged.path),))
                db.execute("BEGIN IMMEDIATE")
                for sql in _COPY:
                    db.execute(sql)
                db.execute("DELETE FROM meta WHERE key = ?", (forget,))
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (schema.EMBEDDER, self._embedder))
                yield lambda: _commit(db)
            finally:
                db.close()  # which undoes what was not committed
        except sqlite3.Error as error:
            raise StoreError(f"the catalog {path} cannot be renewed: {error}; it is as it was") from error


def beside(path: Path) -> Path:
    """Where the catalog that is to replace the one at ``path`` is made."""
    return path.with_name(f"{path.stem}-renewed{path.suffix}")


def discard(path: Path) -> None:
    """Delete a catalog that isn't needed, with the files that SQLite keeps beside it. Raises StoreError."""
    try:
        for end in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be deleted: {error.strerror or error}") from error


def _commit(db: sqlite3.Connection) -> None:
    db.execute("COMMIT")


def _open(path: Path, embedder: str) -> Catalog:
    """The unfinished catalog of this embedder, if there is one, else a new one."""
    with suppress(StoreError):  # what can't be opened is made anew
        staged = Catalog(path)
        if staged.state(schema.EMBEDDER) == embedder:
            return staged
        staged.close()
    discard(path)
    staged = Catalog(path)
    staged.set_state(schema.EMBEDDER, embedder)
    return staged
