"""``/v1/feedback``: answers called right or wrong, for whoever makes gold questions of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from eval.feedback import as_feedback
from eval.published import Entry
from qa.conversations import Conversations
from qa.errors import GoldError
from qa.talk import Verdict
from ui.api.conversations import owner, storable
from ui.api.examples import ANSWER
from ui.api.schema import AnswerModel
from ui.problems import PROBLEMS
from ui.service import Service

LINES = "application/x-ndjson"
_MOST_NOTE = 4_000  # characters
_MOST_ANSWER = 1_000_000  # bytes of JSON; answers of 50 passages have some 100,000
_ID = "c2d94e07ab5f4d1899e1b6700f3a5d28"

Note = Annotated[str, Field(max_length=_MOST_NOTE), AfterValidator(storable)]


def _readable(given: Any) -> BaseModel:
    """An answer as it was given: one that can't be read would spoil the file that all feedback goes into."""
    try:
        text = json.dumps(given, allow_nan=False)
        answer = AnswerModel.model_validate_json(text, strict=True)
        as_feedback(Entry({"verdict": "right", "answer": answer.model_dump(mode="json")}, "feedback"))
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_input=False)
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")) from None
    except GoldError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("the answer is nested too deep: it is none") from None
    if len(text) > _MOST_ANSWER:
        raise ValueError(f"the answer has more than {_MOST_ANSWER:,} bytes: send less of its passages")
    return answer


class _Opinion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    note: Note = Field("", description="what was wrong, or what would be right")


class OnExchange(_Opinion):
    """What you think of an answer in a conversation of yours, in place of what you thought before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"exchange_id": _ID, "verdict": "wrong", "note": "That is a part."}]}
    )
    exchange_id: Annotated[str, Field(max_length=100), AfterValidator(storable)]
    verdict: Verdict | None = Field(description="null takes it back, but for the note")


class OnAnswer(_Opinion):
    """What you think of an answer that is in no conversation: send it whole, as it was given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "right", "answer": ANSWER}]})
    verdict: Verdict
    answer: Annotated[AnswerModel, BeforeValidator(_readable)]  # type: ignore[valid-type]


class Kept(BaseModel):
    """Feedback that is kept. It can be changed by ``exchange_id``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"exchange_id": _ID, "verdict": "right", "note": ""}]}
    )
    exchange_id: str
    verdict: Verdict | None
    note: str


def _kind(body: Any) -> str:
    has_answer = "answer" in body if isinstance(body, dict) else isinstance(body, OnAnswer)
    return "answer" if has_answer else "exchange"


Given = Annotated[
    Annotated[OnExchange, Tag("exchange")] | Annotated[OnAnswer, Tag("answer")], Discriminator(_kind)
]


def router(service: Service, conversations: Conversations) -> APIRouter:
    """Everyone gives feedback; editors read everyone's, which names nobody."""
    routes = APIRouter(prefix="/v1/feedback", responses=PROBLEMS, tags=["feedback"])

    @routes.post("", status_code=201, response_model=Kept)
    async def give(request: Request, body: Given) -> Response:
        """Call an answer right or wrong: one of your conversations, or one that you send whole."""
        user = owner(request)

        def keep() -> str:
            if isinstance(body, OnExchange):
                conversations.mark(user, body.exchange_id, body.verdict, body.note)
                return body.exchange_id
            answer = body.answer.model_dump(mode="json")  # type: ignore[attr-defined]
            return conversations.note_feedback(user, body.verdict, body.note, answer)

        id_ = await service.run(lambda _: keep())
        return JSONResponse({"exchange_id": id_, "verdict": body.verdict, "note": body.note}, 201)

    @routes.get(
        "",
        response_class=StreamingResponse,
        responses={200: {"content": {LINES: {"schema": {"type": "string"}}}, "description": "JSON lines."}},
    )
    async def read(request: Request) -> Response:
        """Every answer that was called right or wrong, a JSON object a line, for ``footnote eval draft``."""
        request.state.caller.need("editor")
        lines = _lines(conversations)
        first = await service.run(lambda _: next(lines, b""))  # what fails at once has a true status
        return StreamingResponse(chain([first], lines), media_type=LINES)

    return routes


def _lines(conversations: Conversations) -> Iterator[bytes]:
    for line in conversations.feedback():
        yield json.dumps(line).encode() + b"\n"
