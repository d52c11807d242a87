"""How fast files of each format are read and cut, in one process that does nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.corpus import sentences
from drills.drill import Drill, Row, Run
from drills.papers import MAKERS
from qa.chunk import chunk
from qa.config import Config
from qa.load import parse
from qa.load.files import File

_PARAGRAPHS = 120  # of a file: about 30 pages


@dataclass(frozen=True, slots=True)
class Read:
    """One file, and the processor's seconds that it took to read it and to cut it into passages."""

    what: str
    megabytes: float
    characters: int
    passages: int
    reading: float
    cutting: float


def drill(run: Run) -> Iterator[Read]:
    """``count`` files of each format, of the seeds' sentences; and each PDF in the folder of texts."""
    rng, known, config = np.random.default_rng(run.seed), sentences(), Config()
    for number in range(run.count):
        paragraphs = [" ".join(rng.choice(known, size=4)) for _ in range(_PARAGRAPHS)]
        for suffix, make in MAKERS.items():
            yield _read(suffix, make(f"Report {number}", paragraphs), config, suffix)
    for path in sorted(run.data.rglob("*.pdf")) if run.data != Path() else ():
        yield _read(".pdf, real papers", path.read_bytes(), config, ".pdf")


def _read(what: str, data: bytes, config: Config, suffix: str) -> Read:
    began = time.process_time()
    document = parse(File(Path(f"/a{suffix}"), f"a{suffix}", data))
    read = time.process_time()
    passages = chunk(document, max_tokens=config.passage_tokens, overlap_tokens=config.overlap_tokens)
    cut = time.process_time()
    return Read(what, len(data) / 1e6, len(document.text), len(passages), read - began, cut - read)


def _rows(done: Sequence[Read]) -> list[Row]:
    rows: list[Row] = []
    for what in dict.fromkeys(one.what for one in done):
        files = [one for one in done if one.what == what][1 if what in MAKERS else 0 :]  # the first loads
        reading, both = sum(f.reading for f in files), sum(f.reading + f.cutting for f in files)
        rows.append(
            (
                f"`{what}`" if what in MAKERS else what,
                f"{len(files)}",
                f"{sum(f.megabytes for f in files) / reading:.2f}",
                f"{sum(f.characters for f in files) / reading / 1e6:.2f}",
                f"{sum(f.passages for f in files) / both:,.0f}",
            )
        )
    return rows


DRILL = Drill(
    name="formats",
    title="Reading each format",
    shows="Files of about 30 pages, of the seeds' sentences in other orders, are read and cut into passages,"
    " one after the other in one process. Seconds are the processor's; the first file of a format is left"
    " out, for it loads what reads it. With a folder of texts its PDFs are read, too.",
    count=20,
    does=drill,
    rows=_rows,
    columns=("format", "files", "MB/s", "million characters/s", "passages/s, read and cut"),
)
