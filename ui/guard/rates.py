"""How often one key, or one user, may call the API.

Told by the headers ``RateLimit-Policy`` and ``RateLimit`` (IETF draft "RateLimit header fields for HTTP"):
``q`` requests in any ``w`` seconds; ``r`` are left, until in ``t`` seconds there are more again.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.config import Config
from ui.access import LOCAL
from ui.guard import paths
from ui.guard.refusal import refuse


class Rates:
    """Refuses what is too often. ``LOCAL`` is not counted: there is nobody whose turn it would take."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._limit = RateLimitItemPerMinute(max(config.requests_per_minute, 1))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._policy = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope["state"].get("caller")
        if caller in (None, LOCAL) or not paths.is_counted(scope):
            await self._app(scope, receive, send)
            return
        who = caller.key or f"@{caller.name}"
        allowed = self._limiter.hit(self._limit, who)
        reset, remaining = self._limiter.get_window_stats(self._limit, who)
        seconds = max(1, math.ceil(reset - time.time()))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = f'"default";r={max(0, remaining)};t={seconds}'
            await send(message)

        if allowed:
            await self._app(scope, receive, sending)
            return
        message = f"Too many requests: at most {self._limit.amount:,} a minute are answered."
        await refuse(scope, receive, sending, 429, message, {"Retry-After": str(seconds)})
