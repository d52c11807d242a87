"""SIGKILLs while documents are taken in, many of them while Chroma writes its index files. Needs strace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.drill import Drill, Row
from drills.judge import Verdict, crashed, judge, judged
from drills.processes import Forked, answer, fork
from drills.topics import TopicEmbedder, document
from qa.config import Config
from qa.index import Index

_SENTENCES = 120
_ROUNDS_A_FOLDER = 5
_PATIENCE = 60.0
_INSIDE = 0.4
_FIRST, _LAST = "header.bin", "index_metadata.pickle"  # of the files that Chroma writes, in this order
_EMPTY_LENGTHS = 400


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: was Chroma writing its index files, was the index made anew, passages acknowledged."""

    inside: bool
    remade: bool
    acknowledged: int
    verdict: Verdict


def drill(folder: Path, kills: int, seed: int) -> Iterator[Kill]:
    """Kill until there were ``kills``, two in five of them inside the window of Chroma's index write.

    Kills aimed at the window may miss it; kills outside it that were not wanted are counted too.
    """
    inside = round(_INSIDE * kills)
    rng = np.random.default_rng(seed)
    done = hits = 0
    acknowledged: dict[str, int] = {}
    while done < kills or hits < inside:
        if done % _ROUNDS_A_FOLDER == 0:
            shutil.rmtree(folder, ignore_errors=True)
            acknowledged = {}
        config = Config(data=folder, passage_tokens=32, overlap_tokens=0)
        process = fork(_indexing(config, 1_000 * (seed + done)))
        if hits < inside and acknowledged:
            at = int(rng.integers(1, max(2, sum(acknowledged.values()))))
            kill_inside(process, folder / "chroma", at)
        else:
            _kill_anywhere(process, rng)
        told = process.results()
        acknowledged |= dict(told)
        was_inside = unfinished(folder / "chroma")
        before = _generations(folder)
        verdict = answer(judge(config, acknowledged, rng))
        kept = Verdict(**verdict) if verdict and "error" not in verdict else crashed(acknowledged)
        done, hits = done + 1, hits + was_inside
        yield Kill(was_inside, before != _generations(folder), sum(acknowledged.values()), kept)


def _generations(folder: Path) -> set[str]:
    return {path.name for path in (folder / "chroma").glob("*")}


def _indexing(config: Config, first: int) -> Callable[[Callable[[object], None]], None]:
    def work(tell: Callable[[object], None]) -> None:
        with Index(config, TopicEmbedder()) as index:
            for number in range(first, first + 1_000):
                receipt = index.add(document(number, _SENTENCES))
                tell((receipt.document_id, receipt.passages))

    return work


def kill_inside(process: Forked, chroma: Path, at: int) -> None:
    """Let strace kill the process at its ``at``-th write to the files of its graph.

    Each time the graph is written there are more such writes than passages. Killed at the latest after a
    minute; returns when it is over.
    """
    places = [part for path in chroma.glob(f"*/*/{_FIRST}") for part in ("-P", str(path.parent))]
    for path in chroma.glob("*/*/*"):
        places += ["-P", str(path)]
    kill = f"inject=write,writev:signal=SIGKILL:when={at}"
    command = ["strace", "-f", "-qq", "-o", os.devnull, *places, "-e", "trace=write,writev", "-e", kill]
    with subprocess.Popen([*command, "-p", str(process.pid)], stderr=subprocess.DEVNULL) as tracing:
        try:
            tracing.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill(signal.SIGKILL)


def _kill_anywhere(process: Forked, rng: np.random.Generator) -> None:
    time.sleep(float(rng.uniform(0.05, 6.0)))
    process.kill(signal.SIGKILL)


def unfinished(chroma: Path) -> bool:
    """Whether a write was begun and not ended: its first file is newer than its last.

    Before the first write there is an empty index, of one length of four bytes for each of 100 places.
    """
    for path in chroma.glob(f"*/*/{_FIRST}"):
        last = path.with_name(_LAST)
        if last.exists():
            return path.stat().st_mtime_ns > last.stat().st_mtime_ns
        return path.with_name("length.bin").stat().st_size > _EMPTY_LENGTHS
    return False


def _rows(done: Sequence[Kill]) -> list[Row]:
    doubted = sum(bool(kill.verdict.why) for kill in done)
    remade = [kill.inside for kill in done if kill.remade]
    return [
        (
            "SIGKILLs while indexing",
            f"{len(done)}, {sum(kill.inside for kill in done)} of them while Chroma wrote its index files",
        ),
        ("… checked when opened again", f"{doubted}"),
        ("… index made anew", f"{len(remade)}, {sum(remade)} of them after a kill inside that window"),
        *judged([kill.verdict for kill in done]),
    ]


DRILL = Drill(
    name="kills",
    title="Kills",
    shows="The process that takes documents in is killed at random moments and, by strace, at writes to the"
    " files of Chroma's graph; then the folder is opened again and 1,000 passages looked for, half of them"
    " the newest. Vectors are made (384 dimensions, around 300 topics), texts are made of numbers.",
    count=200,
    does=lambda run: drill(run.folder, run.count, run.seed),
    rows=_rows,
)
