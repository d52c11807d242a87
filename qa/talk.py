"""What conversations are made of: their values, their tables, and how rows become values."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from qa import schema
from qa.errors import StoreError
from qa.words import words

Verdict = Literal["right", "wrong"]
Form = Literal["markdown", "json"]

_APPLICATION_ID = 0x466F6F43  # "FooC"
_SCHEMA_VERSION = 1
_TABLES = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, folded TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL);
CREATE INDEX conversations_by_user ON conversations(user, updated, id);
CREATE TABLE exchanges (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL,
    conversation_id TEXT REFERENCES conversations(id) ON DELETE CASCADE,
    asked TEXT NOT NULL, folded TEXT NOT NULL, answer TEXT NOT NULL,
    verdict TEXT CHECK (verdict IN ('right', 'wrong')), note TEXT NOT NULL DEFAULT '');
CREATE INDEX exchanges_by_conversation ON exchanges(conversation_id, number);
"""
ID = re.compile(r"[0-9a-f]{32}")
"""What an id looks like; anything else is unknown without a look."""

EXCHANGE = "id, answer, asked, verdict, note"
CONVERSATION = """c.id, c.title, c.created, c.updated,
    (SELECT count(*) FROM exchanges e WHERE e.conversation_id = c.id)"""
_MOST_TITLE = 200  # characters
_OF_A_QUESTION = 80  # characters of it that make a title


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without what was said. Times are ISO 8601, in UTC; ``updated`` is of its last question.

    ``turns`` counts its exchanges.
    """

    id: str
    title: str
    created: str
    updated: str
    turns: int

    @property
    def cursor(self) -> str:
        """Where a list goes on behind this conversation."""
        return f"{self.updated}_{self.id}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the whole answer, as ``answer_to_dict`` gives it, and what its user thought of it."""

    id: str
    question: str
    answer: Mapping[str, Any]
    asked: str
    verdict: Verdict | None = None
    note: str = ""


def as_exchange(row: tuple[Any, ...]) -> Exchange:
    """A row of ``EXCHANGE`` as a value."""
    id_, answer, asked, verdict, note = row
    said = json.loads(answer)
    return Exchange(id_, said["question"], said, asked, verdict, note)


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file. Raises StoreError for another program's, or a newer Footnote's."""
    [version], [application] = (
        db.execute(f"PRAGMA {p}").fetchone() for p in ("user_version", "application_id")
    )
    if version == application == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        db.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION_ID};"
            f" PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;"
        )
    elif application != _APPLICATION_ID:
        raise StoreError(f"{path} does not hold Footnote's conversations: move it away")
    elif version != _SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema {version}, this Footnote reads {_SCHEMA_VERSION}: use the one that made it"
        )
    schema.keep_safe(db)
    db.execute("PRAGMA secure_delete = ON")  # what a user deletes can't be read from the file any more


def new_id() -> str:
    """128 random bits: no id can be guessed, or counted up to."""
    return secrets.token_hex(16)


def as_text(moment: datetime) -> str:
    """Times that are ordered as their texts are."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_line(title: str) -> str:
    """A title without line breaks, cut where it is far too long for one."""
    return " ".join(title.split())[:_MOST_TITLE]


def as_title(question: str) -> str:
    """A question as a title."""
    line = one_line(question)
    return line if len(line) <= _OF_A_QUESTION else f"{line[:_OF_A_QUESTION].rsplit(' ', 1)[0]} …"


def folded(text: str) -> str:
    """The words of a text as searches compare them."""
    return " ".join(words(text))
