"""Documents that people send: kept in the data folder, and taken in one after the other.

``uploads/incoming`` has what was sent and waits, ``uploads`` the files of documents that were taken in: a
version that can't be read does no harm to the one before it.
"""

from __future__ import annotations

import logging
import os
import shutil
import unicodedata
import uuid
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal

from qa.config import Config
from qa.errors import FootnoteError, FullError, LoadError, NotFoundError, StoreError
from qa.index import Receipt
from qa.ingest import Failure
from qa.library import Library
from qa.load import SUFFIXES, Candidate
from qa.load.files import shown
from qa.load.workers import Workers
from qa.types import StoredDocument
from ui.discretion import is_full, sentence_of

_log = logging.getLogger(__name__)
_LONGEST_NAME = 200  # bytes; file systems take 255, and a job's id stands before it
_MOST_JOBS = 1_000  # that have ended and are remembered
_SURPRISE = "Footnote failed: the server's log has more"
_PART = ".part-"  # of the name of a file that is not whole yet


@dataclass(frozen=True, slots=True)
class Job:
    """A document on its way in. ``receipt`` is there when it is done, ``reason`` when it failed."""

    id: str
    source: str
    owner: str
    status: Literal["queued", "running", "done", "failed"] = "queued"
    receipt: Receipt | None = None
    reason: str | None = None


class Uploads:
    """Files that came over the web, and the jobs that take them in. Safe between threads."""

    def __init__(self, library: Library, config: Config) -> None:
        self._library = library
        self._folder = (config.data / "uploads").resolve()
        self._incoming = self._folder / "incoming"
        self._most_bytes = config.max_file_mb * 1_000_000
        self._readers = Workers(seconds=config.load_seconds, memory_mb=config.load_memory_mb)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._noting = Lock()
        self._changing = Lock()  # held while a document is taken in or removed
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="uploads")

    def resume(self) -> None:
        """Go on with what was sent to a server that ended before it had taken it in."""
        waiting = sorted(self._incoming.glob("*"), key=lambda file: file.stat().st_mtime)
        for file in waiting:
            id_, _, source = file.name.partition("-")
            if file.name.startswith(_PART):
                _unlink(file)
            elif source:
                self._queue(Job(id_, source, owner=""))

    def close(self) -> None:
        """Finish the document at hand; those that wait are taken in by the next server."""
        self._worker.shutdown(cancel_futures=True)
        self._readers.close()

    def add(self, name: str, content: BinaryIO, owner: str) -> Job:
        """Keep a file and queue it. Raises LoadError for a name that can't be, StoreError."""
        job = Job(uuid.uuid4().hex, _source(name), owner)
        part = self._incoming / f"{_PART}{job.id}"
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            _write(content, part)
            part.replace(self._sent(job))
        except OSError as error:
            _drop(part)
            raise _not_kept(job, error) from error
        self._queue(job)
        return job

    def job(self, id_: str) -> Job:
        """How far a job is. Raises NotFoundError."""
        with self._noting:
            if id_ not in self._jobs:
                raise no_job()
            return self._jobs[id_]

    def jobs(self) -> list[Job]:
        """The latest jobs, newest first."""
        with self._noting:
            return list(reversed(self._jobs.values()))

    def remove(self, document_id: str) -> StoredDocument:
        """Forget a document, and its file if it was sent here. Raises NotFoundError, StoreError."""
        with self._changing:
            path = Path(self._library.document(document_id).path)
            if path.parent == self._folder:
                _unlink(path)
            return self._library.remove(document_id)

    def _sent(self, job: Job) -> Path:
        return self._incoming / f"{job.id}-{job.source}"

    def _queue(self, job: Job) -> None:
        self._note(job)
        self._worker.submit(self._run, job).add_done_callback(lambda done: self._ended(job, done))

    def _run(self, job: Job) -> Job:
        self._note(replace(job, status="running"))
        sent = self._sent(job)
        try:
            self._readers.read(
                Candidate(sent, job.source), max_bytes=self._most_bytes
            )  # before it replaces what is good
            with self._changing:
                taken = self._take_in(job, sent)
        except LoadError as error:
            taken = Failure(str(error))
        _unlink(sent)
        if isinstance(taken, Failure):
            return replace(job, status="failed", reason=taken.reason)
        return replace(job, status="done", receipt=taken)

    def _take_in(self, job: Job, sent: Path) -> Receipt | Failure:
        beside = self._folder / f"{_PART}{job.id}"
        file = Candidate(self._folder / job.source, job.source)
        try:
            with sent.open("rb") as content:
                _write(content, beside)
            beside.replace(file.path)
        except OSError as error:
            _drop(beside)
            raise _not_kept(job, error) from error
        [taken] = self._library.take_in((file,))
        return taken

    def _ended(self, job: Job, done: Future[Job]) -> None:
        """Whatever happened, a job ends. What could not be stored is tried again by the next server."""
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._note(done.result())
            return
        told = sentence_of(error) if isinstance(error, FootnoteError) else _SURPRISE
        _log.error("an upload failed: %s", error if told != _SURPRISE else type(error).__name__)
        self._note(replace(job, status="failed", reason=told))

    def _note(self, job: Job) -> None:
        with self._noting:
            self._jobs[job.id] = job
            ended = [id_ for id_, each in self._jobs.items() if each.status in ("done", "failed")]
            for id_ in ended[: max(0, len(ended) - _MOST_JOBS)]:
                del self._jobs[id_]


def no_job() -> NotFoundError:
    """What is said of a job that there is not, or that is another's."""
    return NotFoundError("there is no such job, or it ended long ago")


def _not_kept(job: Job, error: OSError) -> StoreError:
    kind = FullError if is_full(error) else StoreError
    return kind(f"{shown(job.source)} cannot be kept: {error.strerror}")


def _source(name: str) -> str:
    """A file's name without folders and whatever else could lead elsewhere. Raises LoadError."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    known = last.lower().endswith(SUFFIXES)
    if not last.isprintable() or last.startswith(".") or len(last.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise LoadError(f"a file needs a name of letters and signs, at most {_LONGEST_NAME} bytes long")
    if not known:
        called = shown(last) or "a file without a name"
        raise LoadError(f"{called} cannot be read; supported: {', '.join(SUFFIXES)}")
    return last


def _write(content: BinaryIO, path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _drop(part: Path) -> None:
    """What is not whole may be left: the next server removes it."""
    with suppress(OSError):
        part.unlink(missing_ok=True)


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{shown(path.name)} cannot be removed: {error.strerror}") from error
