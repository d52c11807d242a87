"""Chroma's files deleted, truncated and overwritten, after a clean close and after a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from drills.drill import Drill, Row
from drills.judge import Verdict, crashed, judge, judged
from drills.processes import answer
from drills.topics import TopicEmbedder, document
from qa import generation
from qa.catalog import Catalog
from qa.config import Config
from qa.index import Index

_DOCUMENTS, _SENTENCES = 20, 120
_KINDS = ("deleted", "truncated", "overwritten")


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done to which file, whether its index was sealed, whether it was made anew, the verdict."""

    what: str
    sealed: bool
    remade: bool
    verdict: Verdict


def drill(folder: Path, count: int, seed: int) -> Iterator[Damage]:
    """``count`` damages, each to a copy of one folder, by turns closed in good order and as after a kill."""
    rng = np.random.default_rng(seed)
    shutil.rmtree(folder, ignore_errors=True)
    whole = Config(data=folder / "whole", passage_tokens=32, overlap_tokens=0)
    acknowledged = answer(_filling(whole))
    for number in range(count):
        sealed = number % 2 == 0
        config = replace(whole, data=folder / "copy")
        shutil.rmtree(config.data, ignore_errors=True)
        shutil.copytree(whole.data, config.data)
        if not sealed:
            _unseal(config)
        before = {path.name for path in config.vectors_path.iterdir()}
        what = _damage(config.vectors_path, rng)
        verdict = answer(judge(config, acknowledged, rng))
        kept = Verdict(**verdict) if verdict and "error" not in verdict else crashed(acknowledged)
        after = {path.name for path in config.vectors_path.iterdir()}
        yield Damage(what, sealed, before != after, kept)


def _filling(config: Config) -> Callable[[Callable[[object], None]], None]:
    def work(tell: Callable[[object], None]) -> None:
        with Index(config, TopicEmbedder()) as index:
            receipts = [index.add(document(number, _SENTENCES)) for number in range(_DOCUMENTS)]
        tell({receipt.document_id: receipt.passages for receipt in receipts})

    return work


def _unseal(config: Config) -> None:
    catalog = Catalog(config.catalog_path)
    known = generation.load(catalog.state("vectors"))
    if known is not None:
        catalog.set_state("vectors", replace(known, seal=None).dump())
    catalog.close()


def _damage(chroma: Path, rng: np.random.Generator) -> str:
    """Do something to one file; says what."""
    files = sorted(path for path in chroma.rglob("*") if path.is_file() and path.stat().st_size)
    file = files[int(rng.integers(len(files)))]
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    size = file.stat().st_size
    if kind == "deleted":
        file.unlink()
        return f"{file.name} deleted"
    at = int(rng.integers(size))
    with file.open("rb+") as opened:
        if kind == "truncated":
            opened.truncate(at)
            return f"{file.name} truncated to {at:,} of {size:,} bytes"
        length = min(size - at, int(rng.integers(1, 5_000)))
        opened.seek(at)
        opened.write(rng.bytes(length))
    return f"{file.name} overwritten at {at:,}, {length:,} of {size:,} bytes"


def _rows(done: Sequence[Damage]) -> list[Row]:
    rows: list[Row] = []
    for sealed in (True, False):
        those = [one for one in done if one.sealed == sealed]
        if those:
            remade = sum(one.remade for one in those)
            rows += [
                (f"damages after {'a clean close' if sealed else 'a kill'}", f"{len(those)}"),
                ("… index made anew", f"{remade}; the others passed the check, and were searched rightly"),
                *judged([one.verdict for one in those]),
            ]
    return rows


DRILL = Drill(
    name="damages",
    title="Damages",
    shows="A file of Chroma's is deleted, truncated or overwritten, in a folder that was closed in good"
    " order and in one whose process was killed; then it is opened and 1,000 passages looked for.",
    count=100,
    does=lambda run: drill(run.folder, run.count, run.seed),
    rows=_rows,
)
