"""Signed-in browsers: what stands behind their cookies.

A session ends 12 hours after it was last used, 7 days after it began, and with the key it was begun with.
A browser somebody has signed in from before is told apart from strangers: see ``ui.guard.attempts``.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from ui.access import Caller
from ui.keys import Accounts, as_role, digest_of

IDLE_SECONDS, LIFE_SECONDS = 12 * 3_600, 7 * 24 * 3_600
BROWSER_SECONDS = 180 * 24 * 3_600
_NOTED_SECONDS = 60  # so often it is written that a session is in use


class Sessions:
    """Sessions and known browsers, in the file of users. Any call may raise StoreError."""

    def __init__(self, accounts: Accounts, now: Callable[[], float] = time.time) -> None:
        self._accounts = accounts
        self._now = now

    def begin(self, caller: Caller) -> str:
        """A new session; returns the secret for its cookie."""
        token, now = secrets.token_urlsafe(32), int(self._now())
        with self._accounts.writing() as db:
            db.execute(
                "DELETE FROM sessions WHERE seen < ? OR begun < ?", (now - IDLE_SECONDS, now - LIFE_SECONDS)
            )
            db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
                (digest_of(token), caller.name, caller.key or None, now, now),
            )
        return token

    def caller(self, token: str) -> Caller | None:
        """Whose session it is; None when it is over or there never was one."""
        now, digest = int(self._now()), digest_of(token)
        rows = self._accounts.all(
            "SELECT u.name, u.role, coalesce(s.key, ''), s.seen FROM sessions s JOIN users u USING (name)"
            " WHERE s.digest = ? AND u.active AND s.seen >= ? AND s.begun >= ?",
            digest,
            now - IDLE_SECONDS,
            now - LIFE_SECONDS,
        )
        if not rows:
            return None
        [(name, role, key, seen)] = rows
        if now - seen >= _NOTED_SECONDS:
            with self._accounts.writing() as db:
                db.execute("UPDATE sessions SET seen = ? WHERE digest = ?", (now, digest))
        return Caller(name, as_role(role), key)

    def end(self, token: str) -> None:
        """Sign out; also where there is no such session."""
        with self._accounts.writing() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (digest_of(token),))

    def meet(self, name: str) -> str:
        """Remember a browser that ``name`` has signed in from; returns the secret for its cookie."""
        token, now = secrets.token_urlsafe(32), int(self._now())
        with self._accounts.writing() as db:
            db.execute("DELETE FROM browsers WHERE seen < ?", (now - BROWSER_SECONDS,))
            db.execute("INSERT INTO browsers VALUES (?, ?, ?)", (digest_of(token), name, now))
        return token

    def knows(self, name: str, token: str) -> bool:
        """Whether ``name`` has signed in from this browser."""
        since = int(self._now()) - BROWSER_SECONDS
        query = "SELECT 1 FROM browsers WHERE digest = ? AND name = ? AND seen >= ?"
        return bool(self._accounts.all(query, digest_of(token), name.lower(), since))
