"""What of Gradio is reached, in the whole app."""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.types import Message

from tests.guard.guarded import problem_of
from ui.guard.chat import Chat

JOIN = "/gradio_api/queue/join"
DEBT = "How much does Iraq owe Iran?"


def asked(client: TestClient) -> dict[str, Any]:
    """What the page sends to ask, as Gradio's description of it has it."""
    [asking] = [each for each in client.get("/config").json()["dependencies"] if len(each["outputs"]) == 5]
    return {"data": [DEBT], "fn_index": asking["id"], "session_hash": "abc123", "trigger_id": 5}


def test_a_question_is_answered(client: TestClient) -> None:
    joined = client.post(JOIN, json=asked(client))
    assert set(joined.json()) == {"event_id"}
    events = client.get("/gradio_api/queue/data", params={"session_hash": "abc123"})
    assert "approximately $11 billion" in events.text
    assert '"success":true' in events.text


@pytest.mark.parametrize(
    "changed",
    [
        {"data": [5]},
        {"data": [[]]},
        {"data": [DEBT, None]},
        {"data": None},
        {"fn_index": 99},
        {"fn_index": -1},
        {"fn_index": None},
        {"fn_index": 1e400},
        {"session_hash": None},
        {"session_hash": "../x"},
        {"session_hash": "x" * 100},
        {"trigger_id": "x"},
        {"event_data": {"a": 1}},
        {"event_data": {"do": "format"}},
        {"event_data": {"do": "open", "id": 5}},
        {"event_data": {"do": "find", "text": "x" * 1_000}},
        {"simple_format": True},
        {"batched": True},
        {"data": float("nan")},
        {"data": ["\ud800"]},
    ],
)
def test_what_the_page_never_sends_gets_no_further(
    client: TestClient, caplog: pytest.LogCaptureFixture, changed: dict[str, Any]
) -> None:
    body = json.dumps(asked(client) | changed)
    with caplog.at_level(logging.WARNING):
        refused = client.post(JOIN, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
    assert "not what the chat page sends" in problem_of_page(refused)
    assert caplog.text == ""


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_nor_does_what_is_no_json(client: TestClient, body: bytes) -> None:
    assert client.post(JOIN, content=body, headers={"Content-Type": "application/json"}).status_code == 400


def problem_of_page(response: Any) -> str:
    """The sentence, which stands once more where Gradio looks for it."""
    message = problem_of(response)
    assert response.json()["detail"] == message
    return message


NOT_NEEDED = """
    POST upload, GET upload_progress?upload_id=x, GET file=/etc/passwd, GET file/a, GET proxy=http://127.0.0.1/,
    POST component_server, GET deep_link?session_hash=a, POST call/exchange, POST call/v2/exchange,
    POST run/predict, POST api/predict, POST queue/join/, GET queue/join, POST cancel, POST reset, GET runs,
    POST process_recording, GET openapi.json, GET token, GET startup-events, GET stream/a/1/2/playlist.m3u8,
    POST vibe-edit, GET custom_component/a/client/b/c
"""


@pytest.mark.parametrize("line", NOT_NEEDED.split(","))
def test_what_the_page_does_not_need_is_not_there(client: TestClient, line: str) -> None:
    method, path = line.split()
    refused = client.request(method, f"/gradio_api/{path}", json={"data": [DEBT], "fn_index": 2})
    assert refused.status_code == 404
    assert problem_of_page(refused) == "There is no such page."


@pytest.mark.parametrize(
    "path", ["/nothing", "/login", "/monitoring", "/svelte/x", "/assets/" + "a" * 5_000, "/assets/é"]
)
def test_other_pages_are_not_there_either(client: TestClient, path: str) -> None:
    refused = client.get(path)
    assert (refused.status_code, refused.text) == (404, "There is no such page.")


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id"])
def test_what_the_page_needs_is(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_session_that_is_over_is_told_and_is_no_crash(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    told = client.get("/gradio_api/queue/data", params={"session_hash": "nobody"})
    assert told.status_code == 200
    assert '"session_not_found":true' in told.text
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_who_leaves_while_asking_is_no_crash() -> None:
    told: list[Message] = []

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": JOIN, "headers": []}
    anyio.run(Chat(Starlette(), {}), scope, leave, send)
    assert told == []
