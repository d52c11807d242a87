"""How much may be sent, and how slowly."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from qa.config import Config
from tests.guard.guarded import (
    build_app,
    client,
    problem_of,
    served,
    stubborn,
)
from ui.guard import guard
from ui.guard.bodies import MEGABYTE, Bodies
from ui.keys import Accounts


def test_large_bodies_are_for_uploads(tmp_path: Path) -> None:
    asking = client(Config(data=tmp_path, max_file_mb=2))
    for path, most in (
        ("/v1/ask", MEGABYTE),
        ("/v1/documents", 3 * MEGABYTE),
        ("/gradio_api/upload", MEGABYTE),
    ):
        assert asking.post(path, content=b"x" * most).status_code == 200
        refused = asking.post(path, content=b"x" * (most + 1))
        assert refused.status_code == 413
        assert f"at most {most:,} bytes" in problem_of(refused)


@pytest.mark.parametrize("path", ["/v1/ask", "/mcp/", "/me"])
def test_a_body_in_chunks_is_counted_as_it_comes(path: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"x" * 100_000 for _ in range(30))

    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port:
        refused = httpx.post(f"http://127.0.0.1:{port}{path}", content=chunks(), timeout=30)
        assert refused.status_code == 413
        assert "too large" in refused.text
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1e3", "１"])
def test_a_length_that_is_none_hurts_nobody(local: TestClient, length: str) -> None:
    headers: Any = {"Content-Length": length.encode()}
    assert local.post("/v1/ask", content=b"abc", headers=headers).status_code in (200, 413)


@pytest.mark.parametrize("app", [build_app(), stubborn])
def test_a_body_that_does_not_come_is_not_waited_for(app: Any) -> None:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"request_id": "1"}
        await Bodies(app, Config(), patience=0.2)(scope, receive, send)

    with served(guarded) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789")
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"comes too slowly" in answer
