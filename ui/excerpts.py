"""Passages and documents as MCP tools give them: values with a schema, and the same as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import BaseModel

from qa.cite import permalink
from qa.display import clean
from qa.types import ScoredPassage, Span, StoredDocument
from qa.wire import passage_to_dict
from ui.api.schema import PassageModel
from ui.render import long_date


class Found(BaseModel):
    """The passages that fit best, best first."""

    passages: list[PassageModel]


class Listed(BaseModel):
    """A document; ``characters`` is the length of its text, ``passages`` how many it was cut into."""

    id: str
    source: str
    title: str
    published: date | None
    characters: int
    passages: int


class Listing(BaseModel):
    """Some documents, by source, and how many there are in all."""

    documents: list[Listed]
    total: int


class Excerpt(BaseModel):
    """``text`` is exactly the document's from ``start`` to ``end``, in Unicode code points.

    ``before`` and ``after`` are what stands around it, ``characters`` the length of the whole document.
    """

    document_id: str
    source: str
    title: str
    published: date | None
    start: int
    end: int
    text: str
    before: str
    after: str
    characters: int
    url: str


def found(passages: Iterable[ScoredPassage]) -> Found:
    """Passages as ``search`` gives them."""
    return Found(passages=[PassageModel(**passage_to_dict(scored)) for scored in passages])


def found_text(found: Found) -> str:
    """The same for people: each passage under its name and place."""
    told = [
        f"[{number}] {_described(each.title, each.published, each.page, each.heading)}\n"
        f"    {_located(each.source, each.start, each.end)} (document {each.document_id})\n"
        f"    “{clean(each.text).text}”"
        for number, each in enumerate(found.passages, start=1)
    ]
    return "\n\n".join(told) or "No passage was found."


def listing(documents: Iterable[StoredDocument], total: int) -> Listing:
    """Documents as ``list_documents`` gives them."""
    listed = [
        Listed(
            id=document.id,
            source=document.source,
            title=document.title,
            published=document.published,
            characters=document.characters,
            passages=document.passages,
        )
        for document in documents
    ]
    return Listing(documents=listed, total=total)


def listing_text(listing: Listing) -> str:
    """The same for people: a line each."""
    lines = [
        f"{each.id}  {_described(each.title, each.published)} ({clean(each.source).text})"
        for each in listing.documents
    ]
    return "\n".join([*lines, f"{len(lines):,} of {listing.total:,} documents."])


def excerpt(document: StoredDocument, text: str, span: Span, around: int) -> Excerpt:
    """A stretch of ``document``, whose whole text is ``text``, with ``around`` characters on each side."""
    words = text[span.start : span.end]
    return Excerpt(
        document_id=document.id,
        source=document.source,
        title=document.title,
        published=document.published,
        start=span.start,
        end=span.end,
        text=words,
        before=text[max(0, span.start - around) : span.start],
        after=text[span.end : span.end + around],
        characters=len(text),
        url=permalink(document.id, span, document.sha256, words),
    )


def excerpt_text(excerpt: Excerpt) -> str:
    """The same for people: what is meant between what stands around it."""
    parts = [
        f"{_described(excerpt.title, excerpt.published)}\n"
        f"{_located(excerpt.source, excerpt.start, excerpt.end)} of {excerpt.characters:,}",
        f"… {clean(excerpt.before).text}" if excerpt.before else "",
        f"“{clean(excerpt.text).text}”",
        f"{clean(excerpt.after).text} …" if excerpt.after else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _described(
    title: str, published: date | None, page: int | None = None, heading: str | None = None
) -> str:
    parts: Sequence[str] = (
        clean(title).text,
        long_date(published) if published else "",
        f"page {page}" if page else "",
        clean(heading or "").text,
    )
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _located(source: str, start: int, end: int) -> str:
    return f"{clean(source).text}, characters {start:,}–{end:,}"
