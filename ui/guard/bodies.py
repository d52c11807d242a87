"""How much a request may send, and how slowly."""

from __future__ import annotations

import time

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.config import Config
from ui.guard import paths
from ui.guard.refusal import refuse

MEGABYTE = 1_000_000  # bytes
PATIENCE_SECONDS = 30.0  # spent waiting for a body, and one more for each of so many bytes:
_SLOWEST = 16_384


class Bodies:
    """Refuses bodies that are too large (413), told or not, and those that come too slowly (408).

    Whatever an app makes of a body that breaks off, the client is told why, unless an answer has begun.
    """

    def __init__(self, app: ASGIApp, config: Config, patience: float = PATIENCE_SECONDS) -> None:
        self._app = app
        self._upload = (config.max_file_mb + 1) * MEGABYTE
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._upload if paths.is_upload(scope) else MEGABYTE
        body = _Body(receive, most, self._patience)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most:
            await _tell(scope, receive, send, body.too_large())
            return
        begun = ended = False

        async def sending(message: Message) -> None:
            nonlocal begun, ended
            if body.failure is not None and not begun and not ended:
                ended = True
                await _tell(scope, receive, send, body.failure)
            elif not ended:
                begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except HTTPException as error:
            if error is not body.failure or begun:
                raise
            if not ended:
                await _tell(scope, receive, send, error)


async def _tell(scope: Scope, receive: Receive, send: Send, failure: HTTPException) -> None:
    """The connection stays open for who sends too much, as they read the answer only then."""
    close = {"Connection": "close"} if failure.status_code == 408 else None
    await refuse(scope, receive, send, failure.status_code, failure.detail, close)


class _Body:
    """Counts what arrives, and how long it is waited for."""

    def __init__(self, receive: Receive, most: int, patience: float) -> None:
        self.failure: HTTPException | None = None
        self._receive = receive
        self._most = most
        self._left = patience  # seconds
        self._size = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next message; raises HTTPException once there is too much, or too little."""
        if self.failure is not None:
            raise self.failure
        if self._whole:  # what is waited for now is that the client leaves
            return await self._receive()
        begun = time.monotonic()
        with anyio.move_on_after(self._left):
            message = await self._receive()
            self._count(message, time.monotonic() - begun)
            return message
        raise self._fail(HTTPException(408, "The request's body comes too slowly."))

    def too_large(self) -> HTTPException:
        """What is said of a body of more bytes than are taken."""
        return HTTPException(413, f"The request's body is too large: at most {self._most:,} bytes are taken.")

    def _count(self, message: Message, waited: float) -> None:
        size = len(message.get("body", b""))
        self._size += size
        self._left += size / _SLOWEST - waited
        self._whole = not message.get("more_body", False)
        if self._size > self._most:
            raise self._fail(self.too_large())

    def _fail(self, failure: HTTPException) -> HTTPException:
        self.failure = failure
        return failure
