"""From where a request comes: the peer's own address, or what a trusted proxy says of its client."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.addresses import Address, address, network
from qa.config import Config

PROXY_USER = "proxy_user"
"""In a request's state: whom a trusted proxy names; None for nobody, "" for several."""

_TOLD = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded")


class Peers:
    """Takes a proxy's word only where it comes from a trusted address, and from nobody else.

    What proxies say is taken out of the request, so that nothing further in can be fooled by it.
    """

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app = app
        self._trusted = [found for text in config.trusted_proxies if (found := network(text)) is not None]
        self._user_header = config.proxy_user_header.lower()
        self._told = {*_TOLD, self._user_header.encode()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        peer = address(client[0]) if client else None
        named = None
        if peer is not None and self._trusts(peer):
            headers = Headers(scope=scope)
            named = self._user(headers)
            scope["client"] = (str(self._origin(peer, headers)), 0)
            scheme = _items(headers, "x-forwarded-proto")[-1:]  # the last is the word of the nearest proxy
            if scheme and scheme[0] in ("http", "https"):
                scope["scheme"] = scheme[0]
        scope["state"][PROXY_USER] = named
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in self._told]
        await self._app(scope, receive, send)

    def _trusts(self, peer: Address) -> bool:
        return any(peer in network for network in self._trusted)

    def _user(self, headers: Headers) -> str | None:
        """Several values may be a client's beside the proxy's own: none of them is taken."""
        values = headers.getlist(self._user_header) if self._user_header else []
        return "" if len(values) > 1 else next((value.strip() for value in values if value.strip()), None)

    def _origin(self, peer: Address, headers: Headers) -> Address:
        """The nearest address that is no trusted proxy's; those before it in the list may be made up."""
        for text in reversed(_items(headers, "x-forwarded-for")):
            found = address(text)
            if found is None:
                return peer
            peer = found
            if not self._trusts(found):
                return found
        return peer


def _items(headers: Headers, name: str) -> list[str]:
    return [item.strip() for value in headers.getlist(name) for item in value.split(",")]
