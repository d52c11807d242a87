"""How often somebody may fail to sign in.

Failures count for the address and for the name. As anybody can fail with a name that is not theirs, they do
not count where its owner has signed in before: a browser that is known has a count of its own, and can't be
locked out by others (OWASP: "device cookies").
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from qa.addresses import address

Count = tuple[RateLimitItem, str]
"""A limit, and for whom it is."""

_MINUTES = 10
_NAME = RateLimitItemPerMinute(10, _MINUTES)
_BROWSER = RateLimitItemPerMinute(10, _MINUTES)
_ADDRESS = RateLimitItemPerMinute(30, _MINUTES)  # a whole office may share one


class Attempts:
    """Failures of the last ten minutes, in memory."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds(self, counts: Sequence[Count]) -> int:
        """How long to wait before the next attempt; 0 when it may be made."""
        full = [count for count in counts if not self._limiter.test(*count)]
        ends = [self._limiter.get_window_stats(*count).reset_time - time.time() for count in full]
        return max((max(1, math.ceil(end)) for end in ends), default=0)

    def failed(self, counts: Sequence[Count]) -> None:
        """Count a failure."""
        for count in counts:
            self._limiter.hit(*count)


def of_browser(token: str) -> Count:
    """The count of a browser that is known, by a digest of its cookie."""
    return _BROWSER, f"browser {token}"


def of_name(name: str) -> Count:
    """The count of a name, whether or not there is such a user."""
    return _NAME, f"name {name}"


def of_address(text: str) -> Count:
    """The count of an address; of IPv6 the network of 64 bits, as whoever has one has all of it."""
    found = address(text)
    place = ip_network((found, 64), strict=False) if isinstance(found, IPv6Address) else found
    return _ADDRESS, f"address {place}"
