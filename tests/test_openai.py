"""The API that OpenAI's clients speak, looked at from the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.build import READERS, open_assistant
from qa.chunk import count_tokens
from qa.config import Config
from qa.library import OwnedLibrary
from qa.wire import answer_to_dict
from ui import openai, pages
from ui.problems import handle_problems
from ui.service import Service
from ui.sheets import Sheets

DEBT = "How much does Iraq owe Iran?"
NOWHERE = "What is the boiling point of tungsten?"
SUMMARY = "Summarise the report on Pezeshkian's visit to Iraq."


def app_of(service: Service) -> FastAPI:
    app = FastAPI()
    handle_problems(app)
    app.include_router(openai.router(service))
    app.include_router(pages.router(service, Sheets(service.config)))
    return app


@pytest.fixture(scope="module")
def library(seeds_data: Path) -> Iterator[OwnedLibrary]:
    config = Config(data=seeds_data, threads=1)
    with open_assistant(config) as assistant:
        yield OwnedLibrary(assistant, config)


@pytest.fixture(scope="module")
def client(library: OwnedLibrary) -> TestClient:
    return client_of(library)


def client_of(library: OwnedLibrary) -> TestClient:
    app = app_of(Service(library, Config()))
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def asked(question: Any, **more: Any) -> dict[str, Any]:
    return {"model": "footnote", "messages": [{"role": "user", "content": question}], **more}


def post(client: TestClient, body: Any) -> Any:
    return client.post("/v1/chat/completions", json=body)


def message(client: TestClient, body: Any) -> dict[str, Any]:
    response = post(client, body)
    assert response.status_code == 200, response.text
    said: dict[str, Any] = response.json()["choices"][0]["message"]
    return said


def events(text: str) -> list[str]:
    """The data of each event of a stream, and nothing else may stand in it."""
    parts = text.split("\n\n")
    assert parts.pop() == ""
    assert all(part.startswith("data: ") and "\n" not in part for part in parts)
    return [part.removeprefix("data: ") for part in parts]


def chunks(text: str) -> list[dict[str, Any]]:
    *told, last = events(text)
    assert last == "[DONE]"
    return [json.loads(data) for data in told]


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"manifest": answer["manifest"] | {"timings_ms": None}}


def refusal(response: Any, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert "\n" not in error["message"]
    assert len(error["message"]) < 400
    return error


def test_each_reader_is_a_model(client: TestClient) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [m["id"] for m in listed["data"]] == ["footnote", *(f"footnote-{name}" for name in READERS)]
    assert client.get("/v1/models/footnote-sentence").json() == listed["data"][2]
    for model in listed["data"][1:]:
        said = message(client, asked(DEBT) | {"model": model["id"]})
        assert f"footnote-{said['footnote']['manifest']['reader']}" == model["id"]


@pytest.mark.parametrize("name", ["gpt-4o", "../footnote", "%2e%2e%2fetc", "\ud800", "x" * 10_000])
def test_an_unknown_model_is_not_found(client: TestClient, name: str) -> None:
    body = json.dumps(asked(DEBT) | {"model": name})
    response = client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    if name == "\ud800":
        assert refusal(response)["param"] == "model"
        return
    assert refusal(response, 404)["code"] == "model_not_found"
    assert client.get(f"/v1/models/{name}").status_code == 404


def test_the_answer_carries_its_footnotes(client: TestClient, library: OwnedLibrary) -> None:
    response = post(client, asked(DEBT)).json()
    answer = library.ask(DEBT)
    [choice] = response["choices"]
    said = choice["message"]
    assert said["content"] == answer.text
    assert "approximately $11 billion" in said["content"]
    assert timeless(said["footnote"]) == timeless(answer_to_dict(answer))
    note = said["annotations"][0]["url_citation"]
    assert said["content"][note["start_index"] : note["end_index"]] == "[1]"
    assert note["title"] == answer.citations[0].title
    assert (choice["finish_reason"], choice["index"]) == ("stop", 0)
    assert re.fullmatch(r"chatcmpl-[0-9a-f]{32}", response["id"])
    prompt, completion = count_tokens(DEBT), count_tokens(answer.text)
    assert response["usage"] == {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def test_an_annotation_leads_to_the_quote(client: TestClient) -> None:
    said = message(client, asked(DEBT))
    url = said["annotations"][0]["url_citation"]["url"]
    assert url.startswith("http://127.0.0.1/documents/")
    assert f'<mark id="cited">{said["footnote"]["citations"][0]["quote"]}</mark>' in client.get(url).text


@pytest.mark.parametrize(
    "question", [DEBT, NOWHERE, SUMMARY, f"{DEBT} And who was Napoleon's cook?", "Hello!"]
)
def test_streamed_and_not_is_the_same(client: TestClient, question: str) -> None:
    said = message(client, asked(question))
    streamed = post(client, asked(question, stream=True))
    assert streamed.headers["content-type"].startswith("text/event-stream")
    told = chunks(streamed.text)
    deltas = [chunk["choices"][0]["delta"] for chunk in told]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == said["content"]
    assert set(deltas[-2]) == {"annotations", "footnote"}
    assert deltas[-2]["annotations"] == said["annotations"]
    assert timeless(deltas[-2]["footnote"]) == timeless(said["footnote"])
    assert [chunk["choices"][0]["finish_reason"] for chunk in told] == [None] * (len(told) - 1) + ["stop"]
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["object"]) for chunk in told}) == 1
    assert not any("usage" in chunk for chunk in told)
    marked = [said["content"][n["start_index"] : n["end_index"]] for n in cited(said)]
    assert marked == [f"[{m}]" for sentence in said["footnote"]["sentences"] for m in sentence["markers"]]


def cited(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [annotation["url_citation"] for annotation in said["annotations"]]


def test_a_summary_comes_sentence_by_sentence(client: TestClient) -> None:
    told = chunks(post(client, asked(SUMMARY, stream=True)).text)
    sentences = told[-2]["choices"][0]["delta"]["footnote"]["sentences"]
    assert len(sentences) > 1
    assert len(told) == len(sentences) + 3


def test_usage_is_streamed_when_asked_for(client: TestClient) -> None:
    body = asked(DEBT, stream=True, stream_options={"include_usage": True})
    *told, last = chunks(post(client, body).text)
    assert [chunk["usage"] for chunk in told] == [None] * len(told)
    assert last["choices"] == []
    assert last["usage"] == post(client, asked(DEBT)).json()["usage"]


def test_an_abstention_is_an_answer(client: TestClient) -> None:
    said = message(client, asked(NOWHERE))
    assert said["content"] == "The documents do not answer this."
    assert said["annotations"] == []
    assert said["footnote"]["abstained"] is True
    assert said["footnote"]["passages"]


def test_what_was_said_before_is_taken_into_account(client: TestClient) -> None:
    said = [
        {"role": "system", "content": "Answer in French."},
        {"role": "user", "content": [{"type": "text", "text": t} for t in ("What does Iraq", "owe Iran?")]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]},
        {"role": "tool", "content": "17", "tool_call_id": "1"},
        {"role": "assistant", "content": "Approximately $11 billion. [1]"},
        {"role": "user", "content": "Why has it not been paid?"},
        {"role": "assistant", "content": "Because"},
    ]  # fmt: skip
    footnote = message(client, {"model": "footnote", "messages": said})["footnote"]
    assert footnote["question"] == "Why has it not been paid?"
    assert "Iran" in footnote["searched"]


def test_parameters_that_change_nothing_are_tolerated(client: TestClient) -> None:
    more = {
        "temperature": 0.0,
        "max_tokens": 1,
        "tools": [{"type": "function"}],
        "seed": 1,
        "user": "me",
        "x": [1],
    }
    nulls: dict[str, Any] = dict.fromkeys(("stream", "stream_options", "n", "footnote"))
    assert message(client, asked(DEBT, **more, **nulls))["content"] == message(client, asked(DEBT))["content"]


def test_footnotes_own_options_hold(client: TestClient) -> None:
    few = message(client, asked(DEBT, footnote={"k": 2}))["footnote"]
    assert len(few["passages"]) == 2
    nothing = message(client, asked(DEBT, footnote={"filters": {"documents": []}}))["footnote"]
    assert (nothing["reason"], nothing["passages"]) == ("no_documents", [])
    old = message(client, asked(DEBT, footnote={"filters": {"before": "1999-12-31"}}))["footnote"]
    assert old["reason"] == "no_documents"
    bold = message(client, asked(NOWHERE, footnote={"accepted_risk": 1}))["footnote"]
    assert bold["abstained"] is False


def test_the_description_names_every_field_and_has_an_example(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    route = described["paths"]["/v1/chat/completions"]["post"]
    assert set(route["responses"]) == {"200", "4XX", "5XX"}
    assert set(route["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    schemas = described["components"]["schemas"]
    [example] = schemas["ChatRequest"]["examples"]
    assert message(client, example)["footnote"]["abstained"] is False
    assert "short_span" in schemas["Reply"]["properties"]["footnote"]["properties"]
