"""Pages that are no chat: a document with a cited place marked; of a PDF, its pages as they are printed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from qa.anchors import find, fits, is_anchor
from qa.errors import FootnoteError, NotFoundError
from qa.library import Library
from qa.load.pdf_sheet import Sheet
from qa.load.workers import ChangedError, UnreadableError
from qa.types import Span, StoredDocument
from ui.guard.policies import DOCUMENT_IN_PICTURES, PICTURE
from ui.leaf import Leaf, leaf_html, pages_address
from ui.problems import headers_of, status_of, told
from ui.render import document_html
from ui.service import Service
from ui.sheets import WIDTHS, Sheets, is_paged, overlap, page_at, sheet_of, tag

_CHANGED = "This document has changed since it was cited"
_READ_ANEW = "This document was read anew since it was cited"
_MOVED = "the quoted words are shown where they stand now."
_GONE = "the quoted words are no longer in it."
_UNKNOWN = "the quoted place cannot be shown."
_MOST_PAGES = 1_000_000
_PICTURE_HEADERS = {"Cache-Control": "private, no-cache", "Content-Security-Policy": PICTURE}
_Number = Annotated[int, Path(ge=1, le=_MOST_PAGES)]


class Place(BaseModel):
    """A place in a version of a document; ``quote`` is the fingerprint of its words, "" in old links."""

    start: int = 0
    end: int = 0
    version: str = ""
    quote: str = ""


class Opened(Place):
    """What is shown of a document: ``page`` of a PDF (0: that of the place), or its ``whole`` text."""

    page: int = Field(0, ge=0, le=_MOST_PAGES)
    whole: bool = False


class Pictured(Place):
    """A picture of about so many pixels' ``width``."""

    width: int = Field(WIDTHS[2], ge=WIDTHS[0], le=WIDTHS[-1])


def router(service: Service, sheets: Sheets) -> APIRouter:
    """``/documents/{id}``: where the permalinks of citations lead; below it the pictures of a PDF."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/documents/{document_id}")
    async def page(request: Request, document_id: str, opened: Annotated[Opened, Query()]) -> Response:
        try:
            return await service.run(lambda library: _shown(library, sheets, document_id, opened))
        except FootnoteError as error:
            return _failed(request, error)

    async def picture(request: Request, document_id: str, place: Pictured, number: int | None) -> Response:
        """Page ``number`` with the place boxed, or only what is around the place."""
        try:
            document, sheet = await service.run(lambda library: _wanted(library, document_id, place, number))
            headers = {**_PICTURE_HEADERS, "ETag": f'"{tag(sheet)}"'}
            if headers["ETag"] in request.headers.get("If-None-Match", ""):
                return Response(status_code=304, headers=headers)
            made = await sheets.picture(document, sheet)
        except FootnoteError as error:
            return _failed(request, error)
        return Response(made, media_type="image/png", headers=headers)

    @routes.get("/documents/{document_id}/pages/{number}.png")
    async def page_picture(
        request: Request, document_id: str, number: _Number, place: Annotated[Pictured, Query()]
    ) -> Response:
        return await picture(request, document_id, place, number)

    @routes.get("/documents/{document_id}/cited.png")
    async def place_picture(
        request: Request, document_id: str, place: Annotated[Pictured, Query()]
    ) -> Response:
        return await picture(request, document_id, place, None)

    return routes


def _shown(library: Library, sheets: Sheets, document_id: str, opened: Opened) -> Response:
    """A document's page. Raises NotFoundError."""
    document, text = _found(library, document_id)
    cited, notice = _cited(text, opened, is_same=document.sha256.startswith(opened.version))
    paged = is_paged(document)
    query = opened.model_dump(exclude={"page", "whole"}, exclude_defaults=True)
    if paged and (refusal := sheets.refusal(document)):
        paged, notice = False, " ".join(filter(None, [notice, refusal]))
    if not paged or opened.whole:
        back = pages_address(document, query) if paged else ""
        return HTMLResponse(document_html(document, text, cited, notice, back))
    pages = library.pages(document_id)
    home = page_at(pages, cited.start) if cited else None
    number = opened.page or home or pages[0].number
    page = next((page for page in pages if page.number == number), None)
    if page is None:
        raise NotFoundError(f"this document has no page {number:,}: its last is {len(pages):,}")
    here = overlap(cited, page) if cited else None
    leaf = Leaf(page, len(pages), home, here, query)
    headers = {"Content-Security-Policy": DOCUMENT_IN_PICTURES}
    return HTMLResponse(leaf_html(document, text, leaf, notice), headers=headers)


def _found(library: Library, document_id: str) -> tuple[StoredDocument, str]:
    try:
        return library.document(document_id), library.text(document_id)
    except NotFoundError:
        raise NotFoundError("there is no such document any more") from None


def _wanted(
    library: Library, document_id: str, place: Pictured, number: int | None
) -> tuple[StoredDocument, Sheet]:
    """What is to be drawn, and of which document. Raises NotFoundError."""
    document, text = _found(library, document_id)
    if not is_paged(document):
        raise NotFoundError("this document has no pages that could be drawn")
    cited, notice = _cited(text, place, is_same=document.sha256.startswith(place.version))
    pages = library.pages(document_id)
    if number is not None:
        return document, sheet_of(document, text, pages, number, cited, place.width)
    if cited is None:
        raise NotFoundError(notice or "no place in this document is named")
    number = page_at(pages, cited.start)
    return document, sheet_of(document, text, pages, number, cited, place.width, close=True)


def _failed(request: Request, error: FootnoteError) -> Response:
    """A failure in a line of text."""
    if isinstance(error, ChangedError):
        status = 409
    elif isinstance(error, UnreadableError):
        status = 404
    else:
        status = status_of(error)
    return PlainTextResponse(f"{told(request, error).removesuffix('.')}.", status, headers_of(error))


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
