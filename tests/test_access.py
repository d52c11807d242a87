"""Users, keys, passwords and sessions in a real file, and when somebody must sign in."""

from __future__ import annotations

import hmac
import sqlite3
import stat
from pathlib import Path

import pytest

from qa.config import Config
from qa.errors import AccessError, ConfigError, ForbiddenError, NotFoundError, StoreError
from ui import passwords
from ui.access import LOCAL, ROLES, Caller, Role, check_access, is_open
from ui.discretion import holds_key
from ui.keys import Accounts
from ui.passwords import hashed, matches
from ui.sessions import BROWSER_SECONDS, IDLE_SECONDS, LIFE_SECONDS, Sessions

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "data" / "access.sqlite3")


def test_a_role_may_do_what_lesser_ones_may() -> None:
    allowed = {
        (has, needed): ROLES.index(has) >= ROLES.index(needed) for has in ROLES for needed in ROLES
    }  # reader, editor, admin
    assert sum(allowed.values()) == 6
    for (has, needed), fine in allowed.items():
        caller = Caller("ann", has)
        if fine:
            caller.need(needed)
        else:
            with pytest.raises(ForbiddenError, match=f"needs the role {needed}, and ann is {has}"):
                caller.need(needed)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_says_who_asks(accounts: Accounts) -> None:
    accounts.add("Ann", "editor")
    key = accounts.new_key("ann")
    assert accounts.by_key(key) == Caller("ann", "editor", key[:13])
    assert len(key.partition("_")[2].partition("_")[2]) == 43  # 32 random bytes in base64
    assert key not in {accounts.new_key("ann") for _ in range(5)}


def test_only_a_hash_is_kept_and_only_for_this_user(accounts: Accounts) -> None:
    accounts.add("ann")
    key = accounts.new_key("ann")
    accounts.set_password("ann", PASSWORD)
    token = Sessions(accounts).begin(accounts.by_key(key))
    files = list(accounts.path.parent.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    kept = b"".join(file.read_bytes() for file in files)
    assert key[:13].encode() in kept
    for secret in (key[14:], PASSWORD, token):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    "change",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: "fn_0000000000" + key[13:],
        lambda key: key.upper(),
        lambda key: key + "\n",
        lambda key: key[:13],
        lambda key: "fn_" + "x" * 100_000,
        lambda key: "fn_\udcff",
        lambda key: "' OR 1=1 --",
    ],
)
def test_any_other_key_is_unknown(accounts: Accounts, change: object) -> None:
    accounts.add("ann")
    key = accounts.new_key("ann")
    assert callable(change)
    with pytest.raises(AccessError, match="mistyped or was revoked") as caught:
        accounts.by_key(change(key))
    assert key[14:] not in str(caught.value)


def test_keys_are_compared_in_constant_time(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is no such key: then with zeros, which no hash is."""
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def compare(a: bytes, b: bytes) -> bool:
        compared.append((a, b))
        return real(a, b)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    accounts.add("ann")
    accounts.by_key(accounts.new_key("ann"))
    for unknown in ("fn_0000000000_" + "x" * 43, "nonsense"):
        with pytest.raises(AccessError):
            accounts.by_key(unknown)
    assert [len(a) == len(b) == 32 for a, b in compared] == [True] * 3


def test_what_is_revoked_or_changed_elsewhere_holds_at_once(accounts: Accounts) -> None:
    """The other process is another connection to the file."""
    other = Accounts(accounts.path)
    accounts.add("ann", "admin")
    first, second = accounts.new_key("ann"), accounts.new_key("ann")
    other.add("ann", "reader")
    assert accounts.by_key(first).role == "reader"
    assert other.revoke(first[:13]) == first[:13]
    with pytest.raises(AccessError):
        accounts.by_key(first)
    assert accounts.by_key(second).name == "ann"
    assert other.revoke("ANN") == "ann"
    with pytest.raises(AccessError):
        accounts.by_key(second)


def test_who_was_revoked_and_is_added_again_has_nothing_of_before(accounts: Accounts) -> None:
    accounts.add("ann", "admin")
    key = accounts.new_key("ann")
    accounts.set_password("ann", PASSWORD)
    accounts.revoke("ann")
    assert not accounts.anyone()
    user = accounts.add("ann")
    assert (user.role, user.active, user.has_password, user.keys) == ("reader", True, False, ())
    with pytest.raises(AccessError):
        accounts.by_key(key)
    with pytest.raises(AccessError):
        accounts.by_password("ann", PASSWORD)


def test_a_whole_key_may_be_named_to_be_revoked_and_is_not_repeated(accounts: Accounts) -> None:
    accounts.add("ann")
    key = accounts.new_key("ann")
    assert accounts.revoke(key) == key[:13]
    for gone in (key, key[:20], "nobody", "\udcff", ""):
        with pytest.raises(NotFoundError, match="footnote access list") as caught:
            accounts.revoke(gone)
        assert key[14:18] not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, "a b", "a\n", "../a", "é", ".a", "local", "LOCAL", "fn_0123456789", "a:b", "\udcff"],
)
def test_what_is_no_name(accounts: Accounts, name: str) -> None:
    with pytest.raises(ConfigError):
        accounts.add(name)
    assert accounts.users() == []


@pytest.mark.parametrize("name", ["a", "Ann.Smith+1@Footnote.example", "x" * 64, "7"])
def test_what_is_a_name(accounts: Accounts, name: str) -> None:
    assert accounts.add(name).name == name.lower()


def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    broken, newer = tmp_path / "broken", tmp_path / "newer"
    broken.write_text("no database, whatever its name may be" * 100)
    sqlite3.connect(newer).execute("PRAGMA user_version = 99").connection.close()
    for path in (broken, newer, tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(StoreError) as caught:
            Accounts(path).by_key("fn_")
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_key_is_found_wherever_it_stands(accounts: Accounts) -> None:
    accounts.add("ann")
    assert holds_key(f"/a?b={accounts.new_key('ann')}&c")
    assert not holds_key("/v1/documents/0123456789abcdef")


# ── passwords ────────────────────────────────────────────────────────────────────────────────────


def test_a_password_says_who_signs_in(accounts: Accounts) -> None:
    accounts.add("ann", "editor")
    accounts.add("bob")
    accounts.set_password("ann", PASSWORD)
    assert accounts.by_password("ANN", PASSWORD) == Caller("ann", "editor")
    for name, password in (
        ("ann", "Correct horse battery"),
        ("bob", ""),
        ("bob", PASSWORD),
        ("eve", PASSWORD),
    ):
        with pytest.raises(AccessError, match="the name or the password is not right"):
            accounts.by_password(name, password)


def test_the_same_letters_typed_in_other_ways_are_the_same_password() -> None:
    kept = hashed("café au lait, please")
    assert matches("cafe\u0301 au lait, please", kept)
    assert kept.split("$")[:4] == ["scrypt", "32768", "8", "3"]
    assert hashed("café au lait, please") != kept  # a salt of its own


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 1_001, "\ud800" * 12])
def test_a_bad_password_is_refused(accounts: Accounts, password: str) -> None:
    accounts.add("ann")
    with pytest.raises(ConfigError):
        accounts.set_password("ann", password)
    with pytest.raises(AccessError):
        accounts.by_password("ann", password)


def test_unknown_names_cost_the_same_work(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[object, ...]] = []
    real = passwords._scrypt

    def scrypt(password: str, salt: bytes, *cost: int) -> bytes:
        done.append(cost)
        return real(password, salt, *cost)

    monkeypatch.setattr(passwords, "_scrypt", scrypt)
    accounts.add("ann")
    accounts.set_password("ann", PASSWORD)
    for name in ("ann", "eve", "\udcff"):
        with pytest.raises(AccessError):
            accounts.by_password(name, "another password")
    assert len(done) == 4
    assert len(set(done)) == 1


# ── who a proxy names ────────────────────────────────────────────────────────────────────────────


def test_a_proxy_may_name_anybody_but_those_who_were_revoked(accounts: Accounts) -> None:
    accounts.add("ann", "admin")
    assert accounts.by_name("Ann") == Caller("ann", "admin")
    assert accounts.by_name("stranger@footnote.example") == Caller("stranger@footnote.example", "reader")
    accounts.revoke("ann")
    with pytest.raises(ForbiddenError, match="the access of ann was revoked"):
        accounts.by_name("ann")
    for name in ("local", "", "a b"):
        with pytest.raises(AccessError, match="can't be one"):
            accounts.by_name(name)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_lasts_while_it_is_used_and_a_week_at_most(accounts: Accounts) -> None:
    clock = Clock()
    sessions = Sessions(accounts, clock)
    accounts.add("ann")
    token, began = sessions.begin(Caller("ann", "reader")), clock.now
    while clock.now + IDLE_SECONDS - 1 <= began + LIFE_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert sessions.caller(token) == Caller("ann", "reader")
    clock.now = began + LIFE_SECONDS + 1
    assert sessions.caller(token) is None


def test_an_idle_session_ends(accounts: Accounts) -> None:
    clock = Clock()
    sessions = Sessions(accounts, clock)
    accounts.add("ann")
    token = sessions.begin(Caller("ann", "reader"))
    clock.now += IDLE_SECONDS + 1
    assert sessions.caller(token) is None


@pytest.mark.parametrize("end", ["sign out", "revoke key", "revoke user", "new password"])
def test_a_session_ends_with_what_it_stands_on(accounts: Accounts, end: str) -> None:
    sessions = Sessions(accounts)
    accounts.add("ann")
    caller = accounts.by_key(accounts.new_key("ann"))
    token = sessions.begin(caller)
    assert sessions.caller(token) == caller
    if end == "sign out":
        sessions.end(token)
    elif end == "new password":
        accounts.set_password("ann", PASSWORD)
    else:
        accounts.revoke(caller.key if end == "revoke key" else "ann")
    assert sessions.caller(token) is None


def test_a_change_of_role_holds_in_a_session(accounts: Accounts) -> None:
    sessions = Sessions(accounts)
    accounts.add("ann", "admin")
    token = sessions.begin(Caller("ann", "admin"))
    accounts.add("ann", "reader")
    assert sessions.caller(token) == Caller("ann", "reader")


def test_a_browser_is_known_to_its_user_for_half_a_year(accounts: Accounts) -> None:
    clock = Clock()
    sessions = Sessions(accounts, clock)
    accounts.add("ann")
    token = sessions.meet("ann")
    assert sessions.knows("Ann", token)
    assert not sessions.knows("bob", token)
    assert not sessions.knows("ann", "other")
    clock.now += BROWSER_SECONDS + 1
    assert not sessions.knows("ann", token)


# ── when somebody must sign in ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "anybody"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "127.0.0.2"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "10.1.2.3"}, False),
        ({"host": "footnote.example"}, False),
        ({"names": ("footnote.example",)}, False),
        ({"sign_in": True}, False),
        ({"trusted_proxies": ("127.0.0.1",)}, False),
    ],
)
def test_when_nobody_signs_in(accounts: Accounts, settings: dict[str, object], anybody: bool) -> None:
    config = Config(**settings)  # type: ignore[arg-type]
    assert is_open(config) is anybody
    if anybody:
        check_access(config, accounts)
        assert not accounts.path.exists()
    else:
        with pytest.raises(ConfigError, match="footnote access add NAME --role admin"):
            check_access(config, accounts)


@pytest.mark.parametrize("way", ["key", "password", "proxy"])
def test_serving_begins_once_somebody_could_sign_in(accounts: Accounts, way: str) -> None:
    config = Config(host="0.0.0.0", trusted_proxies=("10.0.0.1",))
    accounts.add("ann", "admin")
    with pytest.raises(ConfigError):
        check_access(config, accounts)
    if way == "key":
        accounts.new_key("ann")
    elif way == "password":
        accounts.set_password("ann", PASSWORD)
    else:
        config = Config(host="0.0.0.0", trusted_proxies=("10.0.0.1",), proxy_user_header="X-User")
    check_access(config, accounts)


def test_whoever_asks_locally_may_do_anything() -> None:
    role: Role = "admin"
    LOCAL.need(role)
