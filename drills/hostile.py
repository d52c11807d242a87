"""Hostile files among good ones: each ends in a receipt or a reason, and hurts nobody."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.crafted import crafted
from drills.drill import Drill, Row, Run
from drills.papers import MAKERS, zipped
from drills.processes import answer
from drills.throughput import peak_mb
from drills.topics import TopicEmbedder
from qa.config import Config
from qa.index import Index, Receipt
from qa.ingest import Failure, find_all, ingest
from qa.load import SUFFIXES, Candidate

_GOOD = 200
_GRAIN_SECONDS = 3  # a file that is newer when it is read is read again the next time, to be sure
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one file, and how long after the one before."""

    file: str
    outcome: str
    said: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How it all ended: good files that were found with their words, and what memory it took, in MB."""

    files: int
    good: int
    sound: bool
    again: float
    peak_mb: float
    readers_mb: float


def drill(run: Run) -> Iterator[Tried | Ended]:
    """``count`` mutated files, all crafted ones, 200 good ones."""
    files, config = run.folder / "files", Config(data=run.folder / "data")
    answer(_writing(files, run.count, run.seed))  # in a process of its own: the bombs take memory to make
    found = find_all([files])
    time.sleep(_GRAIN_SECONDS)
    with Index(config, TopicEmbedder()) as index, _Readers() as readers:
        before = time.perf_counter()
        for file, result in zip(found, ingest(index, found, config), strict=True):
            now = time.perf_counter()
            source = file.source if isinstance(file, Candidate) else file.reason
            yield Tried(source, *_told(result), now - before)
            before = now
        again = time.perf_counter()
        list(ingest(index, found, config))
        again = time.perf_counter() - again
        index.catalog.check()
        good = sum(
            document.source.startswith("good/") and "wheat" in index.catalog.text(document.id)
            for document in index.catalog.documents()
        )
        yield Ended(len(found), good, index.vectors.settle(60), again, peak_mb(), readers.most_mb)


def _writing(folder: Path, mutated: int, seed: int) -> Callable[[Callable[[object], None]], None]:
    return lambda _: write(folder, mutated, np.random.default_rng(seed))


def write(folder: Path, mutated: int, rng: np.random.Generator) -> None:
    """Files of the formats that can be read, in folders by what they are."""
    suffixes = [suffix for suffix in MAKERS if suffix in SUFFIXES]
    good: dict[str, bytes] = {}
    for number in range(_GOOD):
        suffix = suffixes[number % len(suffixes)]
        paragraphs = [
            f"In {1900 + number} the harvest of wheat was {rng.integers(10**9):,} tons, as the survey"
            f" number {rng.integers(10**9)} of the village found."
            for _ in range(int(rng.integers(2, 9)))
        ]
        good[f"good/{number:03}{suffix}"] = MAKERS[suffix](f"Survey {number}", paragraphs)
    bad = {f"crafted/{name}": make for name, make in crafted().items() if Path(name).suffix in SUFFIXES}
    names = sorted(good)
    for name, content in good.items():
        _put(folder / name, content)
    for name, make in bad.items():
        _put(folder / name, make())
    for number in range(mutated):
        name = names[int(rng.integers(len(names)))]
        other = good[names[int(rng.integers(len(names)))]]
        _put(folder / f"mutated/{number:05}{Path(name).suffix}", mutate(good[name], other, rng))


def mutate(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """The same with something wrong; of an archive every other time one of its parts."""
    if content.startswith(b"PK") and rng.integers(2):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return zipped({"word/document.xml": _changed(archive.read("word/document.xml"), other, rng)})
    return _changed(content, other, rng)


def _changed(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    made = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        start, end = sorted(int(place) for place in rng.integers(len(made) + 1, size=2))
        at, length = int(rng.integers(len(made) + 1)), int(rng.integers(1, 64))
        match int(rng.integers(8)):
            case 0:
                del made[at:]
            case 1:
                del made[start : min(end, start + 1_000)]
            case 2:
                made[at:at] = rng.bytes(length)
            case 3:
                made[at : at + length] = rng.bytes(length)
            case 4:
                made[at:at] = bytes(made[start:end]) * int(rng.integers(1, 20))
            case 5:
                made[at:] = other[at:]
            case 6:
                made[at : at + 1] = b"%d" % int(rng.choice([0, -1, 65_536, 2**31 - 1, 2**63, 10**30]))
            case _:
                made[at:at] = bytes([int(rng.choice([0, 10, 40, 41, 60, 62, 91, 93, 255]))]) * length
    return bytes(made)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _told(result: Receipt | Failure) -> tuple[str, str]:
    if isinstance(result, Receipt):
        return result.outcome, "; ".join(result.warnings)
    reasons = {"took more than": "stopped", "the reader crashed": "crashed"}
    kind = next((kind for part, kind in reasons.items() if part in result.reason), "refused")
    return kind, result.reason


class _Readers:
    """The most memory that any of the reading processes had, looked at ten times a second."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Readers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    told = dict(line.split(":", 1) for line in status.read_text().splitlines())
                    reads = b"qa.load.worker" in status.with_name("cmdline").read_bytes()
                except (OSError, ValueError):  # it has ended
                    continue
                if reads and "VmHWM" in told:
                    self.most_mb = max(self.most_mb, int(told["VmHWM"].split()[0]) / 1_000)


def _rows(done: Sequence[Tried | Ended]) -> list[Row]:
    rows: list[Row] = []
    tried = [one for one in done if isinstance(one, Tried)]
    for kind in ("good", "crafted", "mutated"):
        those = [one for one in tried if one.file.startswith(f"{kind}/")]
        outcomes = Counter(one.outcome for one in those)
        named = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
        rows.append((f"{kind} files", f"{len(those):,}: {named}"))
    slowest = max(tried, key=lambda one: one.seconds)
    rows += [
        ("without a receipt or a reason of one line", f"{sum(_untold(one) for one in tried)}"),
        ("the longest wait for one, s, reading and storing", f"{slowest.seconds:.1f}"),
    ]
    for end in done:
        if isinstance(end, Ended):
            rows += [
                ("good files found with their words", f"{end.good}"),
                ("catalog and vectors sound", "yes" if end.sound else "no"),
                ("peak memory, MB", f"{end.peak_mb:.0f}"),
                ("… of the largest reading process (1,000 allowed)", f"{end.readers_mb:.0f}"),
                ("again, nothing changed, s", f"{end.again:.1f}"),
            ]
    return rows


def _untold(one: Tried) -> bool:
    return one.outcome not in ("added", "unchanged", "moved") and (not one.said or "\n" in one.said)


DRILL = Drill(
    name="hostile",
    title="Hostile files",
    shows="Mutated files and files made to hurt their reader (bombs, loops, depths, huge spans, broken"
    " encodings) are indexed among 200 good ones. *Stopped* and *crashed* are reading processes that were"
    " ended by the limits or by the file; the count is of mutated files.",
    count=2_000,
    does=drill,
    rows=_rows,
)
