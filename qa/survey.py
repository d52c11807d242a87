"""Which files there are to take in, and what there is that can't be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from qa.errors import LoadError
from qa.load import SUFFIXES, Candidate, find
from qa.load.files import shown

IGNORE_FILE = ".footnoteignore"
"""A file in an indexed folder that names what not to take, in the patterns of ``.gitignore``."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One line on something that could not be taken in; ``source`` is the file, where it is one."""

    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies under some paths: ``files`` to take in, and a failure for everything that is no such file.

    ``left_out`` counts the files in folders that are of other kinds, by suffix ("" for none).
    """

    files: tuple[Candidate, ...]
    failures: tuple[Failure, ...]
    left_out: Mapping[str, int]


def survey(paths: Sequence[Path]) -> Survey:
    """Every file at or under ``paths``. One of another kind is a failure only where it was named itself."""
    found: dict[Path, Candidate] = {}
    failures: list[Failure] = []
    left_out: Counter[str] = Counter()
    for path in paths:
        try:
            here = find(path)
            ignored = _ignored(path)
        except LoadError as error:
            failures.append(Failure(str(error)))
            continue
        failures += [Failure(reason) for reason in here.refusals]
        named = path.is_file()
        taken = []
        for file in here.files:
            if ignored.match_file(file.source):
                continue
            if named or file.path.suffix.lower() in SUFFIXES:
                taken.append(file)
            else:
                left_out[file.path.suffix.lower()] += 1
        for file in taken:
            found.setdefault(file.path, file)
        if not taken and not here.refusals:
            failures.append(Failure(f"{shown(str(path))} holds no documents"))
    return Survey(tuple(found.values()), tuple(failures), dict(left_out))


def find_all(paths: Sequence[Path]) -> list[Candidate | Failure]:
    """The files and failures of a survey."""
    found = survey(paths)
    return [*found.files, *found.failures]


def _ignored(path: Path) -> GitIgnoreSpec:
    file = path / IGNORE_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return GitIgnoreSpec.from_lines(lines)
    except (OSError, ValueError) as error:
        raise LoadError(f"{shown(str(file))} cannot be read: {error}") from error
