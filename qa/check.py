"""Is a vector index what the catalog says? Looked at from a child process, which a broken file may crash.

Every vector is compared with the catalog's, and sampled ones must find themselves. What this does not
notice: a few broken links between vectors that none of the sampled searches would have followed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.catalog import Catalog
from qa.errors import StoreError
from qa.vectors import Vectors

if TYPE_CHECKING:
    from qa.types import FloatArray

_AMONG = 10  # a vector must be among this many that are nearest to it
_SAME = 1e-4  # or as near as this to the nearest, which then says the same
_TOLERANCE = 1e-3  # by which a kept vector may differ from the catalog's
_SPARE_BYTES = 64_000_000
_SPOTS = 32
_CHILD = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given.pop(0);"
    " from qa.check import child; child(*given)"
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found: counts of passages, or why it could not be done."""

    passages: int = 0
    missing: int = 0
    extra: int = 0
    altered: int = 0
    sampled: int = 0
    unfound: int = 0
    failure: str = ""
    gone: str = ""
    """Why the server that has the vectors could not be asked; nothing else is known then."""

    @property
    def damage(self) -> str:
        """What only a new index mends, in words; empty when there is nothing.

        Missing and extra passages are none: a crash between the two stores leaves them, and they are
        mended one by one. Of a sound index's vectors a few may fail to find themselves: it is approximate.
        """
        if self.failure:
            return self.failure
        if self.altered:
            return f"{self.altered:,} of {self.passages:,} vectors are not the catalog's"
        if self.unfound * 100 > self.sampled:
            return f"{self.unfound:,} of {self.sampled:,} sampled vectors do not find themselves"
        return ""

    @property
    def trouble(self) -> str:
        """The damage, or else how far the index is out of step with the catalog; empty when all is well."""
        if self.gone or self.damage or not (self.missing or self.extra):
            return self.gone or self.damage
        return f"{self.missing:,} passages are missing and {self.extra:,} are too many"


def inspect(catalog: Path, vectors: Path, *, sample: int, stop: threading.Event) -> Findings:
    """Check the vector index at ``vectors`` in a child process, whose files can't grow without bound.

    Nothing else may have the index open. Raises StoreError when ``stop`` is set meanwhile.
    """
    sizes = [path.stat().st_size for path in vectors.rglob("*") if path.is_file()]
    most = 2 * max(sizes, default=0) + _SPARE_BYTES
    seconds = 60 + sum(sizes) // 1_000_000
    given = (sys.path, str(catalog), str(vectors), sample, most, seconds)
    command = [sys.executable, "-c", _CHILD, json.dumps(given)]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            printed = _wait(process, seconds, stop)
    except OSError as error:
        return Findings(failure=f"the check could not be run: {error.strerror or error}")
    if any(path.stat().st_size >= most for path in vectors.rglob("*") if path.is_file()):
        return Findings(failure="one of its files grows without bound")
    return _read(printed, process.returncode)


def _wait(process: subprocess.Popen[bytes], seconds: int, stop: threading.Event) -> bytes:
    """What the child printed; it is killed when ``stop`` is set or its time is over."""
    step = 0.1
    for _ in range(int(seconds / step)):
        try:
            # Not communicate: that would close the child's input, which tells it that we are gone.
            process.wait(step)
        except subprocess.TimeoutExpired:
            if stop.is_set():
                process.kill()
                raise StoreError("the check was not finished: Footnote is closing") from None
        else:
            return process.stdout.read() if process.stdout else b""
    process.kill()
    return b""


def _read(printed: bytes, code: int) -> Findings:
    try:
        return Findings(**json.loads(printed.splitlines()[-1]))
    except (ValueError, TypeError, IndexError):
        return Findings(failure=f"it broke the process that checked it (exit code {code})")


def child(catalog: str, vectors: str, sample: int, most_bytes: int, seconds: int) -> None:
    """The child's part: limit itself, look, print the findings as one line of JSON."""
    _limit(most_bytes, seconds)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        findings = _look(Path(catalog), Path(vectors), sample)
    except StoreError as error:
        findings = Findings(failure=str(error))
    sys.stdout.write(f"\n{json.dumps(asdict(findings))}\n")
    sys.stdout.flush()


def _limit(most_bytes: int, seconds: int) -> None:
    if sys.platform == "win32":  # no such limits there; the parent's time limit holds
        return
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))  # of all its threads together
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    """Chroma takes harm from two processes: when the parent is gone another may soon open the index."""
    sys.stdin.buffer.read()
    os._exit(1)


def _look(catalog_path: Path, vectors_path: Path, sample: int) -> Findings:
    catalog = Catalog(catalog_path)
    vectors = Vectors(vectors_path)
    try:
        return compare(catalog, vectors, sample, threading.Event())
    finally:
        vectors.close()
        catalog.close()


def compare(catalog: Catalog, vectors: Vectors, sample: int, stop: threading.Event) -> Findings:
    """Every vector beside the catalog's, and searches for ``sample`` of them.

    Raises StoreError when ``stop`` is set meanwhile.
    """
    there = vectors.ids()
    passages = catalog.passage_ids()
    altered = 0
    for ids, _, matrix in catalog.vectors():
        if stop.is_set():
            raise StoreError("the check was not finished: Footnote is closing")
        altered += _altered(
            vectors, [id_ for id_ in ids if id_ in there], dict(zip(ids, matrix, strict=True))
        )
    sampled, lost = unfound(catalog, vectors, there, sample)
    return Findings(
        passages=len(passages),
        missing=len(passages - there),
        extra=len(there - passages),
        altered=altered,
        sampled=sampled,
        unfound=lost,
    )


def spot(catalog: Catalog, vectors: Vectors) -> Findings:
    """As ``compare``, of the counts and a few vectors alone, half of them the newest.

    Whatever was added last would be missing if anything were, because changes are made in their order.
    """
    passages, there = catalog.count(), vectors.count()
    rows = {id_: vector for id_, (_, vector) in catalog.passages(catalog.some_ids(_SPOTS)).items()}
    kept, _ = vectors.stored(list(rows))
    hits = vectors.nearest_of_each(np.array([rows[id_] for id_ in kept]), _AMONG) if kept else []
    return Findings(
        passages=passages,
        missing=max(passages - there, len(rows) - len(kept)),
        extra=max(0, there - passages),
        altered=_altered(vectors, kept, rows),
        sampled=len(kept),
        unfound=sum(not _finds(id_, found) for id_, found in zip(kept, hits, strict=True)),
    )


def _altered(vectors: Vectors, ids: list[str], known: Mapping[str, FloatArray]) -> int:
    """How many of ``ids`` have another vector than the ``known`` one."""
    kept_ids, kept = vectors.stored(ids)
    matrix = np.array([known[id_] for id_ in kept_ids])
    if kept.shape != matrix.shape:
        return len(kept_ids)
    off = np.abs(kept - matrix).max(axis=1) if kept_ids else np.empty(0)
    return int(np.count_nonzero(~(off <= _TOLERANCE)))  # what is not a number is off as well


def unfound(catalog: Catalog, vectors: Vectors, there: AbstractSet[str], sample: int) -> tuple[int, int]:
    """How many of those ``there`` were searched for by their vectors, and how many of them not found."""
    searched = lost = 0
    for ids, matrix in _sample(catalog, sample):
        rows = [at for at, id_ in enumerate(ids) if id_ in there]
        found = vectors.nearest_of_each(matrix[rows], _AMONG)
        searched += len(rows)
        lost += sum(not _finds(ids[at], hits) for at, hits in zip(rows, found, strict=True))
    return searched, lost


def _finds(id_: str, hits: list[tuple[float, str]]) -> bool:
    return any(id_ == hit for _, hit in hits) or (bool(hits) and hits[0][0] < _SAME)


def _sample(catalog: Catalog, size: int) -> Iterator[tuple[list[str], FloatArray]]:
    """Half of them spread evenly, half the newest: a kill hurts what was being written."""
    count, at = catalog.count(), 0
    stride, newest = max(1, 2 * count // size), count - size // 2
    for ids, _, matrix in catalog.vectors():
        rows = [row for row in range(len(ids)) if (at + row) % stride == 0 or at + row >= newest]
        at += len(ids)
        yield [ids[row] for row in rows], matrix[rows]
