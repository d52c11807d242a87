"""Conversations and feedback, each of one user: a SQLite file of its own, beside the catalog.

An exchange keeps its whole answer as JSON and refers to no passage: it stays as it was said, whatever becomes
of the documents. Feedback is an exchange with a verdict; one that belongs to no conversation is kept for its
verdict alone.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from qa import schema, talk
from qa.errors import FullError, NotFoundError, StoreError
from qa.talk import Conversation, Exchange, Form, Verdict
from qa.transcript import markdown
from qa.types import Turn
from qa.words import words

_SAYS = """(instr(c.folded, ?)
    OR EXISTS (SELECT 1 FROM exchanges e WHERE e.conversation_id = c.id AND instr(e.folded, ?)))"""
_MOST_WORDS = 16  # of a search
_MOST_TURNS = 50  # no question leans on one that lies so far back
_AT_ONCE = 100


def path_in(folder: Path) -> Path:
    """Where a data folder has its conversations."""
    return folder / "conversations.sqlite3"


def _now() -> datetime:
    return datetime.now(UTC)


class Conversations:
    """One SQLite file. Safe to share between threads: calls take turns.

    What belongs to another user is not there: it raises NotFoundError as an unknown id does. All methods may
    raise StoreError. How long a text may be is for the caller to say.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = _now) -> None:
        """Open or make the file in a data folder, for the eyes of its owner only. Raises StoreError."""
        self.path = path = path_in(folder)
        self._now = now
        self._lock = threading.RLock()
        with self._reporting():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
            path.chmod(0o600)
            self._db = schema.connect(path, talk.prepare)

    def __enter__(self) -> Conversations:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # ── conversations ────────────────────────────────────────────────────────────────────────────

    def create(self, user: str, title: str = "") -> Conversation:
        """Begin a conversation; without a title it gets one with its first question."""
        time = self._time()
        made = Conversation(talk.new_id(), talk.one_line(title), time, time, 0)
        row = (made.id, user, made.title, talk.folded(made.title), made.created, made.updated)
        with self._writing() as db:
            db.execute("INSERT INTO conversations VALUES (?,?,?,?,?,?)", row)
        return made

    def find(self, user: str, search: str = "", *, limit: int = 50, before: str = "") -> list[Conversation]:
        """At most ``limit`` conversations, last used first; ``before`` is the cursor of the last one seen.

        Each word of ``search``, of which a part is enough, stands in the title, a question or an answer.
        """
        wanted = words(search)[:_MOST_WORDS]
        if search.strip() and not wanted:
            return []
        conditions, values = ["c.user = ?"], [user]
        if before:
            conditions.append("(c.updated, c.id) < (?, ?)")
            values += before.partition("_")[::2]
        for word in wanted:
            conditions.append(_SAYS)
            values += [word, word]
        rows = self._all(
            f"SELECT {talk.CONVERSATION} FROM conversations c WHERE {' AND '.join(conditions)}"
            " ORDER BY c.updated DESC, c.id DESC LIMIT ?",
            *values,
            limit,
        )
        return [Conversation(*row) for row in rows]

    def get(self, user: str, id_: str) -> Conversation:
        """Raises NotFoundError."""
        sql = f"SELECT {talk.CONVERSATION} FROM conversations c WHERE c.id = ? AND c.user = ?"
        rows = self._all(sql, id_, user) if talk.ID.fullmatch(id_) else []
        if not rows:
            raise _no_conversation()
        return Conversation(*rows[0])

    def rename(self, user: str, id_: str, title: str) -> Conversation:
        """Raises NotFoundError."""
        self.get(user, id_)
        line = talk.one_line(title)
        with self._writing() as db:
            db.execute(
                "UPDATE conversations SET title = ?, folded = ? WHERE id = ? AND user = ?",
                (line, talk.folded(line), id_, user),
            )
        return self.get(user, id_)

    def delete(self, user: str, id_: str) -> None:
        """Forget a conversation and what was said in it, verdicts included. Raises NotFoundError."""
        self.get(user, id_)
        with self._writing() as db:
            db.execute("DELETE FROM conversations WHERE id = ? AND user = ?", (id_, user))

    def export(self, user: str, id_: str, form: Form) -> str:
        """The whole conversation, for people or for programs. Raises NotFoundError."""
        conversation, exchanges = asdict(self.get(user, id_)), self.exchanges(user, id_)
        if form == "markdown":
            return markdown(conversation["title"], map(asdict, exchanges))
        whole = conversation | {"exchanges": [asdict(exchange) for exchange in exchanges]}
        return json.dumps(whole, ensure_ascii=False, indent=2)

    def expire(self, days: int) -> int:
        """Forget what was last used more than ``days`` days ago, 0 meaning never; how many conversations.

        Feedback that belongs to no conversation goes after the same time.
        """
        if not days:
            return 0
        limit = talk.as_text(self._now() - timedelta(days=days))
        with self._writing() as db:
            gone = db.execute("DELETE FROM conversations WHERE updated < ?", (limit,)).rowcount
            db.execute("DELETE FROM exchanges WHERE conversation_id IS NULL AND asked < ?", (limit,))
        return gone

    # ── what was said in them ────────────────────────────────────────────────────────────────────

    def add(self, user: str, id_: str, answer: Mapping[str, Any]) -> Exchange:
        """Add a question with its answer, as ``answer_to_dict`` gives it.

        Raises NotFoundError, also when the conversation was deleted meanwhile.
        """
        with self._writing() as db:
            title = self.get(user, id_).title or talk.as_title(answer["question"])
            added = self._put(user, id_, answer)
            db.execute(
                "UPDATE conversations SET title = ?, folded = ?, updated = ? WHERE id = ? AND user = ?",
                (title, talk.folded(title), added.asked, id_, user),
            )
        return added

    def exchanges(self, user: str, id_: str, last: int = -1) -> list[Exchange]:
        """What was said, in order: the last ``last`` exchanges, or all. Raises NotFoundError."""
        self.get(user, id_)
        rows = self._all(
            f"SELECT {talk.EXCHANGE} FROM exchanges WHERE conversation_id = ? AND user = ?"
            " ORDER BY number DESC LIMIT ?",
            id_,
            user,
            last,
        )
        return [talk.as_exchange(row) for row in reversed(rows)]

    def turns(self, user: str, id_: str) -> list[Turn]:
        """The last turns, as a question that follows them takes them (``history``). Raises NotFoundError."""
        said = self.exchanges(user, id_, _MOST_TURNS)
        return [Turn(each.question, each.answer["text"], each.answer["short_answer"]) for each in said]

    # ── feedback ─────────────────────────────────────────────────────────────────────────────────

    def mark(self, user: str, exchange_id: str, verdict: Verdict | None, note: str = "") -> None:
        """What a user thinks of an answer, in place of what they thought before. Raises NotFoundError."""
        found = 0
        if talk.ID.fullmatch(exchange_id):
            with self._writing() as db:
                found = db.execute(
                    "UPDATE exchanges SET verdict = ?, note = ? WHERE id = ? AND user = ?",
                    (verdict, note, exchange_id, user),
                ).rowcount
        if not found:
            raise NotFoundError("there is no such answer; it may have been deleted")

    def note_feedback(self, user: str, verdict: Verdict, note: str, answer: Mapping[str, Any]) -> str:
        """Keep what a user thinks of an answer that was given outside of all conversations; returns an id.

        ``answer`` is as ``answer_to_dict`` gives it. It can be marked again by the id.
        """
        with self._writing():
            added = self._put(user, None, answer)
            self.mark(user, added.id, verdict, note)
        return added.id

    def feedback(self) -> Iterator[dict[str, Any]]:
        """Every answer that somebody called right or wrong, oldest first, as ``footnote eval draft`` reads.

        Nobody is named. A note without a verdict is not among them.
        """
        number = 0
        sql = """SELECT number, verdict, note, answer FROM exchanges
            WHERE number > ? AND verdict IS NOT NULL ORDER BY number LIMIT ?"""
        while rows := self._all(sql, number, _AT_ONCE):
            number = rows[-1][0]
            yield from (
                {"verdict": verdict, "note": note, "answer": json.loads(answer)}
                for _, verdict, note, answer in rows
            )

    # ── plumbing ─────────────────────────────────────────────────────────────────────────────────

    def _put(self, user: str, conversation_id: str | None, answer: Mapping[str, Any]) -> Exchange:
        added = Exchange(talk.new_id(), answer["question"], answer, self._time())
        found = talk.folded(f"{answer['question']} {answer['text']}")
        written = json.dumps(answer, ensure_ascii=False, allow_nan=False)
        self._db.execute(
            "INSERT INTO exchanges (id, user, conversation_id, asked, folded, answer) VALUES (?,?,?,?,?,?)",
            (added.id, user, conversation_id, added.asked, found, written),
        )
        return added

    def _time(self) -> str:
        return talk.as_text(self._now())

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._reporting(), self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, undone whole when anything goes wrong; inside another one it is part of that."""
        with self._reporting(), self._lock:
            if self._db.in_transaction:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeEncodeError) as error:  # the latter for lone surrogates
            if schema.is_full(error):
                raise FullError(
                    f"the disk is full, {self.path} cannot be written: make room there; what it holds is kept"
                ) from error
            damaged = getattr(error, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB")
            then = "; move the file away to begin anew" if damaged else ""
            raise StoreError(f"the conversations {self.path} cannot be used: {error}{then}") from error


def _no_conversation() -> NotFoundError:
    return NotFoundError("there is no such conversation; it may have been deleted")
