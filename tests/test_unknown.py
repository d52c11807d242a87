"""What is not there is told as a problem, never by the chat page."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1/ask/more", "/v1/../v1/no"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", "POST"),
        ("DELETE", "/v1/search", "POST"),
        ("PUT", "/v1/documents", "GET, POST"),
        ("PUT", "/v1/documents/x", "GET, DELETE"),
        ("PUT", "/v1/conversations/x", "GET, PATCH, DELETE"),
        ("POST", "/documents/x", "GET"),
        ("TRACE", "/healthz", "GET"),
    ],
)
def test_another_method(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert response.json()["error"]["type"] == "method_not_allowed"


def test_the_page_is_the_chat(client: TestClient) -> None:
    assert "<html" in client.get("/").text
