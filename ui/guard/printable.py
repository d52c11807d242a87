"""Paths are of characters that can be seen.

A line feed at a path's end makes it another one to the guards, and the same to the app's routes: in their
patterns "$" stands before it, too.
"""

from __future__ import annotations

import unicodedata

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.guard.refusal import refuse


class Printable:
    """Refuses paths with control characters."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(unicodedata.category(character) == "Cc" for character in scope["path"]):
            await refuse(scope, receive, send, 400, "The path has a control character in it.")
        else:
            await self._app(scope, receive, send)
