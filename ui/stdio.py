"""MCP over standard input and output, which a signal can end."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mcp.server.mcpserver import MCPServer

_STDIN = 0
_BLOCK = 65_536


def run_stdio(server: MCPServer[Any]) -> None:
    """Serve one host until the input ends, the host is gone, or Ctrl-C. Only protocol goes to the output."""
    with _input_that_ends():
        try:
            server.run("stdio")
        except* BrokenPipeError:
            pass  # whoever would read the answer has left


@contextmanager
def _input_that_ends() -> Iterator[None]:
    """Signals end the input; a second one ends the process, as ever.

    A thread that waits for input can't be woken, and the server would wait for it. So what comes in is passed
    on through a socket, whose end is ours to declare.
    """
    given = os.dup(_STDIN)
    ours, theirs = socket.socketpair()
    os.dup2(theirs.fileno(), _STDIN)
    theirs.close()

    def end() -> None:
        with suppress(OSError):  # it has ended already
            ours.shutdown(socket.SHUT_WR)

    def pass_on() -> None:
        with suppress(OSError):
            while block := os.read(given, _BLOCK):
                ours.sendall(block)
        end()

    def interrupted(number: int, _: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        end()

    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    threading.Thread(target=pass_on, name="standard input", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.dup2(given, _STDIN)
