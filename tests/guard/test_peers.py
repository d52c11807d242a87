"""What proxies say, and who is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa.config import Config
from tests.guard.guarded import (
    SITE,
    bearer,
    client,
)
from ui.keys import Accounts

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


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": SITE}, 200),
        ({"Origin": "https://intranet.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_who_a_proxy_names_is_asked_for_by_our_own_pages_alone(
    tmp_path: Path, accounts: Accounts, headers: dict[str, str], status: int
) -> None:
    """The proxy's cookie goes along with whatever a page of another site sends."""
    config = Config(data=tmp_path, allowed_origins=("https://intranet.example",), **PROXIED)
    asking = client(config, address="10.1.2.3")
    named = headers | {"X-Forwarded-User": "ann"}
    assert asking.post("/v1/ask", headers=named, content=b"a").status_code == status
    if headers.get("Origin") == "https://intranet.example":
        assert asking.post("/v1/ask", headers=named | bearer(accounts), content=b"a").status_code == 200
