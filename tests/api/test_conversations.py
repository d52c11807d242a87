"""Conversations over HTTP: everyone has their own, and bad input is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from qa.conversations import Conversations
from qa.library import Library
from tests.api.people import app_of, person
from tests.talks import answer
from ui.api.conversations import router
from ui.service import Service

UNKNOWN = "0" * 32
PATH = "/v1/conversations"


@pytest.fixture
def kept(config: Config) -> Iterator[Conversations]:
    with Conversations(config.data) as opened:
        yield opened


@pytest.fixture
def people(kept: Conversations, config: Config) -> tuple[TestClient, TestClient]:
    no_library = cast(Library, None)  # a conversation needs none
    app = app_of(router(Service(no_library, config), kept))
    return person(app, "ada"), person(app, "eve")


@pytest.fixture
def ada(people: tuple[TestClient, TestClient]) -> TestClient:
    return people[0]


@pytest.fixture
def eve(people: tuple[TestClient, TestClient]) -> TestClient:
    return people[1]


def test_a_conversation_from_its_beginning_to_its_end(ada: TestClient, kept: Conversations) -> None:
    made = ada.post(PATH, json={"title": "Bridges"})
    assert made.status_code == 201
    at = made.headers["Location"]
    assert at == f"{PATH}/{made.json()['id']}"
    said = kept.add("ada", made.json()["id"], answer("When was it opened?"))
    whole = ada.get(at).json()
    assert (whole["title"], whole["turns"]) == ("Bridges", 1)
    assert whole["exchanges"] == [
        {
            "id": said.id,
            "question": "When was it opened?",
            "answer": answer("When was it opened?"),
            "asked": said.asked,
            "verdict": None,
            "note": "",
        }
    ]
    renamed = ada.patch(at, json={"title": "The bridge"})
    assert renamed.json() == {key: value for key, value in whole.items() if key != "exchanges"} | {
        "title": "The bridge"
    }
    assert ada.delete(at).status_code == 204
    assert ada.get(at).status_code == 404


def test_a_conversation_needs_no_title(ada: TestClient) -> None:
    assert ada.post(PATH).json()["title"] == ada.post(PATH, json={}).json()["title"] == ""


def test_a_list_page_by_page(ada: TestClient, kept: Conversations) -> None:
    ids = [kept.create("ada", f"Number {number}").id for number in range(5)][::-1]
    seen, cursor = [], ""
    for size in (2, 2, 1):
        page = ada.get(PATH, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["conversations"]) == size
        seen += [each["id"] for each in page["conversations"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == sorted(ids)
    assert [each["title"] for each in ada.get(PATH, params={"search": "3"}).json()["conversations"]] == [
        "Number 3"
    ]


def test_the_last_things_said(ada: TestClient, kept: Conversations) -> None:
    id_ = kept.create("ada").id
    for number in range(5):
        kept.add("ada", id_, answer(f"What about {number}?"))
    whole = ada.get(f"{PATH}/{id_}", params={"last": 2}).json()
    assert [each["question"] for each in whole["exchanges"]] == ["What about 3?", "What about 4?"]
    assert whole["turns"] == 5


def test_exports_are_files(ada: TestClient, kept: Conversations) -> None:
    id_ = kept.create("ada").id
    kept.add("ada", id_, answer("When was it opened?"))
    markdown = ada.get(f"{PATH}/{id_}/export")
    assert markdown.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert markdown.headers["Content-Disposition"] == f'attachment; filename="conversation-{id_[:8]}.md"'
    assert markdown.text == kept.export("ada", id_, "markdown")
    whole = ada.get(f"{PATH}/{id_}/export", params={"format": "json"})
    assert whole.headers["Content-Type"] == "application/json"
    assert whole.json() == ada.get(f"{PATH}/{id_}").json()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/export", None),
        ("GET", "/export?format=json", None),
    ],
)
def test_anothers_is_unknown(
    ada: TestClient, eve: TestClient, kept: Conversations, method: str, path: str, body: object
) -> None:
    hers = kept.create("ada", "Private").id
    refused = eve.request(method, f"{PATH}/{hers}{path}", json=body)
    unknown = eve.request(method, f"{PATH}/{UNKNOWN}{path}", json=body)
    assert refused.status_code == unknown.status_code == 404
    assert refused.json() == unknown.json()
    assert refused.json()["error"]["message"] == "There is no such conversation; it may have been deleted"
    assert ada.get(f"{PATH}/{hers}").json()["title"] == "Private"
    assert eve.get(PATH, params={"search": "Private"}).json()["conversations"] == []


@pytest.mark.parametrize(
    "id_",
    ["..%2f..%2fetc%2fpasswd", "%00", "%ED%A0%80", "x" * 5_000, "'; DROP TABLE conversations; --", "%25"],
)
def test_an_id_of_any_kind_is_unknown(ada: TestClient, kept: Conversations, id_: str) -> None:
    kept.create("ada")
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
        assert ada.request(method, f"{PATH}/{id_}", json=body).status_code == 404
    assert len(kept.find("ada")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "\\ud800"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "' + b"x" * 201 + b'"}',
        b'{"title": 7}',
        b'{"title": NaN}',
        b'{"title": null}',
        b'{"name": "x"}',
        b"[]",
        b"{",
        b'"x"',
        b"\xff",
    ],
)
def test_titles_that_are_none(ada: TestClient, kept: Conversations, body: bytes) -> None:
    id_ = kept.create("ada", "Before").id
    json = {"Content-Type": "application/json"}
    for response in (
        ada.post(PATH, content=body, headers=json),
        ada.patch(f"{PATH}/{id_}", content=body, headers=json),
    ):
        assert response.status_code in (400, 422)
        assert set(response.json()["error"]) == {"type", "message", "param", "code", "request_id"}
        assert "\n" not in response.json()["error"]["message"]
    assert [each.title for each in kept.find("ada")] == ["Before"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=NaN",
        "cursor=x",
        "cursor=",
        f"cursor={'9' * 5_000}_{UNKNOWN}",
        "cursor=1_'%20OR%201=1",
        "search=a%00b",
        f"search={'x' * 201}",
    ],
)
def test_questions_for_a_list_that_are_none(ada: TestClient, query: str) -> None:
    response = ada.get(f"{PATH}?{query}")
    assert response.status_code == 422
    assert response.json()["error"]["param"] == f"query.{query.split('=')[0]}"


def test_forms_and_numbers_that_are_none(ada: TestClient, kept: Conversations) -> None:
    at = f"{PATH}/{kept.create('ada').id}"
    assert ada.get(f"{at}/export?format=pdf").status_code == 422
    assert ada.get(f"{at}?last=0").status_code == 422
    assert ada.get(f"{at}?last=1001").status_code == 422
