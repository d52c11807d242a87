"""``/v1/conversations``: what a user asked and was answered; nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from qa.conversations import Conversations
from qa.talk import Conversation, Exchange, Form, Verdict
from ui.api.examples import ANSWER
from ui.api.schema import AnswerModel, Text, whole
from ui.problems import PROBLEMS
from ui.service import Service

_MOST_LISTED = 100
_MOST_SHOWN = 1_000
_MOST_TITLE = 200
_CURSOR = r"^[0-9TZ:.-]{1,40}_[0-9a-f]{32}$"
_CONVERSATION: dict[str, Any] = {
    "id": "3f8a1c5e9b7d2046813fa5c0e9d7b624",
    "title": "How much does Iraq owe Iran?",
    "created": "2024-09-16T09:30:00.000Z",
    "updated": "2024-09-16T09:31:12.480Z",
    "turns": 1,
}
_EXCHANGE: dict[str, Any] = {
    "id": "c2d94e07ab5f4d1899e1b6700f3a5d28",
    "question": ANSWER["question"],
    "answer": ANSWER,
    "asked": "2024-09-16T09:31:12.480Z",
    "verdict": "right",
    "note": "",
}
_FORMS: Mapping[Form, tuple[str, str]] = {
    "markdown": ("text/markdown", "md"),
    "json": ("application/json", "json"),
}


def storable(text: str) -> str:
    """Text that any program can read again."""
    if "\0" in text:
        raise ValueError("the text has a NUL character: leave it out")
    return whole(text)


Title = Annotated[str, Field(max_length=_MOST_TITLE), AfterValidator(storable)]


class Titled(BaseModel):
    """What a conversation is called; without a title it is called by its first question."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"title": "Debts"}]})
    title: Title = ""


class Renamed(BaseModel):
    """What a conversation is to be called."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"title": "Debts"}]})
    title: Title


class ConversationModel(BaseModel):
    """A conversation without what was said. ``updated`` is when the last question was answered."""

    model_config = ConfigDict(title="Conversation", json_schema_extra={"examples": [_CONVERSATION]})
    id: str
    title: str
    created: str
    updated: str
    turns: int = Field(description="how many questions it has")


class ConversationList(BaseModel):
    """Some conversations, last used first; ``next_cursor`` gets those that follow, null when none do."""

    conversations: list[ConversationModel]
    next_cursor: str | None


class ExchangeModel(BaseModel):
    """A question, the whole answer, and what its user thought of it."""

    model_config = ConfigDict(title="Exchange", json_schema_extra={"examples": [_EXCHANGE]})
    id: str
    question: str
    answer: AnswerModel  # type: ignore[valid-type]  # made from the domain's type
    asked: str
    verdict: Verdict | None
    note: str


class WholeConversation(ConversationModel):
    """A conversation with what was said, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CONVERSATION | {"exchanges": [_EXCHANGE]}]})
    exchanges: list[ExchangeModel]


def router(service: Service, conversations: Conversations) -> APIRouter:
    """Conversations of whoever asks. Another user's are unknown, as if they were not there."""
    routes = APIRouter(prefix="/v1/conversations", responses=PROBLEMS, tags=["conversations"])

    @routes.post("", status_code=201, response_model=ConversationModel)
    async def create(request: Request, body: Titled | None = None) -> Response:
        """Begin a conversation; questions go into it by ``conversation_id`` of ``POST /v1/ask``."""
        user = owner(request)
        title = body.title if body else ""
        made = await service.run(lambda _: conversations.create(user, title))
        return JSONResponse(asdict(made), 201, {"Location": f"/v1/conversations/{made.id}"})

    @routes.get("", response_model=ConversationList)
    async def find(
        request: Request,
        search: Annotated[str, Query(max_length=_MOST_TITLE), AfterValidator(storable)] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 50,
        cursor: Annotated[str, Query(pattern=_CURSOR)] | None = None,
    ) -> Response:
        """Your conversations; ``search`` looks for words in titles, questions and answers."""
        user = owner(request)
        found = await service.run(
            lambda _: conversations.find(user, search, limit=limit + 1, before=cursor or "")
        )
        return JSONResponse(_page(found, limit))

    @routes.get("/{conversation_id}", response_model=WholeConversation)
    async def get(
        request: Request, conversation_id: Text, last: Annotated[int, Query(ge=1, le=_MOST_SHOWN)] = 100
    ) -> Response:
        """A conversation with the ``last`` things said in it, in order; its export has all."""
        user = owner(request)

        def found() -> tuple[Conversation, list[Exchange]]:
            said = conversations.exchanges(user, conversation_id, last)
            return conversations.get(user, conversation_id), said

        conversation, exchanges = await service.run(lambda _: found())
        said = [asdict(exchange) for exchange in exchanges]
        return JSONResponse(asdict(conversation) | {"exchanges": said})

    @routes.patch("/{conversation_id}", response_model=ConversationModel)
    async def rename(request: Request, conversation_id: Text, body: Renamed) -> Response:
        """Give a conversation another title."""
        user = owner(request)
        named = await service.run(lambda _: conversations.rename(user, conversation_id, body.title))
        return JSONResponse(asdict(named))

    @routes.delete("/{conversation_id}", status_code=204)
    async def delete(request: Request, conversation_id: Text) -> Response:
        """Forget a conversation, what was said in it, and the feedback on that."""
        user = owner(request)
        await service.run(lambda _: conversations.delete(user, conversation_id))
        return Response(status_code=204)

    @routes.get(
        "/{conversation_id}/export",
        response_class=Response,
        responses={
            200: {
                "description": "The whole conversation, as a file.",
                "content": {
                    "text/markdown": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"$ref": "#/components/schemas/WholeConversation"}},
                },
            }
        },
    )
    async def export(
        request: Request, conversation_id: Text, form: Annotated[Form, Query(alias="format")] = "markdown"
    ) -> Response:
        """The whole conversation: Markdown for people, JSON for programs."""
        user = owner(request)
        text = await service.run(lambda _: conversations.export(user, conversation_id, form))
        media, suffix = _FORMS[form]
        name = f"conversation-{conversation_id[:8]}.{suffix}"
        return Response(
            text, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    return routes


def owner(request: Request) -> str:
    """Whose conversations a request is about."""
    return str(request.state.caller.name)


def _page(found: list[Conversation], limit: int) -> dict[str, Any]:
    """``found`` has one more than ``limit`` when there are any behind."""
    shown = found[:limit]
    more = len(found) > limit
    return {
        "conversations": [asdict(each) for each in shown],
        "next_cursor": shown[-1].cursor if more else None,
    }
