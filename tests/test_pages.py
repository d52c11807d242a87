"""Document pages: where permalinks lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.build import open_assistant
from qa.cite import permalink
from qa.config import Config
from qa.index import Receipt
from qa.library import OwnedLibrary
from qa.load import Candidate
from qa.types import Span
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


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    config = Config(data=tmp_path / "data")
    with open_assistant(config) as assistant:
        library = OwnedLibrary(assistant, config)
        app = FastAPI()
        app.include_router(pages.router(Service(library, config)))
        yield Folder(tmp_path / "report.txt", library, TestClient(app))


@dataclass(frozen=True)
class Folder:
    """A document whose file changes, and the page it is shown on."""

    file: Path
    library: OwnedLibrary
    client: TestClient

    def write(self, text: str) -> str:
        self.file.write_text(text, encoding="utf-8")
        [receipt] = self.library.take_in([Candidate(self.file, self.file.name)])
        assert isinstance(receipt, Receipt)
        return receipt.document_id

    def link(self, id_: str, quote: str) -> str:
        start = self.library.text(id_).index(quote)
        span = Span(start, start + len(quote))
        return permalink(id_, span, self.library.document(id_).sha256, quote)

    def shown(self, url: str) -> tuple[str, str]:
        """The marked words, and the notice."""
        page = self.client.get(url).text
        found = [re.search(rf"<{tag} [^>]*>(.*?)</", page) for tag in ("mark", 'p class="notice"')]
        return found[0][1] if found[0] else "", found[1][1] if found[1] else ""


REPORT = "Trade fell in May. It rose by 5 % in June.\n\nNobody knows why.\n"
CHANGED = "This document has changed since it was cited; "


def test_a_quote_is_found_again_in_a_document_that_has_changed(folder: Folder) -> None:
    url = folder.link(folder.write(REPORT), "It rose by 5 % in June.")
    assert folder.shown(url) == ("It rose by 5 % in June.", "")
    folder.write(f"# Trade\n\n{REPORT.replace('fell in May', 'stood still')}")
    now = "the quoted words are shown where they stand now."
    assert folder.shown(url) == ("It rose by 5 % in June.", CHANGED + now)
    folder.write(REPORT + "More is to come.\n")  # the quote stands where it stood
    assert folder.shown(url) == ("It rose by 5 % in June.", CHANGED + now)


def test_a_quote_that_is_no_longer_there_is_told(folder: Folder) -> None:
    url = folder.link(folder.write(REPORT), "It rose by 5 % in June.")
    folder.write(REPORT.replace("5 %", "15 %"))
    assert folder.shown(url) == ("", CHANGED + "the quoted words are no longer in it.")


def test_an_old_link_of_a_changed_document_says_so(folder: Folder) -> None:
    url = re.sub("&quote=[^#]*", "", folder.link(folder.write(REPORT), "Nobody knows why."))
    assert folder.shown(url) == ("Nobody knows why.", "")
    folder.write("New. " + REPORT)
    assert folder.shown(url) == ("", CHANGED + "the quoted place cannot be shown.")


def test_a_document_that_is_read_anew_is_searched_for_the_words(folder: Folder) -> None:
    """As when a new release reads the same file otherwise: no other words are ever marked."""
    url = folder.link(folder.write(REPORT), "It rose by 5 % in June.")
    shifted = url.replace("start=19&end=42", "start=9&end=32")
    assert shifted != url
    words, notice = folder.shown(shifted)
    assert words == "It rose by 5 % in June."
    assert notice.startswith("This document was read anew since it was cited; ")


def test_links_survive_a_renewal(folder: Folder) -> None:
    url = folder.link(folder.write(REPORT), "Nobody knows why.")
    folder.library.renew()
    assert folder.shown(url) == ("Nobody knows why.", "")


def test_links_survive_a_removal_once_the_document_is_back(folder: Folder) -> None:
    id_ = folder.write(REPORT)
    url = folder.link(id_, "Nobody knows why.")
    folder.library.remove(id_)
    assert folder.client.get(url).status_code == 404
    assert folder.write(REPORT) == id_
    assert folder.shown(url) == ("Nobody knows why.", "")
    folder.library.remove(id_)
    assert folder.write("New. " + REPORT) == id_
    assert folder.shown(url)[0] == "Nobody knows why."


@pytest.mark.parametrize(
    "forged", ["start=1&end=9&quote=x", f"start={10**30}&quote=3-{'0' * 32}", "quote=1&quote=2"]
)
def test_a_forged_link_is_a_page_all_the_same(folder: Folder, forged: str) -> None:
    assert folder.client.get(f"/documents/{folder.write(REPORT)}?{forged}").status_code == 200


def test_a_number_that_is_none_is_a_client_error(client: TestClient) -> None:
    assert client.get("/documents/x?start=abc").status_code == 422
