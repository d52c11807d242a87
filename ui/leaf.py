"""A page of a PDF as markup: its picture, its text, the way to the others. Pure; all words are escaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlencode

from qa.display import clean
from qa.types import Citation, Page, Span, StoredDocument
from ui.render import rendered

_LONGEST = 300  # characters of a quote that are told of a picture
_WIDTH, _LARGE, _CLOSE = 1_200, 1_600, 800  # pixels

Query = Mapping[str, object]
"""The place that an address names."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page that is shown, of ``count``. ``home`` is the number of the page of the cited place, if any.

    ``cited`` is what of that place stands on this page, ``query`` how the address names the place.
    """

    page: Page
    count: int
    home: int | None
    cited: Span | None
    query: Query


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is, and what it shows in words."""

    address: str
    words: str


def leaf_html(document: StoredDocument, text: str, leaf: Leaf, notice: str | None) -> str:
    """A page with the cited words boxed in its picture and marked in its text."""
    page = leaf.page
    span = leaf.cited or Span(page.start, page.start)
    quote = text[span.start : span.end]
    here = f"/documents/{document.id}"
    picture = f"{here}/pages/{page.number}.png?"
    return rendered(
        "leaf.html",
        document=document,
        number=page.number,
        leaf=leaf,
        notice=notice,
        picture=Picture(
            picture + _query(leaf.query, width=_WIDTH), _told(page.number, document.title, quote)
        ),
        large=picture + _query(leaf.query, width=_LARGE),
        back=f"{here}?{_query(leaf.query, page=page.number - 1)}" if page.number > 1 else "",
        on=f"{here}?{_query(leaf.query, page=page.number + 1)}" if page.number < leaf.count else "",
        home=f"{here}?{_query(leaf.query)}#cited" if leaf.home not in (None, page.number) else "",
        whole=f"{here}?{_query(leaf.query, whole=1)}#cited",
        before=text[page.start : span.start],
        cited=quote,
        after=text[span.end : page.end],
    )


def pages_address(document: StoredDocument, query: Query) -> str:
    """Where a document is shown page by page."""
    return f"/documents/{document.id}?{_query(query)}#cited"


def close_picture(citation: Citation) -> Picture | None:
    """The cited place of a PDF as it is printed; None for other formats."""
    is_pdf = PurePosixPath(citation.source).suffix.lower() == ".pdf"
    if not citation.page or not is_pdf:
        return None
    path, _, query = citation.url.partition("#")[0].partition("?")
    return Picture(
        f"{path}/cited.png?{query}&width={_CLOSE}", _told(citation.page, citation.title, citation.quote)
    )


def _query(place: Query, **more: int) -> str:
    return urlencode({**place, **more})


def _told(number: int, title: str, quote: str) -> str:
    words = clean(quote).text
    if len(words) > _LONGEST:
        words = words[:_LONGEST].rsplit(" ", 1)[0] + " …"
    told = f"Page {number} of {clean(title).text}"
    return f"{told}; the cited words: {words}" if words else told
