"""The web's faces on one app: the chat page, document pages, the API."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette
from starlette.routing import Mount

from qa import __version__
from qa.config import Config
from qa.conversations import Conversations
from qa.errors import StoreError
from qa.library import Library
from ui import documents as documents_page
from ui import mcp, openai, pages
from ui.api import ask, conversations, documents, feedback, health
from ui.api.metrics import Metrics
from ui.guard import guard
from ui.guard.chat import Chat, inputs_of
from ui.keys import Accounts
from ui.problems import handle_problems
from ui.service import Service
from ui.unknown import Unknown
from ui.uploads import Uploads

_log = logging.getLogger(__name__)
_DAY_SECONDS = 86_400

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Parts:
    """What the faces share."""

    service: Service
    conversations: Conversations
    uploads: Uploads
    accounts: Accounts
    metrics: Metrics


@contextmanager
def open_parts(library: Library, config: Config) -> Iterator[Parts]:
    """Everything that is kept beside the library. Raises StoreError."""
    metrics = Metrics()
    service = Service(library, config, metrics.answered)
    uploads = Uploads(library, config)
    with Conversations(config.data) as kept, closing(Accounts(config.access_path)) as accounts:
        uploads.resume()
        try:
            yield Parts(service, kept, uploads, accounts, metrics)
        finally:
            uploads.close()


async def _tidy(parts: Parts) -> None:
    """Delete what has been kept long enough, once a day."""
    while True:
        try:
            await run_sync(parts.conversations.expire, parts.service.config.conversation_days)
        except StoreError as error:
            _log.warning("old conversations are still there: %s", error)
        await anyio.sleep(_DAY_SECONDS)


def build_app(parts: Parts) -> ASGIApp:
    """``/`` is the chat page, ``/documents/{id}`` a document, ``/v1`` the API, ``/mcp`` for MCP hosts."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr

    from ui.chat import build_chat, style, theme

    config = parts.service.config
    server = mcp.build_mcp(parts.service, public=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with server.session_manager.run(), anyio.create_task_group() as group:
            group.start_soon(_tidy, parts)
            yield
            group.cancel_scope.cancel()

    app = FastAPIOffline(
        title="Footnote",
        version=__version__,
        description="Ask an organisation's own documents; every answer carries its footnotes.",
        redoc_url=None,
        static_url="/docs/static",
        lifespan=lifespan,
    )
    handle_problems(app)
    app.include_router(ask.router(parts.service, parts.conversations))
    app.include_router(documents.router(parts.service, parts.uploads))
    app.include_router(conversations.router(parts.service, parts.conversations))
    app.include_router(feedback.router(parts.service, parts.conversations))
    app.include_router(openai.router(parts.service))
    app.include_router(health.router(parts.service, parts.metrics))
    app.include_router(documents_page.router(parts.service))
    app.include_router(pages.router(parts.service))
    app.router.routes.append(mcp.route(server))
    app.router.routes.append(Unknown(tuple(app.routes)))
    app.mount("/styles", StaticFiles(directory=str(resources.files("ui").joinpath("static"))))
    page = build_chat(parts.service, parts.conversations)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,  # or the browser would keep what is asked, for whoever uses it next
        max_file_size="1mb",
        ssr_mode=False,
        theme=theme(),
        css=style(),
    )
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount)
    assert isinstance(mounted.app, Starlette)
    mounted.app = Chat(mounted.app, inputs_of(page))
    return guard(app, config, parts.accounts, parts.metrics.requested)
