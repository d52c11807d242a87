"""Addresses of the API that are not there: else the chat page, which answers any path, would answer them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class Unknown(BaseRoute):
    """To be the last of ``routes`` for paths under ``/v1``: 404, or 405 where the path is there."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and scope["path"].startswith("/v1/")
        return (Match.FULL, {}) if ours else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._routes:
            if route.matches(scope)[0] == Match.PARTIAL:
                await route.handle(scope, receive, send)
                return
        raise HTTPException(404, "There is no such address: GET /openapi.json tells of those there are.")
