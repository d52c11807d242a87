"""Steps that work at the same time, in order, and never far ahead of each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


class _End:
    """Stands behind the last item."""


_END: Final = _End()


def in_order(
    work: Callable[[Item], Made], items: Iterable[Item], *, threads: int, most: int
) -> Generator[Made | None, None, None]:
    """``work`` done on each item by ``threads`` threads, at most ``most`` (≥ 1) items ahead, in their order.

    None comes between, when the next is not done yet: whoever waits for more before going on should not.
    """
    waiting: deque[Future[Made]] = deque()
    coming = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="reading") as pool:
        try:
            while True:
                while len(waiting) < most and not isinstance(item := next(coming, _END), _End):
                    waiting.append(pool.submit(work, item))
                if not waiting:
                    return
                if not waiting[0].done():
                    yield None
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def one_ahead(items: Iterator[Item], stop: Callable[[], None]) -> Generator[Item, None, None]:
    """The same items; while one is in use, a thread makes the next.

    When it ends, or is broken off, ``stop`` is called first: it should make the next come soon.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        try:
            made = thread.submit(next, items, _END)
            while not isinstance(item := made.result(), _End):
                made = thread.submit(next, items, _END)
                yield item
        finally:
            stop()


class Room:
    """What may be ahead, by its size. It is entered in any order and left in that of the turns.

    Whose turn is next enters in any case: so there is never more in it than fits and one thing.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken: dict[int, int] = {}
        self._next = 0
        self._free = threading.Condition()
        self.closed = False

    def enter(self, turn: int, size: int) -> None:
        """Wait until there is room for something of that size. Turns are counted from 0."""
        with self._free:
            self._free.wait_for(
                lambda: self.closed or turn == self._next or sum(self._taken.values()) + size <= self._size
            )
            self._taken[turn] = size

    def leave(self, turn: int) -> None:
        """Make room, also for a turn that took none."""
        with self._free:
            self._taken.pop(turn, None)
            self._next = turn + 1
            self._free.notify_all()

    def close(self) -> None:
        """Nobody waits any more."""
        with self._free:
            self.closed = True
            self._free.notify_all()
