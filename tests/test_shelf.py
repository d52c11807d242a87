"""The page of the documents as markup: what whoever looks may do, and nothing that is not escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qa.types import StoredDocument
from tests.test_render import EVIL
from ui.scope import Named, Scope
from ui.shelf import OFFERED, PAGE, Shelf, Visitor, documents_html, scope_html

READER, EDITOR = Visitor("ann", edits=False, most_mb=100), Visitor("", edits=True, most_mb=100)
REPORT = StoredDocument(
    id="0123456789abcdef",
    path="/srv/secret/report.txt",
    source="report.txt",
    title="The *report*",
    published=date(2024, 9, 16),
    sha256="0" * 64,
    extractor="text/1",
    chunker="c/1",
    characters=12_345,
    passages=34,
    warnings=("decoded as cp1252, which is a guess",),
    indexed_at="2026-05-03T14:05:09+02:00",
)


EMPTY = Shelf((), 0, more=False, total=1)


def shown(visitor: Visitor = EDITOR, scope: Scope = Scope(), **changed: object) -> str:  # noqa: B008
    shelf = replace(Shelf((REPORT,), 0, more=False, total=1), **changed)  # type: ignore[arg-type]
    return documents_html(shelf, visitor, scope, "c" * 32)


def test_a_row_tells_what_is_known_of_a_document() -> None:
    html = shown()
    for told in (
        '<a href="/documents/0123456789abcdef"><bdi>The report</bdi></a>',
        "<bdi>report.txt</bdi>",
        '<time datetime="2024-09-16">16 September 2024</time>',
        ">12,345<",
        ">34<",
        "3 May 2026, 12:05 UTC",
        "decoded as cp1252, which is a guess",
        f'href="/?c={"c" * 32}&amp;d=0123456789abcdef"',
    ):
        assert told in html
    assert "/srv/secret" not in html


def test_readers_send_and_remove_nothing() -> None:
    reader, editor = shown(READER), shown(EDITOR)
    for of_editors in ('id="sending"', 'data-do="remove"', "<dialog"):
        assert of_editors in editor
        assert of_editors not in reader
    assert "Ask only this" in reader


def test_whoever_signs_in_can_sign_out() -> None:
    assert '<span dir="auto">ann</span><button class="plain">Sign out' in shown(READER)
    assert "Sign out" not in shown(EDITOR)


def test_whatever_comes_from_a_document_or_an_address_is_escaped() -> None:
    evil = replace(REPORT, id=EVIL, source=EVIL, title=EVIL, warnings=(EVIL,))
    scope = Scope((Named(EVIL, EVIL),), problems=(EVIL,))
    visitor = replace(EDITOR, name=EVIL)
    for html in (
        documents_html(Shelf((evil,), 0, more=True, total=1, search=EVIL), visitor, scope),
        documents_html(replace(EMPTY, search=EVIL), visitor, scope),
        scope_html(scope, (evil,), EVIL),
        scope_html(replace(scope, documents=(Named("1", EVIL), Named("2", EVIL)))),
    ):
        assert "<script>" not in html
        assert "&lt;script" in html or "%3Cscript" in html


def test_nothing_on_the_page_is_inline() -> None:
    html = shown()
    assert html.count("<script") == html.count('<script src="/styles/')
    for inline in ("<style", " style=", " onclick", "javascript:", "http:", "https:"):
        assert inline not in html


@pytest.mark.parametrize(
    ("visitor", "changed", "told"),
    [
        (EDITOR, {"total": 0}, "Send the first ones above"),
        (READER, {"total": 0}, "Editors send them here"),
        (EDITOR, {"search": "zebra"}, "No title or file name has “<bdi>zebra</bdi>”"),
        (EDITOR, {"start": 900}, "Nothing stands here any more"),
    ],
)
def test_an_empty_list_says_what_to_do(visitor: Visitor, changed: dict[str, object], told: str) -> None:
    html = documents_html(replace(EMPTY, **changed), visitor, Scope())  # type: ignore[arg-type]
    assert told in html
    assert "<table" not in html


def test_a_long_list_has_pages() -> None:
    html = shown(documents=(REPORT,) * PAGE, start=50, more=True, total=10_000)
    assert '<button name="at" value="0">Earlier</button>' in html
    assert '<button name="at" value="100">Later</button>' in html
    assert "51–100 of 10,000" in html
    assert 'name="at"' not in shown()


def test_what_was_chosen_stays_chosen_on_every_page() -> None:
    html = shown(scope=Scope((Named(REPORT.id, "x"), Named("other", "Another")), after=date(2024, 1, 1)))
    assert html.count(" checked>") == 2
    assert '<input type="checkbox" name="d" value="other" checked><bdi>Another</bdi>' in html
    assert '<input type="hidden" name="after" value="2024-01-01">' in html
    assert f'href="/?c={"c" * 32}&amp;d=0123456789abcdef&amp;d=other&amp;after=2024-01-01"' in html


def test_a_document_without_text_stands_out() -> None:
    html = shown(documents=(replace(REPORT, passages=0, characters=0),))
    assert html.count('class="number poor">0<') == 2


def test_what_is_asked_is_told_and_can_be_changed() -> None:
    many = [replace(REPORT, id=str(number)) for number in range(20)]
    html = scope_html(Scope((Named("3", "Three"),), after=date(2024, 1, 1)), many, "")
    assert "Three · since 1 January 2024" in html
    assert 'name="after" value="2024-01-01"' in html
    assert html.count('type="checkbox"') == 1 + OFFERED
    assert html.count(" checked>") == 1
    assert 'type="checkbox"' not in scope_html(Scope())
    assert "No document is called so" in scope_html(Scope(), (), "zebra")
