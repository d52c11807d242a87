"""Where generations of the vector index live: folders of our own, or collections on a Chroma server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from qa import generation
from qa.catalog import Catalog
from qa.check import Findings, compare, inspect, spot
from qa.errors import GoneError, StoreError
from qa.generation import Generation, Seal
from qa.vectors import ServedVectors, Server, Vectors, discard

if TYPE_CHECKING:
    from qa.config import Config

_SAMPLE = 500  # searches after a crash
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
_ID = "catalog"


class Place(Protocol):
    """Makes generations, opens, checks and deletes them; raises StoreError."""

    record: str
    """Under which the catalog remembers the generation in force here."""

    def new_name(self) -> str: ...

    def make(self, name: str) -> Vectors:
        """A new, empty generation."""
        ...

    def open(self, name: str) -> Vectors: ...

    def doubt(self, kept: Generation) -> str:
        """Why a generation can't be used just as it is, told without opening it; empty when it can."""
        ...

    def recognise(self, vectors: Vectors) -> None:
        """Raises StoreError when what was opened is not what was left."""
        ...

    def damage(self, kept: Generation, stop: threading.Event) -> str:
        """What only a new generation mends; empty when there is nothing."""
        ...

    def look(self, kept: Generation, sample: int, stop: threading.Event) -> Findings:
        """Every vector beside the catalog's, and searches for ``sample`` of them."""
        ...

    def seal(self, name: str) -> Seal:
        """What its files look like now; empty where it has none of ours."""
        ...

    def left_well(self, name: str, checked: Seal) -> bool:
        """Whether what was closed just now is as it should be; ``checked`` was seen to be so before."""
        ...

    def sweep(self, keep: Sequence[str]) -> None:
        """Delete all generations but these, as far as possible. What isn't ours stays."""
        ...

    def delete(self, name: str) -> None: ...

    def pauses(self) -> Iterator[float]:
        """Seconds to wait before each further try at mending; ends where trying again is of no use."""
        ...


def place_of(config: Config, catalog: Catalog) -> Place:
    """Where the settings say that the vector index is."""
    if not config.chroma_url:
        return Folders(catalog, config.vectors_path)
    where = config.chroma_tenant, config.chroma_database
    return Collections(catalog, Server(config.chroma_url, *where, key=config.chroma_key))


class Folders:
    """Each generation is a folder, with Chroma in this process. Files tell whether it is as it was left."""

    record = generation.RECORD

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder

    def new_name(self) -> str:
        return generation.new_name()

    def make(self, name: str) -> Vectors:
        return Vectors(self._folder / name)

    open = make

    def doubt(self, kept: Generation) -> str:
        if kept.seal is None:
            return "it was not closed in good order"
        if broken := generation.broken_seal(self._folder / kept.name, kept.seal):
            return broken
        return "" if kept.revision == self._catalog.revision else "it is behind the catalog"

    def recognise(self, vectors: Vectors) -> None:
        if vectors.count() != self._catalog.count():
            raise StoreError("it has more or fewer vectors than the catalog")

    def damage(self, kept: Generation, stop: threading.Event) -> str:
        return self.look(kept, _SAMPLE, stop).damage

    def look(self, kept: Generation, sample: int, stop: threading.Event) -> Findings:
        """In a process of its own; files of a sealed generation need not be opened when that is broken."""
        path = self._folder / kept.name
        broken = kept.damage or (kept.seal is not None and generation.broken_seal(path, kept.seal))
        if broken:
            return Findings(failure=broken)
        return inspect(self._catalog.path, path, sample=sample, stop=stop)

    def seal(self, name: str) -> Seal:
        return generation.seal(self._folder / name)

    def left_well(self, name: str, checked: Seal) -> bool:
        """If its graph was written, a check must see it as it is on the disk.

        Chroma says nothing when a full disk cuts its index files short.
        """
        path = self._folder / name
        if generation.graph(generation.seal(path)) == checked:
            return True
        never = threading.Event()
        found = inspect(self._catalog.path, path, sample=_SAMPLE, stop=never)
        return not found.trouble

    def sweep(self, keep: Sequence[str]) -> None:
        for path in generation.leftovers(self._folder, keep):
            with suppress(StoreError):
                self.delete(path.name)

    def delete(self, name: str) -> None:
        discard(self._folder / name)

    def pauses(self) -> Iterator[float]:
        return iter(())


class Collections:
    """Each generation is a collection on a server, trusted when a sample of it is right.

    Their names begin with one that the catalog keeps, so that many data folders can share a server. A
    catalog that was moved or copied takes a new one: the other may still be in use where it was.
    """

    def __init__(self, catalog: Catalog, server: Server) -> None:
        self._catalog = catalog
        self._server = server
        self._prefix = f"footnote-{_identity(catalog)}-"
        self.record = f"vectors at {server.url} {server.tenant} {server.database}"

    def new_name(self) -> str:
        return self._prefix + uuid4().hex[:8]

    def make(self, name: str) -> Vectors:
        return ServedVectors(self._server, name, make=True)

    def open(self, name: str) -> Vectors:
        return ServedVectors(self._server, name)

    def doubt(self, kept: Generation) -> str:
        return "" if kept.name.startswith(self._prefix) else "the data folder was moved or copied"

    def recognise(self, vectors: Vectors) -> None:
        if trouble := spot(self._catalog, vectors).trouble:
            raise StoreError(f"the Chroma server {self._server.url}: {trouble}")

    def damage(self, kept: Generation, stop: threading.Event) -> str:
        """All vectors are compared only when something is wrong with a sample of them."""
        if doubt := self.doubt(kept):
            return doubt
        vectors = self.open(kept.name)
        try:
            if not spot(self._catalog, vectors).damage:
                return ""
            return compare(self._catalog, vectors, _SAMPLE, stop).damage
        finally:
            vectors.close()

    def look(self, kept: Generation, sample: int, stop: threading.Event) -> Findings:
        try:
            vectors = self.open(kept.name)
            try:
                return compare(self._catalog, vectors, sample, stop)
            finally:
                vectors.close()
        except GoneError as error:
            return Findings(gone=str(error))
        except StoreError as error:
            return Findings(failure=str(error))

    def seal(self, name: str) -> Seal:
        return {}

    def left_well(self, name: str, checked: Seal) -> bool:
        return True

    def sweep(self, keep: Sequence[str]) -> None:
        for name in self._server.names():
            if name.startswith(self._prefix) and name not in keep:
                self.delete(name)

    def delete(self, name: str) -> None:
        self._server.delete(name)

    def pauses(self) -> Iterator[float]:
        pause = _FIRST_PAUSE
        while True:
            yield pause
            pause = min(2 * pause, _LONGEST_PAUSE)


def _identity(catalog: Catalog) -> str:
    """Names the catalog among all; made once, and again where its file lies elsewhere."""
    here = str(catalog.path.resolve())
    name, _, there = (catalog.state(_ID) or "").partition(" ")
    if there != here:
        name = uuid4().hex
        catalog.set_state(_ID, f"{name} {here}")
    return name
