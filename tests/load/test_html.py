from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import LoadError
from qa.load import load
from qa.load.files import File
from qa.load.html import read
from qa.types import Document

PROSE = (
    "The river rises in the hills above the town and runs for ninety miles to the sea. It is fed by four"
    " smaller streams, of which the Ash is the longest. In dry summers its upper part can be crossed on foot."
)


def doc(data: bytes | str, name: str = "a.html") -> Document:
    data = data.encode() if isinstance(data, str) else data
    return read(File(Path(f"/documents/{name}"), name, data))


def page(body: str, head: str = "<title>Rivers</title>") -> str:
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def article(inside: str) -> str:
    return page(
        f"<nav><a href='/'>Home page</a></nav><article>{inside}</article><footer>Our site 2020</footer>"
    )


def heads(document: Document) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in document.headings]


def test_the_main_text_is_read_without_menus_and_feet() -> None:
    document = doc(
        article(
            f"<h1>Rivers</h1><p>{PROSE}</p><h2>The <em>Ash</em></h2><p>Its <a href='/'>source</a> is high."
        )
    )
    assert document.text == f"Rivers\n\n{PROSE}\n\nThe Ash\n\nIts source is high."
    assert heads(document) == [(1, "Rivers"), (2, "The Ash")]
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
    assert (document.title, document.published, document.warnings) == ("Rivers", None, ())
    assert document.extractor == "footnote-html/1"


@pytest.mark.parametrize("name", ["a.HTML", "a.htm", "a.xhtml"])
def test_the_file_loads_by_its_suffix(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(page(f"<p>{PROSE}</p>"))
    assert load(tmp_path / name, max_bytes=100_000).text == PROSE


def test_a_short_page_is_read_whole() -> None:
    assert doc(page("<p>Open 9 to 5.</p>")).text == "Open 9 to 5."
    assert doc("<p>Open 9 to 5.").text == "Open 9 to 5."
    assert doc(page("<nav>Only a menu</nav>")).text == "Only a menu"


def test_table_values_stand_beside_their_column_s_name() -> None:
    table = (
        "<table><caption>Sold, in millions</caption><thead><tr><th>Goods<th>2019<th>2020</thead>"
        "<tr><td>Boats<td>1,204<td>1,310<tr><td>Nets<td colspan=2>88.5</table>"
    )
    text = doc(article(f"<p>{PROSE}</p>{table}<p>{PROSE}</p>")).text
    assert (
        "Sold, in millions\n\nGoods: Boats; 2019: 1,204; 2020: 1,310.\nGoods: Nets; 2019: 88.5.\n\n" in text
    )


def test_a_header_of_two_rows_and_cells_that_span_rows() -> None:
    table = (
        "<table><tr><th rowspan=2>Goods<th colspan=2>Sales<tr><th>2019<th>2020"
        "<tr><td rowspan=2>Boats<td>1<td>2<tr><td>3<td>4</table>"
    )
    text = doc(page(table)).text
    assert text == "Goods: Boats; Sales 2019: 1; Sales 2020: 2.\nGoods: Boats; Sales 2019: 3; Sales 2020: 4."


def test_a_table_without_a_header_keeps_its_rows_and_one_for_layout_its_paragraphs() -> None:
    assert doc(page("<table><tr><td>Boats<td>1<tr><td>Nets<td>2</table>")).text == "Boats | 1.\nNets | 2."
    layout = f"<table><tr><td><h1>Rivers</h1><p>{PROSE}</p><td>Beside</tr><tr><td>Below<td>.</table>"
    assert doc(page(layout)).text.startswith(f"Rivers\n\n{PROSE}")


@pytest.mark.parametrize("span", ["1000000000", "-1", "0", "x", "9" * 5_000, "²"])
def test_absurd_spans_do_no_harm(span: str) -> None:
    table = f"<table><tr><th>A<th>B<tr><td colspan='{span}' rowspan='{span}'>1<td>2<tr><td>3<td>4</table>"
    assert len(doc(page(table)).text) < 5_000


def test_lists_lines_and_code_keep_their_lines() -> None:
    text = doc(
        article(
            f"<p>{PROSE}</p><ul><li>One thing<li>Another</ul><p>First<br>Second</p><pre>a = 1\nb = 2</pre>"
        )
    ).text
    assert text.endswith("- One thing\n- Another\n\nFirst\nSecond\n\na = 1\nb = 2")


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Rivers of the north | Our Site</title>", "Rivers of the north"),
        ("<meta property='og:title' content='On  rivers'><title>Our Site</title>", "On rivers"),
        ("<title>Our Site</title>", "Our Site"),
        ("", "Rivers of the north"),
    ],
)
def test_titles(head: str, title: str) -> None:
    assert doc(page(f"<h1>Rivers of <i>the north</i></h1><p>{PROSE}</p>", head)).title == title


@pytest.mark.parametrize(
    "head",
    [
        "<meta property='article:published_time' content='2019-09-16T10:00:00Z'>",
        '<script type="application/ld+json">{"datePublished": "2019-09-16"}</script>',
    ],
)
def test_a_date_is_taken_from_metadata_or_a_line_of_its_own(head: str) -> None:
    assert doc(page(f"<p>{PROSE}</p>", head)).published == date(2019, 9, 16)
    assert doc(page(f"<h1>Rivers</h1><p>16 September 2019</p><p>{PROSE}</p>")).published == date(2019, 9, 16)
    assert (
        doc(page(f"<p>It was built on 16 September 2019 and stood long.</p><p>{PROSE}</p>")).published is None
    )


@pytest.mark.parametrize(
    ("data", "warned"),
    [
        ("<meta charset=utf-8><p>Café “x” is open.".encode(), False),
        ("<meta charset=windows-1252><p>Café “x” is open.".encode("cp1252"), False),
        ("<meta charset=iso-8859-1><p>Café “x” is open.".encode("cp1252"), False),
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><html><p>Café “x” is open.</html>".encode("cp1252"),
            False,
        ),
        ("\ufeff<p>Café “x” is open.".encode("utf-16"), False),
        ("<p>Café “x” is open.".encode(), False),
        ("<p>Café “x” is open.".encode("cp1252"), True),
        ("<meta charset=utf-8><p>Café “x” is open.".encode("cp1252"), True),
        ("<meta charset=no-such><p>Café “x” is open.".encode(), False),
    ],
)
def test_encodings_declared_marked_and_wrong(data: bytes, warned: bool) -> None:
    document = doc(data)
    assert document.text == "Café “x” is open."
    assert bool(document.warnings) == warned


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"%PDF-1.7", "a.html is a PDF, not an HTML page: give it the suffix of what it is"),
        (b"<html><body></body></html>", "a.html has no text that can be seen"),
        (b"<p hidden>Some words here</p>", "a.html has no text that can be seen (all of it is hidden)"),
        (b"<img src='http://127.0.0.1:9/x.png'>", "a.html has no text that can be seen"),
        (b" \n", "a.html is empty"),
        (b"<p>\0\0\0\0", "a.html looks like binary data, not text"),
    ],
)
def test_what_cannot_be_read_is_one_line(data: bytes, line: str) -> None:
    with pytest.raises(LoadError) as caught:
        doc(data)
    assert str(caught.value) == line


def test_nothing_is_fetched_or_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    text = doc(
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
        f'<html><p>Before &x; &b; after.</p><iframe src="file://{secret}"></iframe></html>'
    ).text
    assert "secret" not in text
    assert "after." in text


def test_deep_nesting_is_read_or_told() -> None:
    document = doc(page(f"<p>{PROSE}</p>" + "<div>" * 20_000 + "<p>Deep down.</p>"))
    assert PROSE in document.text
    assert "Deep down" in document.text or "nested too deep" in document.warnings[0]


@given(st.text(st.sampled_from("<>/=\"' ahptdlr1!-&;\n"), max_size=200))
def test_any_markup_gives_ordered_headings_that_are_its_own_words(inside: str) -> None:
    document = doc(page(f"<p>{PROSE}</p><h2>A heading</h2>{inside}"))
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
    assert all(a.end <= b.start for a, b in pairwise(document.headings))
