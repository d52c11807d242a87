"""An app with one route of each kind, behind the guards, and real servers of it on loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.config import Config
from ui.access import Role
from ui.guard import guard
from ui.guard.connections import Connection
from ui.keys import Accounts
from ui.problems import handle_problems

SITE = "http://127.0.0.1"
BEYOND: dict[str, Any] = {"host": "0.0.0.0", "names": ("footnote.example",)}


async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
    """Like the MCP library: reads the body, and answers any failure with a 500 of its own."""
    request, status = Request(scope, receive), 200
    try:
        await request.body()
    except HTTPException:
        status = 500
    await PlainTextResponse("mcp", status)(scope, receive, send)


async def lax(scope: Scope, receive: Receive, send: Send) -> None:
    """Like Gradio: lets any site read what it answers."""
    headers = {"Access-Control-Allow-Origin": "*", "access-control-allow-credentials": "true"}
    await PlainTextResponse("gradio", headers=headers)(scope, receive, send)


def build_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    handle_problems(app)

    def me(request: Request) -> dict[str, str]:
        caller = request.state.caller
        return {"name": caller.name, "role": caller.role, "id": request.state.request_id}

    async def take(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    def need(request: Request, role: Role) -> dict[str, str]:
        request.state.caller.need(role)
        return {"done": role}

    def crash() -> None:
        raise RuntimeError("it broke")

    def place(request: Request) -> dict[str, str]:
        return {"client": request.scope["client"][0], "scheme": request.scope["scheme"]}

    def seen(request: Request) -> list[str]:
        return [name.decode() for name, _ in request.scope["headers"]]

    for path in ("/", "/v1/me", "/metrics", "/docs", "/openapi.json"):
        app.add_api_route(path, me)
    for path in ("/v1/ask", "/v1/documents", "/me"):
        app.add_api_route(path, take, methods=["POST"])
    app.add_api_route("/v1/need/{role}", need)
    app.add_api_route("/v1/crash", crash)
    app.add_api_route("/v1/place", place)
    app.add_api_route("/v1/seen", seen)
    app.add_api_route("/healthz", lambda: {"alive": True})
    app.mount("/mcp", stubborn)
    app.mount("/gradio_api", lax)
    return app


def client(config: Config, *, address: str = "127.0.0.1", site: str = SITE) -> TestClient:
    """A client of the guarded app, which asks from ``address``; the accounts are ``config``'s."""
    app = guard(build_app(), config, Accounts(config.access_path))
    return TestClient(app, base_url=site, follow_redirects=False, client=(address, 50_000))


@contextmanager
def served(app: ASGIApp, http: type[Connection] = Connection) -> Iterator[int]:
    """The port at which a real uvicorn serves ``app``."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, http=http, log_config=None, access_log=False, ws="none", lifespan="off", proxy_headers=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def streaming(gate: threading.Event) -> ASGIApp:
    """An app that sends a first part, and the rest once the gate is open."""
    import anyio.to_thread

    async def parts() -> AsyncIterator[str]:
        yield "first\n"
        await anyio.to_thread.run_sync(gate.wait, 30)
        yield "last\n"

    app = FastAPI()
    app.add_api_route("/v1/stream", lambda: StreamingResponse(parts()), response_model=None)
    return app


def bearer(accounts: Accounts, name: str = "ann", role: Role | None = None) -> dict[str, str]:
    accounts.add(name, role)
    return {"Authorization": f"Bearer {accounts.new_key(name)}"}


def problem_of(response: Any) -> str:
    """The sentence of a failure, told as programs are."""
    error = response.json()["error"]
    assert set(error) == {"type", "message", "param", "code", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    return str(error["message"])


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "footnote.access"]
