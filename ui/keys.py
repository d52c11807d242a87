"""Who may use Footnote: users, their API keys and sessions, in one SQLite file beside the catalog.

Of keys, passwords and sessions only hashes are kept. The file may be changed by another process at any
time, and what it says counts for the very next request: nothing of it is remembered.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa.errors import AccessError, ConfigError, ForbiddenError, NotFoundError, StoreError
from ui.access import LOCAL, ROLES, Caller, Role
from ui.passwords import hashed, matches

_VERSION = 1
_PATIENCE_SECONDS = 5.0  # while another process writes
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_KEY = re.compile(r"(fn_[0-9a-f]{10})_([A-Za-z0-9_-]{43})")
_KEY_ID = re.compile(r"fn_[0-9a-f]{10}")
_TABLES = """
CREATE TABLE users (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT, active INTEGER NOT NULL, made TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL REFERENCES users(name), digest BLOB NOT NULL, made TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL REFERENCES users(name),
    key TEXT REFERENCES keys(id) ON DELETE CASCADE, begun INTEGER NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE browsers (
    digest BLOB PRIMARY KEY, name TEXT NOT NULL REFERENCES users(name), seen INTEGER NOT NULL
) WITHOUT ROWID;
"""
_FORGET = ("DELETE FROM sessions WHERE name = ?", "DELETE FROM browsers WHERE name = ?")


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of an API key: its public part, and when it was made (ISO 8601, UTC)."""

    id: str
    made: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use Footnote; one who is not ``active`` may not any more, whoever vouches for them."""

    name: str
    role: Role
    active: bool
    has_password: bool
    made: str
    keys: tuple[Key, ...] = ()


class Accounts:
    """The file of users. Safe to share between threads: calls take turns. Any call may raise StoreError."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened or made before the first call."""
        self.path = path
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    # ── for the command line ─────────────────────────────────────────────────────────────────────

    def add(self, name: str, role: Role | None = None) -> User:
        """Make the user, as a reader unless told, or change one's role; one whose access was revoked is back.

        Raises ConfigError for a name that can't be one.
        """
        name = clean_name(name)
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO users VALUES (?, 'reader', NULL, 1, ?)", (name, _now()))
            db.execute(
                "UPDATE users SET active = 1, role = coalesce(?, role) WHERE name = ?",
                (role, name),
            )
        [user] = [user for user in self.users() if user.name == name]
        return user

    def new_key(self, name: str) -> str:
        """Another API key for a user who is there. It is in the answer, and nowhere else."""
        id_, secret = f"fn_{secrets.token_hex(5)}", secrets.token_urlsafe(32)
        with self.writing() as db:
            db.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?)", (id_, clean_name(name), digest_of(secret), _now())
            )
        return f"{id_}_{secret}"

    def set_password(self, name: str, password: str) -> None:
        """Give a user who is there a password, and end their sessions. Raises ConfigError for a bad one."""
        kept, name = hashed(password), clean_name(name)
        with self.writing() as db:
            db.execute("UPDATE users SET password = ? WHERE name = ?", (kept, name))
            for forget in _FORGET:
                db.execute(forget, (name,))

    def revoke(self, what: str) -> str:
        """End a key, by its id, or all access of a user, by name; returns which. Raises NotFoundError."""
        key = _KEY.fullmatch(what)
        what = key[1] if key else what  # of a whole key, nothing secret is told
        if _KEY_ID.fullmatch(what):
            with self.writing() as db:
                gone = db.execute("DELETE FROM keys WHERE id = ?", (what,)).rowcount
        else:
            what = what.lower()
            gone = self._revoke_user(what) if _NAME.fullmatch(what) else 0
        if not gone:
            shown = what[:13] if what.startswith("fn_") else what  # part of a key, it may be
            raise NotFoundError(f"no user or key is called {shown!r}; see: footnote access list")
        return what

    def _revoke_user(self, name: str) -> int:
        with self.writing() as db:
            for forget in (*_FORGET, "DELETE FROM keys WHERE name = ?"):
                db.execute(forget, (name,))
            return db.execute(
                "UPDATE users SET active = 0, password = NULL, role = 'reader' WHERE name = ?", (name,)
            ).rowcount

    def users(self) -> list[User]:
        """Everybody, by name, with the keys they have."""
        keys = self.all("SELECT name, id, made FROM keys ORDER BY made, id")
        rows = self.all("SELECT name, role, active, password IS NOT NULL, made FROM users ORDER BY name")
        return [
            User(
                name,
                as_role(role),
                bool(active),
                bool(password),
                made,
                tuple(Key(id_, when) for owner, id_, when in keys if owner == name),
            )
            for name, role, active, password, made in rows
        ]

    def anyone(self) -> bool:
        """Whether somebody could sign in."""
        return any(user.active and (user.has_password or user.keys) for user in self.users())

    # ── for the server ───────────────────────────────────────────────────────────────────────────

    def by_key(self, key: str) -> Caller:
        """Whose key it is. Raises AccessError."""
        found = _KEY.fullmatch(key)
        id_, secret = (found[1], found[2]) if found else ("", "")
        rows = self.all(
            "SELECT k.digest, name, u.role FROM keys k JOIN users u USING (name) WHERE k.id = ? AND u.active",
            id_,
        )
        digest, name, role = rows[0] if rows else (bytes(32), "", "reader")
        if not hmac.compare_digest(digest, digest_of(secret)) or not rows:
            raise AccessError("this API key is not known: it is mistyped or was revoked")
        return Caller(name, as_role(role), id_)

    def by_password(self, name: str, password: str) -> Caller:
        """Whose name and password these are; takes as long when there is no such user. Raises AccessError."""
        name = name.lower() if _NAME.fullmatch(name.lower()) else ""
        rows = self.all("SELECT name, role, password FROM users WHERE name = ? AND active", name)
        known, role, kept = rows[0] if rows else ("", "reader", None)
        if not matches(password, kept):
            raise AccessError("the name or the password is not right")
        return Caller(known, as_role(role))

    def by_name(self, name: str) -> Caller:
        """Whom a trusted proxy vouches for; who has no account is a reader. Raises AccessError."""
        try:
            name = clean_name(name)
        except ConfigError as error:
            raise AccessError("the proxy names a user whose name can't be one") from error
        rows = self.all("SELECT role, active FROM users WHERE name = ?", name)
        role, active = rows[0] if rows else ("reader", True)
        if not active:
            raise ForbiddenError(f"the access of {name} was revoked")
        return Caller(name, as_role(role))

    # ── the file ─────────────────────────────────────────────────────────────────────────────────

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock, self._reporting():
            return self._db().execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Around what is written together or not at all."""
        with self._lock, self._reporting():
            db = self._db()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = _connect(self.path)
        return self._opened

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"the file of users, {self.path}, cannot be used: {error}") from error
        except OSError as error:
            raise StoreError(f"the file of users, {self.path}, cannot be used: {error.strerror}") from error


def clean_name(name: str) -> str:
    """A user's name as it is kept, whatever its case. Raises ConfigError when it can't be one."""
    cleaned = name.lower()
    if not _NAME.fullmatch(cleaned) or _KEY_ID.match(cleaned):
        raise ConfigError(
            "a user's name is 1 to 64 letters, digits, dots, dashes, underscores, plus or at signs"
        )
    if cleaned == LOCAL.name:
        raise ConfigError(f"{LOCAL.name!r} is whoever asks where nobody signs in: take another name")
    return cleaned


def digest_of(secret: str) -> bytes:
    """What is kept of a random secret. It can't be guessed, so a fast hash will do."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def as_role(text: str) -> Role:
    """A role as it stands in the file. Raises StoreError for one that this version does not know."""
    for role in ROLES:
        if role == text:
            return role
    raise StoreError(f"the file of users has a role that there is not: {text!r}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _connect(path: Path) -> sqlite3.Connection:
    """Open or make the file; nobody but this user may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE_SECONDS)
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # what was revoked stays so when the power fails
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("BEGIN IMMEDIATE")  # two processes may be here for the first time
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _TABLES.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")
    if version > _VERSION:
        raise StoreError(f"{path} was made by a newer Footnote: use that one")
