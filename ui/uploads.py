"""Documents that people send: kept in the data folder, and taken in one after the other."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import unicodedata
import uuid
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal

from qa.errors import FootnoteError, LoadError, NotFoundError, StoreError
from qa.index import Receipt
from qa.ingest import Failure, find_all
from qa.library import Library
from qa.load import SUFFIXES, Candidate
from qa.load.files import shown
from qa.types import StoredDocument

_log = logging.getLogger(__name__)
_FOLDER = "uploads"
_LONGEST_NAME = 200  # bytes; file systems take 255
_MOST_JOBS = 1_000  # that are remembered


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

    def __init__(self, library: Library, data: Path) -> None:
        self._library = library
        self._folder = data / _FOLDER
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="uploads")

    def resume(self) -> None:
        """Take in what was sent to a server that ended before it had done so; what is known stays."""
        if self._folder.is_dir() and any(self._folder.iterdir()):
            files = [file for file in find_all([self._folder]) if isinstance(file, Candidate)]
            self._worker.submit(lambda: [self._take_in(file) for file in files])

    def close(self) -> None:
        """Finish the document at hand; those that wait are taken in by the next server."""
        self._worker.shutdown(cancel_futures=True)

    def add(self, name: str, content: BinaryIO, owner: str) -> Job:
        """Keep a file and queue it. Raises LoadError for a name that can't be, StoreError."""
        source = _source(name)
        file = Candidate(self._folder.resolve() / source, source)
        self._keep(file, content)
        job = Job(uuid.uuid4().hex, source, owner)
        self._note(job)
        self._worker.submit(self._run, job, file)
        return job

    def job(self, id_: str) -> Job:
        """How far a job is. Raises NotFoundError."""
        with self._lock:
            if id_ not in self._jobs:
                raise no_job()
            return self._jobs[id_]

    def jobs(self) -> list[Job]:
        """The latest jobs, newest first."""
        with self._lock:
            return list(reversed(self._jobs.values()))

    def remove(self, document_id: str) -> StoredDocument:
        """Forget a document, and its file if it was sent here. Raises NotFoundError, StoreError."""
        path = Path(self._library.document(document_id).path)
        if path.parent == self._folder.resolve():  # first, else a crash between would bring it back
            _unlink(path)
        return self._library.remove(document_id)

    def _keep(self, file: Candidate, content: BinaryIO) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as beside:
                try:
                    shutil.copyfileobj(content, beside)
                    beside.flush()
                    os.fsync(beside.fileno())
                    Path(beside.name).replace(file.path)
                except OSError:
                    _unlink(Path(beside.name))
                    raise
        except OSError as error:
            raise StoreError(f"{shown(file.source)} cannot be kept: {error.strerror}") from error

    def _run(self, job: Job, file: Candidate) -> None:
        self._note(replace(job, status="running"))
        self._note(_ended(job, self._take_in(file)))

    def _take_in(self, file: Candidate) -> Receipt | Failure:
        """What becomes of a file. One that can't be read is not kept, one that can't be stored now is."""
        try:
            [taken] = self._library.take_in((file,))
        except FootnoteError as error:
            return Failure(str(error))
        if isinstance(taken, Failure):
            _unlink(file.path)
        return taken

    def _note(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
            while len(self._jobs) > _MOST_JOBS:
                self._jobs.popitem(last=False)


def no_job() -> NotFoundError:
    """What is said of a job that there is not, or that is another's."""
    return NotFoundError("there is no such job, or it ended long ago")


def _ended(job: Job, taken: Receipt | Failure) -> Job:
    if isinstance(taken, Failure):
        return replace(job, status="failed", reason=taken.reason)
    return replace(job, status="done", receipt=taken)


def _source(name: str) -> str:
    """A file's name without folders and whatever else could lead elsewhere. Raises LoadError."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    known = last.lower().endswith(SUFFIXES)
    if not last.isprintable() or last.startswith(".") or len(last.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise LoadError(f"a file needs a name of letters and signs, at most {_LONGEST_NAME} bytes long")
    if not known:
        raise LoadError(
            f"{shown(last) or 'a file without a name'} cannot be read; supported: {', '.join(SUFFIXES)}"
        )
    return last


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{shown(path.name)} cannot be removed: {error.strerror}") from error
