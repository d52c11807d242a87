"""``/healthz``, ``/readyz`` and ``/metrics``: for those who keep the server running."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from ui.api.metrics import Metrics
from ui.problems import PROBLEMS
from ui.service import Service


class Health(BaseModel):
    """The server runs."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Questions are answered; ``mending`` tells that exact search stands in for a vector index being made."""

    status: Literal["ready", "mending"]


def router(service: Service, metrics: Metrics) -> APIRouter:
    """What a supervisor, a balancer and Prometheus ask for."""
    routes = APIRouter(responses=PROBLEMS, tags=["health"])

    @routes.get("/healthz", response_model=Health)
    async def alive() -> Response:
        """Whether the server runs."""
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz", response_model=Readiness)
    async def ready() -> Response:
        """Whether questions can be answered now."""
        state = await service.run(lambda library: library.state())
        return JSONResponse({"status": "ready" if state.vectors.by == "chroma" else "mending"})

    @routes.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def measure(request: Request) -> Response:
        """Counts and times, in Prometheus's text format."""
        request.state.caller.need("admin")
        state = await service.run(lambda library: library.state())
        return Response(metrics.shown(state, service.waiting), media_type=CONTENT_TYPE_LATEST)

    return routes
