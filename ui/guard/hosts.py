"""By which names the server may be asked.

A page of another site can have its own name point here ("DNS rebinding"), and is then of one origin with us
in the browser's eyes; but the name stands in the request.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.addresses import Host, address, host, host_name, is_loopback
from qa.config import Config
from ui.guard.refusal import refuse

HOST = "host"
"""In a request's state: the ``Host`` that it names."""

_MISDIRECTED = (
    "This server is not reached by that name: add it to the setting names, or use one that is there."
)


class Hosts:
    """Refuses requests for a name that is not this server's."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._names = {name for text in (config.host, *config.names) if (name := host_name(text)) is not None}
        self._names -= {"0.0.0.0", "::"}  # to listen at, and nobody's name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        values = Headers(scope=scope).getlist("host")
        named = host(values[0]) if len(values) == 1 else None
        if named is None:
            await refuse(scope, receive, send, 400, "The request needs one Host header, with a host's name.")
        elif not self._is_ours(named, scope):
            await refuse(scope, receive, send, 421, _MISDIRECTED)
        else:
            scope["state"][HOST] = named
            await self._app(scope, receive, send)

    def _is_ours(self, named: Host, scope: Scope) -> bool:
        return named.name in self._names or is_loopback(named.name) or _is_here(named, scope)


def _is_here(named: Host, scope: Scope) -> bool:
    """Whether it is the very address that the client has reached: no name can be pointed at it."""
    server = scope.get("server")
    here = address(str(server[0])) if server else None
    return here is not None and str(here) == named.name
