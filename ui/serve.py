"""The server: chat page and documents on one FastAPI app, run by uvicorn."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from importlib import resources
from typing import TYPE_CHECKING

from qa.assistant import Assistant
from qa.errors import ConfigError, NotFoundError, StoreError
from qa.types import Span
from ui.render import document_html

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

_GRACE_SECONDS = 2  # an open page keeps a connection for ever; stopping must not wait for it
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_DOCUMENT_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


def serve(
    assistant: Assistant, *, host: str, port: int, examples: Sequence[str], ready: Callable[[str], None]
) -> None:
    """Serve until interrupted; calls ``ready`` with the address once requests are answered.

    There is no sign-in yet, so only loopback addresses are served.
    Raises ConfigError when it can't listen there.
    """
    import uvicorn

    if host not in _LOOPBACK:
        raise ConfigError(
            f"Footnote has no sign-in yet and serves only this machine: use 127.0.0.1, not {host}"
        )
    listening = _listen(host, port)
    try:
        app = build_app(assistant, examples)
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listening.getsockname()[1]}")
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=_GRACE_SECONDS
        )
        server = uvicorn.Server(config)
        # Connections cut off by stopping are no errors to be told.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once all is closed
            server.run(sockets=[listening])
    finally:
        listening.close()


def build_app(assistant: Assistant, examples: Sequence[str] = ()) -> FastAPI:
    """The app: ``/`` is the chat page, ``/documents/{id}`` a document with a span marked."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.staticfiles import StaticFiles
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from ui.chat import build_chat, style, theme

    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "[::1]"])
    app.middleware("http")(_with_policy)
    app.get("/documents/{document_id}")(_document_page(assistant))
    app.mount("/styles", StaticFiles(directory=str(resources.files("ui").joinpath("static"))))
    page = build_chat(assistant, examples)
    gr.mount_gradio_app(
        app, page, path="/", footer_links=[], max_file_size="1mb", ssr_mode=False, theme=theme(), css=style()
    )
    return app


def _document_page(assistant: Assistant) -> Callable[..., Response]:
    from fastapi.responses import HTMLResponse, PlainTextResponse

    def page(document_id: str, start: int = 0, end: int = 0, version: str = "") -> Response:
        catalog = assistant.index.catalog
        try:
            document, text = catalog.document(document_id), catalog.text(document_id)
        except NotFoundError:
            return PlainTextResponse("There is no such document any more.", status_code=404)
        except StoreError as error:
            return PlainTextResponse(f"The document cannot be read now: {error}", status_code=503)
        changed = not document.sha256.startswith(version)
        notice = (
            "This document has changed since it was cited; the quoted place cannot be shown."
            if changed
            else None
        )
        inside = 0 <= start < end <= len(text)
        return HTMLResponse(
            document_html(document, text, Span(start, end) if inside and not changed else None, notice)
        )

    # FastAPI resolves annotations by name, which postponed ones of local imports don't have.
    page.__annotations__["return"] = HTMLResponse
    return page


async def _with_policy(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    is_document = request.url.path.startswith("/documents/")
    response.headers["Content-Security-Policy"] = _DOCUMENT_POLICY if is_document else _CHAT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens now, so that a taken port is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
        ) from error
    return bound
