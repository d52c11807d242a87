"""The breaker, by a clock that is set."""

from __future__ import annotations

from qa.read.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_three_failures_in_a_row_open_it() -> None:
    breaker = Breaker(clock=Clock())
    breaker.failed("a")
    breaker.failed("b")
    breaker.succeeded()
    breaker.failed("c")
    breaker.failed("d")
    assert breaker.why() is None
    breaker.failed("e")
    assert breaker.why() == "e"


def test_a_certain_one_opens_it_at_once_and_after_a_while_one_question_tries() -> None:
    clock = Clock()
    breaker = Breaker(seconds=30, clock=clock)
    breaker.failed("gone", certain=True)
    clock.now += 29.9
    assert breaker.why() == "gone"
    clock.now += 0.2
    assert [breaker.why(), breaker.why()] == [None, "gone"]
    breaker.failed("still gone", certain=True)
    assert breaker.why() == "still gone"
    clock.now += 31
    assert breaker.why() is None
    breaker.succeeded()
    assert [breaker.why(), breaker.why()] == [None, None]
