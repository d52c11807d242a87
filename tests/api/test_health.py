"""``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

DEBT = "How much does Iraq owe Iran?"


def samples(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_requests_and_answers_are_counted(client: TestClient) -> None:
    asked = ("footnote_requests_total", (("method", "POST"), ("route", "/v1/ask"), ("status", "200")))
    missed = (
        "footnote_requests_total",
        (("method", "GET"), ("route", "/v1/documents/{document_id}"), ("status", "404")),
    )
    given = ("footnote_answers_total", (("outcome", "answered"),))
    withheld = ("footnote_answers_total", (("outcome", "not_in_documents"),))
    before = samples(client)
    client.post("/v1/ask", json={"question": DEBT})
    client.post("/v1/ask", json={"question": "How much does Turkey owe Iran?", "stream": True})
    client.get("/v1/documents/a")
    client.get("/v1/documents/b")
    after = samples(client)
    gained = {key: after[key] - before.get(key, 0) for key in (asked, missed, given, withheld)}
    assert gained == {asked: 2, missed: 2, given: 1, withheld: 1}
    assert after[("footnote_documents", ())] >= 2


def test_no_words_of_anyone_are_in_the_metrics(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "Is Xanthippe mentioned?"})
    client.get("/v1/xanthippe/secret")
    client.request("XANTHIPPE", "/v1/ask")
    assert "xanthippe" not in client.get("/metrics").text.lower()
