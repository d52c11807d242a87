"""Backups while documents are added, replaced and removed without pause, each restored and compared.

The writer keeps a digest of every row of the catalog at each revision; a restored folder must have that of
the revision which its manifest tells.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from drills.drill import Drill, Row
from drills.processes import fork
from drills.topics import TopicEmbedder, document
from qa.backup import back_up, restore
from qa.config import Config
from qa.index import Index

_SENTENCES = 60
_DOCUMENTS = 10
_PATIENCE = 60.0
_TABLES = ("documents", "passages", "full_text", "words")
_NOT_COMPARED = ("vectors",)  # of ``meta``: how Chroma was left, which a restored folder must not go by


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: its revision and passages, the revisions written while it was made, what came of it."""

    revision: int
    passages: int
    written_meanwhile: int
    identical: bool
    """Whether every row of the restored catalog is as it was at that revision."""
    seconds: float


def drill(folder: Path, count: int, seed: int) -> Iterator[Backup]:
    """``count`` backups of one folder that is written to, each restored into a folder of its own."""
    rng = np.random.default_rng(seed)
    shutil.rmtree(folder, ignore_errors=True)
    config = Config(data=folder / "data", passage_tokens=32, overlap_tokens=0)
    states = folder / "states"
    folder.mkdir(parents=True)
    writer = fork(_writing(config, states, seed))
    try:
        _wait_for(states, 2)
        for number in range(count):
            time.sleep(float(rng.uniform(0.0, 1.0)))
            target, began = folder / f"{number}.backup", time.perf_counter()
            before = len(_digests(states))
            made = back_up(config, target)
            seconds = time.perf_counter() - began
            meanwhile = len(_digests(states)) - before
            restored = replace(config, data=folder / "restored")
            shutil.rmtree(restored.data, ignore_errors=True)
            restore(restored, target)
            there = digest(restored.catalog_path)
            _wait_for(states, made.revision)
            identical = _digests(states)[made.revision] == there
            yield Backup(made.revision, made.passages, meanwhile, identical, seconds)
    finally:
        writer.kill(signal.SIGKILL)
        writer.results()


def digest(catalog: Path) -> str:
    """Of every row that the documents have left in a catalog."""
    hashed = hashlib.sha256()
    with closing(sqlite3.connect(catalog)) as db:
        db.execute("BEGIN")  # all of one moment
        marks = ",".join("?" * len(_NOT_COMPARED))
        for row in db.execute(f"SELECT * FROM meta WHERE key NOT IN ({marks}) ORDER BY 1", _NOT_COMPARED):
            hashed.update(repr(row).encode())
        for table in _TABLES:
            for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):
                hashed.update(repr(row).encode())
    return hashed.hexdigest()


def _writing(config: Config, states: Path, seed: int) -> Callable[[Callable[[object], None]], None]:
    """Adds, replaces and removes documents until it is killed; a line with each revision's digest."""

    def work(_: Callable[[object], None]) -> None:
        rng = np.random.default_rng(seed)
        there: dict[int, str] = {}
        with Index(config, TopicEmbedder()) as index, states.open("a", encoding="utf-8") as told:
            while True:
                number = int(rng.integers(_DOCUMENTS))
                if number in there and rng.integers(3) == 0:
                    index.remove(there.pop(number))
                else:
                    text = document(int(rng.integers(1 << 30)), int(rng.integers(1, _SENTENCES)))
                    there[number] = index.add(replace(text, path=f"/drill/{number}.txt")).document_id
                told.write(json.dumps([index.catalog.revision, digest(config.catalog_path)]) + "\n")
                told.flush()

    return work


def _digests(states: Path) -> dict[int, str]:
    lines = states.read_text(encoding="utf-8").split("\n")[:-1] if states.exists() else []
    return dict(json.loads(line) for line in lines)


def _wait_for(states: Path, revision: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while revision not in _digests(states):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the writer has not told revision {revision}")
        time.sleep(0.05)


def _rows(done: Sequence[Backup]) -> list[Row]:
    return [
        ("backups", f"{len(done)}"),
        ("… restored, identical in every row", f"{sum(one.identical for one in done)}"),
        ("revisions written while backups were made", f"{sum(one.written_meanwhile for one in done)}"),
        ("passages in one, most", f"{max(one.passages for one in done):,}"),
        (
            "seconds a backup, median and most",
            f"{median(one.seconds for one in done):.2f} and {max(one.seconds for one in done):.2f}",
        ),
    ]


DRILL = Drill(
    name="backups",
    title="Backups under writes",
    shows="A process adds, replaces and removes documents without pause. Backups are made meanwhile, and"
    " restored into a folder of their own, whose rows must be those that the catalog had at that revision.",
    count=50,
    does=lambda run: drill(run.folder, run.count, run.seed),
    rows=_rows,
)
