"""Files of every format, made of given words: just as much of each format as its readers need."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from html import escape

_PAGE_LINES = 45
_LINE_CHARS = 90
_DOCX_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    "</Types>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_DOCX_LINKS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def text(title: str, paragraphs: Sequence[str]) -> bytes:
    return "\n\n".join([title, *paragraphs]).encode()


def markdown(title: str, paragraphs: Sequence[str]) -> bytes:
    return "\n\n".join([f"# {title}", *paragraphs]).encode()


def html(title: str, paragraphs: Sequence[str]) -> bytes:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    head = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title></head>"
    return f"{head}<body><article><h1>{escape(title)}</h1>{body}</article></body></html>".encode()


def docx(title: str, paragraphs: Sequence[str]) -> bytes:
    heading = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{escape(title)}</w:t></w:r></w:p>'
    body = "".join(f"<w:p><w:r><w:t>{escape(paragraph)}</w:t></w:r></w:p>" for paragraph in paragraphs)
    return docx_of(heading + body)


def docx_of(body: str) -> bytes:
    """A DOCX whose body is this markup."""
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?>{document}'.encode()})


def zipped(parts: dict[str, bytes]) -> bytes:
    """A DOCX of these parts, with those that it must have."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _DOCX_TYPES)
        archive.writestr("_rels/.rels", _DOCX_LINKS)
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """Latin letters on as many pages as they need."""
    lines = [title, *(line for paragraph in paragraphs for line in (*_wrapped(paragraph), ""))]
    pages = [lines[at : at + _PAGE_LINES] for at in range(0, len(lines), _PAGE_LINES)]
    return pdf_of([_drawn(page) for page in pages])


def pdf_of(streams: Sequence[bytes], *, stream_facts: bytes = b"", page_facts: bytes = b"") -> bytes:
    """A PDF with a page for each stream of drawing commands."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(streams)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(streams)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, stream in enumerate(streams):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            b"/Contents %d 0 R%b>>" % (5 + 2 * number, page_facts)
        )
        objects.append(b"<</Length %d%b>>stream\n%b\nendstream" % (len(stream), stream_facts, stream))
    return pdf_objects(objects)


def pdf_objects(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(made) + tail % (size, table, size, len(made))


def _drawn(lines: Sequence[str]) -> bytes:
    shown = b"".join(b"(%b)Tj T*\n" % _escaped(line) for line in lines)
    return b"BT /F1 11 Tf 14 TL 50 790 Td\n%bET" % shown


def _escaped(line: str) -> bytes:
    plain = line.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _wrapped(paragraph: str) -> list[str]:
    lines, line = [], ""
    for word in paragraph.split():
        if line and len(line) + len(word) >= _LINE_CHARS:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


MAKERS = {".txt": text, ".md": markdown, ".html": html, ".docx": docx, ".pdf": pdf}
"""What makes a file of each suffix, of a title and paragraphs."""
