"""The page of the documents, and what is chosen of them, as markup. Pure; all words are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from qa import __version__
from qa.load import SUFFIXES
from qa.types import StoredDocument
from ui.render import long_date, rendered
from ui.scope import Named, Scope

PAGE = 50
"""Documents on a page."""
OFFERED = 8
"""Documents that are offered at once to be asked alone."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of the documents: those from the one at ``start`` on that ``search`` finds.

    ``more`` tells whether others stand behind them, ``total`` counts all there are, found or not.
    """

    documents: Sequence[StoredDocument]
    start: int
    more: bool
    total: int
    search: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose page it is: ``name`` is "" where nobody signs in, ``most_mb`` the largest file they may send."""

    name: str
    edits: bool
    most_mb: int


def documents_html(shelf: Shelf, visitor: Visitor, scope: Scope, conversation: str = "") -> str:
    """The page. ``scope`` and ``conversation`` are those of the chat it was opened from."""
    here = {document.id for document in shelf.documents}
    return rendered(
        "documents.html",
        shelf=shelf,
        rows=[(document, _moment(document.indexed_at)) for document in shelf.documents],
        visitor=visitor,
        scope=scope,
        chosen={document.id for document in scope.documents or ()},
        elsewhere=[document for document in scope.documents or () if document.id not in here],
        conversation=conversation,
        back=f"/{scope.query(conversation)}",
        suffixes=SUFFIXES,
        before=max(0, shelf.start - PAGE),
        behind=shelf.start + PAGE,
        version=__version__,
    )


def scope_html(scope: Scope, offered: Sequence[StoredDocument] = (), search: str | None = None) -> str:
    """What is asked, and how to change it: ``offered`` are documents that ``search`` has found."""
    chosen = scope.documents or ()
    ids = {document.id for document in chosen}
    found = [Named(each.id, each.title) for each in offered if each.id not in ids][:OFFERED]
    return rendered("scope.html", scope=scope, chosen=chosen, found=found, search=search)


def _moment(text: str) -> str:
    """When a document was taken in, such as ``16 September 2024, 09:30 UTC``."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{long_date(moment.date())}, {moment:%H:%M} UTC"
