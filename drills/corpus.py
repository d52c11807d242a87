"""A mixed corpus from files to index, beside the bare embedder; and again, when nothing has changed."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.drill import Drill, Row, Run, ratio
from drills.papers import MAKERS
from drills.throughput import peak_mb
from qa.build import open_index
from qa.config import Config
from qa.index import Index, Receipt
from qa.ingest import find_all, ingest
from qa.load import SUFFIXES, Candidate, load

_SEEDS = Path(__file__).parent.parent / "seeds"
_SLICES = 10
_SAMPLE = 128  # passages of a part that the bare embedder has
_PARAGRAPHS = (3, 11)  # of a file


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the files, and a passage's seconds in the bare embedder and from file to index.

    Seconds of the wall and of the processors, those of the reading processes included.
    """

    files: int
    passages: int
    megabytes: float
    bare: float
    bare_busy: float
    seconds: float
    busy: float


@dataclass(frozen=True, slots=True)
class After:
    """The folder again by the command, nothing changed; one of its files; and the memory of the drill, MB."""

    files: int
    again: float
    one: float
    peak_mb: float


def drill(run: Run) -> Iterator[Slice | After]:
    """Parts of the corpus by turns with the bare embedder; then all of it again."""
    files, config = run.folder / "files", Config(data=run.folder / "data")
    write(files, run.count, run.seed)
    with open_index(config) as index:
        yield from _slices(index, config, files)
    again = _timed(config.data, files)
    one = _timed(config.data, next(path for path in sorted(files.rglob("*")) if path.is_file()))
    yield After(run.count, again, one, peak_mb())


def write(folder: Path, count: int, seed: int) -> None:
    """``count`` files of all formats, of the seeds' sentences in other orders."""
    rng = np.random.default_rng(seed)
    known = sentences()
    suffixes = [suffix for suffix in MAKERS if suffix in SUFFIXES]
    for number in range(count):
        suffix = suffixes[number % len(suffixes)]
        paragraphs = [
            f"In case {rng.integers(10**9)}: " + " ".join(rng.choice(known, size=4))
            for _ in range(int(rng.integers(*_PARAGRAPHS)))
        ]
        path = folder / f"{number % 20:02}" / f"{number:05}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MAKERS[suffix](f"Report {number}", paragraphs))


def sentences() -> list[str]:
    """Those of the seeds."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(_SEEDS.glob("*.txt"))]
    return [found for text in texts for found in re.findall(r"[A-Z][^.!?\n]{30,200}[.!?]", text)]


def _slices(index: Index, config: Config, files: Path) -> Iterator[Slice]:
    found = [file for file in find_all([files]) if isinstance(file, Candidate)]
    index.embedder.embed_passages(index.cut(load(found[0].path, max_bytes=10**8))[1])  # loads what is heavy
    size = -(-len(found) // _SLICES)
    rng = np.random.default_rng(0)
    for at in range(0, len(found), size):
        part = found[at : at + size]
        began, busy = time.perf_counter(), _busy()
        results = list(ingest(index, part, config))
        seconds, busy = time.perf_counter() - began, _busy() - busy
        taken = [index.catalog.whole(one.document_id) for one in results if isinstance(one, Receipt)]
        texts = [text for document in taken for text in index.cut(document)[1]]
        sample = [texts[number] for number in rng.permutation(len(texts))[:_SAMPLE]]
        began, bare_busy = time.perf_counter(), _busy()
        index.embedder.embed_passages(sample)
        bare, bare_busy = time.perf_counter() - began, _busy() - bare_busy
        yield Slice(
            files=len(taken),
            passages=len(texts),
            megabytes=sum(file.path.stat().st_size for file in part) / 1e6,
            bare=bare / len(sample),
            bare_busy=bare_busy / len(sample),
            seconds=seconds / len(texts),
            busy=busy / len(texts),
        )


def _busy() -> float:
    """Seconds of the processors, in this process and those that it has ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _timed(data: Path, path: Path) -> float:
    command = [sys.executable, "-m", "ui", "--data", str(data), "index", str(path)]
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, cwd=_SEEDS.parent)
    return time.perf_counter() - began


def _rows(done: Sequence[Slice | After]) -> list[Row]:
    slices = [one for one in done if isinstance(one, Slice)]
    passages = np.array([one.passages for one in slices])
    wall = passages * np.array([(one.bare, one.seconds) for one in slices]).T
    busy = passages * np.array([(one.bare_busy, one.busy) for one in slices]).T
    first = wall[1].sum()
    rows: list[Row] = [
        (
            "files, passages, MB",
            f"{sum(s.files for s in slices):,}, {passages.sum():,}, {sum(s.megabytes for s in slices):.1f}",
        ),
        ("passages a second, bare embedder", f"{passages.sum() / wall[0].sum():.1f}"),
        ("passages a second, files to index", f"{passages.sum() / first:.1f}"),
        ("… beside the bare embedder", ratio(wall.T)),
        ("… in processor time", ratio(busy.T)),
    ]
    for one in done:
        if isinstance(one, After):
            rows += [
                ("files to index, s", f"{first:.1f}"),
                ("`footnote index` again, nothing changed, s", f"{one.again:.1f}, 1/{first / one.again:.0f}"),
                ("… of one unchanged file, s", f"{one.one:.1f}"),
                ("peak memory, MB", f"{one.peak_mb:.0f}"),
            ]
    return rows


DRILL = Drill(
    name="corpus",
    title="A mixed corpus",
    shows="Files of all formats, of the seeds' sentences in other orders, are indexed in ten parts, by turns"
    " with the bare embedder on some of their passages; then the folder is indexed again. Intervals resample"
    " the parts.",
    count=2_000,
    does=drill,
    rows=_rows,
)
