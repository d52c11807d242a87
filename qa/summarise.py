"""A request for a summary: which documents it means, and which of their passages stand for them."""

from __future__ import annotations

from collections.abc import Sequence

from qa.index import Index
from qa.read.questions import names_a_document, subject_of_summary
from qa.retrieve import overview, retrieve
from qa.types import Filters, ScoredPassage, StoredDocument
from qa.words import share, stems

_MOST_DOCUMENTS = 3
"""Summed up at once."""
_NAMED = 0.5  # of the words of the subject stand in a passage that speaks of it; more in the title meant


def passages_for_summary(
    index: Index, request: str, searched: str, *, k: int, filters: Filters = Filters()
) -> list[ScoredPassage]:
    """The ``k`` passages, at most, that a summary is made of; none when it can't be told of what.

    A subject is looked for in the titles, then in the texts, which must speak of it. "This report" is the one
    that the conversation is about (``searched`` holds the questions before) or, when there are few, all.
    """
    passing = index.catalog.matching(filters)
    inside = None if passing is None else frozenset(passing)
    documents = [d for d in index.catalog.documents() if inside is None or d.id in inside]
    subject = subject_of_summary(request)
    named = stems(subject)
    if not subject and searched == request:
        few = documents if len(documents) <= _MOST_DOCUMENTS else []
        return overview(index, [document.id for document in few], k=k)
    if titled := _titled(named, documents):
        return overview(index, titled, k=k)
    before = searched.removesuffix(request).rstrip(" :")  # what the conversation is about
    found = retrieve(index, subject or before or searched, k=k, filters=filters)
    if subject:
        found = [scored for scored in found if _speaks_of(named, scored)]
        if not names_a_document(request):
            return found
    return overview(index, [scored.stored.document_id for scored in found[:1]], k=k)


def _speaks_of(subject: frozenset[str], scored: ScoredPassage) -> bool:
    return share(subject, stems(f"{scored.stored.title} {scored.passage.text}"), of_none=0.0) >= _NAMED


def _titled(subject: frozenset[str], documents: Sequence[StoredDocument]) -> list[str]:
    """The documents whose titles hold most of the subject, if they are few."""
    shares = {d.id: share(subject, stems(f"{d.title} {d.source}"), of_none=0.0) for d in documents}
    best = max(shares.values(), default=0.0)
    found = [id_ for id_, value in shares.items() if value == best > _NAMED]
    return found if len(found) <= _MOST_DOCUMENTS else []
