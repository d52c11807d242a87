"""``POST /v1/ask`` and ``POST /v1/search``."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event

from qa.conversations import Conversations
from qa.errors import FootnoteError, QuestionError
from qa.types import Answer, Asking, Citation, Done, Event, Searching, Turn
from qa.wire import answer_to_dict, passage_to_dict
from ui.access import Caller
from ui.api.messages import as_turns
from ui.api.schema import AnswerModel, AskRequest, Found, SearchRequest
from ui.problems import PROBLEMS, as_crash, as_problem
from ui.service import Service

EVENTS = "text/event-stream"
EXCHANGE = "X-Exchange-ID"


def router(service: Service, conversations: Conversations) -> APIRouter:
    """Questions, answered or only searched for."""
    routes = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["ask"])
    asking = _Asking(service, conversations)

    @routes.post(
        "/ask",
        response_model=AnswerModel,
        responses={200: {"description": "The answer, or an abstention.", "content": {EVENTS: {}}}},
    )
    async def ask(body: AskRequest, request: Request) -> Response:
        """The answer with its footnotes. ``abstained`` tells that the documents do not answer.

        With ``stream`` it comes as server-sent events: ``searching``, each ``sentence``, each ``citation``,
        the whole ``answer`` (what is given unstreamed), and ``end``; a failure on the way is an ``error``.
        """
        if body.stream or EVENTS in request.headers.get("accept", ""):
            return await asking.stream(body, request)
        return await asking.answer(body, request)

    @routes.post("/search", response_model=Found)
    async def search(body: SearchRequest) -> Response:
        """The passages that fit the question best, before any is read."""
        how: Asking = {"k": body.k, "filters": body.filters.as_filters()}
        passages = await service.search(body.question, **how)
        return JSONResponse({"passages": [passage_to_dict(scored) for scored in passages]})

    return routes


class _Asking:
    """Asks, with what was said before, and keeps what is said in its conversation."""

    def __init__(self, service: Service, conversations: Conversations) -> None:
        self._service = service
        self._conversations = conversations

    async def answer(self, body: AskRequest, request: Request) -> Response:
        how = await self._how(body, request.state.caller)
        answer = await self._service.ask(body.question, **how)
        kept = await self._keep(body, request.state.caller, answer)
        return JSONResponse(answer_to_dict(answer), headers={EXCHANGE: kept} if kept else None)

    async def stream(self, body: AskRequest, request: Request) -> Response:
        """The first event is waited for, so that what fails at once has a true status."""
        events = self._service.stream(body.question, **await self._how(body, request.state.caller))
        first = await anext(events)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies pass events on at once
        return StreamingResponse(self._told(first, events, body, request), media_type=EVENTS, headers=headers)

    async def _told(
        self, first: Event, rest: AsyncGenerator[Event], body: AskRequest, request: Request
    ) -> AsyncIterator[bytes]:
        kept = ""
        async with aclosing(rest):
            try:
                yield _event(first)
                async for event in rest:
                    if isinstance(event, Done):
                        kept = await self._keep(body, request.state.caller, event.answer)
                    yield _event(event)
            except FootnoteError as error:
                yield _line("error", as_problem(request, error)[1].model_dump())
            except Exception:
                yield _line("error", as_crash(request).model_dump())
                raise  # to be logged
        yield _line("end", {"exchange_id": kept or None})

    async def _how(self, body: AskRequest, caller: Caller) -> Asking:
        return {
            "history": await self._history(body, caller),
            "filters": body.filters.as_filters(),
            "k": body.k,
            "reader": body.reader,
            "accepted_risk": body.accepted_risk,
        }

    async def _history(self, body: AskRequest, caller: Caller) -> list[Turn]:
        if body.conversation_id is None:
            return as_turns((message.role, message.content) for message in body.messages)
        if body.messages:
            raise QuestionError("name a conversation_id or send messages, not both")
        id_ = body.conversation_id
        return await self._service.run(lambda _: self._conversations.turns(caller.name, id_))

    async def _keep(self, body: AskRequest, caller: Caller, answer: Answer) -> str:
        """The id of the exchange in its conversation; "" where none is kept."""
        if body.conversation_id is None:
            return ""
        id_ = body.conversation_id
        plain = answer_to_dict(answer)
        exchange = await self._service.run(lambda _: self._conversations.add(caller.name, id_, plain))
        return exchange.id


def _event(event: Event) -> bytes:
    if isinstance(event, Done):
        return _line("answer", answer_to_dict(event.answer))
    name = "searching" if isinstance(event, Searching) else type(event).__name__.lower()
    plain = asdict(event)
    if isinstance(event, Citation):
        plain["published"] = event.published.isoformat() if event.published else None
    return _line(name, plain)


def _line(name: str, plain: object) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(plain, ensure_ascii=False))
