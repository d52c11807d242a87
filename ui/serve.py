"""The server: listens, tells when it does, and stops without cutting an answer off."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import anyio
import uvicorn
from starlette.types import ASGIApp

from qa.config import Config
from qa.errors import ConfigError
from ui.access import is_open
from ui.guard.connections import Connection
from ui.service import Service

_ANSWERS_SECONDS = 20.0  # for the answers at hand to be finished
_HASTE_SECONDS = 0.1  # between looks for a second Ctrl-C
_GRACE_SECONDS = 2  # an open page keeps a connection for ever; stopping must not wait for it


def serve(app: ASGIApp, service: Service, listening: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; calls ``ready`` with the address once requests are answered."""
    host = service.config.host
    shown = f"[{host}]" if ":" in host else host
    ready(f"http://{shown}:{listening.getsockname()[1]}")
    if not is_open(service.config):
        _log_requests()
    server = _Server(app, service)
    # Connections cut off by stopping are no errors, and crashes are told by the app, without anyone's words.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not (server.should_exit or record.exc_info))
    # uvicorn sends itself the signal again once all is closed; what is opened around it is to be closed, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _log_requests() -> None:
    """A line of JSON for each request on standard error."""
    log = logging.getLogger("footnote.access")
    log.setLevel(logging.INFO)
    log.addHandler(logging.StreamHandler())
    log.propagate = False


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, service: Service) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # who may say who asks, and from where, is a setting of our own
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._heed_haste, group.cancel_scope)
            await self._service.finish(_ANSWERS_SECONDS)
            group.cancel_scope.cancel()
        await super().shutdown(sockets)

    async def _heed_haste(self, waiting: anyio.CancelScope) -> None:
        """A second Ctrl-C waits for no answer."""
        while not self.force_exit:
            await anyio.sleep(_HASTE_SECONDS)
        waiting.cancel()


def listen(config: Config) -> socket.socket:
    """A socket that listens now, so that a taken port is told before anything is loaded.

    Raises ConfigError when it can't.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((config.host, config.port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror}; choose another with --port"
        ) from error
    return bound
