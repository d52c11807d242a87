"""What is done on the chat page: asking, and keeping what was said, for one user at a time.

Nothing is kept here of anybody: who asks, and in which conversation, is said with each call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

from qa.conversations import Conversations
from qa.display import clean
from qa.errors import FootnoteError, NotFoundError, StoreError
from qa.library import Library
from qa.talk import Conversation, Exchange
from qa.types import Answer, Done, Event, Searching, Turn
from qa.wire import answer_to_dict
from ui.discretion import is_ours, sentence_of
from ui.exchange import (
    conversation_html,
    exchange_html,
    failed_html,
    pending_html,
    side_html,
    welcome_html,
)
from ui.scope import Params, Scope, scope_of
from ui.service import Service

_log = logging.getLogger(__name__)
_LISTED = 40  # conversations in the list
_SHOWN = 30  # exchanges of a conversation
_EXAMPLES = 4
_LOOKED_AT = 3  # documents, for examples
_MOST_TITLE = 200
_MOST_SEARCH = 200


class View(NamedTuple):
    """What changes on the page; None leaves a part as it is."""

    box: str | None = None
    past: str | None = None
    now: str | None = None
    side: str | None = None


class User(NamedTuple):
    """Who asks; ``shown`` is what they are called on the page, "" where nobody signs in."""

    name: str
    shown: str


class Asking:
    """A question on its way, which can be taken back."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    def stop(self) -> None:
        """Wait for the answer no longer."""
        self._events.put_nowait(None)

    async def events(self, told: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
        """What is told, until all is or ``stop`` was called. Raises what ``told`` does."""
        task = asyncio.create_task(self._take(told))
        task.add_done_callback(lambda _: self.stop())
        try:
            while (event := await self._events.get()) is not None:
                yield event
            if task.done():
                task.result()
        finally:
            task.cancel()

    async def _take(self, told: AsyncGenerator[Event]) -> None:
        async with aclosing(told):
            async for event in told:
                self._events.put_nowait(event)


class _Opened(NamedTuple):
    """The conversation that a question goes on, ``id`` "" for a new one, and what is asked."""

    id: str
    past: str
    turns: list[Turn]
    scope: Scope


class Talking:
    """Safe to share between those who ask."""

    def __init__(self, service: Service, conversations: Conversations) -> None:
        self._service = service
        self._conversations = conversations

    async def open(self, user: User, id_: str) -> View:
        """A conversation as it was left, or none when ``id_`` is ""."""
        try:
            found = await self._service.run(lambda _: self._said(user, id_)) if id_ else None
        except NotFoundError:
            return await self._nothing(user, "There is no such conversation any more.")
        except StoreError as error:
            return View(now=_failed(error))
        if found is None:
            return await self._nothing(user)
        past = conversation_html(*found)
        return View(past=past, now="", side=await self._side(user, id_))

    async def ask(
        self, user: User, id_: str, question: str, asking: Asking, params: Params = ()
    ) -> AsyncGenerator[View]:
        """The page as an answer comes about. After a failure the question is in the box again.

        ``params`` are the page address's, which say what is asked.
        """
        if not question.strip():
            return
        answer = None
        try:
            opened = await self._service.run(
                lambda library: self._opened(user, id_, scope_of(params, library))
            )
            yield View(box="", past=opened.past, now=pending_html(question))
            told = self._service.stream(question, history=opened.turns, filters=opened.scope.filters)
            async with aclosing(asking.events(told)) as events:
                async for event in events:
                    if isinstance(event, Searching) and event.searched != question:
                        yield View(now=pending_html(question, event.searched))
                    elif isinstance(event, Done):
                        answer = event.answer
        except FootnoteError as error:
            yield View(box=question, now=_failed(error, question))
            return
        if answer is None:
            yield View(box=question, now=failed_html(question, "Nothing was kept of it.", "Stopped."))
        else:
            yield await self._answered(user, opened, answer)

    async def act(self, user: User, id_: str, action: Mapping[str, Any]) -> View:
        """Something else than asking; what is not known is not done."""
        given = {name: value for name, value in action.items() if isinstance(value, str)}
        try:
            match given.get("do"):
                case "open":
                    return await self.open(user, given.get("id", ""))
                case "find":
                    return View(side=await self._side(user, id_, given.get("text", "")[:_MOST_SEARCH]))
                case "rename":
                    title = _storable(given.get("title", ""))[:_MOST_TITLE]
                    await self._service.run(lambda _: self._conversations.rename(user.name, id_, title))
                    return await self.open(user, id_)
                case "delete":
                    await self._service.run(lambda _: self._conversations.delete(user.name, id_))
                    return await self.open(user, "")
        except NotFoundError:
            return await self._nothing(user, "There is no such conversation any more.")
        except FootnoteError as error:
            return View(now=_failed(error))
        return View()

    def _said(self, user: User, id_: str) -> tuple[Conversation, list[Exchange]]:
        exchanges = self._conversations.exchanges(user.name, id_, _SHOWN)
        return self._conversations.get(user.name, id_), exchanges

    def _opened(self, user: User, id_: str, scope: Scope) -> _Opened:
        """What was said before. A conversation that was deleted meanwhile is begun anew."""
        try:
            if id_:
                past = conversation_html(*self._said(user, id_))
                return _Opened(id_, past, self._conversations.turns(user.name, id_), scope)
        except NotFoundError:
            pass
        return _Opened("", "", [], scope)

    async def _answered(self, user: User, opened: _Opened, answer: Answer) -> View:
        """An answer, kept with what was asked. One that can't be kept is shown all the same."""
        plain = answer_to_dict(answer)
        if scope := opened.scope.as_dict():
            plain["scope"] = scope
        try:
            conversation, kept, past = await self._service.run(lambda _: self._keep(user, opened.id, plain))
        except StoreError as error:
            _log.warning("an answer could not be kept: %s", error)
            lost = exchange_html(
                Exchange("", answer.question, plain, ""), f"This answer is not kept. {sentence_of(error)}."
            )
            return View(now=lost)
        return View(past=past, now=exchange_html(kept), side=await self._side(user, conversation))

    def _keep(self, user: User, id_: str, plain: Mapping[str, Any]) -> tuple[str, Exchange, str | None]:
        """Where an answer is kept, and how; the page's head where a conversation begins with it."""
        try:
            if id_:
                return id_, self._conversations.add(user.name, id_, plain), None
        except NotFoundError:  # deleted while it was answered
            pass
        begun = self._conversations.create(user.name).id
        kept = self._conversations.add(user.name, begun, plain)
        return begun, kept, conversation_html(self._conversations.get(user.name, begun), [], after=1)

    async def _nothing(self, user: User, missing: str = "") -> View:
        try:
            documents, examples = await self._service.run(self._offered)
            past = welcome_html(examples, documents, missing)
            return View(past=past, now="", side=await self._side(user, ""))
        except StoreError as error:
            return View(now=_failed(error))

    async def _side(self, user: User, current: str, search: str = "") -> str:
        found = await self._service.run(
            lambda _: self._conversations.find(user.name, _storable(search), limit=_LISTED + 1)
        )
        more = len(found) > _LISTED
        return side_html(found[:_LISTED], current=current, search=search, more=more, user=user.shown)

    def _offered(self, library: Library) -> tuple[int, list[str]]:
        """How many documents there are (of some that are looked at), and questions to begin with.

        Of headings can't be told whether a question about them is answered; what can always be is a summary.
        """
        documents = library.documents(_LOOKED_AT)
        summaries = [f"Summarise “{clean(document.title).text}”" for document in documents]
        examples = list(self._service.config.examples[:_EXAMPLES])
        return len(documents), examples or [*summaries, "What can I ask?"]


def _storable(text: str) -> str:
    """Without what no store takes: NUL, and half of a character (a lone surrogate)."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _failed(error: FootnoteError, question: str = "") -> str:
    if is_ours(error):
        _log.error("the chat page: %s", error)
    return failed_html(question, f"{sentence_of(error)}.")
