"""Many read, or one changes alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from qa.turns import Turns


def test_many_read_at_once() -> None:
    turns, together = Turns(), threading.Barrier(4)

    def read() -> int:
        with turns.reading():
            return together.wait(30)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: read(), range(4))) == [0, 1, 2, 3]


def test_who_changes_waits_for_readers_and_goes_before_new_ones() -> None:
    turns, done = Turns(), []
    waiting = threading.Event()

    def change() -> None:
        waiting.set()
        with turns.alone():
            done.append("changed")

    def read() -> None:
        with turns.reading():
            done.append("read")

    with ThreadPoolExecutor(2) as pool, turns.reading():
        pool.submit(change)
        assert waiting.wait(30)
        while not turns._alone:  # it has said that it waits
            pass
        pool.submit(read)
        done.append("first")
    assert done == ["first", "changed", "read"]


def test_a_change_that_fails_lets_others_go_on() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns.alone():
        raise RuntimeError
    with turns.reading():
        pass
    with turns.alone():
        pass
