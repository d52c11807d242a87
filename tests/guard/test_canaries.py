"""A key that was put wherever one can stand comes out nowhere: the whole app, with people signing in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.guard.guarded import SITE, bearer
from ui.app import Parts, build_app
from ui.keys import Accounts
from ui.service import Service

Asked = tuple[str, str, dict[str, Any]]


@pytest.fixture
def whole(parts: Parts, accounts: Accounts) -> Iterator[TestClient]:
    config = replace(parts.service.config, sign_in=True)
    service = Service(parts.service.library, config)
    app = build_app(replace(parts, service=service, accounts=accounts))
    with TestClient(app, base_url=SITE, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def canary(accounts: Accounts) -> str:
    """A key that was revoked."""
    accounts.add("eve")
    key = accounts.new_key("eve")
    accounts.revoke(key)
    return key


def as_credentials(key: str) -> list[Asked]:
    """In headers, cookies, forms and addresses, by who is not known."""
    places: list[Asked] = [
        (method, path, {"headers": {"Authorization": f"Bearer {key}"} | more})
        for method, path in (
            ("GET", "/v1/me"), ("POST", "/v1/ask"), ("GET", "/mcp"), ("GET", "/metrics"), ("GET", "/"),
        )
        for more in ({}, {"Host": "evil.example"}, {"Origin": "https://evil.example"})
    ]  # fmt: skip
    places += [
        ("GET", "/v1/models", {"headers": {name: value}})
        for name, value in (
            ("Authorization", key), ("Authorization", f"Basic {key}"), ("Authorization", f"Bearer x{key}"),
            ("Authorization", f"Bearer {key}, Bearer {key}"), ("Cookie", f"footnote={key}"), ("Host", key),
            ("X-Request-ID", key), ("X-Forwarded-User", key), ("X-API-Key", key), ("Content-Length", key),
        )
    ]  # fmt: skip
    return [
        *places,
        ("GET", f"/{key}", {}),
        ("GET", f"/v1/{key}", {}),
        ("GET", "/v1/models", {"params": {"api_key": key}}),
        ("GET", "/", {"params": {"next": key}}),
        (key, "/v1/models", {}),
        ("GET", "/sign-in", {"params": {"next": f"/{key}"}}),
        ("POST", "/sign-in", {"data": {"key": key}}),
        ("POST", "/sign-in", {"data": {"name": key, "password": key, "next": f"/?{key}"}}),
        ("POST", "/sign-in", {"data": {"name": "ann", "password": key}}),
        ("POST", "/sign-in", {"json": {"key": key}}),
        ("PUT", "/sign-in", {"content": key}),
        ("POST", "/v1/ask", {"content": key.encode() * 20_000}),
    ]


def as_words(key: str) -> list[Asked]:
    """As ids, names and fields, by an admin: each is refused."""
    message = {"role": "user", "content": "Who?"}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/v1/ask", {"question": "Who?", "reader": key}),
        ("/v1/ask", {"question": "Who?", key: 1}),
        ("/v1/ask", {"question": "Who?", "conversation_id": key}),
        ("/v1/ask", {"question": "Who?", "stream": True, "reader": key}),
        ("/v1/search", {"question": "Who?", "k": key}),
        ("/v1/feedback", {"exchange_id": key, "verdict": "right"}),
        ("/v1/conversations", {key: key}),
        ("/v1/chat/completions", {"model": key, "messages": [message]}),
        ("/v1/chat/completions", {"model": "x" * 60 + key, "messages": [message]}),
        ("/v1/chat/completions", {"model": "footnote", "messages": [message], "footnote": {key: 1}}),
        ("/v1/chat/completions", {"model": "footnote", "messages": [{"role": key, "content": "Who?"}]}),
        ("/gradio_api/queue/join", {"data": [key], "fn_index": 2, "session_hash": key}),
        ("/gradio_api/call/" + key, {"data": [key]}),
    ]
    asked: list[Asked] = [("POST", path, {"json": body}) for path, body in bodies]
    asked += [
        ("GET", path.format(key), {})
        for path in (
            "/v1/documents/{}", "/v1/documents/{}/text", "/v1/jobs/{}", "/v1/conversations/{}",
            "/v1/models/{}", "/documents/{}", "/documents/a?start={}", "/v1/documents?limit={}",
            "/gradio_api/file={}", "/{}", "/assets/{}", "/styles/{}", "/docs/static/{}", "/v1/{}",
        )
    ]  # fmt: skip
    asked += [
        ("DELETE", f"/v1/documents/{key}", {}),
        ("PATCH", f"/v1/conversations/{key}", {"json": {"title": key}}),
        ("POST", "/v1/documents", {"files": {"file": (f"{key}.exe", b"x")}}),
        ("POST", "/v1/documents", {"files": {key: ("a.txt", b"x")}}),
        ("GET", "/v1/models", {"headers": {"Host": key}}),
        ("POST", "/v1/ask", {"headers": {"Origin": f"https://{key}"}}),
        (key, "/v1/models", {}),
    ]
    return asked


def told(whole: TestClient, asked: list[Asked], headers: dict[str, str]) -> Iterator[tuple[Asked, Any]]:
    for method, path, how in asked:
        yield (
            (method, path, how),
            whole.request(method, path, **how | {"headers": headers | how.get("headers", {})}),
        )


def assert_not_in_log(caplog: pytest.LogCaptureFixture, canary: str, requests: int) -> None:
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert len([line for line in ours if line.startswith('{"time"')]) == requests
    assert canary[14:] not in "\n".join(ours)


def test_a_key_that_is_no_good_is_not_repeated(
    whole: TestClient, canary: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked = as_credentials(canary)
    with caplog.at_level(logging.DEBUG):
        for (_, path, _), answer in told(whole, asked, {}):
            assert 303 <= answer.status_code < 500 or path == "/sign-in"
            assert canary[14:] not in answer.text + str(answer.headers)
    assert_not_in_log(caplog, canary, len(asked))


def test_nor_is_one_in_place_of_other_words(
    whole: TestClient, accounts: Accounts, canary: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers, asked = bearer(accounts, "ann", "admin"), as_words(canary)
    with caplog.at_level(logging.DEBUG):
        for one, answer in told(whole, asked, headers):
            assert 400 <= answer.status_code < 500, one
            assert canary[14:] not in answer.text + str(answer.headers), one
    assert_not_in_log(caplog, canary, len(asked))


@pytest.mark.parametrize("path", ["/documents?q={0}&d={0}", "/scope?after={0}&q={0}&d={0}", "/?d={0}&c={0}"])
def test_nor_by_a_page(whole: TestClient, accounts: Accounts, canary: str, path: str) -> None:
    answer = whole.get(path.format(canary), headers=bearer(accounts, "ann", "admin"))
    assert answer.status_code == 200
    assert canary[14:] not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "message",
    [
        {"method": "{}"},
        {"method": "tools/call", "params": {"name": "{}", "arguments": {}}},
        {"method": "tools/call", "params": {"name": "ask", "arguments": {"question": 5, "{}": "{}"}}},
        {"method": "tools/call", "params": {"name": "ask", "arguments": {"question": "Who?", "after": "{}"}}},
        {"method": "tools/call", "params": {"name": "get_passage", "arguments": {"document_id": "{}"}}},
        {"method": "prompts/get", "params": {"name": "{}"}},
        {"method": "resources/read", "params": {"uri": "{}"}},
        {"{}": "{}"},
    ],
)
def test_nor_by_a_tool(whole: TestClient, accounts: Accounts, canary: str, message: dict[str, Any]) -> None:
    content = json.dumps({"jsonrpc": "2.0", "id": 1} | message).replace("{}", canary)
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    answer = whole.post("/mcp", content=content, headers=headers | bearer(accounts))
    assert "error" in answer.json() or answer.json()["result"]["isError"]
    assert canary[14:] not in answer.text


def test_what_documents_say_is_not_touched(whole: TestClient, accounts: Accounts, canary: str) -> None:
    """Nor what was asked: a quotation is word for word."""
    arguments = {"question": f"What is {canary}?"}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": arguments},
    }
    headers = {"Accept": "application/json, text/event-stream"} | bearer(accounts)
    result = whole.post("/mcp", json=call, headers=headers).json()["result"]
    assert result["structuredContent"]["question"] == arguments["question"]
