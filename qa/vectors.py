"""The vector index: passages' vectors in Chroma, searched by cosine. It can always be made again.

Chroma holds nothing but ids, vectors and the document each belongs to; texts stay in the catalog.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qa.errors import StoreError

if TYPE_CHECKING:
    from chromadb.api.client import Client

    from qa.types import FloatArray

_COLLECTION = "passages"
_BATCH = 1_000
_IN_A_FILTER = 10_000  # Chroma fails at SQLite's limit of about 32,000 bound parameters


class Vectors:
    """One Chroma collection in a folder of its own."""

    def __init__(self, path: Path) -> None:
        """Open or make the index at ``path``. Raises StoreError."""
        self._path = path
        with self._reporting():
            self._client = _connect(path)
            try:
                self._open()
            except BaseException:
                self._client.close()
                raise

    def _open(self) -> None:
        self._collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,  # Chroma's default one would download a model
            configuration={"hnsw": {"space": "cosine"}},
        )

    def put(self, ids: Sequence[str], documents: Sequence[str], vectors: FloatArray) -> None:
        """Add vectors (n, d), or replace those whose ids are there; ``documents`` has each one's document."""
        with self._reporting():
            for at in range(0, len(ids), _BATCH):
                part = slice(at, at + _BATCH)
                self._collection.upsert(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    metadatas=[{"document_id": document} for document in documents[part]],
                )

    def remove(self, ids: Sequence[str]) -> None:
        with self._reporting():
            for at in range(0, len(ids), _BATCH):
                self._collection.delete(ids=list(ids[at : at + _BATCH]))

    def nearest(self, vector: FloatArray, limit: int, documents: Sequence[str] | None) -> list[str]:
        """The ids of the ``limit`` passages nearest to ``vector`` (d,), nearest first.

        ``documents`` restricts the search to these documents; an empty one matches nothing.
        """
        if documents is None:
            found = self._query(vector, limit, None)
        else:
            parts = (list(documents[at : at + _IN_A_FILTER]) for at in range(0, len(documents), _IN_A_FILTER))
            found = [
                hit for part in parts for hit in self._query(vector, limit, {"document_id": {"$in": part}})
            ]
        return [id_ for _, id_ in sorted(found, key=lambda hit: hit[0])[:limit]]

    def nearest_of_each(self, vectors: FloatArray, limit: int) -> list[list[tuple[float, str]]]:
        """For each of ``vectors`` (n, d) its nearest passages as (distance, id), nearest first."""
        return self._query_all(vectors, limit, None) if len(vectors) else []

    def stored(self, ids: Sequence[str]) -> tuple[list[str], FloatArray]:
        """Those of ``ids`` that are there, and their vectors as they are kept."""
        if not ids:
            return [], np.empty((0, 0), np.float32)
        with self._reporting():
            found = self._collection.get(ids=list(ids), include=["embeddings"])
            return found["ids"], np.asarray(found["embeddings"], np.float32).reshape(len(found["ids"]), -1)

    def _query(self, vector: FloatArray, limit: int, where: Any) -> list[tuple[float, str]]:
        return self._query_all(vector[None, :], limit, where)[0]

    def _query_all(self, vectors: FloatArray, limit: int, where: Any) -> list[list[tuple[float, str]]]:
        with self._reporting():
            found = self._collection.query(
                query_embeddings=vectors, n_results=limit, where=where, include=["distances"]
            )
            hits = zip(found["distances"] or [], found["ids"], strict=True)
            return [list(zip(distances, ids, strict=True)) for distances, ids in hits]

    def count(self) -> int:
        with self._reporting():
            return self._collection.count()

    def ids(self) -> set[str]:
        with self._reporting():
            return set(self._collection.get(include=[])["ids"])

    def clear(self) -> None:
        """Start again with an empty index."""
        with self._reporting():
            self._client.delete_collection(_COLLECTION)
            self._open()

    def close(self) -> None:
        with self._reporting():
            self._client.close()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            # A damaged or closed index raises anything: ChromaError, AttributeError, KeyError … and Rust
            # panics with a PanicException, which can't be imported and is no Exception.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            line = " ".join(str(error).split())
            raise StoreError(f"the vector index {self._path} cannot be used: {line}") from error


def discard(path: Path) -> None:
    """Delete a vector index that cannot be opened; the catalog can make it again."""
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"the vector index {path} cannot be deleted: {error.strerror or error}") from error


def _connect(path: Path) -> Client:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(anonymized_telemetry=False)
    try:
        return cast("Client", chromadb.PersistentClient(path=str(path), settings=settings))
    except BaseException:
        # Chroma keeps what it failed to open, and would hand the same out at the next try.
        SharedSystemClient._identifier_to_system.pop(str(path), None)
        SharedSystemClient._identifier_to_refcount.pop(str(path), None)
        raise
