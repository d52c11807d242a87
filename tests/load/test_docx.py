from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import LoadError
from qa.load import load
from qa.load.docx import read
from qa.load.files import File
from qa.types import Document
from tests.load.docxs import W, cell, docx, p, run, table

PROSE = "The river rises in the hills above the town and runs for ninety miles to the sea."


def doc(data: bytes, name: str = "a.docx") -> Document:
    return read(File(Path(f"/documents/{name}"), name, data))


def text(body: str, **parts: str) -> str:
    return doc(docx(body, {path.replace("__", "/") + ".xml": part for path, part in parts.items()})).text


def heads(document: Document) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in document.headings]


def test_paragraphs_and_headings_of_built_in_and_derived_styles() -> None:
    body = (
        p("On Rivers", style="Titel")
        + p("Where they rise", style="H1")
        + p(PROSE)
        + p("Springs", style="Own")
    )
    body += p(run("The "), run("Ash", "<w:b/>"), run(" is cold.")) + p(
        "Deeper", more='<w:outlineLvl w:val="2"/>'
    )
    document = doc(docx(body))
    assert (
        document.text == f"On Rivers\n\nWhere they rise\n\n{PROSE}\n\nSprings\n\nThe Ash is cold.\n\nDeeper"
    )
    assert heads(document) == [(1, "On Rivers"), (1, "Where they rise"), (2, "Springs"), (3, "Deeper")]
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
    assert (document.title, document.published, document.warnings) == ("On Rivers", None, ())
    assert document.extractor == "footnote-docx/1"


def test_the_file_loads_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "A.DOCX").write_bytes(docx(p(PROSE)))
    assert load(tmp_path / "A.DOCX", max_bytes=100_000).text == PROSE


def test_table_values_stand_beside_their_column_s_name() -> None:
    rows = (("Goods", "2019", "2020"), ("Boats", "1,204", "1,310"), ("Nets", "88.5", ""))
    assert text(p(PROSE) + table(*rows)) == (
        f"{PROSE}\n\nGoods: Boats; 2019: 1,204; 2020: 1,310.\n\nGoods: Nets; 2019: 88.5."
    )


def test_a_header_row_that_is_marked_and_cells_that_span() -> None:
    head = "<w:trPr><w:tblHeader/></w:trPr>" + cell("Goods") + cell("Kind") + cell("Where")
    first = cell("Boats", '<w:vMerge w:val="restart"/>') + cell("Large") + cell("East")
    second = cell("", "<w:vMerge/>") + cell("Any", '<w:gridSpan w:val="2"/>')
    assert text(table(head, first, second)) == (
        "Goods: Boats; Kind: Large; Where: East.\n\nGoods: Boats; Kind: Any."
    )


def test_a_table_without_a_header_keeps_its_rows_and_one_for_layout_its_paragraphs() -> None:
    assert text(table(("Boats", "1"), ("Nets", "2"))) == "Boats | 1.\n\nNets | 2."
    assert text(table(("Left of it", "Right of it"))) == "Left of it\n\nRight of it"
    inner = cell(table(("a", "b"), ("c", "d")).replace("<w:tbl>", "<w:p/><w:tbl>", 1))
    assert text(table(inner + cell("Beside"), ("x", "y"))).startswith("a | b.\n\nc | d.")


@pytest.mark.parametrize("span", ["1000000000", "-1", "x", "9" * 5_000])
def test_absurd_spans_do_no_harm(span: str) -> None:
    row = cell("1", f'<w:gridSpan w:val="{span}"/>') + cell("2")
    assert len(text(table(("a", "b"), row))) < 1_000


def test_notes_stand_below_the_paragraph_that_refers_to_them() -> None:
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{p("no")}</w:footnote>'
        f'<w:footnote w:id="2">{p("Measured in 2019.")}</w:footnote></w:footnotes>'
    )
    ends = f'<w:endnotes {W}><w:endnote w:id="2">{p("See the map.")}</w:endnote></w:endnotes>'
    body = p(run("It is long."), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" Very."))
    body += p(run("Far."), '<w:r><w:endnoteReference w:id="2"/></w:r>')
    found = text(body, word__footnotes=notes, word__endnotes=ends)
    assert found == "It is long. Very.\n\nNote 1: Measured in 2019.\n\nFar.\n\nNote 2: See the map."


def test_lists_have_the_numbers_that_word_draws() -> None:
    levels = (
        '<w:lvl w:ilvl="0"><w:start w:val="4"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>'
        '<w:lvl w:ilvl="2"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>'
    )
    bullets = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>'
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{bullets}</w:abstractNum>'
        '<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )

    def item(words: str, level: int, number: int = 7) -> str:
        return p(words, more=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')

    body = item("Term", 0) + item("Length", 1) + item("End", 1) + item("By us", 2) + item("By you", 2)
    body += item("Price", 0) + item("Sum", 1) + item("Milk", 0, 8)
    assert text(body, word__numbering=numbering).split("\n\n") == [
        "4. Term", "4.1 Length", "4.2 End", "(a) By us", "(b) By you", "5. Price", "5.1 Sum", "- Milk",
    ]  # fmt: skip


def test_what_was_deleted_is_gone_and_what_was_inserted_is_there() -> None:
    body = p(
        run("It costs "),
        f"<w:del>{run('four').replace('w:t', 'w:delText')}</w:del>",
        f"<w:ins>{run('five')}</w:ins>",
    )
    assert text(body) == "It costs five"


def test_breaks_tabs_content_controls_and_text_boxes() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{p('In a box')}</w:txbxContent></w:pict></w:r>"
    copied = f"<x><Choice>{box}</Choice><Fallback>{box}</Fallback></x>"
    body = p("<w:r><w:t>One</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r>")
    body += f"<w:sdt><w:sdtContent>{p('Controlled')}</w:sdtContent></w:sdt>" + p(run("Beside"), copied)
    assert text(body) == "One\ntwo three\n\nControlled\n\nBeside\n\nIn a box"


@pytest.mark.parametrize(
    ("body", "core", "title"),
    [
        (p("On Rivers", style="H1") + p(PROSE), "<dc:title>On rivers</dc:title>", "On rivers"),
        (p("On Rivers", style="H1") + p(PROSE), "<dc:title>The template</dc:title>", "On Rivers"),
        (p(PROSE), "<dc:title>Rivers: an overview</dc:title>", "Rivers: an overview"),
        (p(PROSE), "<dc:title>Document1</dc:title>", PROSE[:-1]),
    ],
)
def test_titles(body: str, core: str, title: str) -> None:
    assert doc(docx(body, core=core)).title == title


@pytest.mark.parametrize(
    ("top", "created", "day"),
    [
        ("16 September 2019", "2024-01-05T10:00:00Z", date(2019, 9, 16)),
        ("Other", "2024-01-05T10:00:00Z", date(2024, 1, 5)),
        ("Other", "2013-12-23T23:15:00Z", None),
        ("Other", "", None),
    ],
)
def test_a_date_in_the_text_goes_before_the_day_the_file_was_begun(
    top: str, created: str, day: date | None
) -> None:
    assert doc(docx(p(top) + p(PROSE), core=f"<dcterms:created>{created}</dcterms:created>")).published == day


BOMB = docx("", {"word/document.xml": b"<w:p>" + b" " * 65_000_000})
MANY = docx(p("x"), {f"word/{n}.xml": "" for n in range(20_001)})


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"%PDF-1.7", "a.docx is a PDF, not a Word document (DOCX): give it the suffix of what it is"),
        (
            b"Just text",
            "a.docx is something else, not a Word document (DOCX): give it the suffix of what it is",
        ),
        (
            b"\xd0\xcf\x11\xe0old",
            "a.docx is an old Office document, not a Word document (DOCX): give it the suffix of what it is",
        ),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "a.docx is protected with a password: save a copy without one",
        ),
        (docx(p("x"))[:-30], "a.docx is cut off or damaged: its archive cannot be opened; get it again"),
        (docx(p("x")).replace(b"word/document", b"xl/workbook__"), "a.docx is an Excel workbook (XLSX), not"),
        (docx(""), "a.docx has no text"),
        (
            docx(p(run("Secret words", "<w:vanish/>"))),
            "a.docx has no text that can be seen: all of it is hidden",
        ),
        (docx("<w:p>"), "a.docx is damaged: its text is not well-formed XML; get it again"),
        (
            docx("", {"word/document.xml": "<!DOCTYPE x><x/>"}),
            "a.docx declares entities, which no such document does",
        ),
        (BOMB, "a.docx holds 65 MB of XML, more than a document has"),
        (MANY, "a.docx would unpack to 0 MB in 20,006 parts, more than a document has"),
    ],
)
def test_what_cannot_be_read_is_one_line(data: bytes, line: str) -> None:
    with pytest.raises(LoadError) as caught:
        doc(data)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_damaged_part_is_one_line() -> None:
    data = bytearray(docx(p(PROSE * 50)))
    at = data.index(b"word/document.xml") + 60
    data[at : at + 40] = b"\xff" * 40
    with pytest.raises(LoadError, match=r"^a\.docx is (cut off or )?damaged"):
        doc(bytes(data))


def test_styles_in_a_circle_are_survived() -> None:
    circle = "".join(
        f'<w:style w:styleId="{name}"><w:basedOn w:val="{below}"/></w:style>' for name, below in ("AB", "BA")
    )
    assert text(p(PROSE, style="A"), word__styles=f"<w:styles {W}>{circle}</w:styles>") == PROSE


def test_many_paragraphs_are_read_one_by_one() -> None:
    assert text(p("x") * 20_000) == "\n\n".join(["x"] * 20_000)


@given(st.data())
def test_a_damaged_file_gives_a_document_or_one_line(data: st.DataObject) -> None:
    whole = bytearray(docx(p("Rivers", style="H1") + p(PROSE) + table(("a", "b"), ("c", "1"))))
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = doc(bytes(whole))
    except LoadError:
        return
    assert all(document.text[h.start : h.end] == h.text for h in document.headings)
