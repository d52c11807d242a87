"""``/documents`` and ``/scope`` in the whole app."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.build import open_assistant
from qa.config import Config
from qa.library import OwnedLibrary
from tests.api.people import app_of, person
from ui import documents
from ui.app import Parts
from ui.service import Service


def test_the_list_has_each_document(parts: Parts, client: TestClient) -> None:
    page = client.get("/documents")
    assert page.status_code == 200
    for document in parts.service.library.documents():
        assert f'href="/documents/{document.id}"' in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"


def test_documents_are_found(client: TestClient) -> None:
    assert "16 September 2024" in client.get("/documents?q=003_").text
    assert "16 September 2024" not in client.get("/documents?q=000_").text
    assert "No title or file name has" in client.get("/documents?q=zebra").text


@pytest.mark.parametrize(
    "query",
    ["at=x", "at=-1", f"at={'9' * 400}", "at=٣", "q=%00", "q=%ff", f"q={'x' * 5_000}", "d=%00&d=%ff",
     f"d={'x' * 9_000}", "after=x&before=%00", "c=../..", "c=&c=&d=&d=", "q=%25&at=1", "&&=&"],
)  # fmt: skip
def test_whatever_the_address_says_is_no_failure(client: TestClient, query: str) -> None:
    for path in ("/documents", "/scope"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_what_is_asked_comes_as_a_part_of_a_page(parts: Parts, client: TestClient) -> None:
    [first, second] = parts.service.library.documents()
    bare = client.get(f"/scope?d={first.id}")
    assert "<html" not in bare.text
    assert bare.text.count('type="checkbox"') == 1
    assert client.get(f"/scope?d={first.id}&q=").text.count('type="checkbox"') == 2
    assert second.id in client.get("/scope?q=003_").text
    assert "not here any more" in client.get("/scope?d=gone").text
    assert bare.headers["cache-control"] == "no-store"


def test_what_readers_may_not_do_is_not_offered(parts: Parts) -> None:
    app = app_of(documents.router(parts.service))
    assert 'id="sending"' not in person(app, "ann").get("/documents").text
    assert 'id="sending"' in person(app, "bob", "editor").get("/documents").text
    assert ">bob<" in person(app, "bob", "admin").get("/documents").text


def test_a_store_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    with open_assistant(config) as assistant:
        app = app_of(documents.router(Service(OwnedLibrary(assistant, config), config)))
    page = person(app, "ann").get("/documents")  # the catalog is closed now
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert page.text == "The store cannot be read or written now: the server's log tells why."
