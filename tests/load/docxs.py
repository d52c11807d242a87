"""Small DOCX files, written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
STYLES = (
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Our heads"/><w:basedOn w:val="H2"/></w:style>'
    '<w:style w:type="character" w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="table" w:styleId="Dark"><w:name w:val="Dark"/><w:tblStylePr w:type="firstRow"><w:tcPr>'
    '<w:shd w:val="clear" w:fill="1F3864"/></w:tcPr></w:tblStylePr></w:style>'
)


def run(words: str, look: str = "") -> str:
    """A run; ``look`` is what stands in its properties."""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{words}</w:t></w:r>'


def p(*runs: str, style: str = "", more: str = "") -> str:
    """A paragraph of runs, or of words; ``more`` stands in its properties."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties = f"<w:pPr>{named}{more}</w:pPr>" if named or more else ""
    return f"<w:p>{properties}{''.join(each if each.startswith('<') else run(each) for each in runs)}</w:p>"


def cell(words: str, properties: str = "") -> str:
    inside = words if words.startswith("<w:p") else p(words) if words else "<w:p/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def table(*rows: tuple[str, ...] | str, properties: str = "") -> str:
    """A table of rows, each the words of its cells, or XML of them."""
    made = "".join(f"<w:tr>{row if isinstance(row, str) else ''.join(map(cell, row))}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{made}</w:tbl>"


def docx(
    body: str, parts: Mapping[str, str | bytes] | None = None, *, core: str = "", before: str = ""
) -> bytes:
    """A DOCX of this body. ``parts``: more parts by their path; ``core``: what stands in its properties."""
    out = io.BytesIO()
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _RELATIONS,
        "word/document.xml": f"<w:document {W}>{before}<w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{STYLES}</w:styles>",
        "docProps/core.xml": '<c:coreProperties xmlns:c="c" xmlns:dc="dc" xmlns:dcterms="dcterms">'
        f"{core}</c:coreProperties>",
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in {**files, **(parts or {})}.items():
            archive.writestr(path, content)
    return out.getvalue()
