"""Host names, addresses and origins as they stand in settings and requests: read, and brought to one form."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_LONGEST_NAME = 253  # characters, RFC 1035
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"(https?)://([^/?#@\s]+)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


class Host(NamedTuple):
    """A host as a request names it; ``port`` is None where none is named."""

    name: str
    port: int | None


class Origin(NamedTuple):
    """Where a web page comes from; ``port`` is the scheme's own where none is named."""

    scheme: str
    name: str
    port: int

    def is_at(self, host: Host, scheme: str) -> bool:
        """Whether a page from here belongs to the site that a request by ``scheme`` names as ``host``.

        Behind a proxy that ends TLS and doesn't say so, https pages ask by http: these belong, too. An http
        page asking by https does not, as anyone on the way could have made it.
        """
        port = host.port or _PORTS[self.scheme]
        return self.scheme in (scheme, "https") and (self.name, self.port) == (host.name, port)

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.scheme}://{name}" + (f":{self.port}" if self.port != _PORTS[self.scheme] else "")


def address(text: str) -> Address | None:
    """An IP address, an IPv4 one where IPv6 only wraps it; None for anything else."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def network(text: str) -> Network | None:
    """An address or a network such as ``10.0.0.0/8``; None for anything else, and for all there are."""
    try:
        found = ip_network(text)
    except ValueError:
        return None
    return found if found.prefixlen else None


def host_name(text: str) -> str | None:
    """A host's name or address, without a port, in the form by which they are compared; None for no such."""
    if (
        found := address(text.removeprefix("[").removesuffix("]") if text.startswith("[") else text)
    ) is not None:
        return str(found)
    name = text.lower()
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else None


def host(header: str) -> Host | None:
    """What a ``Host`` header says; None when it is none."""
    found = _HOST.fullmatch(header)
    name = host_name(found[1]) if found else None
    if found is None or name is None:
        return None
    port = int(found[2]) if found[2] else None
    return None if port is not None and not 0 < port < 65_536 else Host(name, port)


def origin(text: str) -> Origin | None:
    """What an ``Origin`` header or a setting says, such as ``https://a.example:81``; None when it is none."""
    found = _ORIGIN.fullmatch(text)
    named = host(found[2]) if found else None
    if found is None or named is None:
        return None
    scheme = found[1].lower()
    return Origin(scheme, named.name, named.port or _PORTS[scheme])


def is_loopback(name: str) -> bool:
    """Whether a host's name or address can only be this machine."""
    found = address(name)
    return name == "localhost" if found is None else found.is_loopback
