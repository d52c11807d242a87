"""Signing in and out: cookies, where it leads, and how often one may fail."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from tests.guard.guarded import SITE, client
from ui import passwords
from ui.guard.attempts import Attempts, of_address, of_browser, of_name
from ui.guard.paths import safe_path
from ui.keys import Accounts

PASSWORD = "correct horse battery"
OWN = {"Origin": SITE}


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    monkeypatch.setattr(passwords, "_COST", 2**10)  # a 32nd of the work, as many are checked
    accounts = Accounts(Config(data=tmp_path).access_path)
    accounts.add("ann", "editor")
    accounts.set_password("ann", PASSWORD)
    return accounts


@pytest.fixture
def page(tmp_path: Path, accounts: Accounts) -> TestClient:
    return client(Config(data=tmp_path, sign_in=True))


def sign_in(page: TestClient, password: str = PASSWORD, name: str = "Ann", **more: str) -> Any:
    return page.post("/sign-in", data={"name": name, "password": password} | more, headers=OWN)


def cookies_of(response: Any) -> dict[str, Any]:
    return {
        name: morsel
        for header in response.headers.get_list("set-cookie")
        for name, morsel in SimpleCookie(header).items()
    }


def test_the_page_needs_no_script_and_nothing_from_elsewhere(page: TestClient) -> None:
    shown = page.get("/sign-in?next=/documents/a%3Fstart=1")
    assert shown.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'self'; form-action 'self'"
    )
    assert 'name="next" value="/documents/a?start=1"' in shown.text
    assert "<script" not in shown.text


def test_who_signs_in_gets_where_they_wanted(page: TestClient) -> None:
    led = sign_in(page, next="/v1/me?a=1")
    assert (led.status_code, led.headers["location"]) == (303, "/v1/me?a=1")
    assert page.get("/v1/me").json()["name"] == "ann"
    cookie = cookies_of(led)["footnote"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (
        True,
        "lax",
        "/",
        "",
    )
    assert page.post("/sign-out", headers=OWN).headers["location"] == "/sign-in"
    assert page.get("/v1/me").status_code == 401


def test_a_cookie_that_was_signed_out_is_worth_nothing(page: TestClient) -> None:
    token = cookies_of(sign_in(page))["footnote"].value
    page.post("/sign-out", headers=OWN)
    assert page.get("/v1/me", headers={"Cookie": f"footnote={token}"}).status_code == 401


def test_by_key_a_session_lasts_as_long_as_the_key(page: TestClient, accounts: Accounts) -> None:
    key = accounts.new_key("ann")
    assert page.post("/sign-in", data={"key": key}, headers=OWN).status_code == 303
    assert page.get("/v1/me").json()["name"] == "ann"
    accounts.revoke(key)
    assert page.get("/v1/me").status_code == 401


def test_by_https_the_cookie_is_for_this_host_alone(tmp_path: Path, accounts: Accounts) -> None:
    config = Config(data=tmp_path, names=("footnote.example",), trusted_proxies=("10.0.0.1",))
    page = client(config, address="10.0.0.1", site="https://footnote.example")
    headers = {"X-Forwarded-Proto": "https", "Origin": "https://footnote.example"}
    led = page.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=headers)
    cookie = cookies_of(led)["__Host-footnote"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    token = cookie.value
    assert page.get("/v1/me", headers=headers | {"Cookie": f"__Host-footnote={token}"}).status_code == 200
    assert page.get("/v1/me", headers=headers | {"Cookie": f"footnote={token}"}).status_code == 401


def test_a_session_that_was_put_into_the_browser_is_not_taken_over(
    page: TestClient, accounts: Accounts
) -> None:
    """Neither one that was made up, nor one that the attacker has: both are replaced, and theirs ends."""
    accounts.add("eve")
    accounts.set_password("eve", PASSWORD)
    attackers = cookies_of(sign_in(page, name="eve"))["footnote"].value
    page.cookies.clear()
    for fixed in ("made-up", attackers):
        headers = OWN | {"Cookie": f"footnote={fixed}"}
        led = page.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=headers)
        assert cookies_of(led)["footnote"].value not in (fixed, attackers)
        page.cookies.clear()
        assert page.get("/v1/me", headers={"Cookie": f"footnote={fixed}"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-origin"},
     {"Origin": "https://intranet.example"}],
)  # fmt: skip
def test_with_a_session_only_our_own_pages_change_anything(
    tmp_path: Path, accounts: Accounts, headers: dict[str, str]
) -> None:
    page = client(Config(data=tmp_path, sign_in=True, allowed_origins=("https://intranet.example",)))
    sign_in(page)
    refused = page.post("/v1/ask", content=b"a", headers=headers)
    assert refused.status_code == 403
    assert page.post("/v1/ask", content=b"a", headers=OWN).status_code == 200


def test_another_site_signs_nobody_in_or_out(page: TestClient) -> None:
    evil = {"Origin": "https://evil.example"}
    refused = page.post("/sign-in", data={"name": "ann", "password": PASSWORD}, headers=evil)
    assert (refused.status_code, cookies_of(refused)) == (403, {})
    sign_in(page)
    assert page.post("/sign-out", headers=evil).status_code == 403
    assert page.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example"),
        *("/\t/evil.example", "/\n/evil.example", "http:evil.example", "@evil.example", "evil.example", ""),
        *("javascript:alert(1)", "data:text/html,x", " /", "/ /evil", "/é", "/\x00", "/" + "x" * 5_000),
        *("/sign-in", "/sign-out?a"),
    ],
)
def test_nobody_is_led_elsewhere(page: TestClient, wanted: str) -> None:
    assert safe_path(wanted) == "/"
    assert 'value="/"' in page.get("/sign-in", params={"next": wanted}).text


def test_leading_on_after_signing_in_is_held_to_the_same(page: TestClient) -> None:
    for wanted in ("//evil.example", "/\\evil.example", "https://evil.example"):
        assert sign_in(page, next=wanted).headers["location"] == "/"
    for fine in ("/", "/documents/a?start=1&end=2#cited", "/a%20b"):
        assert safe_path(fine) == fine


@pytest.mark.parametrize(
    "form",
    [
        *({"name": "ann"}, {"name": "ann", "password": ""}, {"name": "ann", "password": "x" * 2_000}),
        *({"name": "<script>alert(1)</script>", "password": PASSWORD}, {"name": "eve", "password": PASSWORD}),
        *({"key": "fn_a"}, {"key": ""}),
    ],
)
def test_who_is_not_known_is_told_and_may_try_again(page: TestClient, form: dict[str, str]) -> None:
    told = page.post("/sign-in", data=form, headers=OWN)
    assert told.status_code == 401
    assert 'role="alert"' in told.text
    assert "<script" not in told.text
    assert cookies_of(told) == {}
    assert PASSWORD not in told.text


def test_known_and_unknown_names_are_told_the_same(page: TestClient) -> None:
    known, unknown = sign_in(page, "wrong password", "ann"), sign_in(page, "wrong password", "bob")
    assert known.text.replace('value="ann"', "") == unknown.text.replace('value="bob"', "")


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"json": {"name": "ann"}}, 415),
        ({"files": {"name": b"ann"}}, 415),
        ({"data": {str(n): "x" for n in range(50)}}, 400),
        ({"data": {"name": "x" * 100_000}}, 400),
        ({"content": b"name=%ff%fe&password=%00&next=%0d%0a"}, 401),
        ({"content": b"name=" + b"x" * 1_100_000}, 413),
    ],
)
def test_a_form_that_is_none_is_refused(page: TestClient, how: dict[str, Any], status: int) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if "content" in how else {}
    assert page.post("/sign-in", headers=OWN | kind, **how).status_code == status


def test_where_nobody_signs_in_there_is_no_page_for_it(tmp_path: Path) -> None:
    assert client(Config(data=tmp_path)).get("/sign-in").status_code == 404


# ── attempts ─────────────────────────────────────────────────────────────────────────────────────


def test_who_fails_too_often_waits_and_others_do_not(tmp_path: Path, accounts: Accounts) -> None:
    """An attacker keeps a user's name busy; the browser that the user has signed in from before is let in."""
    config = Config(data=tmp_path, sign_in=True, trusted_proxies=("10.0.0.1",))
    page = client(config, address="10.0.0.1")

    def attempt(address: str, password: str, browser: str = "", name: str = "ann") -> Any:
        page.cookies.clear()
        headers = OWN | {"X-Forwarded-For": address} | ({"Cookie": browser} if browser else {})
        return page.post("/sign-in", data={"name": name, "password": password}, headers=headers)

    known = f"footnote_browser={cookies_of(attempt('192.0.2.1', PASSWORD))['footnote_browser'].value}"
    told = [attempt(f"198.51.100.{n}", "wrong password").status_code for n in range(11)]
    assert told == [401] * 10 + [429]
    refused = attempt("192.0.2.2", PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 600
    assert "Wait 10 minutes and try again." in refused.text
    assert attempt("192.0.2.2", PASSWORD, known).status_code == 303
    assert attempt("198.51.100.1", PASSWORD, "footnote_browser=made-up").status_code == 429
    assert [attempt("192.0.2.2", "wrong", known).status_code for _ in range(11)] == [401] * 10 + [429]


def test_names_and_addresses_are_counted_apart() -> None:
    attempts = Attempts()
    for n in range(30):
        attempts.failed([of_address("192.0.2.1"), of_name(f"user{n}")])
    assert 0 < attempts.seconds([of_address("192.0.2.1")]) <= 600
    assert attempts.seconds([of_address("192.0.2.2"), of_name("user1"), of_browser("a")]) == 0


def test_of_ipv6_a_network_is_one_address() -> None:
    assert of_address("2001:db8::1") == of_address("2001:db8::ffff:1") != of_address("2001:db8:0:1::1")
    assert of_address("::ffff:192.0.2.1") == of_address("192.0.2.1") != of_address("192.0.2.2")


def test_an_unreadable_file_of_users_is_told_without_its_place(page: TestClient, accounts: Accounts) -> None:
    accounts.close()
    accounts.path.write_bytes(b"no database" * 1_000)
    for told in (page.post("/sign-out", headers=OWN | {"Cookie": "footnote=a"}), sign_in(page)):
        assert told.status_code == 503
        assert told.headers["retry-after"] == "5"
        assert "The store cannot be read or written now" in told.text
        assert str(accounts.path) not in told.text
