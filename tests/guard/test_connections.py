"""Connections that send no whole request, on real sockets."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from qa.config import Config
from tests.guard.guarded import (
    build_app,
    served,
)
from ui.guard import guard
from ui.guard.connections import MOST_BYTES, Connection
from ui.keys import Accounts


class Impatient(Connection):
    patience = 0.3


@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:", b"POST /healthz HTTP/1.1\r\n"],
)
def test_half_open_connections_are_closed_and_hold_nobody_up(sent: bytes) -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port:
        held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(50)]
        for one in held:
            one.sendall(sent)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
        assert {one.recv(100) for one in held} == {b""}  # closed by the server
        for one in held:
            one.close()


def test_a_request_refused_early_is_not_read_for_ever() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\nx")
        assert raw.recv(12) == b"HTTP/1.1 413"
        raw.sendall(b"x")  # and no more
        while raw.recv(10_000):
            pass


def test_headers_have_an_end() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            raw.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * MOST_BYTES * 1_000)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_connections_are_kept_for_the_next_request() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        answers = raw.makefile("rb")
        for _ in range(3):
            raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc")
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            while answers.readline() != b"\r\n":
                pass
            assert answers.read(10) == b'{"size":3}'


@pytest.mark.parametrize("block", [b"X: " + b"x" * MOST_BYTES, b"X: xxxxx\r\n" * (MOST_BYTES // 6)])
def test_headers_that_come_in_one_piece_have_an_end_too(block: bytes) -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    told = []
    with served(app) as port:
        for size in (10_000, len(block)):
            head = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + block[:size] + b"\r\n\r\n"
            with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
                raw.sendall(head)
                with suppress(ConnectionResetError):
                    told.append(raw.recv(12))
    assert told[0] == b"HTTP/1.1 200"
    assert told[1:] in ([b"HTTP/1.1 400"], [b""], [])
