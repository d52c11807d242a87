"""Which web pages may ask: our own, and those of ``allowed_origins``. Programs send no ``Origin``."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.addresses import Origin, origin
from qa.config import Config
from ui.guard import paths
from ui.guard.hosts import HOST
from ui.guard.refusal import refuse

_ELSEWHERE = ("cross-site", "same-site")  # another site, or another origin of ours
_EXPOSED = ("X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After", "Mcp-Session-Id")
_CORS = "access-control-"


class Origins:
    """Refuses what a page of another site wants changed, and all that it asks of MCP.

    Preflights are answered here. What routes say about other sites (Gradio lets in any) is not sent.
    """

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._allowed = {found for text in config.allowed_origins if (found := origin(text)) is not None}
        self._cors = CORSMiddleware(
            self._check,
            allow_origins=[str(allowed) for allowed in self._allowed],
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("*",),
            expose_headers=_EXPOSED if self._allowed else (),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._cors(scope, receive, send)

    async def _check(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (paths.changes(scope) or paths.is_mcp(scope)) and not self._may_ask(scope):
            message = "A page of another site asks: its origin is not among allowed_origins."
            await refuse(scope, receive, send, 403, message)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [name for name in headers if name.startswith(_CORS)]:
                    del headers[name]
            await send(message)

        await self._app(scope, receive, sending)

    def _may_ask(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        named = headers.getlist("origin")
        if not named:
            return headers.get("sec-fetch-site") not in _ELSEWHERE
        found = origin(named[0]) if len(named) == 1 else None
        return found is not None and (found in self._allowed or _is_own(found, scope))


def is_own_page(scope: Scope) -> bool:
    """Whether a page of ours asks, and the browser says so."""
    named = Headers(scope=scope).getlist("origin")
    found = origin(named[0]) if len(named) == 1 else None
    return found is not None and _is_own(found, scope)


def _is_own(found: Origin, scope: Scope) -> bool:
    return found.is_at(scope["state"][HOST], scope["scheme"])
