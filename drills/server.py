"""A real ``footnote serve`` on a port of loopback, for the drills that talk to one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers, and its process."""

    url: str
    pid: int


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """A server on the data folder; ``settings`` as in the environment, without ``FOOTNOTE_``."""
    command = [sys.executable, "-m", "ui", "--data", str(data), "serve", "--port", "0"]
    own = {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **own}
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line.startswith("Footnote is at "):
                raise RuntimeError(f"the server did not start: {line}")
            yield Server(line.split()[3], server.pid)
        finally:
            server.terminate()


def memory_mb(pid: int, what: str) -> float:
    """A process's memory as the kernel tells it: ``VmRSS`` is what it has now, ``VmHWM`` the most it had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(what)]
    return int(line.split()[1]) / 1024
