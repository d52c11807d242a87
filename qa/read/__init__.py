"""Readers: each finds the answer to a question in the passages that were retrieved for it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date
from typing import Protocol, runtime_checkable

from qa.types import Reading, ReadSentence, ScoredPassage, Turn, Waiting


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


Steps = Generator[ReadSentence | Waiting | Reading, None, None]
"""An answer as it comes about: sentences that will be in it, and at last the whole reading."""


@runtime_checkable
class StreamingReader(Reader, Protocol):
    """A reader whose sentences are there one after the other, and that may be stopped between them."""

    def stream(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
        parts: int = 1,
    ) -> Steps:
        """As ``read``, step by step. ``parts``: of so many questions, which share the time, it is one."""
        ...

    def condense(self, question: str, history: Sequence[Turn]) -> str | None:
        """A follow-up question made to stand alone; None where that can't be done."""
        ...
