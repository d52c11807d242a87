"""Counts and times of requests and answers, for Prometheus. No words of anyone are in them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from qa.library import State
from qa.types import Answer
from ui.seen import Seen

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

    def requested(self, seen: Seen) -> None:
        """Count a request that is over."""
        self._requests.labels(seen.method, seen.path, str(seen.status)).inc()
        self._seconds.labels(seen.path).observe(seen.seconds)

    def shown(self, state: State, waiting: int) -> bytes:
        """All of it in Prometheus's text format."""
        self._waiting.set(waiting)
        self._documents.set(state.documents)
        self._passages.set(state.passages)
        return generate_latest(self._registry)
