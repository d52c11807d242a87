"""What people do with a data folder: ask, take documents in, look at them, remove them.

``Library`` is the same for the process that owns the folder and for those that go through it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Unpack

from qa import kept
from qa.assistant import Assistant
from qa.config import Config
from qa.index import Each, Receipt
from qa.ingest import Failure, Progress, ingest
from qa.load import Candidate
from qa.prune import Pruned, prune
from qa.types import Answer, Asking, Event, FailedFile, ScoredPassage, StoredDocument, StoredPassage


@dataclass(frozen=True, slots=True)
class State:
    """How much a library holds, by which settings it answers, and what answers for its vectors.

    ``index`` is the fingerprint of what is indexed (``Index.fingerprint``), ``process`` the owner's id.
    """

    process: int

    embedder: str
    index: str
    settings: Mapping[str, object]
    documents: int
    passages: int
    revision: int
    vectors: kept.State


class Library(Protocol):
    """Every method may raise StoreError, and LockedError when the folder's owner can't be reached."""

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        """The answer, as ``Assistant.ask`` gives it. Raises QuestionError, ConfigError."""
        ...

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        """The answer as it comes about, as ``Assistant.stream`` gives it. Raises as ``ask`` does."""
        ...

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        """The passages that fit best, nothing read. Raises QuestionError."""
        ...

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        """Load and store each file in turn."""
        ...

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        """Documents by source, as ``Catalog.documents`` gives them."""
        ...

    def document(self, document_id: str) -> StoredDocument:
        """What is known of a document. Raises NotFoundError."""
        ...

    def passages(self, document_id: str) -> list[StoredPassage]:
        """A document's passages, in order. Raises NotFoundError."""
        ...

    def text(self, document_id: str) -> str:
        """A document's stored text. Raises NotFoundError."""
        ...

    def remove(self, document_id: str) -> StoredDocument:
        """Forget a document. Raises NotFoundError."""
        ...

    def state(self) -> State:
        """How things stand."""
        ...

    def renew(self, each: Each = iter) -> int:
        """Cut and embed all documents anew; returns how many there are. ``each`` is given their ids.

        Where another process owns the folder, it does so by its own settings, and ``each`` is not called.
        """
        ...

    def failures(self) -> list[FailedFile]:
        """The files that could not be taken in when that was tried last, by source."""
        ...

    def prune(self, folders: Sequence[Path]) -> Pruned:
        """Forget the documents whose files were under ``folders`` and are gone."""
        ...

    def repair(self) -> int:
        """Make the vector index again from the catalog; returns how many vectors it has."""
        ...


class OwnedLibrary:
    """The library of the process that owns the data folder. Safe to share between threads."""

    def __init__(self, assistant: Assistant, config: Config) -> None:
        self.assistant = assistant
        self._index = assistant.index
        self._config = config
        self.progress: Progress | None = None
        """Told how far a large document is that is taken in."""

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        return self.assistant.ask(question, **how)

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        return self.assistant.stream(question, **how)

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        return self.assistant.search(question, **how)

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        yield from ingest(self._index, files, self._config, self.progress)

    def documents(self, limit: int = -1, offset: int = 0, search: str = "") -> list[StoredDocument]:
        return self._index.catalog.documents(limit, offset, search)

    def document(self, document_id: str) -> StoredDocument:
        return self._index.catalog.document(document_id)

    def passages(self, document_id: str) -> list[StoredPassage]:
        return self._index.catalog.passages_of(document_id)

    def text(self, document_id: str) -> str:
        return self._index.catalog.text(document_id)

    def remove(self, document_id: str) -> StoredDocument:
        return self._index.remove(document_id)

    def state(self) -> State:
        catalog = self._index.catalog
        return State(
            process=os.getpid(),
            embedder=self._index.embedder.name,
            index=self._index.fingerprint,
            settings=self._config.answering(),
            documents=catalog.count_documents(),
            passages=catalog.count(),
            revision=catalog.revision,
            vectors=self._index.vectors.state,
        )

    def renew(self, each: Each = iter) -> int:
        return self._index.renew(each=each)

    def failures(self) -> list[FailedFile]:
        return self._index.catalog.failures()

    def prune(self, folders: Sequence[Path]) -> Pruned:
        return prune(self._index, folders)

    def repair(self) -> int:
        return self._index.vectors.rebuild()
