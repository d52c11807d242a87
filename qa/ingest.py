"""Taking files into the index: each ends in a receipt or a failure that says why; none stops the others.

Four things go on at the same time: processes read files, threads cut documents, the embedder embeds the
passages of several documents together, and what is ready is stored, document by document, in the order of
the files. What is ahead is bounded by number and by size, whatever the files are.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.config import Config
from qa.errors import LoadError, StoreError
from qa.index import Index, Made, Receipt, receipt
from qa.load import Candidate, refuse_unknown
from qa.load.workers import UnreadableError, Workers
from qa.looks import Look, is_missing, look_at
from qa.models.runtime import cores
from qa.pipeline import Room, in_order, one_ahead
from qa.survey import IGNORE_FILE, Failure, find_all, survey
from qa.types import Document, Passage, StoredDocument

if TYPE_CHECKING:
    from qa.types import FloatArray

__all__ = ["IGNORE_FILE", "Failure", "Progress", "find_all", "ingest", "survey"]

Progress = Callable[[str, int, int], None]
"""Told of a large document: its source, how many of its passages are embedded, and how many it has."""

_AS_BEFORE = "it has not changed since; --retry-failed reads it again"
_BROKEN_OFF = Failure("reading was broken off")
_MOST_AHEAD = 64  # files
_MOST_CHARS_AHEAD = 4_000_000
_PASSAGES_A_CORE = 16  # embedded together; so many that cores seldom wait for the last
_MOST_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of a file: all of it, or a document that still has to be embedded (``texts``) and stored.

    ``file`` is None where there is nothing to keep; ``look`` is kept, if there is one.
    """

    turn: int
    file: Candidate | None
    came: Receipt | Failure | Document
    look: Look | None = None
    passages: Sequence[Passage] = ()
    texts: Sequence[str] = ()
    made: Made | None = None


def ingest(
    index: Index, files: Sequence[Candidate | Failure], config: Config, tell: Progress | None = None
) -> Generator[Receipt | Failure, None, None]:
    """Load and store each file in turn; what could not be loaded comes out as its failure.

    A file that looks as it did when it was read last is not read. Raises StoreError when the index itself
    fails: nothing more can be taken in then. What has come out is stored for good.
    """
    room = Room(_MOST_CHARS_AHEAD)
    with Workers(seconds=config.load_seconds, memory_mb=config.load_memory_mb) as workers:
        reading = _Reading(index, config, workers, room)
        threads = config.load_processes or min(cores(), _MOST_PROCESSES)
        read = in_order(reading.read, list(enumerate(files)), threads=threads, most=_MOST_AHEAD)

        def stop() -> None:
            room.close()
            workers.close()

        with (
            closing(read),
            closing(_embedded(index, config, read, room, tell)) as batches,
            closing(one_ahead(batches, stop)) as ready,
        ):
            for batch in ready:
                with index.vectors.together():
                    for one in batch:
                        stored = _store(index, one)
                        room.leave(one.turn)
                        yield stored


class _Reading:
    """The first step: looks at a file, reads it if need be, and cuts it."""

    def __init__(self, index: Index, config: Config, workers: Workers, room: Room) -> None:
        self._index = index
        self._catalog = index.catalog
        self._max_bytes = config.max_file_mb * 1_000_000
        self._workers = workers
        self._room = room

    def read(self, numbered: tuple[int, Candidate | Failure]) -> _Read:
        turn, file = numbered
        if isinstance(file, Failure):
            return _Read(turn, None, file)
        if self._room.closed:
            return _Read(turn, None, _BROKEN_OFF)
        look, path = look_at(file.path), str(file.path)
        before, known = self._catalog.look(path), self._catalog.document_at(path)
        current = known if known and self._index.is_current(known) else None
        if look and before and before.still(look) and not file.again:
            if failed := self._catalog.failure(path):
                same = Failure(f"{failed.reason} ({_AS_BEFORE})", file.source)
                return _Read(turn, None, same)
            if current:
                return _Read(turn, None, receipt(current, "unchanged"))
        readable = before is not None and look is not None and before.version == look.version
        try:
            refuse_unknown(file.path, file.source)
            document = self._workers.read(
                file, max_bytes=self._max_bytes, known=current.sha256 if current and readable else ""
            )
        except LoadError as error:
            lasting = None if isinstance(error, UnreadableError) else look
            return _Read(turn, file, Failure(str(error), file.source), lasting)
        if document is None:
            return _Read(turn, file, receipt(current, "unchanged") if current else _BROKEN_OFF, look)
        self._room.enter(turn, len(document.text))
        if (known and self._index.has(document, known)) or _moved(self._index, document):
            return _Read(turn, file, document, look)
        passages, texts = self._index.cut(document)
        return _Read(turn, file, document, look, passages, texts)


def _embedded(
    index: Index, config: Config, read: Iterator[_Read | None], room: Room, tell: Progress | None
) -> Generator[list[_Read], None, None]:
    """The second step: what was read, some documents together, with the vectors of their passages."""
    enough = _PASSAGES_A_CORE * (config.threads or cores())
    batch: list[_Read] = []
    texts = 0
    for one in read:
        if room.closed:
            return
        if one is not None:
            batch.append(one)
            texts += len(one.texts)
        if batch and (one is None or texts >= enough or len(batch) == _MOST_AHEAD):
            yield _embed(index, batch, room, enough, tell)
            batch, texts = [], 0
    if batch:
        yield _embed(index, batch, room, enough, tell)


def _embed(
    index: Index, batch: Sequence[_Read], room: Room, at_once: int, tell: Progress | None
) -> list[_Read]:
    """The same, with vectors; ``at_once`` passages at a time, so that it can be broken off between them."""
    import numpy as np

    texts = [text for one in batch for text in one.texts]
    embedder, document = index.embedder, batch[0].came
    parts: list[FloatArray] = []
    for start in range(0, len(texts), at_once):
        if room.closed:
            return []
        parts.append(embedder.embed_passages(texts[start : start + at_once]))
        if tell and len(batch) == 1 and isinstance(document, Document):
            tell(document.source, min(start + at_once, len(texts)), len(texts))
    vectors = np.concatenate(parts) if parts else np.empty((0, embedder.dimension), np.float32)
    done: list[_Read] = []
    at = 0
    for one in batch:
        made = Made(one.passages, vectors[at : at + len(one.texts)], embedder) if one.texts else None
        done.append(replace(one, made=made))
        at += len(one.texts)
    return done


def _store(index: Index, one: _Read) -> Receipt | Failure:
    """The last step: what came of a file is kept."""
    file, came, catalog = one.file, one.came, index.catalog
    if isinstance(came, Failure):
        if file:
            _note_failure(index, file, came, one.look)
        return came
    if isinstance(came, Receipt):
        if file and one.look:
            with suppress(StoreError):  # it is read again next time, that is all
                catalog.note_look(str(file.path), one.look)
        return came
    moved = None if catalog.document_at(came.path) else _moved(index, came)
    if moved is None:
        return index.add(came, made=one.made, look=one.look)
    index.move(moved.id, came.path, came.source)
    return replace(index.add(came, look=one.look), outcome="moved")


def _note_failure(index: Index, file: Candidate, failure: Failure, look: Look | None) -> None:
    with suppress(StoreError):
        if is_missing(file.path):
            index.catalog.forget_failure(str(file.path))
        else:
            index.catalog.note_failure(str(file.path), file.source, failure.reason, look)


def _moved(index: Index, document: Document) -> StoredDocument | None:
    """The document of a file with the same bytes that is no longer where it was."""
    there = index.catalog.with_content(document.sha256)
    missing = [known for known in there if is_missing(Path(known.path))]
    same_name = [known for known in missing if Path(known.path).name == Path(document.path).name]
    return next(iter(same_name or missing), None)
