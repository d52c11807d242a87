"""Pages that are no chat: a document with a cited place marked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from qa.errors import NotFoundError, StoreError
from qa.library import Library
from qa.types import Span, StoredDocument
from ui.problems import headers_of, told
from ui.render import document_html
from ui.service import Service

_CHANGED = "This document has changed since it was cited; the quoted place cannot be shown."


def router(service: Service) -> APIRouter:
    """``/documents/{id}``: where the permalinks of citations lead."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/documents/{document_id}")
    async def page(
        request: Request, document_id: str, start: int = 0, end: int = 0, version: str = ""
    ) -> Response:
        def found(library: Library) -> tuple[StoredDocument, str]:
            return library.document(document_id), library.text(document_id)

        try:
            document, text = await service.run(found)
        except NotFoundError:
            return PlainTextResponse("There is no such document any more.", 404)
        except StoreError as error:
            return PlainTextResponse(f"{told(request, error)}.", 503, headers_of(error))
        changed = not document.sha256.startswith(version)
        inside = 0 <= start < end <= len(text)
        cited = Span(start, end) if inside and not changed else None
        return HTMLResponse(document_html(document, text, cited, _CHANGED if changed else None))

    return routes
