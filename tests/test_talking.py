"""What the chat page does: asks, keeps, finds, renames, deletes; each for one user."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Unpack

import anyio
import pytest

from qa.conversations import Conversations
from qa.errors import StoreError
from qa.library import OwnedLibrary
from qa.types import Asking as Asked
from qa.types import Event
from ui.app import Parts
from ui.scope import Params
from ui.service import Service
from ui.talking import Asking, Talking, User, View

DEBT = "How much does Iraq owe Iran?"
ANN, BOB = User("ann", "ann"), User("bob", "")


@pytest.fixture
def talking(parts: Parts, tmp_path: Path) -> Talking:
    return Talking(parts.service, Conversations(tmp_path))


def views(talking: Talking, user: User, id_: str, question: str, params: Params = ()) -> list[View]:
    async def asked() -> list[View]:
        return [view async for view in talking.ask(user, id_, question, Asking(), params)]

    return anyio.run(asked)


def done(work: Callable[[], Awaitable[View]]) -> View:
    return anyio.run(work)


def current(view: View) -> str:
    found = re.search('data-current="([0-9a-f]*)"', view.side or "")
    assert found
    return found[1]


def test_an_answer_is_shown_and_kept(talking: Talking) -> None:
    first, *_, last = views(talking, ANN, "", DEBT)
    assert first.box == ""
    assert "fn-pending" in (first.now or "")
    assert "approximately $11 billion" in (last.now or "")
    opened = done(partial(talking.open, ANN, current(last)))
    assert "approximately $11 billion" in (opened.past or "")
    assert opened.now == ""


def test_a_follow_up_goes_on_with_what_was_said(talking: Talking) -> None:
    id_ = current(views(talking, ANN, "", DEBT)[-1])
    *_, last = views(talking, ANN, id_, "And to Turkey?")
    assert "Searched for" in (last.now or "")
    assert current(last) == id_


def test_another_users_conversation_is_not_there(talking: Talking) -> None:
    id_ = current(views(talking, ANN, "", DEBT)[-1])
    seen = done(partial(talking.open, BOB, id_))
    assert "There is no such conversation" in (seen.past or "")
    assert "owe" not in (seen.side or "")
    for action in ({"do": "rename", "title": "mine"}, {"do": "delete"}):
        assert "There is no such conversation" in (done(partial(talking.act, BOB, id_, action)).past or "")
    *_, last = views(talking, BOB, id_, DEBT)
    assert current(last) != id_
    assert "ann" in (done(partial(talking.open, ANN, id_)).side or "")


def test_only_what_was_chosen_is_asked_and_the_answer_says_so(talking: Talking, parts: Parts) -> None:
    [short, long] = parts.service.library.documents()
    *_, kept_out = views(talking, ANN, "", DEBT, [("d", short.id)])
    assert "$11 billion" not in (kept_out.now or "")
    assert long.id not in (kept_out.now or "")
    assert "Only searched:" in (kept_out.now or "")
    assert 'data-do="all" data-text="How much does Iraq owe Iran?"' in (kept_out.now or "")
    *_, found = views(talking, ANN, current(kept_out), DEBT, [("d", long.id), ("after", "2024-09-16")])
    assert "$11 billion" in (found.now or "")
    assert "since 16 September 2024</bdi>" in (found.now or "")
    assert 'data-do="all"' not in (found.now or "")
    opened = done(partial(talking.open, ANN, current(found)))
    assert (opened.past or "").count("Only searched:") == 2


def test_nothing_is_asked_in_place_of_what_is_gone(talking: Talking) -> None:
    *_, last = views(talking, ANN, "", DEBT, [("d", "gone")])
    assert "Nothing was searched" in (last.now or "")
    assert "Ask all documents" in (last.now or "")
    *_, all_of_them = views(talking, ANN, "", DEBT, [("after", "no day")])
    assert "Only searched" not in (all_of_them.now or "")


def test_an_empty_question_changes_nothing(talking: Talking) -> None:
    assert views(talking, ANN, "", " \n ") == []


def test_a_failure_is_told_and_the_question_stays(talking: Talking) -> None:
    *_, last = views(talking, ANN, "", "x" * 100_000)
    assert last.box == "x" * 100_000
    assert "shorten it" in (last.now or "")
    assert "What you ask is kept" in (done(partial(talking.open, ANN, "")).side or "")


class Unreadable(OwnedLibrary):
    def stream(self, question: str, **how: Unpack[Asked]) -> Iterator[Event]:
        raise StoreError("the catalog /srv/data cannot be used")


def test_what_is_wrong_with_the_store_is_for_the_log(
    parts: Parts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = parts.service.library
    assert isinstance(library, OwnedLibrary)
    service = Service(Unreadable(library.assistant, parts.service.config), parts.service.config)
    *_, last = views(Talking(service, Conversations(tmp_path)), ANN, "", DEBT)
    assert "the server" in (last.now or "")
    assert "/srv" not in (last.now or "")
    assert "/srv/data" in caplog.text


def test_a_question_that_is_taken_back_is_not_kept(talking: Talking) -> None:
    async def taken_back() -> list[View]:
        asking, seen = Asking(), []
        async for view in talking.ask(ANN, "", DEBT, asking):
            seen.append(view)
            asking.stop()
        return seen

    *_, last = anyio.run(taken_back)
    assert last.box == DEBT
    assert "Stopped." in (last.now or "")
    assert "What you ask is kept" in (done(partial(talking.open, ANN, "")).side or "")


def test_a_conversation_is_found_renamed_and_deleted(talking: Talking) -> None:
    id_ = current(views(talking, ANN, "", DEBT)[-1])
    nothing = done(partial(talking.act, ANN, id_, {"do": "find", "text": "zebra"}))
    assert "Nothing was found" in (nothing.side or "")
    assert "owe" in (done(partial(talking.act, ANN, id_, {"do": "find", "text": "billion"})).side or "")
    renamed = done(partial(talking.act, ANN, id_, {"do": "rename", "title": "Debts \ud800\0"}))
    assert ">Debts</h2>" in (renamed.past or "")
    assert current(done(partial(talking.act, ANN, id_, {"do": "delete"}))) == ""
    assert "no such" in (done(partial(talking.act, ANN, id_, {"do": "open", "id": id_})).past or "")


@pytest.mark.parametrize("action", [{}, {"do": "no"}, {"do": 5}, {"do": ["open"]}])
def test_what_is_not_known_is_not_done(talking: Talking, action: dict[str, object]) -> None:
    assert done(partial(talking.act, ANN, "", action)) == View()


def test_examples_are_those_of_the_settings(talking: Talking) -> None:
    assert DEBT in (done(partial(talking.open, ANN, "")).past or "")


def test_examples_are_drawn_from_the_documents_and_answered(parts: Parts, tmp_path: Path) -> None:
    service = Service(parts.service.library, replace(parts.service.config, examples=()))
    talking = Talking(service, Conversations(tmp_path))
    past = done(partial(talking.open, ANN, "")).past or ""
    offered = [unescape(text) for text in re.findall('data-do="ask" data-text="([^"]*)"', past)]
    assert len(offered) == 3
    for question in offered[:2]:
        assert not parts.service.library.ask(question).abstained
