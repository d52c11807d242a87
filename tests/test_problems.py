"""Failures as programs see them."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from qa.errors import BusyError, FootnoteError, NotFoundError, StoreError
from ui.problems import Failure, handle_problems

KEY = "fn_0123456789_" + "A" * 43


def answer_of(error: Exception, path: str = "/v1/a") -> tuple[int, str, str | None]:
    """Status, message and ``Retry-After`` of a route that fails so."""
    app = FastAPI()
    handle_problems(app)

    def fail() -> None:
        raise error

    app.add_api_route(path, fail)
    answer = TestClient(app).get(path)
    return answer.status_code, answer.json()["error"]["message"], answer.headers.get("retry-after")


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(BusyError("busy", 3), "3"), (StoreError("/srv/data"), "5"), (HTTPException(503, "stopped"), "5"),
     (HTTPException(503, "stopped", {"Retry-After": "9"}), "9")],
)  # fmt: skip
def test_every_503_tells_when_to_try_again(error: Exception, seconds: str) -> None:
    status, _, after = answer_of(error)
    assert (status, after) == (503, seconds)


def test_what_a_store_says_is_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    _, told, _ = answer_of(StoreError("the catalog /srv/data cannot be used"))
    assert told == "The store cannot be read or written now: the server's log tells why"
    assert "the catalog /srv/data cannot be used" in caplog.text
    assert answer_of(NotFoundError("no such document"))[:2] == (404, "No such document")


@pytest.mark.parametrize("error", [NotFoundError(f"no document {KEY}"), HTTPException(404, f"no page {KEY}")])
def test_no_key_is_repeated(error: FootnoteError | HTTPException) -> None:
    assert "AAA" not in answer_of(error)[1]


def test_nor_named_as_what_is_at_fault() -> None:
    failure = Failure(type="a", message=f"{KEY}: not allowed", param=f"body.{KEY}", request_id="1")
    assert "AAA" not in failure.model_dump_json()
    assert failure.param == "body.fn_0123456789_" + "*" * 43


def test_on_the_chat_page_the_message_stands_where_gradio_looks_for_it() -> None:
    app = FastAPI()
    handle_problems(app)
    answer = TestClient(app).get("/gradio_api/none").json()
    assert answer["detail"] == answer["error"]["message"] == "Not Found"
    assert set(TestClient(app).get("/v1/none").json()) == {"error"}
