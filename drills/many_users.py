"""Many processes on one data folder: second opens, and commands that come all at once. Nothing is killed.

Every process is a real one with the real models, and what it says is checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from drills.drill import Drill, Row
from drills.server import serving
from qa.lock import FolderLock

_ROOT = Path(__file__).parent.parent
_PROCESSES = 8
_LETTERS = "bcdfghklmnprst"
_REFUSED = "is in use by another Footnote"
_OPEN = """
import json, sys, time
from pathlib import Path
from qa.config import Config
from qa.errors import LockedError
from ui.shared import SharedLibrary
began = time.perf_counter()
with SharedLibrary(Config(data=Path(sys.argv[1])), print) as library:
    try:
        documents = library.state().documents
    except LockedError:
        documents = -1
    print(json.dumps([time.perf_counter() - began, documents]))
"""


@dataclass(frozen=True, slots=True)
class Open:
    """A second opening: beside a server or beside an owner without a door, and what came of it."""

    served: bool
    refused: bool
    right: bool
    """Whether it was told how many documents there are, if it was told."""
    seconds: float
    """Until it was answered or refused."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of many at once: done or refused by an owner that was closing, and whether it is right."""

    verb: str
    served: bool
    refused: bool
    right: bool


def second_opens(folder: Path, count: int) -> Iterator[Open]:
    """Half of them beside ``footnote serve``, half beside an owner that lets nobody in."""
    data = folder / "data"
    _run(data, "index", str(_write(folder, 0)))
    with serving(data):
        for _ in range(count - count // 2):
            yield _open(data, served=True)
    lock = FolderLock(data)
    try:
        for _ in range(count // 2):
            yield _open(data, served=False)
    finally:
        lock.release()


def at_once(folder: Path, rounds: int) -> Iterator[Command]:
    """Eight at a time index a document of their own and ask for its fact; without a server, then with one."""
    for served in (False, True):
        place = folder / str(served)
        if served:
            with serving(place / "data"):
                yield from _all_at_once(place, rounds - rounds // 2, served=True)
        else:
            yield from _all_at_once(place, rounds // 2, served=False)


def _all_at_once(folder: Path, rounds: int, *, served: bool) -> Iterator[Command]:
    with ThreadPoolExecutor(_PROCESSES) as pool:
        working = [pool.submit(_index_and_ask, folder, number, served) for number in range(rounds)]
        for work in as_completed(working):
            yield from work.result()


def _index_and_ask(folder: Path, number: int, served: bool) -> list[Command]:
    data, file = folder / "data", _write(folder, number)
    taken = _run(data, "index", str(file))
    done = [Command("index", served, _refused(taken), "1 added" in taken.stdout)]
    if done[0].right:
        asked = _run(data, "ask", "--json", f"When was the bridge of {_name(number)} opened?")
        right = asked.returncode == 0 and str(1500 + number) in json.loads(asked.stdout)["text"]
        done.append(Command("ask", served, _refused(asked), right))
    return done


def _write(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number}.txt"
    text = f"The bridge of {_name(number)} was opened in {1500 + number} by the mayor.\n"
    path.write_text(text, encoding="utf-8")
    return path


def _name(number: int) -> str:
    """A name that no other number below 196 has, like "Kabacobcu"."""
    first, second = _LETTERS[number % 14], _LETTERS[number // 14 % 14]
    return f"Ka{first}a{second}o{first}{second}u"


def _open(data: Path, *, served: bool) -> Open:
    command = [sys.executable, "-c", _OPEN, str(data)]
    said = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    seconds, documents = json.loads(said.stdout.splitlines()[-1])
    return Open(served, documents < 0, documents == 1, seconds)


def _refused(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 1 and _REFUSED in done.stderr


def _run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui", "--data", str(data), *arguments]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)


def _rows_of_opens(done: Sequence[Open]) -> list[Row]:
    rows: list[Row] = []
    for served in (True, False):
        those = [one for one in done if one.served == served]
        if those:
            through, refused = _count(those), sum(one.refused for one in those)
            rows += [
                (f"opened beside {'a server' if served else 'an owner without a door'}", f"{len(those)}"),
                ("… gone through it, and told rightly", f"{through}"),
                ("… refused", f"{refused}"),
                ("… neither", f"{len(those) - through - refused}"),
                ("… seconds, most", f"{max(one.seconds for one in those):.2f}"),
            ]
    return rows


def _rows_at_once(done: Sequence[Command]) -> list[Row]:
    rows: list[Row] = []
    for served, kind in ((False, "without a server"), (True, "with a server")):
        for verb, number in sorted(Counter(one.verb for one in done if one.served == served).items()):
            those = [one for one in done if (one.served, one.verb) == (served, verb)]
            right, refused = _count(those), sum(one.refused for one in those)
            rows += [
                (f"`{verb}` {kind}", f"{number}"),
                ("… right", f"{right}"),
                ("… refused, since the owner was closing", f"{refused}"),
                ("… wrong", f"{number - right - refused}"),
            ]
    return rows


def _count(those: Iterable[Open | Command]) -> int:
    return sum(one.right and not one.refused for one in those)


SECOND_OPENS = Drill(
    name="second-opens",
    title="Second opens",
    shows="A data folder that another process owns is opened: half the times that is a server, half one"
    " that lets nobody in. Time is from the first look at the folder, the start of Python apart.",
    count=100,
    does=lambda run: second_opens(run.folder, run.count),
    rows=_rows_of_opens,
)
AT_ONCE = Drill(
    name="at-once",
    title="Many commands at once",
    shows="Eight processes at a time index a document of their own and ask for the year it tells: half of"
    " them with nobody serving, so that each owns the folder or goes through its owner, half with a server.",
    count=96,
    does=lambda run: at_once(run.folder, run.count),
    rows=_rows_at_once,
)
