"""The index: keeps catalog and vectors in step. Documents go in whole; searches see one state."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qa import schema
from qa.catalog import Catalog
from qa.chunk import CHUNKER, chunk, embedding_text
from qa.errors import StoreError
from qa.generation import closed_well
from qa.kept import KeptVectors
from qa.lock import FolderLock
from qa.places import place_of
from qa.renewal import Renewal, beside, discard
from qa.turns import Turns
from qa.types import Document, Passage, StoredDocument, Twin

if TYPE_CHECKING:
    from qa.config import Config
    from qa.embed import Embedder
    from qa.looks import Look
    from qa.types import FloatArray

_PATIENCE_SECONDS = 5.0  # for mending that is nearly done when the index is closed


Outcome = Literal["added", "replaced", "unchanged", "moved"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one document, and what was read.

    ``pages`` is how many it states, ``empty_pages`` are the numbers of those without text. ``duplicate_of``
    has the same text, ``near_duplicates`` nearly so; they are looked for when a document is taken in.
    """

    document_id: str
    source: str
    outcome: Outcome
    passages: int
    characters: int
    warnings: tuple[str, ...]
    pages: int = 0
    empty_pages: tuple[int, ...] = ()
    extractor: str = ""
    duplicate_of: Twin | None = None
    near_duplicates: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A document's passages and their vectors, and the embedder that made them."""

    passages: Sequence[Passage]
    vectors: FloatArray
    embedder: Embedder


Each = Callable[[Sequence[str]], Iterable[str]]
"""Goes through a list of ids, and may show how far it is."""


class Index:
    """The corpus in one data folder, owned by this process until closed."""

    def __init__(
        self,
        config: Config,
        embedder: Embedder,
        *,
        mending: bool = True,
        renewing: bool = False,
        lock: FolderLock | None = None,
    ) -> None:
        """Take the data folder and open, or begin, what it holds. Raises LockedError, StoreError.

        ``lock`` is that of the folder where it was taken already; it is released when the index is closed.
        Without ``mending`` the vector index stays closed and as it is, for looking at; see ``KeptVectors``.
        ``renewing`` opens what another embedder has made, too: ``renew`` must be called first then.
        """
        self._config = config
        self.embedder = embedder
        self._writing = threading.Lock()
        self._renewing = threading.Lock()  # held before _writing
        self._turns = Turns()
        self._fingerprint = (-1, "")
        self._chunker = f"{CHUNKER}/{config.passage_tokens}/{config.overlap_tokens}"
        with ExitStack() as opened:
            opened.callback((lock or FolderLock(config.data)).release)
            self.catalog = Catalog(config.catalog_path)
            opened.callback(self.catalog.close)
            if self.catalog.state(schema.EMBEDDER) is None:
                self.catalog.set_state(schema.EMBEDDER, embedder.name)
            if not renewing:
                self._check_embedder()
                discard(beside(config.catalog_path))  # of a renewal that was cut short
            place = place_of(config, self.catalog)
            if not closed_well(self.catalog.state(place.record)):
                self.catalog.check()
            self.vectors = KeptVectors(self.catalog, place, mending=mending and not renewing)
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

    def add(self, document: Document, *, made: Made | None = None, look: Look | None = None) -> Receipt:
        """Chunk, embed and store a document, in place of an older version of the same file.

        Nothing is done for a version that is there already, read and cut in the same way. ``made`` is what
        was made of it by ``texts`` and the embedder, to store just that; ``look`` is how its file looked
        before it was read.
        """
        with self._writing:
            self._check_embedder()
            known = self.catalog.document_at(document.path)
            if known and self.has(document, known):
                if look:
                    self.catalog.note_look(document.path, look)
                return receipt(known, "unchanged")
            if made is None or made.embedder is not self.embedder:  # it was changed for another meanwhile
                passages, vectors = self._cut(document, self.embedder)
            else:
                passages, vectors = list(made.passages), made.vectors
            change = self.catalog.put(document, passages, vectors, chunker=self._chunker, look=look)
            self.vectors.follow(change, vectors)
            stored = self.catalog.document(change.document_id)
            return receipt(stored, "replaced" if known else "added", self.catalog.twins(stored.id))

    def has(self, document: Document, known: StoredDocument) -> bool:
        """Whether ``known`` is this version of the document, read and cut in the same way."""
        same = (known.sha256, known.extractor, known.title) == (
            document.sha256,
            document.extractor,
            document.title,
        )
        return same and self.is_current(known)

    def is_current(self, known: StoredDocument) -> bool:
        """Whether a document was cut as the settings are now."""
        return known.chunker == self._chunker

    def cut(self, document: Document) -> tuple[list[Passage], list[str]]:
        """The document's passages, and of each what is embedded."""
        passages = chunk(
            document, max_tokens=self._config.passage_tokens, overlap_tokens=self._config.overlap_tokens
        )
        return passages, [embedding_text(document.title, p.heading, p.text) for p in passages]

    def move(self, document_id: str, path: str, source: str) -> None:
        """A document's file lies elsewhere now. Raises NotFoundError."""
        with self._writing:
            self.vectors.follow(self.catalog.move(document_id, path, source), None)

    def remove(self, document_id: str) -> StoredDocument:
        """Forget a document; it can't be found from then on. Raises NotFoundError."""
        with self._writing:
            document = self.catalog.document(document_id)
            self.vectors.follow(self.catalog.remove(document_id), None)
        return document

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Question vectors, passages and their vectors are of one making meanwhile.

        For one question at a time: a renewal waits until it is over, and other readers behind it.
        """
        with self._turns.reading():
            self._check_embedder()
            yield

    def renew(self, embedder: Embedder | None = None, *, each: Each = iter) -> int:
        """Cut all documents as the settings are now and embed them, by ``embedder`` if one is given.

        Questions are answered, and documents change, meanwhile; what is new is in force all at once. ``each``
        is given the ids of the documents to be made. Returns how many documents there are.
        Raises StoreError, ModelError, and leaves all as it was; what was made is taken up again.
        """
        new = embedder or self.embedder
        with self._renewing:
            with closing(Renewal(self.catalog, new.name, self._chunker)) as renewal:
                self._make(renewal, new, each)
                with self.vectors.prepared(renewal.staged), self._writing:
                    self._make(renewal, new, iter)  # what has changed meanwhile
                    self.vectors.turn(renewal.staged, lambda: self._change_over(renewal, new))
                    documents = self.catalog.count_documents()
            with suppress(StoreError):  # it is deleted at the next opening, then
                discard(renewal.staged.path)
        return documents

    @property
    def outdated(self) -> int:
        """How many documents were cut by other settings than are in force."""
        return sum(document.chunker != self._chunker for document in self.catalog.documents())

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

    def _make(self, renewal: Renewal, embedder: Embedder, each: Each) -> None:
        for id_ in each(renewal.outstanding()):
            document = renewal.whole(id_)
            if document is not None:
                passages, vectors = self._cut(document, embedder)
                renewal.put(id_, document, passages, vectors)

    def _change_over(self, renewal: Renewal, embedder: Embedder) -> None:
        with renewal.change_over(forget=self.vectors.record) as commit, self._turns.alone():
            commit()
            self.embedder = embedder
            self._fingerprint = (-1, "")

    def _cut(self, document: Document, embedder: Embedder) -> tuple[list[Passage], FloatArray]:
        """The document's passages and their vectors."""
        passages, texts = self.cut(document)
        return passages, embedder.embed_passages(texts)

    def _check_embedder(self) -> None:
        known = self.catalog.state(schema.EMBEDDER)
        if known != self.embedder.name:
            raise StoreError(
                f"{self._config.data} was indexed with the embedder {known}, this one is"
                f" {self.embedder.name}: embed its documents anew by: footnote index --renew"
            )


def receipt(document: StoredDocument, outcome: Outcome, twins: Sequence[Twin] = ()) -> Receipt:
    """The receipt of a document that is stored."""
    same = next((twin for twin in twins if twin.likeness == 1.0), None)
    return Receipt(
        document_id=document.id,
        source=document.source,
        outcome=outcome,
        passages=document.passages,
        characters=document.characters,
        warnings=document.warnings,
        pages=document.pages,
        empty_pages=document.empty_pages,
        extractor=document.extractor,
        duplicate_of=same,
        near_duplicates=tuple(twin for twin in twins if twin.likeness < 1.0),
    )
