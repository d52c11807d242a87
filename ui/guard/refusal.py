"""How the guards say no."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from qa.errors import FootnoteError
from ui.discretion import without_keys
from ui.guard import paths
from ui.problems import headers_of, problem, status_of, told


async def refuse(  # noqa: PLR0913 - ASGI takes three
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer with one sentence: to programs as a ``Problem``, to people as it is."""
    if paths.for_programs(scope):
        await problem(Request(scope), status, message, headers=headers)(scope, receive, send)
    else:
        await PlainTextResponse(without_keys(message), status, headers)(scope, receive, send)


async def refuse_for(scope: Scope, receive: Receive, send: Send, error: FootnoteError) -> None:
    """Answer with what an error says."""
    message = told(Request(scope), error)
    await refuse(scope, receive, send, status_of(error), message, headers_of(error))
