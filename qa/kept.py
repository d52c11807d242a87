"""The vectors that questions are asked of: Chroma while it can be trusted, else exact search.

Each vector index is a generation, in a folder of its own. One that is broken is never mended in place: a
new one is made beside it and put in its place in one step, while questions go on being answered exactly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa import generation
from qa.catalog import Catalog, Change
from qa.check import Findings, inspect
from qa.errors import StoreError
from qa.exact import ExactVectors
from qa.generation import Generation, Seal
from qa.rebuild import bring_into_step, build
from qa.vectors import Vectors, discard

if TYPE_CHECKING:
    from qa.types import FloatArray

_NONE_YET = "there is none yet"
_RENEWED = "the documents were cut or embedded anew"
_SAMPLE = 500  # searches after a crash
_SAMPLE_THOROUGH = 5_000  # searches when a person asks
_LEAVING_SECONDS = 20  # for a check before closing


@dataclass(frozen=True, slots=True)
class State:
    """``chroma`` answers, or exact search does while a new index is made, or until one can be made."""

    by: Literal["chroma", "exact, mending", "exact"]
    why: str = ""
    """What is wrong with the vector index; empty when nothing is."""


@dataclass(frozen=True, slots=True)
class _Live:
    """A vector index in use, the catalog's revision it has, its graph's files as a check last saw them."""

    name: str
    vectors: Vectors
    revision: int
    checked: Seal


class KeptVectors:
    """Nearest passages by whatever is right at the moment. Safe to share between threads."""

    def __init__(self, catalog: Catalog, folder: Path, *, mending: bool = True) -> None:
        """Open the generation in force, if it is as it was left; else begin to mend it.

        Without ``mending`` nothing is opened nor changed, and exact search answers: for looking at a
        broken index, or for making it anew.
        """
        self._catalog = catalog
        self._folder = folder
        self._exact = ExactVectors(catalog)
        self._changing = threading.RLock()
        self._building = threading.Lock()  # held before _changing, never after
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._live: _Live | None = None
        self._coming: tuple[str, Vectors | None] | None = None
        self._retired: list[Vectors] = []
        self._why = ""
        if mending:
            self._open()

    # ── searching ────────────────────────────────────────────────────────────────────────────────

    def nearest(self, vector: FloatArray, limit: int, documents: Sequence[str] | None) -> list[str]:
        """The ids of the ``limit`` passages nearest to ``vector`` (d,), nearest first.

        ``documents`` restricts the search to these documents; an empty one matches nothing.
        """
        live = self._live
        # An index in the middle of a change, or left behind by one that was cut short, is not asked.
        if live is not None and live.revision == self._catalog.revision:
            try:
                return live.vectors.nearest(vector, limit, documents)
            except StoreError as error:
                self._doubt(live, str(error))
        return self._exact.nearest(vector, limit, documents)

    @property
    def state(self) -> State:
        """What answers now, and why."""
        if self._live is not None:
            return State("chroma")
        mending = self._thread is not None and self._thread.is_alive()
        return State("exact, mending" if mending else "exact", self._why)

    @property
    def chroma(self) -> Vectors | None:
        """Chroma itself, while it is trusted."""
        live = self._live
        return None if live is None else live.vectors

    # ── following the catalog ────────────────────────────────────────────────────────────────────

    def follow(self, change: Change, vectors: FloatArray | None) -> None:
        """Bring Chroma to the catalog's state after one change. It never fails: the catalog has it all."""
        with self._changing:
            live = self._live
            if live is None:
                return
            try:
                revision = self._catalog.revision
                if live.revision < revision - 1:  # the change before this was cut short
                    bring_into_step(self._catalog, live.vectors, self._stop)
                if vectors is not None:
                    owners = [change.document_id] * len(change.added)
                    live.vectors.put(change.added, owners, vectors)
                live.vectors.remove(change.removed)
            except StoreError as error:
                self._doubt(live, str(error))
            else:
                self._live = replace(live, revision=revision)

    # ── opening, mending and closing ─────────────────────────────────────────────────────────────

    def _open(self) -> None:
        kept = self._remembered()
        why = _reason(kept, self._folder, self._catalog.revision)
        try:
            self._sweep(kept)
            if kept is not None and not why:
                self._use(kept)
            elif kept is None and not self._catalog.count():
                self._begin_anew()
            else:
                self._mend(kept, why)
        except StoreError as error:
            self._mend(None, str(error))

    def _use(self, kept: Generation) -> None:
        """Open what is as it was left."""
        self._remember(replace(kept, seal=None))  # it is in use from now on
        vectors = Vectors(self._folder / kept.name)
        try:
            if vectors.count() != self._catalog.count():
                raise StoreError("it has more or fewer vectors than the catalog")
        except BaseException:
            vectors.close()
            raise
        self._live = _Live(kept.name, vectors, kept.revision, generation.graph(kept.seal or {}))

    def _doubt(self, live: _Live, why: str) -> None:
        """Stop asking Chroma, and make it anew."""
        with self._changing:
            if self._live is not None and self._live.vectors is live.vectors:  # else another thread saw to it
                self._live = None
                self._retired.append(live.vectors)  # not closed yet: others may still be searching it
                self._mend(None, why)

    def _mend(self, kept: Generation | None, why: str) -> None:
        """In a thread: use ``kept`` if it turns out to be sound, else a new generation."""
        self._why = why
        if not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, args=(kept,), name="mending", daemon=True)
            self._thread.start()

    def _run(self, kept: Generation | None) -> None:
        try:
            with self._building:
                if self._live is None and not (kept is not None and self._revive(kept)):
                    self._begin_anew()
        except StoreError as error:
            self._why = str(error)

    def _revive(self, kept: Generation) -> bool:
        """Use a generation that may be sound, once it was looked at and brought into step; whether it was."""
        path = self._folder / kept.name
        try:
            if damage := self._look(kept, _SAMPLE).damage:
                raise StoreError(damage)
            self._remember(replace(kept, seal=None))
            checked = generation.graph(generation.seal(path))
            self._swap(kept.name, Vectors(path), checked)
        except StoreError as error:
            self._why = str(error)
            return False
        return True

    def _look(self, kept: Generation, sample: int) -> Findings:
        """What a check finds; the files of a sealed generation need not be opened when the seal is broken."""
        path = self._folder / kept.name
        broken = kept.damage or (kept.seal is not None and generation.broken_seal(path, kept.seal))
        if broken:
            return Findings(failure=broken)
        return inspect(self._catalog.path, path, sample=sample, stop=self._stop)

    def _begin_anew(self) -> None:
        name = generation.new_name()
        self._swap(name, build(self._catalog, self._folder / name, self._stop), {})

    def _swap(self, name: str, vectors: Vectors, checked: Seal) -> None:
        """Bring ``vectors`` up to the catalog and ask it from then on; the other generations are given up."""
        with self._changing:
            try:
                revision = self._catalog.revision
                bring_into_step(self._catalog, vectors, self._stop)
                self._take(name, vectors, revision, checked)
            except BaseException:
                vectors.close()
                raise

    def _take(self, name: str, vectors: Vectors, revision: int, checked: Seal) -> None:
        """Ask ``vectors``, which are in step with the catalog's ``revision``, from now on."""
        self._remember(Generation(name, revision))
        if self._live is not None:
            self._retired.append(self._live.vectors)
        self._live, self._why = _Live(name, vectors, revision, checked), ""
        self._retire()
        self._sweep(Generation(name, revision))

    def _retire(self) -> None:
        while self._retired:
            with suppress(StoreError):  # it is broken, and about to be deleted
                self._retired.pop().close()

    def _sweep(self, kept: Generation | None) -> None:
        """Delete the other generations; what can't be deleted is tried again at the next opening."""
        coming = self._coming and self._coming[0]
        for path in generation.leftovers(self._folder, kept.name if kept else None):
            if path.name != coming:
                with suppress(StoreError):
                    discard(path)

    def _remembered(self) -> Generation | None:
        return generation.load(self._catalog.state(generation.RECORD))

    def _remember(self, kept: Generation) -> None:
        self._catalog.set_state(generation.RECORD, kept.dump())

    def _remember_sealed(self, kept: Generation) -> None:
        self._remember(replace(kept, seal=generation.seal(self._folder / kept.name)))

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until mending is over; whether it is."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def close(self, patience: float = 0.0) -> None:
        """Seal what is in use. Mending may take ``patience`` seconds more, else it is given up."""
        self.settle(patience)
        self._stop.set()
        self.settle()
        with self._changing:
            live, self._live = self._live, None
            self._retire()
            with suppress(StoreError):  # what is not sealed is looked at when opened next
                if live is not None:
                    live.vectors.close()
                    if live.revision == self._catalog.revision:
                        self._leave(live)

    def _leave(self, live: _Live) -> None:
        """Seal what was closed; if its graph was written, only once a check has seen it as it is on the disk.

        Chroma says nothing when a full disk cuts its index files short.
        """
        kept = Generation(live.name, live.revision)
        path = self._folder / live.name
        if generation.graph(generation.seal(path)) != live.checked:
            never = threading.Event()
            findings = inspect(self._catalog.path, path, sample=_SAMPLE, stop=never, seconds=_LEAVING_SECONDS)
            if findings.trouble:
                return
        self._remember_sealed(kept)

    # ── turning to a catalog made anew ───────────────────────────────────────────────────────────

    @contextmanager
    def prepared(self, staged: Catalog) -> Iterator[None]:
        """The index of a catalog that is to replace this one is there beside the one that is in use.

        Where that fails, it is made after the change-over, like one that is mended.
        """
        name = generation.new_name()
        self._coming = (name, None)  # so that it isn't taken for a leftover
        try:
            with suppress(StoreError):
                self._coming = (name, build(staged, self._folder / name, self._stop))
            yield
        finally:
            self._drop_prepared()

    def turn(self, staged: Catalog, change_over: Callable[[], None]) -> None:
        """Ask what was ``prepared`` once ``change_over`` has made ``staged`` the catalog; until then exactly.

        Raises what ``change_over`` raises; all is as it was then.
        """
        with self._building:  # so that no mending is under way, which would go by the old catalog
            name, vectors = self._in_step(staged)
            change_over()
            with self._changing:
                if vectors is not None:
                    self._take(name, vectors, self._catalog.revision, {})
                    self._coming = None
                elif self._live is not None:
                    self._doubt(self._live, _RENEWED)
                else:
                    self._mend(None, _RENEWED)

    def _in_step(self, staged: Catalog) -> tuple[str, Vectors | None]:
        name, vectors = self._coming or (generation.new_name(), None)
        try:
            if vectors is not None:
                bring_into_step(staged, vectors, self._stop)
        except StoreError:
            self._drop_prepared()
            return name, None
        return name, vectors

    def _drop_prepared(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None and coming[1] is not None:
            with suppress(StoreError):  # what can't be deleted is a leftover
                coming[1].close()
                discard(self._folder / coming[0])

    # ── for a person who looks ───────────────────────────────────────────────────────────────────

    def examine(self) -> Findings:
        """Compare every vector, and search for many, in what was opened without ``mending``."""
        kept = self._remembered()
        if kept is None:
            return Findings(failure=_NONE_YET if self._catalog.count() else "")
        findings = self._look(kept, _SAMPLE_THOROUGH)
        if findings.damage:
            self._remember(replace(kept, seal=None, damage=findings.damage))
        elif kept.seal is not None:
            self._remember_sealed(kept)  # looking at it changed its files
        return findings

    def rebuild(self) -> int:
        """Make the vector index again, now; returns how many vectors it has. Raises StoreError."""
        with self._building:
            self._begin_anew()
        live = self._live
        return 0 if live is None else live.vectors.count()


def _reason(kept: Generation | None, folder: Path, revision: int) -> str:
    """Why the generation can't be used just as it is; empty when it can."""
    if kept is None:
        return _NONE_YET
    if kept.damage:
        return kept.damage
    if kept.seal is None:
        return "it was not closed in good order"
    if broken := generation.broken_seal(folder / kept.name, kept.seal):
        return broken
    return "" if kept.revision == revision else "it is behind the catalog"
