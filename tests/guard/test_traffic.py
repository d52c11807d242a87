"""Each request's id and line in the log."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from qa.config import Config
from tests.guard.guarded import (
    SITE,
    bearer,
    build_app,
    lines_of,
    served,
    streaming,
)
from ui.guard import guard
from ui.keys import Accounts
from ui.seen import Seen


@pytest.mark.parametrize("given", ["a", "run-7.2_x", "x" * 64])
def test_a_client_may_name_its_request(beyond: TestClient, given: str) -> None:
    for path in ("/v1/me", "/healthz", "/sign-in"):
        assert beyond.get(path, headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", 'a"b', "é", "<b>"])
def test_other_names_are_not_taken(local: TestClient, given: str) -> None:
    headers: Any = {"X-Request-ID": given.encode()}
    id_ = local.get("/v1/me", headers=headers).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", id_)


def test_the_app_is_told_of_starting_and_stopping(tmp_path: Path) -> None:
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        told.append("starting")
        yield
        told.append("stopping")

    app = guard(FastAPI(lifespan=lifespan), Config(), Accounts(tmp_path / "unused"))
    with TestClient(app, base_url=SITE):
        assert told == ["starting"]
    assert told == ["starting", "stopping"]


def test_each_request_is_a_line(
    beyond: TestClient, accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer(accounts)
    key = headers["Authorization"][7:20]
    with caplog.at_level(logging.INFO, "footnote.access"):
        beyond.get("/v1/need/admin?question=secret", headers=headers | {"X-Request-ID": "a"})
        beyond.get("/v1/none/of/these", headers=headers)
        beyond.get("/documents/0123")
        beyond.request("BREW", "/healthz")
    first, unknown, page, brewed = lines_of(caplog)
    assert set(first) == {"time", "id", "method", "path", "status", "ms", "caller", "key"}
    assert (first["id"], first["method"], first["path"], first["status"]) == (
        "a",
        "GET",
        "/v1/need/{role}",
        403,
    )
    assert (first["caller"], first["key"]) == ("ann", key)
    assert (unknown["path"], unknown["status"]) == ("/v1/*", 404)
    assert (page["path"], page["status"], page["caller"]) == ("/documents/*", 303, None)
    assert (brewed["method"], brewed["status"]) == ("OTHER", 405)


def test_a_crash_is_a_line_and_an_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Seen] = []
    app = guard(build_app(), Config(data=tmp_path), Accounts(tmp_path / "unused"), seen.append)
    asking = TestClient(app, base_url=SITE, raise_server_exceptions=False)
    with caplog.at_level(logging.INFO, "footnote.access"):
        answer = asking.get("/v1/crash")
    assert answer.status_code == 500
    assert "it broke" not in answer.text
    [line] = lines_of(caplog)
    assert (line["status"], line["id"]) == (500, answer.headers["x-request-id"])
    assert [(one.method, one.path, one.status) for one in seen] == [("GET", "/v1/crash", 500)]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/%0a%7b%22forged%22:1%7d",
        "/v1/me%0d%0aforged",
        "/%1b%5b2J",
        "/v1/need/%0aforged",
        "/%E2%80%A8forged",
    ],
)
def test_no_line_can_be_forged(local: TestClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    with caplog.at_level(logging.INFO, "footnote.access"):
        local.get(path, headers={"X-Request-ID": "a\x0bforged"})
    [record] = [record for record in caplog.records if record.name == "footnote.access"]
    assert re.fullmatch(r"[ -~]+", record.getMessage())
    assert "forged" not in record.getMessage()


def test_a_websocket_is_refused(local: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as caught, local.websocket_connect("/gradio_api/ws"):
        pass
    assert caught.value.code == 1008


def test_what_is_streamed_comes_at_once() -> None:
    """The rest is sent only after the first part was read."""
    gate = threading.Event()
    app = guard(streaming(gate), Config(), Accounts(Path("unused")))
    with served(app) as port, httpx.stream("GET", f"http://127.0.0.1:{port}/v1/stream", timeout=20) as answer:
        parts = answer.iter_lines()
        assert next(parts) == "first"
        gate.set()
        assert next(parts) == "last"
