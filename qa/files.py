"""What a catalog keeps of files: how they looked, which could not be read, and which texts are alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qa import likeness
from qa.looks import Look
from qa.types import FailedFile, Twin

Rows = Callable[..., list[tuple[Any, ...]]]
"""Runs SQL with its values and gives the rows."""

_MOST_COMPARED = 50
"""Documents that share a band; of a thousand copies of one text, the others need not be looked at."""


class Files:
    """Reads and writes in the tables ``looks``, ``failures``, ``sketches`` and ``bands``."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def note(self, path: str, look: Look | None) -> None:
        """A file was read, and looked like this before; it has not failed, then."""
        self.forget_failure(path)
        self._look(path, look)

    def note_failure(self, failed: FailedFile, look: Look | None) -> None:
        """A file could not be taken in; with ``look`` that holds while it looks so."""
        values = (failed.path, failed.source, failed.reason, failed.failed_at)
        self._rows("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", *values)
        self._look(failed.path, look)

    def forget(self, document_id: str) -> None:
        """How the file of a document looked."""
        self._rows("DELETE FROM looks WHERE path = (SELECT path FROM documents WHERE id = ?)", document_id)

    def forget_failure(self, path: str) -> None:
        self._rows("DELETE FROM failures WHERE path = ?", path)

    def look(self, path: str) -> Look | None:
        rows = self._rows(
            "SELECT size, mtime_ns, inode, device, looked_ns, version FROM looks WHERE path = ?", path
        )
        return Look(*rows[0]) if rows else None

    def failure(self, path: str) -> FailedFile | None:
        rows = self._rows("SELECT path, source, reason, failed_at FROM failures WHERE path = ?", path)
        return FailedFile(*rows[0]) if rows else None

    def failures(self) -> list[FailedFile]:
        rows = self._rows("SELECT path, source, reason, failed_at FROM failures ORDER BY source, path")
        return [FailedFile(*row) for row in rows]

    def twins(self, document_id: str, most: int) -> list[Twin]:
        """Documents with the same text or nearly so, the most alike first."""
        same = self._rows(
            "SELECT d.id, d.source FROM sketches o JOIN sketches s ON s.text_sha256 = o.text_sha256"
            " JOIN documents d ON d.id = s.document_id WHERE o.document_id = ?1 AND d.id != ?1"
            " ORDER BY d.indexed_at, d.source LIMIT ?2",
            document_id,
            most,
        )
        twins = [Twin(id_, source, 1.0) for id_, source in same]
        return twins + self._near(document_id, {twin.document_id for twin in twins})[: most - len(twins)]

    def _near(self, document_id: str, known: set[str]) -> list[Twin]:
        own = self._rows("SELECT text_sha256, sketch FROM sketches WHERE document_id = ?", document_id)
        if not own or own[0][1] is None:
            return []
        text, sketch = own[0][0], likeness.unpack(own[0][1])
        rows = self._rows(
            "SELECT DISTINCT d.id, d.source, s.sketch FROM bands o JOIN bands b ON b.key = o.key"
            " JOIN sketches s ON s.document_id = b.document_id JOIN documents d ON d.id = s.document_id"
            " WHERE o.document_id = ? AND s.text_sha256 != ? LIMIT ?",
            document_id,
            text,
            _MOST_COMPARED,
        )
        near = [
            Twin(id_, source, likeness.likeness(sketch, likeness.unpack(other)))
            for id_, source, other in rows
        ]
        alike = [twin for twin in near if twin.likeness >= likeness.ALIKE and twin.document_id not in known]
        return sorted(alike, key=lambda twin: (-twin.likeness, twin.source))

    def _look(self, path: str, look: Look | None) -> None:
        if look is None:
            self._rows("DELETE FROM looks WHERE path = ?", path)
            return
        values = (path, look.size, look.mtime_ns, look.inode, look.device, look.looked_ns, look.version)
        self._rows("INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
