"""Small presentations, workbooks, books and e-mails, written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    f' xmlns:r="{_OFFICE}/relationships"'
)
_X = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}/relationships"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """The relations r1, r2, … of a part, each of a kind, to another part."""
    each = (
        f'<Relationship Id="r{n}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELS}">{"".join(each)}</Relationships>'


def slide(title: str, *paragraphs: str, table: Sequence[Sequence[str]] = (), hidden: bool = False) -> str:
    """A slide with a title, paragraphs and, if there are rows, a table."""
    show = ' show="0"' if hidden else ""
    shapes = _shape('<p:ph type="title"/>', (title,)) + _shape('<p:ph idx="1"/>', paragraphs)
    shapes += _table(table) if table else ""
    return f"{_HEAD}<p:sld {_P}{show}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def pptx(*slides: str, title: str = "") -> bytes:
    names = [f"slides/slide{number}.xml" for number in range(1, len(slides) + 1)]
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    presentation = f"{_HEAD}<p:presentation {_P}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
            "docProps/core.xml": _core(title),
            "ppt/presentation.xml": presentation,
            "ppt/_rels/presentation.xml.rels": relations(*(("slide", name) for name in names)),
            **{f"ppt/{name}": each for name, each in zip(names, slides, strict=True)},
        }
    )


def xlsx(sheets: Mapping[str, Sequence[Sequence[str | float]]], hidden: str = "", row: str = "") -> bytes:
    """A workbook; ``hidden`` names a sheet that isn't shown, ``row`` stands in each row's tag."""
    state = {hidden: ' state="hidden"'}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{state.get(name, "")}/>'
        for n, name in enumerate(sheets, 1)
    )
    names = [f"worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)]
    parts = (_sheet(rows, row) for rows in sheets.values())
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f"{_HEAD}<workbook {_X}><sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(*(("worksheet", name) for name in names)),
            **{f"xl/{name}": part for name, part in zip(names, parts, strict=True)},
        }
    )


def epub(*chapters: str, title: str = "", day: str = "") -> bytes:
    """A book; each chapter is what stands in its body."""
    names = [f"{number}.xhtml" for number in range(1, len(chapters) + 1)]
    listed = "".join(f'<item id="c{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in names)
    order = "".join(f'<itemref idref="c{name}"/>' for name in names)
    dated = f"<dc:date>{day}</dc:date>" if day else ""
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile'
                ' full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
            ),
            "b.opf": (
                f'{_HEAD}<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata'
                f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>{dated}</metadata>'
                f"<manifest>{listed}</manifest><spine>{order}</spine></package>"
            ),
            **{
                name: f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
                for name, body in zip(names, chapters, strict=True)
            },
        }
    )


def eml(subject: str, text: str = "", *, html: str = "", attached: Sequence[str] = ()) -> bytes:
    """An e-mail of 3 October 2023, with text, a page or both."""
    message = EmailMessage()
    message["From"], message["To"] = "Anna <anna@example.org>", "bob@example.org"
    message["Subject"], message["Date"] = subject, "Tue, 03 Oct 2023 10:00:00 +0000"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name in attached:
        message.add_attachment(b"words", maintype="application", subtype="octet-stream", filename=name)
    return bytes(message)


def _shape(place: str, paragraphs: Sequence[str]) -> str:
    inside = "".join(f"<a:p><a:r><a:t>{words}</a:t></a:r></a:p>" for words in paragraphs)
    place = f'<p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr></p:nvSpPr>'
    return f"<p:sp>{place}<p:spPr/><p:txBody><a:bodyPr/>{inside}</p:txBody></p:sp>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    cell = "<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    made = "".join(f"<a:tr>{''.join(map(cell.format, row))}</a:tr>" for row in rows)
    place = (
        '<p:nvGraphicFramePr><p:cNvPr id="4" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
    )
    uri = "http://schemas.openxmlformats.org/drawingml/2006/table"
    data = f'<a:graphic><a:graphicData uri="{uri}"><a:tbl>{made}</a:tbl></a:graphicData></a:graphic>'
    return f"<p:graphicFrame>{place}{data}</p:graphicFrame>"


def _sheet(rows: Sequence[Sequence[str | float]], tag: str) -> str:
    made = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row))
        made.append(f'<row r="{number}"{tag}>{cells}</row>')
    return f"{_HEAD}<worksheet {_X}><sheetData>{''.join(made)}</sheetData></worksheet>"


def _cell(place: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _core(title: str) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{title}</dc:title></cp:coreProperties>"
    )
