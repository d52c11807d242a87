"""Steps that overlap: their order, how far ahead they are, and how they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from qa.pipeline import Room, in_order, one_ahead


def test_results_come_in_order_and_none_says_that_the_next_is_not_done() -> None:
    free = threading.Event()

    def work(number: int) -> int:
        if number == 2:
            free.wait(30)
        return number * number

    seen: list[int | None] = []
    for result in in_order(work, range(6), threads=3, most=4):
        seen.append(result)
        if result is None and seen[-2:-1] == [1]:
            free.set()
    assert [one for one in seen if one is not None] == [0, 1, 4, 9, 16, 25]
    assert seen.index(None) <= seen.index(4)


def test_no_more_is_begun_than_may_be_ahead() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        return number

    results = in_order(work, range(100), threads=2, most=5)
    first = next(one for one in results if one is not None)
    time.sleep(0.05)
    assert first == 0
    assert len(begun) <= 6
    results.close()
    assert len(begun) <= 6


def test_an_error_comes_out_where_its_result_would() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return number

    seen: list[int | None] = []
    with pytest.raises(ValueError, match="three"):
        seen.extend(in_order(work, range(9), threads=2, most=4))
    assert [one for one in seen if one is not None] == [0, 1, 2]


def test_the_next_is_made_while_one_is_in_use() -> None:
    made: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            if number == 1:
                third.set()
            yield number

    stopped: list[bool] = []
    ahead = one_ahead(items(), lambda: stopped.append(True))
    assert next(ahead) == 0
    assert third.wait(30)
    assert list(ahead) == [1, 2]
    assert stopped == [True]


def test_breaking_off_stops_before_it_waits() -> None:
    wait = threading.Event()

    def items() -> Iterator[int]:
        yield 0
        wait.wait(30)
        yield 1

    ahead = one_ahead(items(), wait.set)
    assert next(ahead) == 0
    began = threading.active_count()
    ahead.close()
    assert wait.is_set()
    assert threading.active_count() < began


def test_a_room_has_what_fits_and_the_one_whose_turn_it_is() -> None:
    room = Room(10)
    entered: list[int] = []

    def enter(turn: int, size: int) -> threading.Thread:
        def run() -> None:
            room.enter(turn, size)
            entered.append(turn)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    enter(1, 4).join(30)
    enter(2, 6).join(30)
    waiting = enter(3, 1)
    enter(0, 1_000).join(30)  # larger than the room, and in its turn
    assert (entered, waiting.is_alive()) == ([1, 2, 0], True)
    room.leave(0)
    assert waiting.is_alive()  # 4 + 6 + 1 > 10
    room.leave(1)
    waiting.join(30)
    assert entered == [1, 2, 0, 3]
    blocked = enter(9, 99)
    room.close()
    blocked.join(30)
    assert not blocked.is_alive()
