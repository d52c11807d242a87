"""``/documents``: the page of all documents; ``/scope``: what of the chat page chooses among them."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from qa.errors import StoreError
from qa.library import Library
from ui.access import Caller
from ui.discretion import without_keys
from ui.guard import paths
from ui.problems import headers_of, told
from ui.scope import Params, conversation_of, scope_of
from ui.service import Service
from ui.shelf import OFFERED, PAGE, Shelf, Visitor, documents_html, scope_html

_MOST_SEARCH = 200  # characters
_MOST_DIGITS = 12  # of a place in the list


def router(service: Service) -> APIRouter:
    """Pages for whoever may ask; what editors may do is offered to editors alone."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(paths.DOCUMENTS)
    async def page(request: Request) -> Response:
        params = request.query_params.multi_items()
        visitor = _visitor(request.state.caller, service.config.max_file_mb)

        def shown(library: Library) -> str:
            shelf = _shelf(library, _search(params) or "", _start(params))
            return documents_html(shelf, visitor, scope_of(params, library), conversation_of(params))

        return await _answered(request, service, shown)

    @routes.get(paths.SCOPE)
    async def scope(request: Request) -> Response:
        params = request.query_params.multi_items()

        def shown(library: Library) -> str:
            chosen, search = scope_of(params, library), _search(params)
            most = OFFERED + len(chosen.documents or ())
            offered = () if search is None else library.documents(most, 0, search)
            return scope_html(chosen, offered, search)

        return await _answered(request, service, shown)

    return routes


async def _answered(request: Request, service: Service, shown: Callable[[Library], str]) -> Response:
    try:
        return HTMLResponse(await service.run(shown))
    except StoreError as error:
        return PlainTextResponse(f"{told(request, error)}.", 503, headers_of(error))


def _visitor(caller: Caller, most_mb: int) -> Visitor:
    return Visitor(caller.shown, caller.may("editor"), most_mb)


def _shelf(library: Library, search: str, start: int) -> Shelf:
    found = library.documents(PAGE + 1, start, search)
    return Shelf(found[:PAGE], start, len(found) > PAGE, library.state().documents, search)


def _search(params: Params) -> str | None:
    """What is looked for; None where nothing was said of it."""
    text = next((value for name, value in params if name == "q"), None)
    return None if text is None else without_keys(text[:_MOST_SEARCH]).replace("\0", "")


def _start(params: Params) -> int:
    """Where in the list; its beginning, where that cannot be told."""
    text = next((value for name, value in params if name == "at"), "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0
