"""One exchange of the chat page."""

from __future__ import annotations

from typing import Any

import anyio

from qa.types import Turn
from ui.app import Parts
from ui.chat import respond

DEBT = "How much does Iraq owe Iran?"


def test_an_exchange_is_shown_and_remembered(parts: Parts) -> None:
    box, shown, turns = anyio.run(respond, parts.service, DEBT, [], [])
    assert box == ""
    assert [message["role"] for message in shown] == ["user", "assistant"]
    assert "$11 billion" in shown[1]["content"]
    assert [turn.question for turn in turns] == [DEBT]


def test_an_empty_question_changes_nothing(parts: Parts) -> None:
    turns = [Turn("q", "a")]
    assert anyio.run(respond, parts.service, "  ", ["shown"], turns) == ("  ", ["shown"], turns)


def test_a_failure_is_told_and_is_no_turn(parts: Parts) -> None:
    shown: list[Any]
    box, shown, turns = anyio.run(respond, parts.service, "x" * 100_000, [], [])
    assert box == "x" * 100_000  # to be mended
    assert "That did not work." in shown[1]["content"]
    assert "shorten it" in shown[1]["content"]
    assert turns == []
