"""Which web pages may ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from tests.guard.guarded import (
    SITE,
    bearer,
    client,
)
from ui.keys import Accounts

CROSS_SITE = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://evil.example:80"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://127.0.0.1:8080"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "file://"},
    {"Origin": "http://evil.example http://127.0.0.1"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    [("Origin", SITE), ("Origin", "https://evil.example")],
]
CHANGES = [
    ("POST", "/v1/ask"),
    ("DELETE", "/v1/documents/a"),
    ("POST", "/me"),
    ("GET", "/mcp"),
    ("POST", "/mcp"),
    ("PURGE", "/"),
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("headers", CROSS_SITE)
def test_pages_of_other_sites_change_nothing(local: TestClient, method: str, path: str, headers: Any) -> None:
    refused = local.request(method, path, headers=headers)
    assert refused.status_code == 403
    assert "allowed_origins" in refused.text
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("headers", [{}, {"Origin": SITE}, {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}])
def test_programs_and_our_own_pages_do(local: TestClient, headers: dict[str, str]) -> None:
    assert local.post("/v1/ask", headers=headers, content=b"abc").json() == {"size": 3}
    assert local.get("/mcp/", headers=headers).status_code == 200


def test_no_other_site_may_read_by_default(local: TestClient) -> None:
    """Whatever Gradio says."""
    read = local.get("/gradio_api/config", headers={"Origin": "https://evil.example"})
    assert read.text == "gradio"
    assert not [name for name in read.headers if name.startswith("access-control")]
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/v1/ask", "/gradio_api/a", "/"):
        refused = local.options(path, headers=asked)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers


def test_sites_that_are_allowed_may_call_with_a_key(tmp_path: Path, accounts: Accounts) -> None:
    page = "https://intranet.example"
    asking = client(Config(data=tmp_path, sign_in=True, allowed_origins=(page,)))
    asked = {
        "Origin": page,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = asking.options("/v1/ask", headers=asked)  # browsers send it without the key
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, page)
    assert "access-control-allow-credentials" not in preflight.headers
    answer = asking.post("/v1/ask", headers=bearer(accounts) | {"Origin": page}, content=b"a")
    assert (answer.json(), answer.headers["access-control-allow-origin"]) == ({"size": 1}, page)
    for other in ("https://evil.example", "http://intranet.example", "https://intranet.example:8443"):
        refused = asking.post("/v1/ask", headers=bearer(accounts) | {"Origin": other})
        assert refused.status_code == 403
