"""What is told of a request once it is over: to the log by the guards, to the metrics by the app."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that is over. ``path`` is the route's template; ``status`` 0: the client left before one."""

    method: str
    path: str
    status: int
    seconds: float
