"""The pages of PDFs on the web: drawn once, kept, refused in a sentence; what is shown beside them."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from qa.assistant import Assistant
from qa.cite import permalink
from qa.config import Config
from qa.errors import BusyError, LoadError
from qa.index import Index
from qa.library import OwnedLibrary
from qa.load import load
from qa.load.workers import ChangedError, UnreadableError
from qa.types import Page, Span, StoredDocument
from tests.guard.guarded import BEYOND, SITE, bearer
from tests.load.pdfs import at, pdf
from ui import pages as pages_module
from ui import sheets as sheets_module
from ui.guard import guard
from ui.keys import Accounts
from ui.service import Service
from ui.sheets import Sheets, overlap, page_at, sheet_of

EVIL = 'Oil <b>rose</b> by "7 %" in May.'
PDF = pdf(at(72, 700, "Trade fell in April."), at(72, 700, EVIL), "", at(72, 700, "Nobody knows why."))
TIGHT = "default-src 'none'"


@dataclass(frozen=True)
class Shelf:
    """A PDF that is indexed, and the app it is shown by."""

    file: Path
    library: OwnedLibrary
    sheets: Sheets
    app: FastAPI
    client: TestClient

    @property
    def document(self) -> StoredDocument:
        return self.library.documents()[0]

    def link(self, quote: str) -> str:
        document = self.document
        start = self.library.text(document.id).index(quote)
        return permalink(document.id, Span(start, start + len(quote)), document.sha256, quote)

    def get(self, link: str, **query: object) -> Any:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return self.client.get(link.partition("#")[0] + more)

    def picture(self, link: str, name: str, **query: object) -> Any:
        return self.get(link.replace("?", f"/{name}?"), **query)

    async def drawn(self, number: int = 1, width: int = 400) -> bytes:
        document = self.document
        text, pages = self.library.text(document.id), self.library.pages(document.id)
        if number > len(pages):
            pages.append(Page(number, len(text), len(text)))
        return await self.sheets.picture(document, sheet_of(document, text, pages, number, None, width))


@pytest.fixture(scope="module")
def sheets() -> Iterator[Sheets]:
    with closing(Sheets(Config())) as opened:
        yield opened


@pytest.fixture
def own(shelf: Shelf) -> Iterator[Shelf]:
    """One with nothing drawn yet."""
    with closing(Sheets(Config())) as sheets:
        yield replace(shelf, sheets=sheets)


@pytest.fixture
def shelf(index: Index, config: Config, tmp_path: Path, sheets: Sheets) -> Shelf:
    file = tmp_path / "trade.pdf"
    file.write_bytes(PDF)
    old = file.stat().st_mtime - 60
    os.utime(file, (old, old))
    index.add(load(file, max_bytes=100_000))
    library = OwnedLibrary(Assistant(index, {}, config), config)
    app = FastAPI()
    app.include_router(pages_module.router(Service(library, config), sheets))
    return Shelf(file, library, sheets, app, TestClient(app))


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_permalink_opens_the_page_with_the_words_boxed_and_marked(shelf: Shelf) -> None:
    link = shelf.link(EVIL)
    opened = shelf.get(link)
    assert "<strong>Page 2 of 4</strong>" in opened.text
    assert f'<mark><span id="cited"></span>{escaped(EVIL)}</mark>' in opened.text
    assert "Nobody knows" not in opened.text, "the text of other pages"
    told = f"Page 2 of {escaped(shelf.document.title)}; the cited words: {escaped(EVIL)}"
    assert f'alt="{told}"' in opened.text
    shown = re.search(r'<img src="([^"]+)"', opened.text)
    assert shown is not None
    picture = shelf.client.get(shown[1].replace("&amp;", "&"))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content == shelf.picture(link, "pages/2.png").content
    assert picture.content != shelf.picture(link.partition("start")[0], "pages/2.png").content, "not boxed"


def test_only_this_page_may_show_pictures_and_only_ours(shelf: Shelf) -> None:
    policy = shelf.get(shelf.link(EVIL)).headers["content-security-policy"]
    assert policy.startswith(TIGHT)
    assert "img-src 'self'" in policy
    assert "script-src" not in policy
    assert "content-security-policy" not in shelf.get(shelf.link(EVIL), whole=1).headers, "the usual one"


def test_one_goes_from_page_to_page_and_back(shelf: Shelf) -> None:
    link = shelf.link(EVIL)
    first, last = shelf.get(link, page=1).text, shelf.get(link, page=4).text
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in last
    assert "<mark" not in first + last
    assert "Back to the cited page 2" in last
    on = re.search(r'rel="next" href="([^"]+)"', first)
    assert on is not None
    assert "<mark>" in shelf.client.get(on[1].replace("&amp;", "&")).text, "the place comes along"
    assert "This page has no text." in shelf.get(link, page=3).text


def test_the_whole_text_is_one_step_away_and_leads_back(shelf: Shelf) -> None:
    whole = shelf.get(shelf.link(EVIL), whole=1).text
    assert f'<mark id="cited">{escaped(EVIL)}</mark>' in whole
    assert "Trade fell" in whole
    back = re.search(r'<a href="([^"]+)">page by page', whole)
    assert back is not None
    assert "Page 2 of 4" in shelf.client.get(back[1].replace("&amp;", "&")).text


def test_a_document_opened_by_itself_begins_with_its_first_page(shelf: Shelf) -> None:
    opened = shelf.client.get(f"/documents/{shelf.document.id}").text
    assert "Page 1 of 4" in opened
    assert f'alt="Page 1 of {escaped(shelf.document.title)}"' in opened


def test_other_formats_are_shown_as_ever(shelf: Shelf, index: Index, tmp_path: Path) -> None:
    file = tmp_path / "pages.txt"
    file.write_text("Page one of it.\fPage two of it.", encoding="utf-8")
    id_ = index.add(load(file, max_bytes=1_000)).document_id
    opened = shelf.client.get(f"/documents/{id_}?start=16&end=24")
    assert '<mark id="cited">Page two</mark>' in opened.text
    assert "<img" not in opened.text
    assert shelf.client.get(f"/documents/{id_}/pages/1.png").status_code == 404


@pytest.mark.parametrize("query", ["page=-1", "page=x", f"page={10**30}", "page=1e3", "whole=perhaps"])
def test_a_page_that_cannot_be_is_a_client_error(shelf: Shelf, query: str) -> None:
    assert shelf.client.get(f"/documents/{shelf.document.id}?{query}").status_code == 422


def test_a_page_that_is_not_there_is_not_found(shelf: Shelf) -> None:
    for path in ("?page=5", "/pages/5.png"):
        told = shelf.client.get(f"/documents/{shelf.document.id}{path}")
        assert (told.status_code, told.text) == (404, "This document has no page 5: its last is 4.")
    assert shelf.client.get("/documents/none/pages/1.png").text == "There is no such document any more."


# ── its file ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_its_file_a_document_is_its_text(shelf: Shelf) -> None:
    link = shelf.link(EVIL)
    shelf.file.unlink()
    opened = shelf.get(link).text
    assert "Its file is no longer where it was, so its text is shown without its pages." in opened
    assert f'<mark id="cited">{escaped(EVIL)}</mark>' in opened
    assert "<img" not in opened
    gone = shelf.picture(link, "cited.png", width=1_600)
    assert (gone.status_code, gone.text) == (404, "Trade.pdf cannot be read: no such file or directory.")


def test_another_file_in_its_place_is_not_shown_for_it(shelf: Shelf) -> None:
    link = shelf.link(EVIL)
    assert "<img" in shelf.get(link).text
    shelf.file.write_bytes(pdf(at(72, 700, "Quite another text.")))
    opened = shelf.get(link).text
    assert "Its file has changed since it was indexed" in opened
    assert f'<mark id="cited">{escaped(EVIL)}</mark>' in opened
    assert "<img" not in opened
    changed = shelf.picture(link, "pages/2.png", width=1_600)
    assert (changed.status_code, changed.text) == (409, "Trade.pdf has changed since it was indexed.")
    shelf.file.unlink()
    shelf.file.mkdir()
    assert "Its file is no longer where it was" in shelf.get(link).text


def test_a_file_that_cannot_be_read_is_told(shelf: Shelf) -> None:
    shelf.file.write_bytes(b"")
    assert "Its file cannot be read now, so its text is shown" in shelf.get(shelf.link(EVIL)).text


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_asked_for_again_only_by_its_tag(shelf: Shelf) -> None:
    link = shelf.link(EVIL)
    first = shelf.picture(link, "pages/2.png")
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    address = link.partition("#")[0].replace("?", "/pages/2.png?")
    again = shelf.client.get(address, headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert shelf.client.get(f"{address}&width=400", headers=known).status_code == 200


@pytest.mark.parametrize(("width", "made"), [(400, 400), (401, 800), (1_200, 1_200), (1_600, 1_600)])
def test_there_are_few_widths(shelf: Shelf, width: int, made: int) -> None:
    drawn = shelf.client.get(f"/documents/{shelf.document.id}/pages/1.png?width={width}").content
    assert Image.open(io.BytesIO(drawn)).width == made


@pytest.mark.parametrize(
    "name",
    [
        "pages/0.png",
        "pages/-1.png",
        "pages/x.png",
        "pages/1.5.png",
        f"pages/{'9' * 5_000}.png",
        "pages/1.png?width=399",
        "pages/1.png?width=100000",
        "pages/1.png?width=wide",
        "cited.png?start=x",
    ],
)
def test_what_cannot_be_drawn_is_a_client_error(shelf: Shelf, name: str) -> None:
    assert shelf.client.get(f"/documents/{shelf.document.id}/{name}").status_code == 422


def test_the_cited_place_is_drawn_closely_wherever_it_stands_now(shelf: Shelf, index: Index) -> None:
    link = shelf.link(EVIL)
    close = shelf.picture(link, "cited.png", width=800)
    image = Image.open(io.BytesIO(close.content))
    assert image.width == 800
    assert image.height < 400
    shelf.file.write_bytes(pdf(at(72, 700, "A new page."), at(72, 400, "New."), at(72, 700, EVIL)))
    index.add(load(shelf.file, max_bytes=100_000))
    assert "Page 3 of 3" in shelf.get(link).text
    assert shelf.picture(link, "cited.png", width=800).status_code == 200
    shelf.file.write_bytes(pdf(at(72, 700, "Nothing of that.")))
    index.add(load(shelf.file, max_bytes=100_000))
    gone = shelf.picture(link, "cited.png")
    assert (gone.status_code, gone.text.endswith("the quoted words are no longer in it.")) == (404, True)
    assert "no longer in it" in shelf.get(link).text


def test_readers_may_look_and_strangers_may_not(shelf: Shelf, tmp_path: Path) -> None:
    with closing(Accounts(tmp_path / "access.sqlite3")) as accounts:
        client = TestClient(
            guard(shelf.app, Config(data=tmp_path, **BEYOND), accounts), base_url=SITE, follow_redirects=False
        )
        address = shelf.link(EVIL).partition("#")[0].replace("?", "/pages/2.png?")
        reader = client.get(address, headers=bearer(accounts, "Ann", "reader"))
        assert (reader.status_code, reader.headers["cache-control"]) == (200, "private, no-cache")
        assert reader.headers["x-content-type-options"] == "nosniff"
        assert reader.headers["content-security-policy"].startswith(TIGHT)
        assert "frame-ancestors 'none'" in reader.headers["content-security-policy"]
        stranger = client.get(address)
        assert stranger.status_code == 303
        assert stranger.headers["location"].startswith("/sign-in")


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_drawn_is_kept_and_what_was_not_is_not_tried_again(
    own: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look() -> None:
        made = await own.drawn()
        with pytest.raises(LoadError, match="has no page 7"):
            await own.drawn(7)
        own.sheets.close()
        assert await own.drawn() == made
        with pytest.raises(LoadError, match="has no page 7"):
            await own.drawn(7)
        with pytest.raises(UnreadableError, match="broken off"):
            await own.drawn(2)
        monkeypatch.setattr("ui.sheets.time.monotonic", lambda: 1e12)
        with pytest.raises(UnreadableError, match="broken off"):
            await own.drawn(7)

    anyio.run(look)


def test_pictures_take_only_so_much_memory(own: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look() -> None:
        _, second, last = [await own.drawn(number) for number in (1, 2, 4)]
        monkeypatch.setattr(sheets_module, "_MOST_BYTES", len(second) + len(last))
        await own.drawn(3)  # which is white, and little
        own.sheets.close()
        await own.drawn(4)
        with pytest.raises(UnreadableError):
            await own.drawn(1)

    anyio.run(look)


def test_a_change_is_told_and_not_remembered(own: Shelf) -> None:
    async def look() -> None:
        document = own.document
        own.file.write_bytes(PDF + b"\n")
        wanted = sheet_of(document, "", [Page(1, 0, 0)], 1, None, 400)
        with pytest.raises(ChangedError):
            await own.sheets.picture(document, wanted)
        own.file.write_bytes(PDF)
        assert await own.sheets.picture(document, wanted)

    anyio.run(look)


def test_many_at_once_are_told_to_come_again(own: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look() -> None:
        turns = own.sheets._turns
        while turns.value:
            await turns.acquire()
        monkeypatch.setattr(sheets_module, "_WAITING_SECONDS", 0.01)
        with pytest.raises(BusyError, match="many pages are being drawn") as told:
            await own.drawn()
        assert told.value.seconds == 5
        monkeypatch.setattr(sheets_module, "_MOST_WAITING", 0)
        with pytest.raises(BusyError):
            await own.drawn()
        turns.release()
        assert await own.drawn()

    anyio.run(look)


def test_pages_of_places() -> None:
    pages = [Page(1, 0, 10), Page(2, 10, 10), Page(3, 10, 20)]
    assert [page_at(pages, offset) for offset in (0, 9, 10, 19, 20)] == [1, 1, 3, 3, 3]
    assert [overlap(Span(5, 15), page) for page in pages] == [Span(5, 10), None, Span(10, 15)]


def escaped(words: str) -> str:
    return words.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
