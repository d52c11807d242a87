"""A key that was put wherever one can stand comes out nowhere."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ui.keys import Accounts


def canaries(key: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Requests that fail, with a key that was revoked wherever one can stand."""
    with_key = {"Authorization": f"Bearer {key}"}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        (method, path, {"headers": with_key | more})
        for method, path in (
            ("GET", "/v1/me"),
            ("POST", "/v1/ask"),
            ("GET", "/mcp"),
            ("GET", "/metrics"),
            ("GET", "/"),
        )
        for more in ({}, {"Host": "evil.example"}, {"Origin": "https://evil.example"})
    ]
    requests += [
        ("GET", "/v1/me", {"headers": {name: value}})
        for name, value in (
            ("Authorization", key), ("Authorization", f"Basic {key}"), ("Authorization", f"Bearer x{key}"),
            ("Authorization", f"Bearer {key}, Bearer {key}"), ("Cookie", f"footnote={key}"), ("Host", key),
            ("X-Request-ID", key), ("X-Forwarded-User", key), ("X-API-Key", key), ("Content-Length", key),
        )
    ]  # fmt: skip
    requests += [
        ("GET", f"/{key}", {}),
        ("GET", f"/v1/{key}", {}),
        ("GET", f"/v1/need/{key}", {}),
        ("GET", "/v1/me", {"params": {"api_key": key}}),
        ("GET", "/", {"params": {"next": key}}),
        (key, "/v1/me", {}),
        ("GET", "/sign-in", {"params": {"next": f"/{key}"}}),
        ("POST", "/sign-in", {"data": {"key": key}}),
        ("POST", "/sign-in", {"data": {"name": key, "password": key, "next": f"/?{key}"}}),
        ("POST", "/sign-in", {"data": {"name": "ann", "password": key}}),
        ("POST", "/sign-in", {"json": {"key": key}}),
        ("PUT", "/sign-in", {"content": key}),
        ("POST", "/v1/ask", {"headers": with_key, "content": key.encode() * 20_000}),
    ]
    return requests


def test_a_canary_key_is_told_to_nobody(
    beyond: TestClient, accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    accounts.add("ann")
    key = accounts.new_key("ann")
    accounts.revoke(key)
    requests = canaries(key)
    assert len(requests) >= 30
    with caplog.at_level(logging.DEBUG):
        for method, path, how in requests:
            answer = beyond.request(method, path, **how)
            assert answer.status_code >= 303 or path == "/sign-in"
            assert answer.status_code < 500
            assert key[14:] not in answer.text + str(answer.headers)
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert ours.count('"time"') == len(requests)
    assert key[14:] not in ours
