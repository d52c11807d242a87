"""How the guards say no."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from qa.errors import FootnoteError
from ui.guard import paths
from ui.problems import headers_of, problem, sentence_of, status_of


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
        await PlainTextResponse(message, status, headers)(scope, receive, send)


async def refuse_for(scope: Scope, receive: Receive, send: Send, error: FootnoteError) -> None:
    """Answer with what an error says."""
    await refuse(scope, receive, send, status_of(error), sentence_of(error), headers_of(error))
