"""Which documents and dates are asked: read from a page's address, told in words, kept with the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

from qa.display import clean
from qa.errors import NotFoundError
from qa.library import Library
from qa.types import Filters
from ui.discretion import without_keys
from ui.render import long_date

MOST = 50  # documents: an address must not grow for ever
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONVERSATION = re.compile(r"[0-9a-f]{32}")
_LONGEST = 200  # characters of an id; no longer one is looked for
_SHOWN = 60  # characters of what cannot be read, told back

Params = Iterable[tuple[str, str]]
"""What stands behind the question mark of an address, in order."""


@dataclass(frozen=True, slots=True)
class Named:
    """A document that was chosen."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked: these documents (None: all), published in these days, both inclusive.

    ``problems`` tell, a sentence each, what of the address could not be had. It is never made up for by
    asking more: where no document is left of those that were chosen, none is asked.
    """

    documents: tuple[Named, ...] | None = None
    after: date | None = None
    before: date | None = None
    problems: tuple[str, ...] = ()

    @property
    def filters(self) -> Filters:
        """What the assistant takes."""
        ids = None if self.documents is None else tuple(document.id for document in self.documents)
        return Filters(ids, self.after, self.before)

    @property
    def words(self) -> str:
        """Such as ``2 documents · since 1 January 2024``."""
        days = _days(self.after, self.before)
        if self.documents is None:
            return f"Documents {days}" if days else "All documents"
        [first, *others] = self.documents or (Named("", "No document"),)
        which = f"{len(self.documents)} documents" if others else clean(first.title).text or first.id
        return " · ".join(filter(None, (which, days)))

    def as_dict(self) -> dict[str, Any] | None:
        """For JSON; None where nothing is left out."""
        if self.filters == Filters():
            return None
        named = None if self.documents is None else [{"id": d.id, "title": d.title} for d in self.documents]
        days = {name: day.isoformat() if day else None for name, day in self._ends}
        return {"documents": named, **days}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """What ``as_dict`` gave, as a value again."""
        named = None if plain["documents"] is None else tuple(Named(**each) for each in plain["documents"])
        after, before = (
            date.fromisoformat(day) if day else None for day in (plain["after"], plain["before"])
        )
        return cls(named, after, before)

    def query(self, conversation: str = "") -> str:
        """As it stands in an address, with its question mark; "" where nothing does."""
        pairs = [("c", conversation)] if conversation else []
        pairs += [("d", document.id) for document in self.documents or ()]
        pairs += [(name, day.isoformat()) for name, day in self._ends if day]
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def _ends(self) -> tuple[tuple[str, date | None], ...]:
        return ("after", self.after), ("before", self.before)


def scope_of(params: Params, library: Library) -> Scope:
    """What an address asks: ``d`` the id of a document, as often as need be, ``after`` and ``before`` a day.

    Raises StoreError; nothing that stands in an address is an error.
    """
    given = list(params)
    problems: list[str] = []
    ids = list(dict.fromkeys(value for name, value in given if name == "d" and value))
    if len(ids) > MOST:
        problems.append(f"At most {MOST} documents can be chosen: the first {MOST} are asked.")
    found = [named for id_ in ids[:MOST] if (named := _named(id_, library))]
    if missing := len(ids[:MOST]) - len(found):
        problems.append(_missing(missing))
    after, before = (_day(given, name, problems) for name in ("after", "before"))
    if after and before and after > before:
        problems.append(f"No day is since {long_date(after)} and until {long_date(before)}.")
    return Scope(tuple(found) if ids else None, after, before, tuple(problems))


def conversation_of(params: Params) -> str:
    """The id of the conversation that an address names; "" without one, or for what cannot be one."""
    named = next((value for name, value in params if name == "c"), "")
    return named if _CONVERSATION.fullmatch(named) else ""


def _named(id_: str, library: Library) -> Named | None:
    try:
        return Named(id_, library.document(id_).title) if len(id_) <= _LONGEST else None
    except NotFoundError:
        return None


def _missing(count: int) -> str:
    which = (
        "A document that was chosen is" if count == 1 else f"{count} of the documents that were chosen are"
    )
    return f"{which} not here any more."


def _day(params: Params, name: str, problems: list[str]) -> date | None:
    text = next((value for given, value in params if given == name), "").strip()
    try:
        if not text or _DAY.fullmatch(text):
            return date.fromisoformat(text) if text else None
    except ValueError:
        pass
    problems.append(
        f"“{clean(without_keys(text)).text[:_SHOWN]}” is no day, such as 2024-09-16: it is left out."
    )
    return None


def _days(after: date | None, before: date | None) -> str:
    if after and before:
        return f"from {long_date(after)} to {long_date(before)}"
    return f"since {long_date(after)}" if after else f"until {long_date(before)}" if before else ""
