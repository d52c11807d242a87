"""The index: keeps catalog and vectors in step. Documents go in whole; searches see one state."""

from __future__ import annotations

import hashlib
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qa.catalog import Catalog, Change
from qa.chunk import CHUNKER, chunk, embedding_text
from qa.errors import StoreError
from qa.kept import KeptVectors
from qa.lock import FolderLock
from qa.places import place_of
from qa.types import Document, StoredDocument

if TYPE_CHECKING:
    from qa.config import Config
    from qa.embed import Embedder

_EMBEDDER = "embedder"
_PATIENCE_SECONDS = 5.0  # for mending that is nearly done when the index is closed


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one document."""

    document_id: str
    source: str
    outcome: Literal["added", "replaced", "unchanged"]
    passages: int
    characters: int
    warnings: tuple[str, ...]


class Index:
    """The corpus in one data folder, owned by this process until closed."""

    def __init__(
        self, config: Config, embedder: Embedder, *, mending: bool = True, lock: FolderLock | None = None
    ) -> None:
        """Take the data folder and open, or begin, what it holds. Raises LockedError, StoreError.

        ``lock`` is that of the folder where it was taken already; it is released when the index is closed.
        Without ``mending`` the vector index stays closed and as it is, for looking at; see ``KeptVectors``.
        """
        self._config = config
        self.embedder = embedder
        self._writing = threading.Lock()
        self._fingerprint = (-1, "")
        self._chunker = f"{CHUNKER}/{config.passage_tokens}/{config.overlap_tokens}"
        with ExitStack() as opened:
            opened.callback((lock or FolderLock(config.data)).release)
            self.catalog = Catalog(config.catalog_path)
            opened.callback(self.catalog.close)
            self._check_embedder()
            self.vectors = KeptVectors(self.catalog, place_of(config, self.catalog), mending=mending)
            opened.callback(self.vectors.close, _PATIENCE_SECONDS)
            self._opened = opened.pop_all()  # all of it is open: from here on ``close`` closes it

    def close(self) -> None:
        """Give the data folder back once the change that is under way is done. More than once is fine."""
        with self._writing:
            self._opened.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, document: Document) -> Receipt:
        """Chunk, embed and store a document, in place of an older version of the same file.

        Nothing is done for a version that is there already, read and cut in the same way.
        """
        with self._writing:
            known = self.catalog.document_at(document.path)
            if known and _version(known) == (document.sha256, document.extractor, self._chunker):
                return _receipt(known, "unchanged")
            change = self._store(document)
            return _receipt(self.catalog.document(change.document_id), "replaced" if known else "added")

    def remove(self, document_id: str) -> StoredDocument:
        """Forget a document; it can't be found from then on. Raises NotFoundError."""
        with self._writing:
            document = self.catalog.document(document_id)
            self.vectors.follow(self.catalog.remove(document_id), None)
        return document

    @property
    def fingerprint(self) -> str:
        """Names the corpus and how it was cut and embedded; the same on any machine for the same files."""
        revision = self.catalog.revision
        if self._fingerprint[0] != revision:
            self._fingerprint = (revision, self._compute_fingerprint())
        return self._fingerprint[1]

    def _compute_fingerprint(self) -> str:
        parts = [f"{d.source}\0{d.sha256}\0{d.extractor}\0{d.chunker}" for d in self.catalog.documents()]
        return hashlib.sha256("\n".join([self.embedder.name, *parts]).encode()).hexdigest()[:12]

    def _store(self, document: Document) -> Change:
        passages = chunk(
            document, max_tokens=self._config.passage_tokens, overlap_tokens=self._config.overlap_tokens
        )
        texts = [embedding_text(document.title, passage.heading, passage.text) for passage in passages]
        vectors = self.embedder.embed_passages(texts)
        change = self.catalog.put(document, passages, vectors, chunker=self._chunker)
        self.vectors.follow(change, vectors)
        return change

    def _check_embedder(self) -> None:
        known = self.catalog.state(_EMBEDDER)
        if known is None:
            self.catalog.set_state(_EMBEDDER, self.embedder.name)
        elif known != self.embedder.name:
            raise StoreError(
                f"{self._config.data} was indexed with the embedder {known}, this one is"
                f" {self.embedder.name}: index again into a new data folder"
            )


def _version(document: StoredDocument) -> tuple[str, str, str]:
    return document.sha256, document.extractor, document.chunker


def _receipt(document: StoredDocument, outcome: Literal["added", "replaced", "unchanged"]) -> Receipt:
    return Receipt(
        document_id=document.id,
        source=document.source,
        outcome=outcome,
        passages=document.passages,
        characters=document.characters,
        warnings=document.warnings,
    )
