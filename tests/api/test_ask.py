"""``/v1/ask`` and ``/v1/search``: the assistant's own answer, streamed or not, and clear refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.errors import StoreError
from qa.types import Event, Searching
from qa.wire import answer_to_dict
from ui.api.examples import ANSWER
from ui.api.schema import AnswerModel
from ui.app import Parts
from ui.service import Service

DEBT = "How much does Iraq owe Iran?"


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"manifest": {**answer["manifest"], "timings_ms": None}}


def measureless(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what differs a little between processors."""
    [passage] = answer["passages"]
    return timeless(answer) | {"confidence": None, "passages": [passage | {"cosine": None}]}


def events(stream: str) -> list[tuple[str, Any]]:
    """(name, data) of each server-sent event."""
    found = []
    for block in stream.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_the_answer_is_the_assistants(parts: Parts, client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": DEBT})
    assert response.status_code == 200
    answer = response.json()
    assert timeless(answer) == timeless(answer_to_dict(parts.service.library.ask(DEBT)))
    assert answer["short_answer"] == "approximately $11 billion"
    cited = answer["citations"][0]
    text = client.get(f"/v1/documents/{cited['document_id']}/text").text
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert cited["quote"] in client.get(cited["url"]).text


def test_the_example_of_the_description_is_a_real_answer(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": DEBT, "k": 1}).json()
    assert measureless(answer) == measureless(ANSWER)


def test_the_model_has_what_an_answer_has(client: TestClient) -> None:
    for question in (DEBT, "How much does Turkey owe Iran?", "Hello", "Summarise the report on Iraq"):
        answer = client.post("/v1/ask", json={"question": question}).json()
        assert AnswerModel.model_validate_json(json.dumps(answer)).model_dump(mode="json") == answer


def test_streamed_it_is_the_same(client: TestClient) -> None:
    whole = client.post("/v1/ask", json={"question": DEBT}).json()
    for response in (
        client.post("/v1/ask", json={"question": DEBT, "stream": True}),
        client.post("/v1/ask", json={"question": DEBT}, headers={"Accept": "text/event-stream"}),
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response.text)
        assert [name for name, _ in told] == ["searching", "sentence", "citation", "answer", "end"]
        assert [data for name, data in told if name == "sentence"] == whole["sentences"]
        assert [data for name, data in told if name == "citation"] == whole["citations"]
        assert timeless(told[-2][1]) == timeless(whole)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("the disk of /srv/secret is gone"), "service_unavailable"),
        (RuntimeError("a canary"), "internal_server_error"),
    ],
)
def test_a_failure_on_the_way_is_an_event(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    async def failing(self: Service, question: str, **_: object) -> AsyncIterator[Event]:
        yield Searching(question)
        raise error

    monkeypatch.setattr(Service, "stream", failing)
    told = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False).post(
        "/v1/ask", json={"question": DEBT, "stream": True}
    )
    assert [name for name, _ in events(told.text)][:2] == ["searching", "error"]
    assert events(told.text)[1][1]["error"]["type"] == said
    assert "canary" not in told.text


def test_an_abstention_is_an_answer(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": "How much does Turkey owe Iran?"}).json()
    assert (answer["abstained"], answer["reason"], answer["citations"]) == (True, "not_in_documents", [])
    assert answer["passages"]


def test_a_follow_up_leans_on_the_messages_before(client: TestClient) -> None:
    said = [
        {"role": "system", "content": "Answer in rhymes."},
        {"role": "user", "content": "Who is the president of Iran?"},
        {"role": "assistant", "content": "Masoud Pezeshkian"},
    ]
    answer = client.post("/v1/ask", json={"question": "When did he visit Iraq?", "messages": said}).json()
    assert answer["searched"] != answer["question"]
    assert "Pezeshkian" in answer["searched"]


def test_a_conversation_is_gone_on_with_and_kept(client: TestClient) -> None:
    id_ = client.post("/v1/conversations", json={}).json()["id"]
    first = client.post("/v1/ask", json={"question": "Who is the president of Iran?", "conversation_id": id_})
    streamed = client.post(
        "/v1/ask", json={"question": "When did he visit Iraq?", "conversation_id": id_, "stream": True}
    )
    told = events(streamed.text)
    assert told[0][1]["searched"] != "When did he visit Iraq?"
    kept = client.get(f"/v1/conversations/{id_}").json()["exchanges"]
    assert [each["id"] for each in kept] == [first.headers["x-exchange-id"], told[-1][1]["exchange_id"]]
    assert kept[0]["answer"] == first.json()
    assert kept[1]["answer"] == told[-2][1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": " \n\t"},
        {"question": "x" * 100_000},
        {"question": "half a \ud800 pair"},
        {"question": 7},
        {"question": None},
        {"question": [DEBT]},
        {"question": DEBT, "k": 0},
        {"question": DEBT, "k": 51},
        {"question": DEBT, "k": "8"},
        {"question": DEBT, "k": True},
        {"question": DEBT, "k": 10**400},
        {"question": DEBT, "accepted_risk": float("nan")},
        {"question": DEBT, "accepted_risk": float("inf")},
        {"question": DEBT, "accepted_risk": -0.1},
        {"question": DEBT, "reader": "nobody"},
        {"question": DEBT, "reader": "\udfff"},
        {"question": DEBT, "stream": "yes"},
        {"question": DEBT, "temperature": 0.7},
        {"question": DEBT, "filters": {"after": "yesterday"}},
        {"question": DEBT, "filters": {"after": 0}},
        {"question": DEBT, "filters": {"after": "2024-09-16T00:00:00"}},
        {"question": DEBT, "filters": {"documents": "all"}},
        {"question": DEBT, "filters": {"documents": ["\ud800"]}},
        {"question": DEBT, "messages": [{"role": "wizard", "content": "x"}]},
        {"question": DEBT, "messages": [{"role": "user", "content": "\ud800"}]},
        {"question": DEBT, "messages": [{"role": "user", "content": "x"}] * 201},
        {"question": DEBT, "messages": [{"role": "user", "content": "x"}], "conversation_id": "x"},
    ],
    ids=lambda body: ascii(body)[:60],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_asked_is_told_in_a_sentence(
    client: TestClient, body: dict[str, Any], stream: bool
) -> None:
    if stream and body:
        body = {"stream": True} | body
    response = client.post("/v1/ask", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["message"]
    assert "\n" not in error["message"]
    assert error["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"question": NaN}']
)
def test_what_is_no_json_object_is_refused(client: TestClient, content: bytes) -> None:
    response = client.post("/v1/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["error"]["message"]


def test_an_unknown_conversation_is_not_found(client: TestClient) -> None:
    for stream in (False, True):
        body = {"question": DEBT, "conversation_id": "../../etc", "stream": stream}
        assert client.post("/v1/ask", json=body).status_code == 404


def test_search_gives_the_passages_that_are_read(client: TestClient) -> None:
    found = client.post("/v1/search", json={"question": DEBT, "k": 3})
    assert found.status_code == 200
    passages = found.json()["passages"]
    assert len(passages) == 3
    answered = client.post("/v1/ask", json={"question": DEBT, "k": 3}).json()["passages"]
    assert sorted(passages, key=str) == sorted(answered, key=str)


def test_an_empty_list_of_documents_matches_none(client: TestClient) -> None:
    body = {"question": DEBT, "filters": {"documents": []}}
    answer = client.post("/v1/ask", json=body).json()
    assert (answer["reason"], answer["passages"]) == ("no_documents", [])
    assert client.post("/v1/search", json=body).json() == {"passages": []}
