"""Functions run in forked processes, which may be killed or crash without harm to the drill.

The process that forks never opens Chroma itself: its threads would not survive the fork.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from qa.errors import FootnoteError

_MOST_BYTES = 1_000_000_000  # a file: a corrupt link_lists.bin once grew without bound


@dataclass(frozen=True, slots=True)
class Forked:
    """A process, and the end of a pipe that it writes lines of JSON to."""

    pid: int
    pipe: int

    def kill(self, signal: int) -> None:
        os.kill(self.pid, signal)

    def told(self) -> Iterator[Any]:
        """What it tells, as it tells it, until it has ended; a line that was cut off is left out."""
        with os.fdopen(self.pipe, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)
        os.waitpid(self.pid, 0)

    def results(self) -> list[Any]:
        """All that it told, once it has ended."""
        return list(self.told())


def fork(work: Callable[[Callable[[object], None]], None], most_bytes: int = _MOST_BYTES) -> Forked:
    """Run ``work`` in a process of its own; it tells results by the function it is given."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Forked(pid, reading)
    os.close(reading)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = 1
    try:
        work(lambda told: _tell(writing, told))
        code = 0
    except FootnoteError as error:
        _tell(writing, {"error": str(error)})
    finally:
        if code and sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def _tell(pipe: int, told: object) -> None:
    os.write(pipe, json.dumps(told).encode() + b"\n")


def answer(work: Callable[[Callable[[object], None]], None], most_bytes: int = _MOST_BYTES) -> Any:
    """The last that ``work`` told; None if it crashed before it told anything."""
    told = fork(work, most_bytes).results()
    return told[-1] if told else None
