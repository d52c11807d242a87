"""Every request: its id, its line in the log, the headers of its response.

The log (logger ``footnote.access``, level INFO) has one JSON object a request: no query string, header or
body, and of the path the route's template alone, as people and programs put ids, names and secrets there.
JSON escapes whatever could begin a new line.
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.access import Caller
from ui.discretion import holds_key
from ui.guard import paths
from ui.guard.policies import put_headers
from ui.seen import Seen

_log = logging.getLogger("footnote.access")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REFUSED = 1008  # WebSocket close code: policy violation
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Traffic:
    """The outermost guard. Websockets are refused: nothing here speaks by them."""

    def __init__(self, app: ASGIApp, observe: Callable[[Seen], None], lifespan: ASGIApp) -> None:
        """``observe`` is told of each request when it is over, for metrics.

        ``lifespan`` is told of starting and stopping, which is no matter of the other guards.
        """
        self._app = app
        self._lifespan = lifespan
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED})
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        state["request_id"] = id_ = _id_of(scope)
        begun, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = id_
                put_headers(headers, scope)
            await send(message)

        finished = False
        try:
            await self._app(scope, receive, sending)
            finished = True
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            told = status if finished or status else 500  # what the server answers when we fail
            seen = Seen(method, paths.template(scope), told, time.perf_counter() - begun)
            _log.info("%s", _line(seen, id_, state.get("caller")))
            self._observe(seen)


def _id_of(scope: Scope) -> str:
    """The id that the client gives, so that it can follow its request, or a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    usable = _ID.fullmatch(given) and not holds_key(given)
    return given if usable else uuid.uuid4().hex


def _line(seen: Seen, id_: str, caller: Caller | None) -> str:
    return json.dumps(
        {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": id_,
            "method": seen.method,
            "path": seen.path,
            "status": seen.status,
            "ms": round(seen.seconds * 1_000, 1),
            "caller": caller.name if caller else None,
            "key": (caller.key or None) if caller else None,
        }
    )
