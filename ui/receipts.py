"""What became of many files, in a table that fits a screen: failures first, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.index import Receipt
    from qa.survey import Failure

COLUMNS = ("file", "outcome", "pages", "characters", "passages", "notes")
MOST_ROWS = 40
_MOST_PAGES_NAMED = 10

Row = tuple[str, ...]


class Tally:
    """Counts what became of files, and keeps as many rows as are shown."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: list[str] = []
        self._rows: tuple[list[Row], list[Row], list[Row]] = ([], [], [])

    def add(self, result: Receipt | Failure) -> None:
        """Take in what became of one file."""
        from qa.survey import Failure

        if isinstance(result, Failure):
            self.counts["failed"] += 1
            self.reasons.append(result.reason)
            self._keep(0, (result.source, "failed", "", "", "", result.reason))
            return
        self.counts[result.outcome] += 1
        told = notes(result)
        if told or result.outcome != "unchanged":
            self._keep(1 if told else 2, _row(result, told))

    def rows(self) -> list[Row]:
        """Failures first, then what is worth a note, then what was taken in, 40 at most."""
        return [row for rows in self._rows for row in rows][:MOST_ROWS]

    @property
    def more(self) -> int:
        """How many files have no row."""
        return self.counts.total() - len(self.rows())

    def told(self) -> str:
        """All of them in one line."""
        named = ["added", "replaced", *(["moved"] if self.counts["moved"] else []), "unchanged", "failed"]
        return ", ".join(f"{self.counts[name]:,} {name}" for name in named) + "."

    def _keep(self, rank: int, row: Row) -> None:
        if len(self._rows[rank]) < MOST_ROWS:
            self._rows[rank].append(row)


def notes(receipt: Receipt) -> str:
    """What there is to know of how a file was read."""
    told = list(receipt.warnings)
    if receipt.empty_pages:
        named = ", ".join(map(str, receipt.empty_pages[:_MOST_PAGES_NAMED]))
        more = ", …" if len(receipt.empty_pages) > _MOST_PAGES_NAMED else ""
        told.append(f"no text on {len(receipt.empty_pages):,} of {receipt.pages:,} pages ({named}{more})")
    if receipt.duplicate_of:
        told.append(f"the same text as {receipt.duplicate_of.source}")
    told += [f"{twin.likeness:.0%} the same as {twin.source}" for twin in receipt.near_duplicates]
    return "; ".join(told)


def left_out(kinds: Mapping[str, int]) -> str:
    """A line on the files that were left out, the most frequent kinds first; empty if there are none."""
    count = sum(kinds.values())
    if not count:
        return ""
    ordered = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    named = ", ".join(f"{suffix or 'without a suffix'} {number:,}" for suffix, number in ordered[:10])
    files = "1 file of another kind was" if count == 1 else f"{count:,} files of other kinds were"
    return f"{files} left out: {named}{', …' if len(ordered) > 10 else ''}"


def _row(receipt: Receipt, told: str) -> Row:
    pages = f"{receipt.pages:,}" if receipt.pages else ""
    return (
        receipt.source,
        receipt.outcome,
        pages,
        f"{receipt.characters:,}",
        f"{receipt.passages:,}",
        told,
    )
