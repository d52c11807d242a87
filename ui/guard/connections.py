"""Connections that send no whole request.

uvicorn waits for ever for a request's headers, takes any number of them, and goes on reading a body that
nobody wants after the answer was sent. Here a connection is closed when it has had no request to work on for
``PATIENCE_SECONDS``, or sends more than ``MOST_BYTES`` of headers. How slowly a wanted body may come is for
``ui.guard.bodies``. To be given to uvicorn: ``uvicorn.Config(app, http=Connection)``.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE_SECONDS = 30.0
MOST_BYTES = 65_536


class Connection(HttpToolsProtocol):
    """One connection, with a limit to waiting."""

    patience: ClassVar[float] = PATIENCE_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _in_headers = False
    _unread = 0  # bytes of headers that have come, whole or not
    _read = 0  # bytes of headers that are whole

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._work()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_headers:
            self._unread += len(data)
            if self._unread > MOST_BYTES:
                self.transport.close()
        if self.cycle is None or self.cycle.response_complete:
            self._wait()

    def on_message_begin(self) -> None:
        self._in_headers = True
        self._read = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._unread = 0
        self._work()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        """All may come in one piece, and would then be taken before its size is looked at."""
        self._read += size
        if self._read > MOST_BYTES:
            raise HttpParserError("too many headers")  # which uvicorn answers 400, and closes

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.patience, self.transport.close)

    def _work(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
