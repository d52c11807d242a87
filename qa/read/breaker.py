"""Whoever does not answer is not asked for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed while questions are let through. Safe to share between threads.

    One that failure opens lets nothing through for ``seconds``; then one question at a time, until one
    succeeds (Nygard, "Release It!", 2007: the circuit breaker).
    """

    def __init__(
        self, failures: int = 3, seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """It opens after so many ``failures`` without a success between them, or by one that is certain."""
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._why = ""

    def why(self) -> str | None:
        """Why not to ask; None: ask. Who is told None after a while is the one who tries for all."""
        with self._lock:
            now = self._clock()
            if now < self._until:
                return self._why
            if self._failures >= self._most:
                self._until = now + self._seconds  # the others wait for what becomes of this one
            return None

    def succeeded(self) -> None:
        """Close."""
        with self._lock:
            self._failures, self._until = 0, 0.0

    def failed(self, why: str, *, certain: bool = False) -> None:
        """Count a failure; ``certain``: it is no use to ask again now."""
        with self._lock:
            self._why = why
            self._failures = self._most if certain else self._failures + 1
            if self._failures >= self._most:
                self._until = self._clock() + self._seconds
