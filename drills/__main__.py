"""Run the drills and write their figures: ``python -m drills [--kills 200 --inside 80 …]``."""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TypeVar

from drills import damage, full_disk, kills
from drills.judge import Verdict
from drills.topics import document
from qa.chunk import chunk

_PAGE = Path(__file__).parent.parent / "docs" / "drills.md"
Row = tuple[str, str]
_One = TypeVar("_One")


def main() -> None:
    options = _options()
    _warm()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.kills:
            done = kills.drill(folder / "kills", options.kills, options.inside, options.seed)
            rows += _kills(_told(done, options.minutes))
        for sealed in (True, False):
            if options.damages:
                damages = damage.drill(folder / "damage", options.damages, options.seed, sealed=sealed)
                rows += _damages(_told(damages, options.minutes), sealed)
        if options.full:
            full = full_disk.drill(folder / "full", options.full, options.seed)
            rows += _full(_told(full, options.minutes))
    options.out.write_text(_page(rows, options), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    for name, count in (("kills", 200), ("inside", 80), ("damages", 50), ("full", 20), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--minutes", type=float, default=60.0, help="that each drill may take at most")
    parser.add_argument("--out", type=Path, default=_PAGE)
    return parser.parse_args()


def _warm() -> None:
    """Import what the forked processes need, once; nothing is opened."""
    import chromadb  # noqa: F401 - forked processes have it then

    chunk(document(0, 2), max_tokens=32, overlap_tokens=0)


def _told(done: Iterable[_One], minutes: float) -> list[_One]:
    """All that was done until the time was over, printed as it goes."""
    kept: list[_One] = []
    deadline = time.monotonic() + 60 * minutes
    for number, one in enumerate(done, start=1):
        print(number, one, flush=True)
        kept.append(one)
        if time.monotonic() > deadline:
            break
    return kept


def _kills(done: Sequence[kills.Kill]) -> list[Row]:
    inside = sum(kill.inside for kill in done)
    verdicts = [kill.verdict for kill in done]
    doubted = sum(bool(kill.verdict.why) for kill in done)
    remade = [kill.inside for kill in done if kill.remade]
    return [
        ("SIGKILLs while indexing", f"{len(done)}, {inside} of them while Chroma wrote its index files"),
        ("… checked when opened again", f"{doubted}"),
        ("… index made anew", f"{len(remade)}, {sum(remade)} of them after a kill inside that window"),
        *_judged(verdicts),
    ]


def _damages(done: Sequence[damage.Damage], sealed: bool) -> list[Row]:
    remade = sum(one.remade for one in done)
    return [
        (f"damages after {'a clean close' if sealed else 'a kill'}", f"{len(done)}"),
        ("… index made anew", f"{remade}; the others passed the check, and were searched rightly"),
        *_judged([one.verdict for one in done]),
    ]


def _full(done: Sequence[full_disk.Full]) -> list[Row]:
    return [
        ("full disks", f"{len(done)}, {sum('tmpfs' in one.how for one in done)} of them a small tmpfs"),
        ("… wrong searches while full", f"{sum(one.wrong_while_full for one in done)}"),
        *_judged([one.verdict for one in done]),
    ]


def _judged(verdicts: Sequence[Verdict]) -> list[Row]:
    searches = sum(verdict.searches for verdict in verdicts)
    passages = sum(verdict.passages for verdict in verdicts)
    mending = [verdict.mending for verdict in verdicts]
    rate = 10_000 * sum(mending) / max(1, passages)
    return [
        ("… acknowledged passages missing", f"{sum(verdict.missing for verdict in verdicts)}"),
        ("… passages that Chroma lacks or has too many", f"{sum(v.out_of_step for v in verdicts)}"),
        ("… wrong searches", f"{sum(verdict.wrong for verdict in verdicts)} of {searches:,}"),
        ("… Recall@10 beside exact search, least", f"{min(verdict.recall for verdict in verdicts):.3f}"),
        ("… folders that Chroma answers from again", f"{sum(v.by == 'chroma' for v in verdicts)}"),
        ("… seconds until questions are answered, most", f"{max(v.opening for v in verdicts):.2f}"),
        ("… seconds until Chroma answers, median and most", f"{median(mending):.1f} and {max(mending):.1f}"),
        ("… the same per 10,000 passages, all together", f"{rate:.1f}"),
    ]


def _page(rows: Sequence[Row], options: argparse.Namespace) -> str:
    command = " ".join(
        f"--{name} {getattr(options, name)}"
        for name in ("kills", "inside", "damages", "full", "minutes", "seed")
    )
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return (
        "# Drills\n\n"
        f"Made by `python -m drills {command}`, with Python {platform.python_version()} and"
        f" chromadb {metadata.version('chromadb')}. Vectors are made (384 dimensions, around 300 topics),"
        " texts are made of numbers; what is searched for is passages' own vectors, and questions between"
        " two.\n\n"
        f"| | |\n| --- | --- |\n{table}\n"
    )


if __name__ == "__main__":
    main()
