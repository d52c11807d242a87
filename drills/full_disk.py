"""Full disks: a small tmpfs is filled by taking documents in, asked, opened and asked, and then given space.

Needs the right to mount; where that is missing, a limit of file sizes stands in, and the figures say so.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.drill import Drill, Row
from drills.judge import Verdict, crashed, judge, judged
from drills.processes import answer, fork
from drills.topics import TopicEmbedder, document
from qa.config import Config
from qa.errors import StoreError
from qa.index import Index

_SENTENCES = 120
_LOW, _HIGH = 2_000_000, 20_000_000
_AMPLE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Full:
    """One cycle: how it was full, passages acknowledged, what was said, searches while full, and after.

    ``opened`` is whether it could be opened while full.
    """

    how: str
    acknowledged: int
    said: str
    wrong_while_full: int
    opened: bool
    verdict: Verdict


def drill(folder: Path, cycles: int, seed: int) -> Iterator[Full]:
    """Each cycle fills a folder until no more is taken, asks, and opens it again with space."""
    rng = np.random.default_rng(seed)
    for cycle in range(cycles):
        size = int(rng.integers(_LOW, _HIGH))
        with _small_disk(folder, size) as small:
            config = Config(data=folder / "data", passage_tokens=32, overlap_tokens=0)
            most = _AMPLE if small else size // 2
            told = fork(_filling(config, 1_000 * cycle), most).results()
            if small:
                _fill(folder / "filler")
            opened = answer(_opening(config), most) or {"error": "the process ended"}
            if small:
                (folder / "filler").unlink()
                _run("mount", "-o", f"remount,size={_AMPLE}", str(folder))
            acknowledged = {line[0]: line[1] for line in told if isinstance(line, list)}
            end = told[-1] if told and isinstance(told[-1], dict) else {}
            verdict = answer(judge(config, acknowledged, rng))
        yield Full(
            how=f"{size:,} bytes of tmpfs" if small else f"files of {size // 2:,} bytes",
            acknowledged=sum(acknowledged.values()),
            said=str(end.get("said", end.get("error", "the process ended"))),
            wrong_while_full=int(end.get("wrong", "error" not in end)) + int(opened.get("wrong", 0)),
            opened="wrong" in opened,
            verdict=Verdict(**verdict) if verdict and "error" not in verdict else crashed(acknowledged),
        )


@contextmanager
def _small_disk(folder: Path, size: int) -> Iterator[bool]:
    """An empty folder, on a disk of its own if one may be mounted; whether it is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            _run("umount", "--lazy", str(folder))


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _filling(config: Config, first: int) -> Callable[[Callable[[object], None]], None]:
    def work(tell: Callable[[object], None]) -> None:
        with Index(config, TopicEmbedder()) as index:
            said = "nothing"
            try:
                for number in range(first, first + 1_000):
                    receipt = index.add(document(number, _SENTENCES))
                    tell((receipt.document_id, receipt.passages))
            except StoreError as error:
                said = str(error)
            tell({"said": said, "wrong": _wrong(index)})

    return work


def _opening(config: Config) -> Callable[[Callable[[object], None]], None]:
    """Open what is on a full disk, and search."""

    def work(tell: Callable[[object], None]) -> None:
        with Index(config, TopicEmbedder()) as index:
            tell({"wrong": _wrong(index)})

    return work


def _wrong(index: Index) -> int:
    rows = [(i, v) for ids, _, m in index.catalog.vectors() for i, v in zip(ids, m, strict=True)]
    return sum(index.vectors.nearest(vector, 1, None) != [id_] for id_, vector in rows[::50])


def _fill(file: Path) -> None:
    """Take what room is left."""
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4_096))


def _rows(done: Sequence[Full]) -> list[Row]:
    return [
        ("full disks", f"{len(done)}, {sum('tmpfs' in one.how for one in done)} of them a small tmpfs"),
        ("… opened again while full", f"{sum(one.opened for one in done)}"),
        ("… wrong searches while full", f"{sum(one.wrong_while_full for one in done)}"),
        *judged([one.verdict for one in done]),
    ]


DRILL = Drill(
    name="full-disks",
    title="Full disks",
    shows="Documents are taken in until the disk is full, the index is searched there, closed, opened and"
    " searched again with no byte left, and then with space.",
    count=20,
    does=lambda run: drill(run.folder, run.count, run.seed),
    rows=_rows,
)
