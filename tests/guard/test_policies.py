"""The headers that every response has."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from qa.config import Config
from tests.guard.guarded import (
    SITE,
    build_app,
)
from ui.guard import guard
from ui.keys import Accounts


@pytest.mark.parametrize("path", ["/", "/v1/me", "/v1/crash", "/none", "/documents/x", "/gradio_api/a"])
def test_every_response_has_the_headers_that_protect(tmp_path: Path, path: str) -> None:
    app = guard(build_app(), Config(data=tmp_path), Accounts(tmp_path / "unused"))
    asking = TestClient(app, base_url=SITE, raise_server_exceptions=False)
    for answer in (asking.get(path), asking.get(path, headers={"Host": "evil.example"})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
        assert "http:" not in answer.headers["content-security-policy"]


def test_a_route_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    app = FastAPI()
    headers = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=60"}
    app.add_api_route("/v1/own", lambda: PlainTextResponse("a", headers=headers), response_model=None)
    answer = TestClient(guard(app, Config(), Accounts(tmp_path)), base_url=SITE).get("/v1/own")
    assert {name: answer.headers[name] for name in headers} == headers
