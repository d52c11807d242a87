"""Addresses of the API that are not there: else the chat page, which answers any path, would answer them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_OURS = ("/v1", "/documents", "/mcp", "/healthz", "/readyz", "/metrics")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Unknown(BaseRoute):
    """To stand behind ``routes``: 404, or, where the address is there, 405 with the methods it has."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        ours = scope["type"] == "http" and any(path == at or path.startswith(f"{at}/") for at in _OURS)
        return (Match.FULL, {}) if ours else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = [method for method in _METHODS if self._answers({**scope, "method": method})]
        if allowed:
            raise HTTPException(405, "This address has other methods.", {"Allow": ", ".join(allowed)})
        raise HTTPException(404, "There is no such address: GET /openapi.json tells of those there are.")

    def _answers(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] == Match.FULL for route in self._routes)
