"""One exchange of the chat page."""

from __future__ import annotations

from typing import Any, Unpack

import anyio
import pytest

from qa.errors import StoreError
from qa.library import OwnedLibrary
from qa.types import Answer, Asking, Turn
from ui.app import Parts
from ui.chat import build_chat, respond
from ui.service import Service

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


class Unreadable(OwnedLibrary):
    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        raise StoreError("the catalog /srv/data cannot be used")


def test_what_is_wrong_with_the_store_is_for_the_log(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    library = parts.service.library
    assert isinstance(library, OwnedLibrary)
    service = Service(Unreadable(library.assistant, parts.service.config), parts.service.config)
    _, shown, _ = anyio.run(respond, service, DEBT, [], [])
    assert "the server" in shown[1]["content"]
    assert "/srv" not in shown[1]["content"]
    assert "/srv/data" in caplog.text


def test_the_page_sends_nothing_but_the_question(parts: Parts) -> None:
    """What is shown is kept here, and examples are put into the box by the browser."""
    page = build_chat(parts.service, ("Who?",))
    taken = [type(block).__name__ for called in page.fns.values() if called.fn for block in called.inputs]
    assert taken == ["Textbox", "State", "State"]
    assert [called.js for called in page.fns.values() if not called.fn] == ['(at) => ["Who?"][at]']
