"""What gets through to the app, from whom, and what is said to everybody else."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from qa.config import Config
from tests.guarded import SITE, build_app, client, served, streaming, stubborn
from ui.access import Role
from ui.guard import guard
from ui.guard.bodies import MEGABYTE, Bodies
from ui.guard.connections import MOST_BYTES, Connection
from ui.keys import Accounts
from ui.seen import Seen

BEYOND: dict[str, Any] = {"host": "0.0.0.0", "names": ("footnote.example",)}


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(Config(data=tmp_path).access_path)


@pytest.fixture
def local(tmp_path: Path) -> TestClient:
    return client(Config(data=tmp_path))


@pytest.fixture
def beyond(tmp_path: Path) -> TestClient:
    return client(Config(data=tmp_path, **BEYOND))


def bearer(accounts: Accounts, name: str = "ann", role: Role | None = None) -> dict[str, str]:
    accounts.add(name, role)
    return {"Authorization": f"Bearer {accounts.new_key(name)}"}


def problem_of(response: Any) -> str:
    """The sentence of a failure, told as programs are."""
    error = response.json()["error"]
    assert set(error) == {"type", "message", "param", "code", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    return str(error["message"])


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────


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


def test_accounts_that_cannot_be_read_let_nobody_in(beyond: TestClient, tmp_path: Path) -> None:
    (tmp_path / "access.sqlite3").write_bytes(b"no database" * 1_000)
    refused = beyond.get("/v1/me", headers={"Authorization": "Bearer fn_0000000000_" + "x" * 43})
    assert refused.status_code == 503
    assert "cannot be used" in problem_of(refused)


# ── what proxies say ─────────────────────────────────────────────────────────────────────────────

PROXIED: dict[str, Any] = {
    "host": "0.0.0.0", "proxy_user_header": "X-Forwarded-User", "trusted_proxies": ("10.0.0.0/8", "fd00::1"),
}  # fmt: skip


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"])
def test_a_trusted_proxy_says_who_asks(tmp_path: Path, accounts: Accounts, address: str) -> None:
    asking = client(Config(data=tmp_path, **PROXIED), address=address)
    accounts.add("ann", "admin")
    for name, role in (("Ann", "admin"), ("stranger@a.example", "reader")):
        told = asking.get("/v1/me", headers={"X-Forwarded-User": name}).json()
        assert (told["name"], told["role"]) == (name.lower(), role)
    assert asking.get("/v1/me").status_code == 401
    accounts.revoke("ann")
    assert asking.get("/v1/me", headers={"X-Forwarded-User": "ann"}).status_code == 403


@pytest.mark.parametrize("address", ["11.0.0.1", "127.0.0.1", "::1", "fd00::2", "testclient", ""])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-User": "ann"},
        {"x-forwarded-user": "ann", "X-Forwarded-For": "10.1.2.3"},
        {"X-Forwarded-User": "ann", "Forwarded": "for=10.1.2.3;by=10.1.2.3"},
    ],
)
def test_from_anybody_else_that_header_is_forged(
    tmp_path: Path, accounts: Accounts, address: str, headers: dict[str, str]
) -> None:
    accounts.add("ann", "admin")
    asking = client(Config(data=tmp_path, **PROXIED), address=address)
    assert asking.get("/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("values", [["ann", "eve"], ["a b"], ["local"], ["ann, eve"], ["é"]])
def test_a_proxy_that_names_nobody_clearly_is_not_believed(tmp_path: Path, values: list[str]) -> None:
    asking = client(Config(data=tmp_path, **PROXIED), address="10.1.2.3")
    headers = [("X-Forwarded-User", value.encode()) for value in values]
    assert asking.get("/v1/me", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_a_key_goes_before_what_a_proxy_says(tmp_path: Path, accounts: Accounts) -> None:
    asking = client(Config(data=tmp_path, **PROXIED), address="10.1.2.3")
    headers = bearer(accounts, "bob") | {"X-Forwarded-User": "ann"}
    assert asking.get("/v1/me", headers=headers).json()["name"] == "bob"
    accounts.revoke("bob")
    assert asking.get("/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("address", "forwarded", "client_is"),
    [
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.1.2.3", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the client has made up the first
        ("10.1.2.3", "evil", "10.1.2.3"),
        ("203.0.113.7", "1.1.1.1", "203.0.113.7"),
    ],
)
def test_where_a_request_comes_from(
    tmp_path: Path, accounts: Accounts, address: str, forwarded: str, client_is: str
) -> None:
    asking = client(Config(data=tmp_path, **PROXIED), address=address)
    headers = bearer(accounts) | {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    told = asking.get("/v1/place", headers=headers).json()
    assert told == {"client": client_is, "scheme": "https" if address.startswith("10.") else "http"}
    inside = asking.get(
        "/v1/seen", headers=headers | {"X-Forwarded-User": "x", "X-Forwarded-Host": "y"}
    ).json()
    assert not [name for name in inside if "forwarded" in name]


# ── hosts and origins ────────────────────────────────────────────────────────────────────────────

WRONG_HOSTS = [
    "evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example",
    "footnote.example.evil.example", "xfootnote.example", "0.0.0.0", "0.0.0.0:7860", "[::]", "10.0.0.1",
    "2130706433", "0x7f000001", "127.1", "[::2]:80",
]  # fmt: skip
NO_HOSTS = [
    "", "evil.example.", "127.0.0.1@evil.example", "127.0.0.1:80@evil.example", "evil.example#127.0.0.1",
    "127.0.0.1,evil.example", "127.0.0.1/evil", "127.0.0.1:99999", "127.0.0.1:", "[::1", "a b",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/me", "/", "/healthz", "/mcp", "/sign-in"])
@pytest.mark.parametrize("host", WRONG_HOSTS)
def test_requests_for_another_name_are_refused(beyond: TestClient, path: str, host: str) -> None:
    refused = beyond.get(path, headers={"Host": host})
    assert refused.status_code == 421
    assert host not in refused.text
    if path == "/v1/me":
        problem_of(refused)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_requests_that_name_no_host_are_refused(local: TestClient, host: str) -> None:
    assert local.get("/v1/me", headers={"Host": host}).status_code == 400


def test_a_host_is_not_smuggled_in(local: TestClient) -> None:
    two: Any = [("Host", "127.0.0.1"), ("Host", "evil.example")]
    assert local.get("/v1/me", headers=two).status_code == 400
    for name in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"):
        headers = {"Host": "evil.example", name: "127.0.0.1"}
        assert local.get("/v1/me", headers=headers).status_code == 421
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"GET http://127.0.0.1/v1/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "[0:0:0:0:0:0:0:1]"),
        *("footnote.example", "Footnote.Example:443"),
    ],
)
def test_our_own_names_are_taken(beyond: TestClient, host: str) -> None:
    assert beyond.get("/healthz", headers={"Host": host}).status_code == 200


def test_the_address_that_was_reached_is_a_name_of_ours(tmp_path: Path) -> None:
    config = Config(data=tmp_path, host="0.0.0.0")
    assert client(config, site="http://192.0.2.7:7860").get("/healthz").status_code == 200
    assert (
        client(config, site="http://192.0.2.7").get("/healthz", headers={"Host": "192.0.2.8"}).status_code
        == 421
    )


CROSS_SITE = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://evil.example:80"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://127.0.0.1:8080"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1@evil.example"},
    {"Origin": "file://"},
    {"Origin": "http://evil.example http://127.0.0.1"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    [("Origin", SITE), ("Origin", "https://evil.example")],
]
CHANGES = [
    ("POST", "/v1/ask"),
    ("DELETE", "/v1/documents/a"),
    ("POST", "/me"),
    ("GET", "/mcp"),
    ("POST", "/mcp"),
    ("PURGE", "/"),
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("headers", CROSS_SITE)
def test_pages_of_other_sites_change_nothing(local: TestClient, method: str, path: str, headers: Any) -> None:
    refused = local.request(method, path, headers=headers)
    assert refused.status_code == 403
    assert "allowed_origins" in refused.text
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("headers", [{}, {"Origin": SITE}, {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}])
def test_programs_and_our_own_pages_do(local: TestClient, headers: dict[str, str]) -> None:
    assert local.post("/v1/ask", headers=headers, content=b"abc").json() == {"size": 3}
    assert local.get("/mcp/", headers=headers).status_code == 200


def test_no_other_site_may_read_by_default(local: TestClient) -> None:
    """Whatever Gradio says."""
    read = local.get("/gradio_api/config", headers={"Origin": "https://evil.example"})
    assert read.text == "gradio"
    assert not [name for name in read.headers if name.startswith("access-control")]
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/v1/ask", "/gradio_api/a", "/"):
        refused = local.options(path, headers=asked)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers


def test_sites_that_are_allowed_may_call_with_a_key(tmp_path: Path, accounts: Accounts) -> None:
    page = "https://intranet.example"
    asking = client(Config(data=tmp_path, sign_in=True, allowed_origins=(page,)))
    asked = {
        "Origin": page,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = asking.options("/v1/ask", headers=asked)  # browsers send it without the key
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, page)
    assert "access-control-allow-credentials" not in preflight.headers
    answer = asking.post("/v1/ask", headers=bearer(accounts) | {"Origin": page}, content=b"a")
    assert (answer.json(), answer.headers["access-control-allow-origin"]) == ({"size": 1}, page)
    for other in ("https://evil.example", "http://intranet.example", "https://intranet.example:8443"):
        refused = asking.post("/v1/ask", headers=bearer(accounts) | {"Origin": other})
        assert refused.status_code == 403


def test_a_websocket_is_refused(local: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as caught, local.websocket_connect("/gradio_api/ws"):
        pass
    assert caught.value.code == 1008


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────


def test_large_bodies_are_for_uploads(tmp_path: Path) -> None:
    asking = client(Config(data=tmp_path, max_file_mb=2))
    for path, most in (("/v1/ask", MEGABYTE), ("/v1/documents", 3 * MEGABYTE)):
        assert asking.post(path, content=b"x" * most).json() == {"size": most}
        refused = asking.post(path, content=b"x" * (most + 1))
        assert refused.status_code == 413
        assert f"at most {most:,} bytes" in problem_of(refused)


@pytest.mark.parametrize("path", ["/v1/ask", "/mcp/", "/me"])
def test_a_body_in_chunks_is_counted_as_it_comes(path: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield from (b"x" * 100_000 for _ in range(30))

    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port:
        refused = httpx.post(f"http://127.0.0.1:{port}{path}", content=chunks(), timeout=30)
        assert refused.status_code == 413
        assert "too large" in refused.text
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1e3", "１"])
def test_a_length_that_is_none_hurts_nobody(local: TestClient, length: str) -> None:
    headers: Any = {"Content-Length": length.encode()}
    assert local.post("/v1/ask", content=b"abc", headers=headers).status_code in (200, 413)


@pytest.mark.parametrize("app", [build_app(), stubborn])
def test_a_body_that_does_not_come_is_not_waited_for(app: Any) -> None:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"request_id": "1"}
        await Bodies(app, Config(), patience=0.2)(scope, receive, send)

    with served(guarded) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789")
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"comes too slowly" in answer


# ── connections ──────────────────────────────────────────────────────────────────────────────────


class Impatient(Connection):
    patience = 0.3


@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:", b"POST /healthz HTTP/1.1\r\n"],
)
def test_half_open_connections_are_closed_and_hold_nobody_up(sent: bytes) -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port:
        held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(50)]
        for one in held:
            one.sendall(sent)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
        assert {one.recv(100) for one in held} == {b""}  # closed by the server
        for one in held:
            one.close()


def test_a_request_refused_early_is_not_read_for_ever() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\nx")
        assert raw.recv(12) == b"HTTP/1.1 413"
        raw.sendall(b"x")  # and no more
        while raw.recv(10_000):
            pass


def test_headers_have_an_end() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            raw.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * MOST_BYTES * 1_000)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_connections_are_kept_for_the_next_request() -> None:
    app = guard(build_app(), Config(), Accounts(Path("unused")))
    with served(app, Impatient) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        answers = raw.makefile("rb")
        for _ in range(3):
            raw.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc")
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            while answers.readline() != b"\r\n":
                pass
            assert answers.read(10) == b'{"size":3}'


def test_what_is_streamed_comes_at_once() -> None:
    """The rest is sent only after the first part was read."""
    gate = threading.Event()
    app = guard(streaming(gate), Config(), Accounts(Path("unused")))
    with served(app) as port, httpx.stream("GET", f"http://127.0.0.1:{port}/v1/stream", timeout=20) as answer:
        parts = answer.iter_lines()
        assert next(parts) == "first"
        gate.set()
        assert next(parts) == "last"


# ── rates ────────────────────────────────────────────────────────────────────────────────────────


def test_each_key_has_its_rate(tmp_path: Path, accounts: Accounts) -> None:
    asking = client(Config(data=tmp_path, requests_per_minute=3, **BEYOND))
    ann, bob = bearer(accounts, "ann"), bearer(accounts, "bob")
    left = []
    for _ in range(3):
        answer = asking.get("/v1/me", headers=ann)
        assert answer.headers["ratelimit-policy"] == '"default";q=3;w=60'
        found = re.fullmatch(r'"default";r=(\d);t=(\d+)', answer.headers["ratelimit"])
        assert found
        assert 0 < int(found[2]) <= 60
        left.append(int(found[1]))
    assert left == [2, 1, 0]
    refused = asking.get("/v1/me", headers=ann)
    assert refused.status_code == 429
    assert "at most 3 a minute" in problem_of(refused)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert asking.get("/v1/me", headers=bob).status_code == 200
    assert asking.get("/", headers=ann).status_code == 200  # pages are not counted


def test_without_a_limit_and_on_this_machine_nothing_is_counted(tmp_path: Path, accounts: Accounts) -> None:
    unlimited = client(Config(data=tmp_path, requests_per_minute=0, **BEYOND))
    local = client(Config(data=tmp_path, requests_per_minute=1))
    headers = bearer(accounts)
    for asking in (unlimited, local):
        answers = [asking.get("/v1/me", headers=headers) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit" not in answers[0].headers


# ── ids, headers and the log ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", ["a", "run-7.2_x", "x" * 64])
def test_a_client_may_name_its_request(beyond: TestClient, given: str) -> None:
    for path in ("/v1/me", "/healthz", "/sign-in"):
        assert beyond.get(path, headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", 'a"b', "é", "<b>"])
def test_other_names_are_not_taken(local: TestClient, given: str) -> None:
    headers: Any = {"X-Request-ID": given.encode()}
    id_ = local.get("/v1/me", headers=headers).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", id_)


@pytest.mark.parametrize("path", ["/", "/v1/me", "/v1/crash", "/none", "/documents/x", "/gradio_api/a"])
def test_every_response_has_the_headers_that_protect(tmp_path: Path, path: str) -> None:
    app = guard(build_app(), Config(data=tmp_path), Accounts(tmp_path / "unused"))
    asking = TestClient(app, base_url=SITE, raise_server_exceptions=False)
    for answer in (asking.get(path), asking.get(path, headers={"Host": "evil.example"})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
        assert "http:" not in answer.headers["content-security-policy"]


def test_a_route_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    app = FastAPI()
    headers = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=60"}
    app.add_api_route("/v1/own", lambda: PlainTextResponse("a", headers=headers), response_model=None)
    answer = TestClient(guard(app, Config(), Accounts(tmp_path)), base_url=SITE).get("/v1/own")
    assert {name: answer.headers[name] for name in headers} == headers


def test_the_app_is_told_of_starting_and_stopping(tmp_path: Path) -> None:
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        told.append("starting")
        yield
        told.append("stopping")

    app = guard(FastAPI(lifespan=lifespan), Config(), Accounts(tmp_path / "unused"))
    with TestClient(app, base_url=SITE):
        assert told == ["starting"]
    assert told == ["starting", "stopping"]


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "footnote.access"]


def test_each_request_is_a_line(
    beyond: TestClient, accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer(accounts)
    key = headers["Authorization"][7:20]
    with caplog.at_level(logging.INFO, "footnote.access"):
        beyond.get("/v1/need/admin?question=secret", headers=headers | {"X-Request-ID": "a"})
        beyond.get("/v1/none/of/these", headers=headers)
        beyond.get("/documents/0123")
        beyond.request("BREW", "/healthz")
    first, unknown, page, brewed = lines_of(caplog)
    assert set(first) == {"time", "id", "method", "path", "status", "ms", "caller", "key"}
    assert (first["id"], first["method"], first["path"], first["status"]) == (
        "a",
        "GET",
        "/v1/need/{role}",
        403,
    )
    assert (first["caller"], first["key"]) == ("ann", key)
    assert (unknown["path"], unknown["status"]) == ("/v1/*", 404)
    assert (page["path"], page["status"], page["caller"]) == ("/documents/*", 303, None)
    assert (brewed["method"], brewed["status"]) == ("OTHER", 405)


def test_a_crash_is_a_line_and_an_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Seen] = []
    app = guard(build_app(), Config(data=tmp_path), Accounts(tmp_path / "unused"), seen.append)
    asking = TestClient(app, base_url=SITE, raise_server_exceptions=False)
    with caplog.at_level(logging.INFO, "footnote.access"):
        answer = asking.get("/v1/crash")
    assert answer.status_code == 500
    assert "it broke" not in answer.text
    [line] = lines_of(caplog)
    assert (line["status"], line["id"]) == (500, answer.headers["x-request-id"])
    assert [(one.method, one.path, one.status) for one in seen] == [("GET", "/v1/crash", 500)]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/%0a%7b%22forged%22:1%7d",
        "/v1/me%0d%0aforged",
        "/%1b%5b2J",
        "/v1/need/%0aforged",
        "/%E2%80%A8forged",
    ],
)
def test_no_line_can_be_forged(local: TestClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    with caplog.at_level(logging.INFO, "footnote.access"):
        local.get(path, headers={"X-Request-ID": "a\x0bforged"})
    [record] = [record for record in caplog.records if record.name == "footnote.access"]
    assert re.fullmatch(r"[ -~]+", record.getMessage())
    assert "forged" not in record.getMessage()


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
