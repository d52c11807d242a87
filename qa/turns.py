"""Readers and one who changes take turns: many read at once, or one changes alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Whoever waits to change goes before new readers, so that a change comes however many read."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers = 0
        self._alone = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nothing changes meanwhile. Not to be entered again by a thread that is in it."""
        with self._free:
            self._free.wait_for(lambda: not self._alone)
            self._readers += 1
        try:
            yield
        finally:
            with self._free:
                self._readers -= 1
                self._free.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody reads meanwhile, and nobody else is alone."""
        with self._free:
            self._free.wait_for(lambda: not self._alone)
            self._alone = True  # from here on new readers wait
        try:
            with self._free:
                self._free.wait_for(lambda: not self._readers)
            yield
        finally:
            with self._free:
                self._alone = False
                self._free.notify_all()
