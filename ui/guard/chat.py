"""What of Gradio is reached: what the chat page asks for, and bodies that it could have sent.

Gradio has many more addresses than the page needs (files, uploads, other servers, calls of its functions by
name), and answers bodies that it does not expect with a crash, or writes them into the log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ui.api.schema import whole
from ui.guard import paths
from ui.guard.refusal import refuse
from ui.problems import crash, handle_problems

_FOLDERS = ("/assets/", "/static/", "/gradio_api/heartbeat/")
_FILES = (
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/gradio_api/queue/data",
    "/gradio_api/app_id",  # asked when the server was away: whether it is still the same
    "/gradio_api/info",
)
_LONGEST = 200  # characters: of much longer ones no file system makes a name, and Gradio a crash
_UNKNOWN = "There is no such page."
_NOT_ASKED = "This is not what the chat page sends: reload it, or ask by POST /v1/ask."


_Said = Annotated[str, Field(max_length=_LONGEST), AfterValidator(whole)]


class _Action(BaseModel):
    """What else than asking is done on the page."""

    model_config = ConfigDict(extra="forbid", strict=True)
    do: Literal["open", "find", "rename", "delete"]
    id: _Said = ""
    text: _Said = ""
    title: _Said = ""


class _Sent(BaseModel):
    """What the page sends to have one of its functions called: strings, and nothing for what is kept here."""

    model_config = ConfigDict(extra="forbid", strict=True)
    data: list[Annotated[str, AfterValidator(whole)] | None]
    fn_index: int
    session_hash: Annotated[str, Field(pattern="^[a-z0-9]{1,64}$")]
    trigger_id: int | None = None
    event_data: _Action | None = None


class Chat:
    """Gradio's app, which from now on tells of failures as we do."""

    def __init__(self, app: Starlette, inputs: Mapping[int, int]) -> None:
        """``inputs``: how many values each of the page's functions takes."""
        handle_problems(app)
        app.add_exception_handler(Exception, _failed)
        self._app = app
        self._inputs = inputs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"] == paths.CHAT:
            await self._ask(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and _is_asked_for(scope["path"]):
            await self._show(scope, receive, send)
        else:
            await refuse(scope, receive, send, 404, _UNKNOWN)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return  # nobody is left to be told
        if not self._could_be_sent(body):
            await refuse(scope, receive, send, 400, _NOT_ASKED)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)

    def _could_be_sent(self, body: bytes) -> bool:
        try:
            sent = _Sent.model_validate(json.loads(body))
        except (ValidationError, ValueError, RecursionError):
            return False
        return self._inputs.get(sent.fn_index) == len(sent.data)

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            if not _is_told(error):
                raise
            await send({"type": "http.response.body", "body": b""})


def _failed(request: Request, error: Exception) -> Response:
    return Response() if _is_told(error) else crash(request, error)


def _is_told(error: Exception) -> bool:
    """Whether Gradio has told of it within a stream, such as that the page's session is over."""
    return isinstance(error, RuntimeError) and isinstance(error.__cause__, HTTPException)


def _is_asked_for(path: str) -> bool:
    return path in _FILES or (path.startswith(_FOLDERS) and path.isascii() and len(path) <= _LONGEST)


def inputs_of(page: Any) -> dict[int, int]:
    """How many values each function of a page of Gradio's (``Blocks``) takes."""
    return {index: len(function.inputs) for index, function in page.fns.items() if function.fn}
