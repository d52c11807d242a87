"""Counts and times of requests and answers, for Prometheus. No words of anyone are in them."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.library import State
from qa.types import Answer

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What happened since the server was started."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests", "Requests", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "footnote_request_seconds",
            "Time to the end of the response",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "footnote_answers", "Answers, and why others were withheld", ["outcome"], registry=self._registry
        )
        self._answer_seconds = Histogram(
            "footnote_answer_seconds",
            "Time to retrieve and read",
            ["reader"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "footnote_questions_waiting", "Questions that wait for their turn", registry=self._registry
        )
        self._documents = Gauge("footnote_documents", "Documents indexed", registry=self._registry)
        self._passages = Gauge("footnote_passages", "Passages indexed", registry=self._registry)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.reason or "answered").inc()
        seconds = answer.manifest.timings_ms.total / 1_000
        self._answer_seconds.labels(answer.manifest.reader).observe(seconds)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is a template, so that ids make no series of their own."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def shown(self, state: State, waiting: int) -> bytes:
        """All of it in Prometheus's text format."""
        self._waiting.set(waiting)
        self._documents.set(state.documents)
        self._passages.set(state.passages)
        return generate_latest(self._registry)


class Measured:
    """Middleware: counts each request and how long it took."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.requested(_method(scope), _route(scope), status, time.perf_counter() - began)


def _route(scope: MutableMapping[str, Any]) -> str:
    """The template of the route that answered; one name for the chat page's many, one for no route."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return str(path) if path else "other"


def _method(scope: MutableMapping[str, Any]) -> str:
    known = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    return scope["method"] if scope["method"] in known else "other"
