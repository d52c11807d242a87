"""An app of some routes, and people who call it: the server's own access stands elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.testclient import TestClient

from ui.access import Caller, Role
from ui.problems import handle_problems


def app_of(*routers: APIRouter) -> FastAPI:
    """An app with these routes, which takes the caller's word for who they are."""
    app = FastAPI()
    handle_problems(app)
    for router in routers:
        app.include_router(router)

    @app.middleware("http")
    async def know(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        role = cast(Role, request.headers["X-Role"])
        request.state.caller = Caller(request.headers["X-User"], role)
        request.state.request_id = "the-request"
        return await call_next(request)

    return app


def person(app: FastAPI, name: str, role: Role = "reader") -> TestClient:
    """A client that is ``name``."""
    return TestClient(app, "http://127.0.0.1", headers={"X-User": name, "X-Role": role})
