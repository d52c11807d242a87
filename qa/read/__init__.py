"""Readers: each finds the answer to a question in the passages that were retrieved for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from qa.types import Reading, ScoredPassage


class Reader(Protocol):
    """Reads passages and answers from them alone, or abstains."""

    @property
    def name(self) -> str:
        """What the manifest and ``--reader`` call it."""
        ...

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        """Answer ``question`` from ``passages``; ``today`` is what relative dates are relative to.

        ``accepted_risk`` in [0, 1], if it is to be another than the reader's own.
        """
        ...
