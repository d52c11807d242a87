"""The API that OpenAI's clients speak: models and chat completions, each answer with its footnotes."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from qa.build import reader_names
from qa.errors import FootnoteError, QuestionError
from qa.types import Done, Event, Searching, Sentence
from ui.chat_requests import MODEL, TAGS, ChatRequest
from ui.completions import EXAMPLE_OF_STREAM, Completion, Model, Models, Telling, piece
from ui.problems import PROBLEMS, Failure, Problem, as_crash, as_problem, request_id
from ui.service import Service

_STREAMED: dict[str, Any] = {
    "description": "The answer; as server-sent events where a stream was asked for.",
    "content": {"text/event-stream": {"example": EXAMPLE_OF_STREAM}},
}
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # no proxy may hold a stream back


def router(service: Service) -> APIRouter:
    """``GET /v1/models``, ``GET /v1/models/{id}`` and ``POST /v1/chat/completions``."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI"], route_class=_Route, responses=PROBLEMS)
    started = int(time.time())
    readers: dict[str, str | None] = {MODEL: None}
    readers |= {f"{MODEL}-{name}": name for name in reader_names(service.config)}

    @routes.get("/models", summary="Every model there is")
    async def models() -> Models:
        """`footnote` is the reader that is set, the others are each a reader of their own."""
        return Models(data=[Model(id=name, created=started) for name in readers])

    @routes.get("/models/{model_id}", response_model=Model, summary="One model")
    async def model(model_id: str, request: Request) -> Model | Response:
        if model_id not in readers:
            return _no_model(request, model_id)
        return Model(id=model_id, created=started)

    @routes.post(
        "/chat/completions",
        response_model=Completion,
        responses={200: _STREAMED},
        summary="Answer the last message of a conversation",
    )
    async def complete(asked: ChatRequest, request: Request) -> Completion | Response:
        """The last user message is the question; those before were said earlier. No instruction is followed.

        The answer's footnotes are annotations, and `footnote` holds the whole answer. Streamed, both come
        in the last delta that has anything; the deltas' contents make up the same text. A failure on the
        way is an event `{"error": {…}}`, and the end.
        """
        if asked.model not in readers:
            return _no_model(request, asked.model)
        telling = Telling(asked, str(request.base_url).rstrip("/"))
        question, how = asked.question(readers[asked.model])
        if not asked.stream:
            answer = await service.ask(question, **how)
            return await run_sync(telling.whole, answer)
        events = service.stream(question, **how)
        first = await _first(events)  # what fails before anything is said has its true status
        return _Stream(_lines(telling, first, events, request), headers=_HEADERS)

    return routes


class _StrictRequest(Request):
    """Its body is JSON and nothing else: no NaN, nothing nested without end."""

    async def json(self) -> Any:
        try:
            return json.loads(await self.body(), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("this is not JSON", "", 0) from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


class _Route(APIRoute):
    """What can't be asked is answered 400, as OpenAI does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(_StrictRequest(request.scope, request.receive))
            except RequestValidationError as error:
                return _invalid(request, error)
            except QuestionError as error:
                return _refused(request, 400, as_problem(request, error)[1].error.message)

        return handler


class _Stream(StreamingResponse):
    """A stream of server-sent events; with its end, or its client's leave, the question gives its turn up."""

    media_type = "text/event-stream"

    def __init__(self, lines: AsyncGenerator[str], headers: dict[str, str]) -> None:
        super().__init__(lines, headers=headers)
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._lines):
            await super().__call__(scope, receive, send)


async def _first(events: AsyncGenerator[Event]) -> Event:
    """The first event that tells something of the answer."""
    event = await anext(events)
    while isinstance(event, Searching):
        event = await anext(events)
    return event


async def _lines(
    telling: Telling, event: Event, events: AsyncGenerator[Event], request: Request
) -> AsyncGenerator[str]:
    """The stream, ``event`` being the first of it. A failure is told, and ends it."""
    said = ""
    try:
        async with aclosing(events):  # whoever reads slowly has no turn once the answer is there
            yield _line(telling.chunk({"role": "assistant", "content": ""}))
            while not isinstance(event, Done):
                if isinstance(event, Sentence):
                    more = piece(event, said)
                    said += more
                    yield _line(telling.chunk({"content": more}))
                event = await anext(events)
        answer = event.answer
        for chunk in await run_sync(lambda: list(telling.rest(answer, said))):
            yield _line(chunk)
        yield "data: [DONE]\n\n"
    except FootnoteError as error:
        yield _line(as_problem(request, error)[1].model_dump())
    except Exception:
        yield _line(as_crash(request).model_dump())
        raise


def _line(data: dict[str, Any]) -> str:
    """One event, in ASCII: some clients break lines at other characters than the standard does."""
    return f"data: {json.dumps(data)}\n\n"


def _no_model(request: Request, name: str) -> Response:
    message = f"There is no model {name[:100]!a}: GET /v1/models lists those there are."
    return _refused(request, 404, message, param="model", code="model_not_found")


def _invalid(request: Request, error: RequestValidationError) -> Response:
    """What was sent is not repeated: it may be huge, secret, or not fit to be encoded."""
    [first, *_] = error.errors()
    if first["type"] == "json_invalid":
        return _refused(request, 400, "The request body is not JSON.")
    path = ".".join(str(part) for part in first["loc"] if part != "body" and part not in TAGS)
    where = path[:200].encode("ascii", "backslashreplace").decode()
    message = str(first["msg"]).removeprefix("Value error, ")
    return _refused(request, 400, f"{where or 'The request body'}: {message}", param=where or None)


def _refused(
    request: Request, status: int, message: str, *, param: str | None = None, code: str | None = None
) -> Response:
    body = _failed(request, "invalid_request_error", message, param, code)
    return JSONResponse(body.model_dump(), status)


def _failed(
    request: Request, kind: str, message: str, param: str | None = None, code: str | None = None
) -> Problem:
    return Problem(
        error=Failure(type=kind, message=message, param=param, code=code, request_id=request_id(request))
    )
