"""What OpenAI's clients are told when it can't be done: bad input, failures on the way, too much at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Unpack

import httpx
import pytest
from fastapi.testclient import TestClient

from qa.build import open_assistant
from qa.config import Config
from qa.errors import StoreError
from qa.library import OwnedLibrary
from qa.types import Asking, Done, Event, Sentence
from tests.servers import running
from tests.test_openai import DEBT, app_of, asked, client_of, events, post, refusal
from ui.service import Service


@pytest.fixture(scope="module")
def library(seeds_data: Path) -> Iterator[OwnedLibrary]:
    config = Config(data=seeds_data, threads=1)
    with open_assistant(config) as assistant:
        yield OwnedLibrary(assistant, config)


@pytest.fixture(scope="module")
def client(library: OwnedLibrary) -> TestClient:
    return client_of(library)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({}, "model"),
        ({"model": "footnote"}, "messages"),
        ({"model": 5, "messages": [{"role": "user", "content": "x"}]}, "model"),
        ({"model": "footnote", "messages": []}, "messages"),
        ({"model": "footnote", "messages": "Hello"}, "messages"),
        ({"model": "footnote", "messages": [{"role": "assistant", "content": "x"}]}, "messages"),
        ({"model": "footnote", "messages": ["x"]}, "messages.0"),
        ({"model": "footnote", "messages": [{"role": "owner", "content": "x"}]}, "messages.0.role"),
        (asked(5), "messages.0.content"),
        (asked([{"type": "text"}]), "messages.0.content.0.text"),
        (asked([{"type": "image_url", "text": "x"}]), "messages.0.content.0.type"),
        (asked([["text"]]), "messages.0.content.0"),
        (asked(""), None),
        (asked(" \0\t"), None),
        (asked(None), None),
        (asked([]), None),
        (asked("x" * 100_000), None),
        (asked(DEBT, n=2), "n"),
        (asked(DEBT, n=0), "n"),
        (asked(DEBT, n=True), "n"),
        (asked(DEBT, stream="true"), "stream"),
        (asked(DEBT, stream_options=[]), "stream_options"),
        (asked(DEBT, footnote=1), "footnote"),
        (asked(DEBT, footnote={"k": 0}), "footnote.k"),
        (asked(DEBT, footnote={"k": "8"}), "footnote.k"),
        (asked(DEBT, footnote={"k": 10**30}), "footnote.k"),
        (asked(DEBT, footnote={"reader": "x"}), "footnote.reader"),
        (asked(DEBT, footnote={"accepted_risk": 1.5}), "footnote.accepted_risk"),
        (asked(DEBT, footnote={"filters": {"documents": "x"}}), "footnote.filters.documents"),
        (asked(DEBT, footnote={"filters": {"after": 0}}), "footnote.filters.after"),
        (asked(DEBT, footnote={"filters": {"after": "2024-13-01"}}), "footnote.filters.after"),
        (asked(DEBT, footnote={"x" * 10_000: 1}), f"footnote.{'x' * 191}"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_can_not_be_asked_is_refused_in_one_sentence(
    client: TestClient, body: Any, param: str | None, stream: bool
) -> None:
    if isinstance(body, dict):
        body = {"stream": stream, **body}
    assert refusal(post(client, body))["param"] == param


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b'{"model": "footnote", "messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
        b'{"model": "footnote", "messages": [{"role": "user", "content": "x"}], "seed": -Infinity}',
        b'{"model": "footnote", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"model": "footnote", "messages": [{"role": "user", "content": "x"}],'
        b' "footnote": {"filters": {"documents": ["\\udfff"]}}}',
        b'{"model": "footnote", "messages": [{"role": "user", "content": "x"}], "seed": '
        + b"9" * 10_000
        + b"}",
    ],
)
def test_what_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    json_type = {"content-type": "application/json"}
    refusal(client.post("/v1/chat/completions", content=body, headers=json_type))


def test_only_json_is_taken(client: TestClient) -> None:
    body = json.dumps(asked(DEBT))
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        refusal(client.post("/v1/chat/completions", content=body, headers={"content-type": kind}))


class Failing(OwnedLibrary):
    """A library that fails once it has told the first sentence."""

    error: Exception = StoreError("the disk is gone")

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        for event in super().stream(question, **how):
            yield event
            if isinstance(event, Sentence):
                raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (StoreError("the disk /secret is gone"), "service_unavailable", "The store cannot be read"),
        (ZeroDivisionError("secret"), "internal_server_error", "Footnote failed"),
    ],
)
def test_a_failure_on_the_way_is_told_and_ends_the_stream(
    library: OwnedLibrary, error: Exception, kind: str, told: str
) -> None:
    failing = Failing(library.assistant, Config())
    failing.error = error
    response = post(client_of(failing), asked(DEBT, stream=True))
    *said, last = [json.loads(data) for data in events(response.text)]
    assert "approximately $11 billion" in said[-1]["choices"][0]["delta"]["content"]
    assert last["error"]["type"] == kind
    assert last["error"]["message"].startswith(told)
    assert "secret" not in response.text


class Waiting(OwnedLibrary):
    """A library that tells the end of an answer when ``go`` is set."""

    def __init__(self, library: OwnedLibrary) -> None:
        super().__init__(library.assistant, Config())
        self.go = threading.Event()

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        for event in super().stream(question, **how):
            if isinstance(event, Done):
                assert self.go.wait(30)
            yield event


@pytest.mark.parametrize("stream", [False, True])
def test_who_leaves_makes_room_and_who_comes_before_is_told_to_wait(
    library: OwnedLibrary, stream: bool
) -> None:
    waiting = Waiting(library)
    app = app_of(Service(waiting, Config(answers_at_once=1, questions_waiting=0)))
    with running(app) as base, httpx.Client(base_url=base, timeout=30) as client:
        url, body = "/v1/chat/completions", asked(DEBT, stream=True)
        with client.stream("POST", url, json=body) as left:
            lines = left.iter_lines()
            assert next(lines).startswith("data: ")
            busy = client.post(url, json=asked(DEBT, stream=stream))
            assert busy.status_code == 503
            assert busy.headers["retry-after"] == "1"
            assert busy.json()["error"]["message"].startswith("Too many questions")
        waiting.go.set()
        tries = (client.post(url, json=asked(DEBT, stream=stream)).status_code for _ in range(1_000))
        assert 200 in tries  # once the server has noticed that the first has left
