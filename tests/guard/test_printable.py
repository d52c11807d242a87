"""Paths with control characters."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.guard.guarded import bearer
from ui.keys import Accounts


@pytest.mark.parametrize(
    "path",
    [
        *("/openapi.json%0A", "/docs%0a", "/metrics%0A", "/mcp%0A", "/v1/me%0A", "/healthz%0A"),
        *("/%00", "/a%7Fb", "/%C2%85"),
    ],
)
def test_a_line_feed_opens_no_door(beyond: TestClient, accounts: Accounts, path: str) -> None:
    for headers in ({}, bearer(accounts)):
        refused = beyond.get(path, headers=headers)
        assert refused.status_code == 400
        assert "control character" in refused.text
        assert len(refused.headers["x-request-id"]) == 32


def test_other_characters_are_no_matter(local: TestClient) -> None:
    assert local.get("/v1/n%C3%B6ne%20%E2%80%A6").status_code == 404
