"""Run drills, all or by name, and write the figures of each into its section of ``docs/drills.md``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from drills import (
    backups,
    corpus,
    damage,
    enter,
    formats,
    full_disk,
    fuzz,
    hostile,
    kills,
    lexical,
    load,
    many_users,
    page,
    retrieval,
    sessions,
    steps,
    throughput,
    wire,
)
from drills.drill import Drill, Run
from drills.topics import document
from qa.chunk import chunk

_PAGE = Path(__file__).parent.parent / "docs" / "drills.md"
_DRILLS: tuple[Drill[Any], ...] = (
    steps.DRILL,
    kills.DRILL,
    damage.DRILL,
    full_disk.DRILL,
    backups.DRILL,
    many_users.SECOND_OPENS,
    many_users.AT_ONCE,
    load.DRILL,
    enter.DRILL,
    sessions.DRILL,
    fuzz.DRILL,
    hostile.DRILL,
    throughput.DRILL,
    formats.DRILL,
    corpus.DRILL,
    lexical.DRILL,
    retrieval.DRILL,
    wire.DRILL,
)
_One = TypeVar("_One")


def main() -> int:
    """Run what is named; returns 1 if a drill that was named lacks what it needs."""
    options = _options()
    _warm()
    wanted = [drill for drill in _DRILLS if drill.name in options.names or not options.names]
    code = 0
    for drill in wanted:
        if missing := drill.missing(options.data):
            needs = f"needs {' and '.join(missing)} in a folder that --data names"
            print(f"drills: {drill.name} {needs}", file=sys.stderr)
            code = 1 if options.names else code
        else:
            _run(drill, options)
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m drills",
        description=__doc__,
        epilog="; ".join(f"{drill.name}: {drill.title.lower()}" for drill in _DRILLS),
    )
    names = [drill.name for drill in _DRILLS]
    parser.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names))
    parser.add_argument("--count", type=int, help="how often, or how large (default: as each drill says)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120.0, help="that each drill may take at most")
    parser.add_argument("--data", type=Path, help="the folder with texts that are not part of the project")
    parser.add_argument("--page", type=Path, default=_PAGE, help="where the figures go")
    return parser.parse_args()


def _warm() -> None:
    """Import what the forked processes need, once; nothing is opened."""
    import chromadb  # noqa: F401 - forked processes have it then

    chunk(document(0, 2), max_tokens=32, overlap_tokens=0)


def _run(drill: Drill[Any], options: argparse.Namespace) -> None:
    count = options.count or drill.count
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder) / drill.name, count, options.seed, options.data or Path())
        done = _told(drill.name, drill.does(run), options.minutes)
    asked = (
        f"python -m drills {drill.name} --count {count} --seed {options.seed} --minutes {options.minutes:g}"
    )
    command = asked + (" --data FOLDER" if options.data else "")
    made = page.section(drill, drill.rows(done), command)
    if drill.plots:
        drill.plots(done, options.page.with_name(f"{drill.name}.svg"))
        made += f"\n![{drill.title}, drawn]({drill.name}.svg)\n"
    page.put(options.page, made, [known.title for known in _DRILLS])


def _told(name: str, done: Iterable[_One], minutes: float) -> list[_One]:
    """All that was done until the time was over, printed as it goes."""
    kept: list[_One] = []
    deadline = time.monotonic() + 60 * minutes
    for number, one in enumerate(done, start=1):
        print(name, number, one, flush=True)
        kept.append(one)
        if time.monotonic() > deadline:
            break
    return kept


if __name__ == "__main__":
    sys.exit(main())
