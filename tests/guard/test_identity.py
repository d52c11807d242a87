"""Who gets in, by key or session, and what is said to everybody else."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from tests.guard.guarded import (
    SITE,
    bearer,
    build_app,
    problem_of,
    served,
)
from ui.access import Role
from ui.guard import guard
from ui.keys import Accounts


@pytest.mark.parametrize("key", [None, "Bearer none", "Bearer fn_0000000000_" + "x" * 43, "Basic YTpi"])
def test_on_this_machine_anybody_may_do_anything_and_keys_are_not_looked_at(
    local: TestClient, key: str | None, tmp_path: Path
) -> None:
    headers = {"Authorization": key} if key else {}
    for path in ("/v1/me", "/", "/metrics", "/docs"):
        told = local.get(path, headers=headers).json()
        assert (told["name"], told["role"]) == ("local", "admin")
    assert not (tmp_path / "access.sqlite3").exists()


def test_beyond_it_a_key_says_who_asks(beyond: TestClient, accounts: Accounts) -> None:
    headers = bearer(accounts, "Ann", "editor")
    told = beyond.get("/v1/me", headers=headers)
    assert (told.json()["name"], told.json()["role"]) == ("ann", "editor")
    assert told.json()["id"] == told.headers["x-request-id"]


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/none", "/mcp", "/metrics", "/docs", "/openapi.json", "/gradio_api/a"]
)
def test_programs_without_a_key_are_told_so(beyond: TestClient, path: str) -> None:
    refused = beyond.get(path)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert "send an API key" in problem_of(refused)


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("/", "%2F"),
        ("/documents/a?start=1", "%2Fdocuments%2Fa%3Fstart%3D1"),
        ("//evil.example", "%2F"),
        ("/a b", "%2Fa%2520b"),
    ],
)
def test_people_are_led_to_sign_in(beyond: TestClient, path: str, after: str) -> None:
    led = beyond.get(f"http://127.0.0.1{path}")
    assert (led.status_code, led.headers["location"]) == (303, f"/sign-in?next={after}")


def test_a_page_that_fetches_is_not_led_anywhere(beyond: TestClient) -> None:
    for asked in (
        beyond.get("/config", headers={"Sec-Fetch-Mode": "cors"}),
        beyond.post("/me", headers={"Origin": SITE}),
    ):
        assert asked.status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/sign-in"])
def test_some_pages_are_for_everybody(beyond: TestClient, path: str) -> None:
    assert beyond.get(path, headers={"Authorization": "Bearer fn_wrong"}).status_code == 200


def test_and_no_others(tmp_path: Path) -> None:
    app = guard(build_app(), Config(data=tmp_path, sign_in=True), Accounts(tmp_path / "none"))
    tricks = ("/healthz/../v1/me", "/styles/../v1/me", "/healthzz", "/sign-in.", "/%2e/v1/me", "//v1/me")
    told = {}
    with served(app) as port:
        for path in tricks:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
                raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                told[path] = int(raw.makefile("rb").read().split()[1])
    assert told == {
        "/healthz/../v1/me": 401,
        "/styles/../v1/me": 404,
        "/healthzz": 303,
        "/sign-in.": 303,
        "/%2e/v1/me": 303,
        "//v1/me": 303,
    }


def test_a_key_that_is_revoked_is_refused_from_the_next_request_on(
    beyond: TestClient, accounts: Accounts
) -> None:
    headers = bearer(accounts)
    assert beyond.get("/v1/me", headers=headers).status_code == 200
    accounts.revoke("ann")
    refused = beyond.get("/v1/me", headers=headers)
    assert refused.status_code == 401
    assert "was revoked" in problem_of(refused)


@pytest.mark.parametrize("role", ["reader", "editor", "admin"])
def test_each_role_may_do_its_part(beyond: TestClient, accounts: Accounts, role: Role) -> None:
    headers = bearer(accounts, "ann", role)
    ranks: tuple[Role, ...] = ("reader", "editor", "admin")
    may = ranks.index(role)
    told = [beyond.get(f"/v1/need/{needed}", headers=headers).status_code for needed in ranks]
    assert told == [200] * (may + 1) + [403] * (2 - may)
    for path in ("/metrics", "/docs", "/openapi.json"):
        assert beyond.get(path, headers=headers).status_code == (200 if role == "admin" else 403)


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer  ")],
        [("Authorization", "Basic YTpi")],
        [("Authorization", "Bearer sk-another")],
        [("Authorization", "Bearer fn_" + "x" * 60_000)],
        [("Authorization", b"Bearer fn_\xff\xfe")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
        [("Cookie", "footnote=")],
        [("Cookie", "footnote=x; footnote=y")],
        [("Cookie", b"footnote=\xff")],
        [("Cookie", "__Host-footnote=x")],
    ],
)
def test_bad_credentials_are_refused(beyond: TestClient, headers: Any) -> None:
    refused = beyond.get("/v1/me", headers=headers)
    assert refused.status_code == 401
    problem_of(refused)


def test_accounts_that_cannot_be_read_let_nobody_in(
    beyond: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "access.sqlite3").write_bytes(b"no database" * 1_000)
    refused = beyond.get("/v1/me", headers={"Authorization": "Bearer fn_0000000000_" + "x" * 43})
    assert refused.status_code == 503
    assert problem_of(refused).startswith("The store cannot be read or written now")
    assert str(tmp_path) not in refused.text
    assert refused.headers["retry-after"] == "5"
    assert f"the file of users, {tmp_path}" in caplog.text


@pytest.mark.parametrize("request_line", ["POST /v1/documents", "DELETE /v1/documents/a"])
def test_who_may_not_send_files_is_told_before_they_are_read(
    tmp_path: Path, accounts: Accounts, request_line: str
) -> None:
    headers = bearer(accounts)["Authorization"]
    with (
        served(guard(build_app(), Config(data=tmp_path, sign_in=True), accounts)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=30) as raw,
    ):
        raw.sendall(
            f"{request_line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {headers}\r\n"
            "Content-Length: 900000\r\n\r\n".encode()
        )  # and nothing of the body
        assert raw.recv(12) == b"HTTP/1.1 403"
