"""``docs/drills.md``: a section for each drill, replaced by itself."""

from __future__ import annotations

import fcntl
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from drills.drill import Drill, Row

_HEADING = re.compile(r"^## ", re.MULTILINE)


def section(drill: Drill[object], rows: Sequence[Row], command: str) -> str:
    """A drill's section: what is done, by which command, when and with what, and the table."""
    lines = (drill.columns, ["---"] * len(drill.columns), *rows)
    table = "\n".join(
        "|" + "|".join(f" {cell} ".replace("  ", " ") for cell in cells) + "|" for cells in lines
    )
    versions = f"Python {platform.python_version()}, chromadb {metadata.version('chromadb')}"
    made = f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {versions}."
    return f"## {drill.title}\n\n{drill.shows}\n\n{made}\n\n{table}\n"


def put(page: Path, made: str, order: Sequence[str]) -> None:
    """Put a section in the place of the one with its heading; drills that end at once take turns.

    ``order`` has the titles in their order on the page; a section of another title stays, at the end.
    """
    page.touch()
    with page.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        introduction, *others = _HEADING.split(file.read())
        sections = {_title(other): other for other in others} | {_title(made[3:]): made[3:]}
        known = [title for title in order if title in sections]
        titles = known + [title for title in sections if title not in known]
        parts = [introduction, *(f"## {sections[title]}" for title in titles)]
        file.seek(0)
        file.truncate()
        file.write("\n\n".join(part.strip() for part in parts) + "\n")


def _title(section: str) -> str:
    return section.split("\n", 1)[0]
