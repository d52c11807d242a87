"""Taking files into the index: each ends in a receipt or a failure that says why; none stops the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from qa.config import Config
from qa.errors import LoadError
from qa.index import Index, Receipt
from qa.load import Candidate, find, load
from qa.load.files import shown

IGNORE_FILE = ".footnoteignore"
"""A file in an indexed folder that names what not to take, in the patterns of ``.gitignore``."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One line on something that could not be taken in."""

    reason: str


def find_all(paths: Sequence[Path]) -> list[Candidate | Failure]:
    """Every file at or under ``paths``, and a failure for everything there that is no readable file."""
    found: dict[Path, Candidate] = {}
    failures: list[Candidate | Failure] = []
    for path in paths:
        try:
            here = find(path)
            ignored = _ignored(path)
        except LoadError as error:
            failures.append(Failure(str(error)))
            continue
        failures += [Failure(reason) for reason in here.refusals]
        taken = [candidate for candidate in here.files if not ignored.match_file(candidate.source)]
        for candidate in taken:
            found.setdefault(candidate.path, candidate)
        if not taken and not here.refusals:
            failures.append(Failure(f"{shown(str(path))} holds no documents"))
    return [*found.values(), *failures]


def ingest(index: Index, files: Sequence[Candidate | Failure], config: Config) -> Iterator[Receipt | Failure]:
    """Load and store each file in turn; what could not be loaded comes out as its failure.

    Raises StoreError when the index itself fails: nothing more can be taken in then.
    """
    for file in files:
        if isinstance(file, Failure):
            yield file
            continue
        try:
            document = load(file.path, source=file.source, max_bytes=config.max_file_mb * 1_000_000)
        except LoadError as error:
            yield Failure(str(error))
        else:
            yield index.add(document)


def _ignored(path: Path) -> GitIgnoreSpec:
    file = path / IGNORE_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return GitIgnoreSpec.from_lines(lines)
    except (OSError, ValueError) as error:
        raise LoadError(f"{shown(str(file))} cannot be read: {error}") from error
