"""A request for a summary: which documents it means, and which of their passages stand for them."""

from __future__ import annotations

from collections.abc import Sequence

from qa.index import Index
from qa.read.questions import names_a_document, subject_of_summary
from qa.retrieve import overview, retrieve
from qa.types import Filters, ScoredPassage, StoredDocument
from qa.words import share, stems

_READ = 24
"""Passages read for a summary."""
_MOST_DOCUMENTS = 3
"""Summed up at once."""
_NAMED = 0.5  # more than this share of the words of the subject stand in the title of the document meant


def passages_for_summary(
    index: Index, request: str, searched: str, filters: Filters = Filters()
) -> list[ScoredPassage]:
    """The passages that a summary is made of; none when it can't be told which document is meant.

    A subject is looked for in the titles, then in the texts. "This report" is the one that the conversation
    is about (``searched`` holds the questions before) or, when there are few, all of them.
    """
    passing = index.catalog.matching(filters)
    documents = [d for d in index.catalog.documents() if passing is None or d.id in passing]
    subject = subject_of_summary(request)
    if not subject and searched == request:
        return (
            overview(index, [d.id for d in documents], k=_READ) if len(documents) <= _MOST_DOCUMENTS else []
        )
    if titled := _titled(stems(subject), documents):
        return overview(index, titled, k=_READ)
    found = retrieve(index, subject or searched, k=_READ, filters=filters)
    if subject and not names_a_document(request):
        return found
    return overview(index, [scored.stored.document_id for scored in found[:1]], k=_READ)


def _titled(subject: frozenset[str], documents: Sequence[StoredDocument]) -> list[str]:
    """The documents whose titles hold most of the subject, if they are few."""
    shares = {d.id: share(subject, stems(f"{d.title} {d.source}"), of_none=0.0) for d in documents}
    best = max(shares.values(), default=0.0)
    found = [id_ for id_, value in shares.items() if value == best > _NAMED]
    return found if len(found) <= _MOST_DOCUMENTS else []
