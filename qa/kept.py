"""The vectors that questions are asked of: Chroma while it can be trusted, else exact search.

Each vector index is a generation, in a folder of its own or a collection on a server. One that is broken is
never mended in place: a new one is made beside it and put in its place in one step, while questions go on
being answered exactly. A server that does not answer is no broken index: it is tried again after a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from qa import generation
from qa.catalog import Catalog, Change
from qa.check import Findings
from qa.errors import GoneError, StoreError
from qa.exact import ExactVectors
from qa.generation import Generation, Seal
from qa.places import Place
from qa.rebuild import bring_into_step, build
from qa.vectors import FIRST_WRITE, Vectors

if TYPE_CHECKING:
    from qa.types import FloatArray

_NONE_YET = "there is none yet"
_RENEWED = "the documents were cut or embedded anew"
_SAMPLE_THOROUGH = 5_000  # searches when a person asks


@dataclass(frozen=True, slots=True)
class State:
    """``chroma`` answers; or exact search: while a new index is made, until a server answers, or for good."""

    by: Literal["chroma", "exact, mending", "exact, waiting", "exact"]
    why: str = ""
    """What is wrong with the vector index; empty when nothing is."""


@dataclass(frozen=True, slots=True)
class _Live:
    """A vector index in use, the catalog's revision it has, its graph's files as a check last saw them.

    ``before`` is how many records were written to it before it was opened.
    """

    name: str
    vectors: Vectors
    revision: int
    checked: Seal
    before: int

    @property
    def generation(self) -> Generation:
        return Generation(self.name, self.revision, written=self.before + self.vectors.written)


@dataclass(frozen=True, slots=True)
class _Coming:
    """A vector index that is to take the place of the one in use; none yet while it is being made."""

    name: str
    vectors: Vectors | None


_Held = tuple[Change, "FloatArray | None"]
"""A change that Chroma lacks, and the vectors of what it added."""


class KeptVectors:
    """Nearest passages by whatever is right at the moment. Safe to share between threads."""

    def __init__(self, catalog: Catalog, place: Place, *, mending: bool = True) -> None:
        """Open the generation in force at ``place``, if it is as it was left; else begin to mend it.

        Without ``mending`` nothing is opened nor changed, and exact search answers: for looking at a
        broken index, or for making it anew.
        """
        self._catalog = catalog
        self._place = place
        self._exact = ExactVectors(catalog)
        self._changing = threading.RLock()
        self._building = threading.Lock()  # held before _changing, never after
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._threads: list[threading.Thread] = []
        self._live: _Live | None = None
        self._coming: _Coming | None = None
        self._retired: list[Vectors] = []
        self._together = 0
        self._held: list[_Held] = []
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
        if live is not None and live.revision == self._catalog.revision and not _too_many(live, documents):
            try:
                return live.vectors.nearest(vector, limit, documents)
            except StoreError as error:
                self._doubt(live, error)
        return self._exact.nearest(vector, limit, documents)

    @property
    def state(self) -> State:
        """What answers now, and why."""
        if self._live is not None:
            return State("chroma")
        if not self._idle.is_set():
            return State("exact, mending", self._why)
        waiting = any(thread.is_alive() for thread in self._threads)
        return State("exact, waiting" if waiting else "exact", self._why)

    @property
    def chroma(self) -> Vectors | None:
        """Chroma itself, while it is trusted."""
        live = self._live
        return None if live is None else live.vectors

    # ── following the catalog ────────────────────────────────────────────────────────────────────

    def follow(self, change: Change, vectors: FloatArray | None) -> None:
        """Bring Chroma to the catalog's state after one change. It never fails: the catalog has it all."""
        with self._changing:
            self._held.append((change, vectors))
            if not self._together:
                self._catch_up()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What changes meanwhile reaches Chroma at the end, in one go; searches are exact until then."""
        with self._changing:
            self._together += 1
        try:
            yield
        finally:
            with self._changing:
                self._together -= 1
                if not self._together:
                    self._catch_up()

    def _catch_up(self) -> None:
        held, self._held = self._held, []
        live = self._live
        if live is None or not held:
            return
        try:
            revision = self._catalog.revision
            if live.revision < revision - len(held):  # a change before these was cut short
                bring_into_step(self._catalog, live.vectors, self._stop)
            _make(live.vectors, held)
        except StoreError as error:
            self._doubt(live, error)
        else:
            self._live = replace(live, revision=revision)

    # ── opening, mending and closing ─────────────────────────────────────────────────────────────

    def _open(self) -> None:
        kept = self._remembered()
        why = self._reason(kept)
        try:
            if kept is not None and not why:
                self._use(kept)
            elif kept is None and not self._catalog.count():
                self._begin_anew()
            else:
                self._mend(kept, why)
        except GoneError as error:
            self._mend(kept, str(error), pausing=True)
        except StoreError as error:
            self._mend(kept and replace(kept, seal=None), str(error))

    def _reason(self, kept: Generation | None) -> str:
        """Why the generation can't be used just as it is; empty when it can."""
        if kept is None:
            return _NONE_YET
        return kept.damage or self._place.doubt(kept)

    def _use(self, kept: Generation) -> None:
        """Open what is as it was left."""
        self._remember(replace(kept, seal=None))  # it is in use from now on
        vectors = self._place.open(kept.name)
        try:
            self._place.recognise(vectors)
        except BaseException:
            vectors.close()
            raise
        checked = generation.graph(kept.seal or {})
        self._live = _Live(kept.name, vectors, self._catalog.revision, checked, kept.written)
        self._sweep(kept)

    def _doubt(self, live: _Live, error: StoreError) -> None:
        """Stop asking Chroma. It is made anew, unless it is only gone.

        Does nothing while another thread changes it, which can take long: that one will notice for itself.
        """
        if not self._changing.acquire(blocking=False):
            return
        try:
            if self._live is not None and self._live.vectors is live.vectors:  # else another thread saw to it
                self._live = None
                self._retired.append(live.vectors)  # not closed yet: others may still be searching it
                gone = isinstance(error, GoneError)
                kept = live.generation if gone else None
                self._mend(kept, str(error), pausing=gone)
        finally:
            self._changing.release()

    def _mend(self, kept: Generation | None, why: str, *, pausing: bool = False) -> None:
        """In a thread: use ``kept`` if it turns out to be sound, else a new generation."""
        self._why = why
        if not self._stop.is_set():
            if not pausing:
                self._idle.clear()
            thread = threading.Thread(target=self._run, args=(kept, pausing), name="mending", daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _run(self, kept: Generation | None, pausing: bool) -> None:
        pauses = self._place.pauses()
        try:
            while True:
                if pausing:
                    self._idle.set()
                    if (pause := next(pauses, None)) is None or self._stop.wait(pause):
                        return None
                    self._idle.clear()
                try:
                    return self._try(kept)
                except StoreError as error:
                    self._why = str(error)
                pausing = True
        finally:
            self._idle.set()

    def _try(self, kept: Generation | None) -> None:
        with self._building:
            if self._live is None and not (kept is not None and self._revive(kept)):
                self._begin_anew()

    def _revive(self, kept: Generation) -> bool:
        """Use a generation that may be sound, once it was looked at and brought into step; whether it was."""
        try:
            if damage := kept.damage or self._place.damage(kept, self._stop):
                raise StoreError(damage)
            self._remember(replace(kept, seal=None))
            checked = generation.graph(self._place.seal(kept.name))
            self._swap(kept.name, self._place.open(kept.name), checked, generation.UNKNOWN)
        except GoneError:
            raise
        except StoreError as error:
            self._why = str(error)
            return False
        return True

    def _begin_anew(self) -> None:
        self._sweep(self._remembered())
        name = self._place.new_name()
        self._swap(name, build(self._catalog, self._place, name, self._stop), {})

    def _swap(self, name: str, vectors: Vectors, checked: Seal, before: int = 0) -> None:
        """Bring ``vectors`` up to the catalog and ask it from then on; the other generations are given up."""
        with self._changing:
            try:
                revision = self._catalog.revision
                bring_into_step(self._catalog, vectors, self._stop)
                self._take(name, vectors, revision, checked, before)
            except BaseException:
                vectors.close()
                raise

    def _take(self, name: str, vectors: Vectors, revision: int, checked: Seal, before: int = 0) -> None:
        """Ask ``vectors``, which are in step with the catalog's ``revision``, from now on."""
        live = _Live(name, vectors, revision, checked, before)
        self._held.clear()  # it has them, or what became of them
        self._remember(live.generation)
        if self._live is not None:
            self._retired.append(self._live.vectors)
        self._live, self._why = live, ""
        self._retire()
        self._sweep(live.generation)

    def _retire(self) -> None:
        while self._retired:
            with suppress(StoreError):  # it is broken, and about to be deleted
                self._retired.pop().close()

    def _sweep(self, kept: Generation | None) -> None:
        """Delete the other generations; what can't be deleted is tried again at the next opening."""
        keep = [one.name for one in (kept, self._coming) if one is not None]
        with suppress(StoreError):
            self._place.sweep(keep)

    def _remembered(self) -> Generation | None:
        return generation.load(self._catalog.state(self._place.record))

    def _remember(self, kept: Generation) -> None:
        self._catalog.set_state(self._place.record, kept.dump())

    def _remember_sealed(self, kept: Generation) -> None:
        self._remember(replace(kept, seal=self._place.seal(kept.name)))

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until nothing is being mended, now at least; whether that is so."""
        return self._idle.wait(seconds)

    def close(self, patience: float = 0.0) -> None:
        """Seal what is in use. Mending may take ``patience`` seconds more, else it is given up."""
        self.settle(patience)
        self._stop.set()
        for thread in self._threads:
            thread.join()
        with self._changing:
            self._catch_up()
            live, self._live = self._live, None
            self._retire()
            with suppress(StoreError):  # what is not sealed is looked at when opened next
                if live is not None:
                    live.vectors.close()
                    if live.revision == self._catalog.revision and self._left_well(live):
                        self._remember_sealed(live.generation)

    def _left_well(self, live: _Live) -> bool:
        """Whether what was closed just now may be sealed. A graph that was never written can't be amiss."""
        return live.generation.written < FIRST_WRITE or self._place.left_well(live.name, live.checked)

    # ── turning to a catalog made anew ───────────────────────────────────────────────────────────

    @contextmanager
    def prepared(self, staged: Catalog) -> Iterator[None]:
        """The index of a catalog that is to replace this one is there beside the one that is in use.

        Where that fails, it is made after the change-over, like one that is mended.
        """
        name = self._place.new_name()
        self._coming = _Coming(name, None)  # so that it isn't taken for a leftover
        try:
            with suppress(StoreError):
                self._coming = _Coming(name, build(staged, self._place, name, self._stop))
            yield
        finally:
            self._drop_prepared()

    def turn(self, staged: Catalog, change_over: Callable[[], None]) -> None:
        """Ask what was ``prepared`` once ``change_over`` has made ``staged`` the catalog; until then exactly.

        Raises what ``change_over`` raises; all is as it was then.
        """
        with self._building:  # so that no mending is under way, which would go by the old catalog
            coming = self._in_step(staged)
            change_over()
            with self._changing:
                try:
                    if coming is not None and coming.vectors is not None:
                        self._take(coming.name, coming.vectors, self._catalog.revision, {})
                        self._coming = None
                        return
                except StoreError:  # the new catalog is in force for all that: an index is made for it
                    self._drop_prepared()
                if self._live is not None:
                    self._doubt(self._live, StoreError(_RENEWED))
                else:
                    self._mend(None, _RENEWED)

    def _in_step(self, staged: Catalog) -> _Coming | None:
        """What was prepared with all that ``staged`` has; None where that can't be done."""
        coming = self._coming
        try:
            if coming is not None and coming.vectors is not None:
                bring_into_step(staged, coming.vectors, self._stop)
                return coming
        except StoreError:
            self._drop_prepared()
        return None

    def _drop_prepared(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None and coming.vectors is not None:
            with suppress(StoreError):  # what can't be deleted is a leftover
                coming.vectors.close()
                self._place.delete(coming.name)

    @property
    def record(self) -> str:
        """Under which the catalog remembers the generation in force."""
        return self._place.record

    # ── for a person who looks ───────────────────────────────────────────────────────────────────

    def examine(self) -> Findings:
        """Compare every vector, and search for many, in what was opened without ``mending``."""
        kept = self._remembered()
        if kept is None:
            return Findings(failure=_NONE_YET if self._catalog.count() else "")
        findings = self._place.look(kept, _SAMPLE_THOROUGH, self._stop)
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


def _make(vectors: Vectors, changes: Iterable[_Held]) -> None:
    """Make changes in their order, what several add in one go: a call costs more than a vector."""
    ids: list[str] = []
    owners: list[str] = []
    rows: list[FloatArray] = []
    for change, added in changes:
        if added is not None:
            ids += change.added
            owners += [change.document_id] * len(change.added)
            rows.append(added)
        if change.removed:
            _put(vectors, ids, owners, rows)
            ids, owners, rows = [], [], []
            vectors.remove(change.removed)
    _put(vectors, ids, owners, rows)


def _put(vectors: Vectors, ids: Sequence[str], owners: Sequence[str], rows: Sequence[FloatArray]) -> None:
    if ids:
        import numpy as np

        vectors.put(ids, owners, np.concatenate(rows))


def _too_many(live: _Live, documents: Sequence[str] | None) -> bool:
    most = live.vectors.most_documents
    return most is not None and documents is not None and len(documents) > most
