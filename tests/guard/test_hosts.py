"""By which names the server is asked."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from tests.guard.guarded import (
    build_app,
    client,
    problem_of,
    served,
)
from ui.guard import guard
from ui.keys import Accounts

WRONG_HOSTS = [
    "evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example",
    "footnote.example.evil.example", "xfootnote.example", "0.0.0.0", "0.0.0.0:7860", "[::]", "10.0.0.1",
    "2130706433", "0x7f000001", "127.1", "[::2]:80",
]  # fmt: skip
NO_HOSTS = [
    "", "evil.example.", "127.0.0.1@evil.example", "127.0.0.1:80@evil.example", "evil.example#127.0.0.1",
    "127.0.0.1,evil.example", "127.0.0.1/evil", "127.0.0.1:99999", "127.0.0.1:", "[::1", "a b",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/me", "/", "/healthz", "/mcp", "/sign-in"])
@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_requests_for_another_name_are_refused(beyond: TestClient, path: str, host: str) -> None:
    refused = beyond.get(path, headers={"Host": host})
    assert refused.status_code == 421
    assert host not in refused.text
    if path == "/v1/me":
        problem_of(refused)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_requests_that_name_no_host_are_refused(local: TestClient, host: str) -> None:
    assert local.get("/v1/me", headers={"Host": host}).status_code == 400


def test_a_host_is_not_smuggled_in(local: TestClient) -> None:
    two: Any = [("Host", "127.0.0.1"), ("Host", "evil.example")]
    assert local.get("/v1/me", headers=two).status_code == 400
    for name in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"):
        headers = {"Host": "evil.example", name: "127.0.0.1"}
        assert local.get("/v1/me", headers=headers).status_code == 421
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"GET http://127.0.0.1/v1/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "[0:0:0:0:0:0:0:1]"),
        *("footnote.example", "Footnote.Example:443"),
    ],
)
def test_our_own_names_are_taken(beyond: TestClient, host: str) -> None:
    assert beyond.get("/healthz", headers={"Host": host}).status_code == 200


def test_the_address_that_was_reached_is_a_name_of_ours(tmp_path: Path) -> None:
    config = Config(data=tmp_path, host="0.0.0.0")
    assert client(config, site="http://192.0.2.7:7860").get("/healthz").status_code == 200
    assert (
        client(config, site="http://192.0.2.7").get("/healthz", headers={"Host": "192.0.2.8"}).status_code
        == 421
    )
