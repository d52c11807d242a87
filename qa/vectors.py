"""The vector index: passages' vectors in Chroma, searched by cosine. It can always be made again.

Chroma holds nothing but ids, vectors and the document each belongs to; texts stay in the catalog. It runs
in this process, on a folder, or as a server. What is sent keeps to the quotas of Chroma Cloud: ids and
metadata are hashes of 32 letters, writes and results number 300 at most.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qa.errors import GoneError, StoreError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.fastapi import FastAPI

    from qa.types import FloatArray

FIRST_WRITE = 1_000
"""Records, put or removed, until Chroma first writes its graph; till then it keeps them in SQLite alone."""

_COLLECTION = "passages"
_CONFIGURATION: Any = {
    "hnsw": {
        "space": "cosine",
        "max_neighbors": 32,
        "ef_construction": 200,
        "ef_search": 400,
        "sync_threshold": FIRST_WRITE,
    }
}
_RECORDS = 300  # a write, a result
_IN_A_FILTER = 10_000  # Chroma fails at SQLite's limit of about 32,000 bound parameters
_ON_A_SERVER = 8  # Chroma Cloud counts each document of a filter as a predicate
_QUESTIONS = 32  # at once: a server has little time to answer
_ASKING_SECONDS, _WRITING_SECONDS = 2.0, 15.0
_LONGEST = 200  # characters of an error that are told


class Vectors:
    """One Chroma collection, here in a folder of its own."""

    in_a_filter = _IN_A_FILTER
    a_page = 10_000
    most_documents: int | None = None
    """Of a filter: with more of them exact search is the better choice."""

    def __init__(self, path: Path) -> None:
        """Open or make the index at ``path``. Raises StoreError."""
        self._written = 0
        self._place = f"the vector index {path}"
        with self._reporting():
            self._client = _connect(path)
            try:
                self._collection = self._searched = self._client.get_or_create_collection(
                    _COLLECTION,
                    embedding_function=None,  # Chroma's default one would download a model
                    configuration=_CONFIGURATION,
                )
            except BaseException:
                self._client.close()
                raise

    @property
    def written(self) -> int:
        """How many records were put or removed since it was opened."""
        return self._written

    def put(self, ids: Sequence[str], documents: Sequence[str], vectors: FloatArray) -> None:
        """Add vectors (n, d), or replace those whose ids are there; ``documents`` has each one's document."""
        self._written += len(ids)
        with self._reporting():
            for at in range(0, len(ids), _RECORDS):
                part = slice(at, at + _RECORDS)
                self._collection.upsert(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    metadatas=[{"document_id": document} for document in documents[part]],
                )

    def remove(self, ids: Sequence[str]) -> None:
        self._written += len(ids)
        with self._reporting():
            for at in range(0, len(ids), _RECORDS):
                self._collection.delete(ids=list(ids[at : at + _RECORDS]))

    def nearest(self, vector: FloatArray, limit: int, documents: Sequence[str] | None) -> list[str]:
        """The ids of the ``limit`` (at most 300) passages nearest to ``vector`` (d,), nearest first.

        ``documents`` restricts the search to these documents; an empty one matches nothing.
        """
        if documents is None:
            found = self._query(vector, limit, None)
        else:
            size = self.in_a_filter
            parts = (list(documents[at : at + size]) for at in range(0, len(documents), size))
            found = [
                hit for part in parts for hit in self._query(vector, limit, {"document_id": {"$in": part}})
            ]
        return [id_ for _, id_ in sorted(found, key=lambda hit: hit[0])[:limit]]

    def nearest_of_each(self, vectors: FloatArray, limit: int) -> list[list[tuple[float, str]]]:
        """For each of ``vectors`` (n, d) its nearest passages as (distance, id), nearest first."""
        parts = (vectors[at : at + _QUESTIONS] for at in range(0, len(vectors), _QUESTIONS))
        return [hits for part in parts for hits in self._query_all(part, limit, None)]

    def stored(self, ids: Sequence[str]) -> tuple[list[str], FloatArray]:
        """Those of ``ids`` that are there, and their vectors as they are kept."""
        found: list[str] = []
        rows: list[FloatArray] = []
        with self._reporting():
            for at in range(0, len(ids), _RECORDS):
                part = self._searched.get(ids=list(ids[at : at + _RECORDS]), include=["embeddings"])
                found += part["ids"]
                rows += [np.asarray(row, np.float32) for row in cast("FloatArray", part["embeddings"])]
        return found, np.stack(rows) if rows else np.empty((0, 0), np.float32)

    def _query(self, vector: FloatArray, limit: int, where: Any) -> list[tuple[float, str]]:
        return self._query_all(vector[None, :], limit, where)[0]

    def _query_all(self, vectors: FloatArray, limit: int, where: Any) -> list[list[tuple[float, str]]]:
        with self._reporting():
            found = self._searched.query(
                query_embeddings=vectors, n_results=min(limit, _RECORDS), where=where, include=["distances"]
            )
            hits = zip(found["distances"] or [], found["ids"], strict=True)
            return [list(zip(distances, ids, strict=True)) for distances, ids in hits]

    def count(self) -> int:
        with self._reporting():
            return self._searched.count()

    def ids(self) -> set[str]:
        found: set[str] = set()
        with self._reporting():
            for at in range(0, self._searched.count(), self.a_page):
                found.update(self._searched.get(include=[], limit=self.a_page, offset=at)["ids"])
        return found

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
            raise self._failure(error) from error

    def _failure(self, error: BaseException) -> StoreError:
        return StoreError(f"{self._place} cannot be used: {_line(error)}")


@dataclass(frozen=True, slots=True)
class Server:
    """A Chroma server: its address, and whose database there. The key is never shown."""

    url: str
    tenant: str = "default_tenant"
    database: str = "default_database"
    key: str = field(default="", repr=False)

    def names(self) -> list[str]:
        """All collections there, other people's too. Raises GoneError, StoreError."""
        found: list[str] = []
        with self._asking() as api:
            while page := api.list_collections(_RECORDS, len(found), self.tenant, self.database):
                found += [model.name for model in page]
        return found

    def delete(self, name: str) -> None:
        """Delete a collection. Raises GoneError, StoreError."""
        with self._asking() as api:
            api.delete_collection(name, self.tenant, self.database)

    @contextmanager
    def _asking(self) -> Iterator[FastAPI]:
        try:
            api = _reach(self, _ASKING_SECONDS)
            try:
                yield api
            finally:
                api._session.close()
        except Exception as error:
            raise self.failure(error) from error

    def failure(self, error: BaseException) -> StoreError:
        """What went wrong in one line without the key: GoneError unless the server spoke of what it has."""
        import chromadb.errors as known

        line = _line(error)
        if self.key:
            line = line.replace(self.key, "…")
        about = (known.NotFoundError, known.InvalidArgumentError, known.InvalidDimensionException)
        if isinstance(error, (*about, known.InternalError)):
            return StoreError(f"the Chroma server {self.url} says: {line}")
        return GoneError(f"the Chroma server {self.url} does not answer as it should: {line}")


class ServedVectors(Vectors):
    """One Chroma collection on a server. Searches wait for two seconds at most, writes for fifteen."""

    in_a_filter = _ON_A_SERVER
    a_page = _RECORDS
    most_documents = 8 * _ON_A_SERVER

    def __init__(self, server: Server, name: str, *, make: bool = False) -> None:
        """Open the collection ``name``, or ``make`` it. Raises GoneError, StoreError."""
        self._written = 0
        self._server = server
        self._apis: list[FastAPI] = []
        with self._reporting():
            from chromadb.api.models.Collection import Collection

            self._apis += [_reach(server, _ASKING_SECONDS), _reach(server, _WRITING_SECONDS)]
            asking, writing = self._apis
            if make:
                model = asking.create_collection(
                    name, configuration=_CONFIGURATION, tenant=server.tenant, database=server.database
                )
            else:
                model = asking.get_collection(name, server.tenant, server.database)
            self._searched = Collection(asking, model, embedding_function=None)
            self._collection = Collection(writing, model, embedding_function=None)

    def close(self) -> None:
        for api in self._apis:
            api._session.close()

    def _failure(self, error: BaseException) -> StoreError:
        return self._server.failure(error)


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


def _reach(server: Server, seconds: float) -> FastAPI:
    """Chroma's client for a server. Nothing is asked yet.

    Not HttpClient, which waits for ever: it asks the server before a time limit can be set.
    """
    from chromadb.api import ServerAPI
    from chromadb.config import Settings, System

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(
        anonymized_telemetry=False,
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=server.url.rstrip("/"),
        chroma_server_http_port=80,  # must be set, and is not used: the address says it
        chroma_server_ssl_enabled=server.url.startswith("https:"),
        chroma_server_headers={"x-chroma-token": server.key} if server.key else {},
    )
    api = System(settings).instance(cast("type[FastAPI]", ServerAPI))
    api._session.timeout = seconds
    return api


def _line(error: BaseException) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
