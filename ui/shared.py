"""A data folder's library, whoever owns the folder: another process if there is one, else this."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar, Unpack

from qa.build import open_assistant
from qa.config import Config
from qa.errors import LockedError, StoreError
from qa.index import Each, Receipt
from qa.ingest import Failure
from qa.library import Library, OwnedLibrary, State
from qa.load import Candidate
from qa.lock import FolderLock
from qa.prune import Pruned
from qa.types import (
    Answer,
    Asking,
    Event,
    FailedFile,
    ScoredPassage,
    Searching,
    StoredDocument,
    StoredPassage,
    told,
)
from ui.door import Door
from ui.remote import OwnerLeftError, RemoteLibrary, find_owner

_PATIENCE_SECONDS = 1.0  # until it is said that the folder is in use
_LEAVING_SECONDS = 60.0  # for an owner that has let us in to close, which may mean a check of its index
_STEP_SECONDS = 0.05
_AT_ONCE = 10_000  # files of one request
_TRIES = 20  # owners that may leave while one question is asked
_Value = TypeVar("_Value")


@contextmanager
def owned(config: Config) -> Iterator[tuple[OwnedLibrary, FolderLock]]:
    """Own the data folder, with its door open to others. Raises LockedError, StoreError, ModelError."""
    with _owned(config, FolderLock(config.data)) as opened:
        yield opened


@contextmanager
def _owned(
    config: Config, lock: FolderLock, renewing: bool = False
) -> Iterator[tuple[OwnedLibrary, FolderLock]]:
    with ExitStack() as opened:
        opened.callback(lock.release)
        door = Door(lock, config.answering())
        try:
            assistant = opened.enter_context(open_assistant(config, renewing=renewing, lock=lock))
            library = OwnedLibrary(assistant, config)
            door.open(library)
            yield library, lock
        finally:
            door.close()


class SharedLibrary:
    """Uses the library of the folder's owner, and becomes the owner when there is none."""

    def __init__(self, config: Config, tell: Callable[[str], None], *, renewing: bool = False) -> None:
        """``tell`` is given a line when the owner has other settings than ``config``: its own hold.

        ``renewing``: see ``Index``.
        """
        self._config = config
        self._tell = tell
        self._renewing = renewing
        self._finding = threading.Lock()
        self._found: Library | None = None
        self._patience = _PATIENCE_SECONDS
        self._opened = ExitStack()

    def __enter__(self) -> SharedLibrary:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def owned(self) -> OwnedLibrary | None:
        """The library, if this process owns it. None before it was used."""
        return self._found if isinstance(self._found, OwnedLibrary) else None

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        return self._try(lambda library: library.ask(question, **how))

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        answer = self.ask(question, **how)
        yield Searching(answer.searched)
        yield from told(answer)

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        return self._try(lambda library: library.search(question, **how))

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        left, tries = list(files), 0
        while left:
            library = self._library()
            try:
                for taken in library.take_in(tuple(left[:_AT_ONCE])):
                    del left[0]
                    tries = 0
                    yield taken
            except OwnerLeftError:
                self._forget(library)
                tries += 1
                if tries == _TRIES:
                    raise self._too_many_leave() from None

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        return self._try(lambda library: library.documents(limit, offset, search))

    def document(self, document_id: str) -> StoredDocument:
        return self._try(lambda library: library.document(document_id))

    def passages(self, document_id: str) -> list[StoredPassage]:
        return self._try(lambda library: library.passages(document_id))

    def text(self, document_id: str) -> str:
        return self._try(lambda library: library.text(document_id))

    def remove(self, document_id: str) -> StoredDocument:
        try:
            return self._library().remove(document_id)
        except OwnerLeftError as error:  # twice would be an error, if it was removed
            raise StoreError(
                "the owner of the data folder ended meanwhile; see: footnote documents list"
            ) from error

    def failures(self) -> list[FailedFile]:
        return self._try(lambda library: library.failures())

    def prune(self, folders: Sequence[Path]) -> Pruned:
        return self._try(lambda library: library.prune(folders))

    def state(self) -> State:
        return self._try(lambda library: library.state())

    def renew(self, each: Each = iter) -> int:
        return self._try(lambda library: library.renew(each))

    def repair(self) -> int:
        return self._try(lambda library: library.repair())

    def _try(self, work: Callable[[Library], _Value]) -> _Value:
        """Do what may be done twice, with the next owner when one leaves."""
        for _ in range(_TRIES):
            library = self._library()
            try:
                return work(library)
            except OwnerLeftError:
                self._forget(library)
        raise self._too_many_leave()

    def _too_many_leave(self) -> LockedError:
        folder = self._config.data
        return LockedError(f"the owners of the data folder {folder} leave one after the other: try again")

    def _library(self) -> Library:
        with self._finding:
            if self._found is None:
                self._found = self._find()
            return self._found

    def _forget(self, library: Library) -> None:
        with self._finding:
            if self._found is library:
                self._found = None
                self._patience = _LEAVING_SECONDS

    def _find(self) -> Library:
        deadline = time.monotonic() + self._patience
        while True:
            if (remote := self._remote()) is not None:
                return remote
            try:
                lock = FolderLock(self._config.data, patience=_STEP_SECONDS)
            except LockedError:
                if time.monotonic() > deadline:
                    raise
            else:
                return self._opened.enter_context(_owned(self._config, lock, self._renewing))[0]

    def _remote(self) -> RemoteLibrary | None:
        remote = find_owner(self._config.data)
        if remote is None:
            return None
        own = self._config.answering()
        other = sorted(name for name, value in remote.settings.items() if own.get(name, value) != value)
        if other:
            runs = f"the Footnote that runs (process {remote.owner.pid})"
            self._tell(f"{runs} has other settings, which hold: {', '.join(other)}")
        return remote
