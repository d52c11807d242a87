"""Document pages: where permalinks lead."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.build import open_assistant
from qa.config import Config
from qa.library import OwnedLibrary
from ui import pages
from ui.app import Parts
from ui.service import Service

DEBT = "How much does Iraq owe Iran?"


def test_the_permalink_of_a_citation_shows_the_quote(parts: Parts, client: TestClient) -> None:
    cited = parts.service.library.ask(DEBT).citations[0]
    page = client.get(cited.url)
    assert page.status_code == 200
    assert f'<mark id="cited">{cited.quote}</mark>' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_permalink_of_another_version_says_so(parts: Parts, client: TestClient) -> None:
    cited = parts.service.library.ask(DEBT).citations[0]
    page = client.get(f"/documents/{cited.document_id}?start=1&end=9&version=ffff")
    assert "has changed since it was cited" in page.text
    assert "<mark" not in page.text


@pytest.mark.parametrize("query", ["start=5&end=2", "start=-4&end=9", "start=0&end=99999999", ""])
def test_a_place_outside_the_document_is_not_marked(parts: Parts, client: TestClient, query: str) -> None:
    id_ = parts.service.library.documents()[0].id
    page = client.get(f"/documents/{id_}?{query}")
    assert page.status_code == 200
    assert "<mark" not in page.text


def test_an_unknown_document_is_not_found(client: TestClient) -> None:
    assert client.get("/documents/nothing").status_code == 404
    assert client.get("/documents/..%2f..%2fetc%2fpasswd").status_code == 404


def test_a_store_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    app = FastAPI()
    with open_assistant(config) as assistant:
        app.include_router(pages.router(Service(OwnedLibrary(assistant, config), config)))
    page = TestClient(app).get("/documents/x")  # the catalog is closed now
    assert page.status_code == 503
    assert page.text == "The store cannot be read or written now: the server's log tells why."
    assert page.headers["retry-after"] == "5"


def test_a_number_that_is_none_is_a_client_error(client: TestClient) -> None:
    assert client.get("/documents/x?start=abc").status_code == 422
