"""Feedback over HTTP: on one's own conversations or on an answer sent whole; editors read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from eval.drafts import draft_files
from eval.feedback import read_feedback
from qa.config import Config
from qa.conversations import Conversations
from qa.library import Library
from tests.api.people import app_of, person
from tests.talks import answer
from ui.api.examples import ANSWER
from ui.api.feedback import LINES, router
from ui.service import Service

PATH = "/v1/feedback"


@pytest.fixture
def kept(config: Config) -> Iterator[Conversations]:
    with Conversations(config.data) as opened:
        yield opened


@pytest.fixture
def app(kept: Conversations, config: Config) -> FastAPI:
    no_library = cast(Library, None)  # feedback needs none
    return app_of(router(Service(no_library, config), kept))


@pytest.fixture
def ada(app: FastAPI) -> TestClient:
    return person(app, "ada")


def exchange(kept: Conversations, question: str = "When was the bridge opened?") -> str:
    return kept.add("ada", kept.create("ada").id, answer(question)).id


def test_feedback_on_an_exchange_can_be_changed_and_taken_back(ada: TestClient, kept: Conversations) -> None:
    id_ = exchange(kept)
    for given in (
        {"exchange_id": id_, "verdict": "right", "note": ""},
        {"exchange_id": id_, "verdict": "wrong", "note": "That is the tower."},
    ):
        response = ada.post(PATH, json=given)
        assert (response.status_code, response.json()) == (201, given)
        [line] = kept.feedback()
        assert (line["verdict"], line["note"]) == (given["verdict"], given["note"])
    assert ada.post(PATH, json={"exchange_id": id_, "verdict": None}).status_code == 201
    assert list(kept.feedback()) == []


def test_feedback_on_an_answer_of_no_conversation(ada: TestClient, kept: Conversations) -> None:
    response = ada.post(PATH, json={"answer": ANSWER, "verdict": "right"})
    assert response.status_code == 201
    [line] = kept.feedback()
    assert line == {"verdict": "right", "note": "", "answer": ANSWER}
    assert kept.find("ada") == []
    again = {"exchange_id": response.json()["exchange_id"], "verdict": "wrong", "note": "No."}
    assert ada.post(PATH, json=again).status_code == 201
    assert [line["verdict"] for line in kept.feedback()] == ["wrong"]


def test_editors_read_what_becomes_gold_questions(app: FastAPI, kept: Conversations, tmp_path: Path) -> None:
    for name, question in (("ada", "When was the bridge opened?"), ("eve", "When was the tower opened?")):
        person(app, name).post(PATH, json={"answer": answer(question), "verdict": "right"})
    refused = person(app, "ada").get(PATH)
    assert refused.status_code == 403
    told = person(app, "zoe", "editor").get(PATH)
    assert told.headers["Content-Type"] == LINES
    assert {key for line in told.text.splitlines() for key in json.loads(line)} == {
        "verdict",
        "note",
        "answer",
    }
    file = tmp_path / "feedback.jsonl"
    file.write_bytes(told.content)
    assert draft_files([file], tmp_path / "gold.jsonl").complete == 2
    assert person(app, "root", "admin").get(PATH).text == told.text


def test_anothers_exchange_is_unknown(app: FastAPI, kept: Conversations) -> None:
    id_ = exchange(kept)
    eve = person(app, "eve")
    answers = [
        eve.post(PATH, json={"exchange_id": at, "verdict": "wrong"}).json()["error"]
        for at in (id_, "0" * 32, "..", "")
    ]
    assert [each["type"] for each in answers] == ["not_found"] * 4
    assert {each["message"] for each in answers} == {"There is no such answer; it may have been deleted"}
    assert list(kept.feedback()) == []


WHOLE: dict[str, Any] = {"answer": ANSWER, "verdict": "right"}


def changed(**fields: Any) -> dict[str, Any]:
    return WHOLE | {"answer": ANSWER | fields}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "exchange.exchange_id"),
        ({"verdict": "right"}, "exchange.exchange_id"),
        ({"exchange_id": "x"}, "exchange.verdict"),
        ({"exchange_id": "x", "verdict": "maybe"}, "exchange.verdict"),
        ({"exchange_id": "x", "verdict": "right", "note": "a\0b"}, "exchange.note"),
        ({"exchange_id": "x", "verdict": "right", "note": "\ud800"}, "exchange.note"),
        ({"exchange_id": "x", "verdict": "right", "note": "x" * 4_001}, "exchange.note"),
        ({"exchange_id": "\ud800", "verdict": "right"}, "exchange.exchange_id"),
        ({"exchange_id": "x" * 101, "verdict": "right"}, "exchange.exchange_id"),
        (WHOLE | {"exchange_id": "x"}, "answer.exchange_id"),
        (WHOLE | {"verdict": None}, "answer.verdict"),
        ({"answer": None, "verdict": "right"}, "answer.answer"),
        ({"answer": {}, "verdict": "right"}, "answer.answer"),
        (changed(question="\ud800"), "answer.answer"),
        (changed(confidence=float("nan")), "answer.answer"),
        (changed(confidence=float("inf")), "answer.answer"),
        (changed(short_span=[1]), "answer.answer"),
        (changed(citations=[{}]), "answer.answer"),
        (changed(passages=[7]), "answer.answer"),
        (changed(reason="because"), "answer.answer"),
        (changed(text="x" * 1_000_000), "answer.answer"),
        (changed(confidence="0.5"), "answer.answer"),
        (changed(abstained=0), "answer.answer"),
        (changed(question=" "), "answer.answer"),
        (changed(searched=""), "answer.answer"),
        ({"answer": "right", "verdict": "right"}, "answer.answer"),
        ([], ""),
        ("right", ""),
        (float("nan"), ""),
    ],
)
def test_feedback_that_is_none(ada: TestClient, kept: Conversations, body: Any, param: str) -> None:
    json_ = {"Content-Type": "application/json"}
    response = ada.post(PATH, content=json.dumps(body), headers=json_)
    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["param"] or "").startswith(param)
    assert "\n" not in error["message"]
    assert "x" * 100 not in error["message"]
    assert list(kept.feedback()) == []


def test_what_a_client_adds_to_an_answer_is_left_out(
    ada: TestClient, kept: Conversations, tmp_path: Path
) -> None:
    assert ada.post(PATH, json=changed(api_key="canary", citations=[])).status_code == 201
    assert "canary" not in repr(list(kept.feedback()))
    file = tmp_path / "feedback.jsonl"
    file.write_text("".join(json.dumps(line) for line in kept.feedback()), encoding="utf-8")
    assert read_feedback(file)[0].right


def test_what_is_wrong_with_an_answer_is_told(ada: TestClient) -> None:
    told = ada.post(PATH, json=changed(citations=[{}])).json()["error"]["message"]
    assert told == "answer.answer: Value error, citations.0.marker: Field required"


@pytest.mark.parametrize("depth", [100, 300, 500, 700, 900, 1_000, 5_000, 100_000])
def test_nests_are_no_answers(ada: TestClient, depth: int) -> None:
    body = f'{{"verdict": "right", "answer": {{"question": {"[" * depth}{"]" * depth}}}}}'
    response = ada.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
