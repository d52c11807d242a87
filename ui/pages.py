"""Pages that are no chat: a document with a cited place marked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel

from qa.anchors import find, fits, is_anchor
from qa.errors import NotFoundError, StoreError
from qa.library import Library
from qa.types import Span
from ui.problems import headers_of, told
from ui.render import document_html
from ui.service import Service

_CHANGED = "This document has changed since it was cited"
_READ_ANEW = "This document was read anew since it was cited"
_MOVED = "the quoted words are shown where they stand now."
_GONE = "the quoted words are no longer in it."
_UNKNOWN = "the quoted place cannot be shown."


class Place(BaseModel):
    """A place in a version of a document; ``quote`` is the fingerprint of its words, "" in old links."""

    start: int = 0
    end: int = 0
    version: str = ""
    quote: str = ""


def router(service: Service) -> APIRouter:
    """``/documents/{id}``: where the permalinks of citations lead."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/documents/{document_id}")
    async def page(request: Request, document_id: str, place: Annotated[Place, Query()]) -> Response:
        def shown(library: Library) -> str:
            document, text = library.document(document_id), library.text(document_id)
            is_same = document.sha256.startswith(place.version)
            return document_html(document, text, *_cited(text, place, is_same=is_same))

        try:
            return HTMLResponse(await service.run(shown))
        except NotFoundError:
            return PlainTextResponse("There is no such document any more.", 404)
        except StoreError as error:
            return PlainTextResponse(f"{told(request, error)}.", 503, headers_of(error))

    return routes


def _cited(text: str, place: Place, *, is_same: bool) -> tuple[Span | None, str | None]:
    """Where the quoted words stand in a document, and what is to be said of that."""
    inside = 0 <= place.start < place.end <= len(text)
    here = Span(place.start, place.end) if inside else None
    if not is_anchor(place.quote):
        return (here, None) if is_same else (None, f"{_CHANGED}; {_UNKNOWN}")
    stays = here and fits(place.quote, text[here.start : here.end])
    if stays and is_same:
        return here, None
    found = here if stays else find(place.quote, text, near=place.start)
    return found, f"{_READ_ANEW if is_same else _CHANGED}; {_MOVED if found else _GONE}"
