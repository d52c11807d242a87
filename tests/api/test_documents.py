"""``/v1/documents`` and ``/v1/jobs``: sent, taken in, looked at, removed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ui.api.schema import DocumentModel
from ui.app import Parts

TEXT = "The harvest of 2031 was 7,400 tonnes of barley."


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while job["status"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
        job = client.get(f"/v1/jobs/{job['id']}").json()
    return job


def send(client: TestClient, name: str = "harvest.txt", content: bytes = TEXT.encode()) -> dict[str, Any]:
    response = client.post("/v1/documents", files={"file": (name, content)})
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    return ended(client, response.json())


def test_a_document_from_sending_to_removing(client: TestClient) -> None:
    job = send(client)
    assert (job["status"], job["receipt"]["outcome"], job["receipt"]["characters"]) == ("done", "added", 47)
    assert (job["receipt"]["duplicate_of"], job["receipt"]["near_duplicates"]) == (None, [])
    assert job["receipt"]["extractor"].startswith("footnote-")
    id_ = job["receipt"]["document_id"]
    assert client.get(f"/v1/documents/{id_}").json()["source"] == "harvest.txt"
    assert client.get(f"/v1/documents/{id_}/text").text == TEXT
    assert client.get(f"/v1/documents/{id_}/text?start=15&end=19").text == "2031"
    [passage] = client.get(f"/v1/documents/{id_}/passages").json()["passages"]
    assert (passage["start"], passage["end"], passage["text"]) == (0, 47, TEXT)
    answer = client.post("/v1/ask", json={"question": "How large was the harvest of 2031?"}).json()
    assert answer["citations"][0]["document_id"] == id_
    assert job in client.get("/v1/jobs").json()["jobs"]
    assert client.delete(f"/v1/documents/{id_}").status_code == 204
    for path in ("", "/text", "/passages"):
        assert client.get(f"/v1/documents/{id_}{path}").status_code == 404
    assert client.delete(f"/v1/documents/{id_}").status_code == 404


def test_the_list_goes_on_where_it_stopped(parts: Parts, client: TestClient) -> None:
    whole = client.get("/v1/documents").json()
    assert whole["total"] == len(whole["documents"]) == len(parts.service.library.documents())
    ones = [
        client.get(f"/v1/documents?limit=1&offset={at}").json()["documents"] for at in range(whole["total"])
    ]
    assert [one for [one] in ones] == whole["documents"]
    assert client.get("/v1/documents?offset=99").json()["documents"] == []


def test_where_a_file_lies_is_not_told(client: TestClient) -> None:
    documents = client.get("/v1/documents").json()["documents"]
    assert documents
    for document in documents:
        assert "path" not in document
        assert DocumentModel.model_validate(document).model_dump(mode="json") == document


@pytest.mark.parametrize(("name", "content"), [("a.txt", b""), ("a.txt", b"\0\1\2\3" * 50)])
def test_what_cannot_be_read_ends_with_a_reason(client: TestClient, name: str, content: bytes) -> None:
    job = send(client, name, content)
    assert (job["status"], job["receipt"]) == ("failed", None)
    assert "a.txt" in job["reason"]


@pytest.mark.parametrize("name", ["a.exe", ".txt", "a", "x" * 300 + ".txt"])
def test_names_that_cannot_be_are_refused_at_once(client: TestClient, name: str) -> None:
    assert client.post("/v1/documents", files={"file": (name, b"x")}).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=" + "9" * 400])
def test_a_list_has_its_bounds(client: TestClient, query: str) -> None:
    response = client.get(f"/v1/documents?{query}")
    assert response.status_code in (200, 422)
    assert response.status_code == 422 or response.json()["documents"] == []


@pytest.mark.parametrize(
    "id_", ["nothing", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "%ed%a0%80", "x" * 5_000]
)
def test_unknown_ids_are_not_found(client: TestClient, id_: str) -> None:
    for path in (f"/v1/documents/{id_}", f"/v1/documents/{id_}/text", f"/v1/jobs/{id_}"):
        assert client.get(path).status_code in (400, 404, 422)


def test_without_a_file_nothing_is_sent(client: TestClient) -> None:
    assert client.post("/v1/documents").status_code == 422
    assert client.post("/v1/documents", data={"file": "text"}).status_code == 422
    assert client.post("/v1/documents", json={"file": "text"}).status_code == 422
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/v1/documents", content=b"--y\r\n\r\n", headers=broken).status_code in (400, 422)
