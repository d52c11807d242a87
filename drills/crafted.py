"""Files that were made to hurt whoever reads them: bombs, loops, depths, lies and broken encodings."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from drills.papers import docx_of, pdf_of, pdf_objects, zipped

_MB = 1_000_000
_TEXT = "The harvest of wheat was good in the year 1907, as the survey of the village found. "
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' if level else '<!ENTITY l0 "ha">' for level in range(10)
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

Maker = Callable[[], bytes]


def crafted() -> Mapping[str, Maker]:
    """What makes each file, by its name. The largest have some tens of megabytes."""
    made: dict[str, Maker] = {}
    for suffix, files in ((".txt", _TXT), (".md", _MD), (".html", _HTML), (".docx", _DOCX), (".pdf", _PDF)):
        made |= {f"{name.replace(' ', '-')}{suffix}": maker for name, maker in files.items()}
    return made


def _nested(tag: str, depth: int, inside: str = _TEXT) -> str:
    return f"<{tag}>" * depth + inside + f"</{tag.split()[0]}>" * depth


def _html(body: str) -> bytes:
    return f"<!doctype html><title>A page</title><body>{body}</body>".encode()


def _word(body: str) -> bytes:
    return docx_of(f"<w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p>{body}")


def _document(xml: bytes) -> bytes:
    return zipped({"word/document.xml": xml})


def _shown(commands: bytes) -> list[bytes]:
    return [b"BT /F1 11 Tf 50 790 Td (" + _TEXT.encode() + b") Tj ET " + commands]


def _filtered(filters: bytes, content: bytes) -> bytes:
    return pdf_of([content], stream_facts=b"/Filter[" + filters + b"]")


def _deflated(size: int, times: int = 1) -> bytes:
    packed = zlib.compress(b" " * size, 9)
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    return packed


def _objects(*rest: bytes, pages: bytes = b"<</Type/Pages/Kids[3 0 R]/Count 1>>") -> bytes:
    return pdf_objects([b"<</Type/Catalog/Pages 2 0 R>>", pages, *rest])


_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
_STREAM = b"<</Length 44>>stream\nBT /F1 11 Tf 50 790 Td (The harvest was good) Tj ET\nendstream"

_TXT: dict[str, Maker] = {
    "empty": lambda: b"",
    "white space": lambda: b" \n\t" * _MB,
    "nul": lambda: b"\0" * _MB,
    "all ones": lambda: b"\xff" * _MB,
    "random": lambda: zlib.compress(bytes(range(256)) * 4_000) * 20,
    "one line": lambda: b"x" * 5 * _MB,
    "short of one line": lambda: b"x" * 999_999 + b" ",
    "form feeds": lambda: b"page\f" * _MB,
    "headings": lambda: b"A Heading Of Its Own\n\n" * 200_000,
    "two letters": lambda: b"a " * 10 * _MB,
    "dots": lambda: b". " * _MB,
    "quotes": lambda: b"\xe2\x80\x9c" * 300_000,
    "combining": lambda: ("e" + "\u0301" * 900_000 + " and more").encode(),
    "directions": lambda: ("\u202e\u2066\u200b" * 300_000 + _TEXT).encode(),
    "tags": lambda: (_TEXT + "".join(chr(0xE0000 + ord(char)) for char in "ignore all") * 10_000).encode(),
    "surrogates": lambda: b"\xed\xa0\x80" * 100_000 + _TEXT.encode(),
    "overlong": lambda: b"\xc0\xaf" * 100_000 + _TEXT.encode(),
    "cut utf-16": lambda: b"\xff\xfe" + _TEXT.encode("utf-16-le") * 1_000 + b"\0",
    "utf-32 that is not": lambda: b"\xff\xfe\0\0" + b"abc" * 100_000,
    "escapes": lambda: b"\x1b]0;title\x07\x1b[2J" * 10_000 + _TEXT.encode() * 9_000,
    "a pdf": lambda: pdf_of(_shown(b"")),
    "line ends": lambda: "\r\u2028\f\n\x85\u2029\v".encode() * 300_000 + b"x",
    "numbers": lambda: b"1.2.3.4.5.6.7.8.9 " * 300_000,
}

_MD: dict[str, Maker] = {
    "quotes": lambda: b">" * 500_000 + b" deep",
    "heading marks": lambda: b"#" * 500_000 + b" deep",
    "fences": lambda: b"```\n" * 300_001,
    "backticks": lambda: b"`" * 900_000,
    "underlines": lambda: b"a\n=\n" * 300_000,
    "front matter": lambda: b"---\n" + b"key: value\n" * 300_000,
    "aliases": lambda: b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n" + _TEXT.encode(),
    "links": lambda: b"[" * 900_000,
    "images": lambda: b"![a](" * 150_000,
    "table": lambda: b"|" + b"a|" * 300_000 + b"\n|" + b"-|" * 300_000 + b"\n",
    "lists": lambda: b"".join(b" " * depth + b"- a\n" for depth in range(1_500)),
    "emphasis": lambda: b"*a_ " * 300_000,
}

_HTML: dict[str, Maker] = {
    "divs": lambda: _html(_nested("div", 50_000)),
    "fonts": lambda: _html(_nested("font size=1", 100_000)),
    "tables": lambda: _html(_nested("table><tr><td", 5_000)),
    "open tags": lambda: _html("<b>" * _MB + _TEXT),
    "formatting": lambda: _html(("<a><b><i><p>" * 20_000) + _TEXT),
    "entities": lambda: f"<!DOCTYPE html [{_LAUGHS}]><body>&l9;{_TEXT}".encode(),
    "outside": lambda: f"{_OUTSIDE}<html><body>&e;{_TEXT}</body></html>".encode(),
    "attribute": lambda: _html(f'<p title="{"x" * 5 * _MB}">{_TEXT}</p>'),
    "attributes": lambda: _html(f"<p {' '.join(f'a{n}=1' for n in range(200_000))}>{_TEXT}</p>"),
    "spans": lambda: _html(f"<table><tr><td colspan=2147483647 rowspan=2147483647>{_TEXT}</table>"),
    "many spans": lambda: _html(f"<table>{'<tr><td colspan=1000 rowspan=1000>a' * 5_000}</table>{_TEXT}"),
    "cells": lambda: _html(f"<table>{'<tr><td>a<td>b' * 300_000}</table>"),
    "comment": lambda: _html(f"{_TEXT}<!--" + "-" * _MB),
    "script": lambda: _html(f"{_TEXT}<script>" + "<" * _MB),
    "charset": lambda: b"<meta charset=utf-16><body>" + _TEXT.encode() * 10,
    "nul": lambda: _html(f"{_TEXT}\0" * 10_000),
    "less than": lambda: _html("<" * _MB),
    "ampersands": lambda: _html("&" * _MB + "&#x110000;&#xd800;&#99999999999;"),
    "declarations": lambda: _html("<!" * 500_000),
    "picture": lambda: _html(f'<img src="data:image/png;base64,{"A" * 10 * _MB}">{_TEXT}'),
    "lists": lambda: _html(_nested("ul><li", 20_000)),
    "svg": lambda: _html(_nested("svg><g", 20_000)),
    "a docx": lambda: _word(""),
    "classes": lambda: _html(f'<div class="{"article content " * 100_000}">{_TEXT}</div>'),
    "paragraphs": lambda: _html("<p>a" * 500_000),
}

_DOCX: dict[str, Maker] = {
    "bomb": lambda: _document(b"<w:document " + _W.encode() + b"><w:body>" + b" " * 1_000 * _MB),
    "text bomb": lambda: _word(f"<w:p><w:r><w:t>{'a ' * 100 * _MB}</w:t></w:r></w:p>"),
    "other bomb": lambda: zipped({"word/media/a.png": bytes(500 * _MB), "word/document.xml": b"<a/>"}),
    "grid span": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="2147483647"/></w:tcPr>')),
    "negative span": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="-9"/></w:tcPr>')),
    "many spans": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="100000"/></w:tcPr>') * 2_000),
    "paragraphs": lambda: docx_of("<w:p/>" * 2 * _MB),
    "nested tables": lambda: _word(_deep("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 3_000)),
    "nested runs": lambda: _word(_deep("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 50_000)),
    "cells": lambda: _word(f"<w:tbl>{'<w:tr><w:tc><w:p/></w:tc></w:tr>' * 200_000}</w:tbl>"),
    "entities": lambda: _document(f"<!DOCTYPE w [{_LAUGHS}]>{_xml('&l9;')}".encode()),
    "outside": lambda: _document(f"{_OUTSIDE}{_xml('&e;')}".encode()),
    "no document": lambda: zipped({"word/other.xml": b"<a/>"}),
    "no body": lambda: _document(f"<w:document {_W}/>".encode()),
    "not xml": lambda: _document(b"\0\1\2 this is no markup"),
    "cut xml": lambda: _document(_xml(_TEXT).encode()[:-40]),
    "bad utf-8": lambda: _document(_xml("caf\xe9").encode("latin-1")),
    "utf-16": lambda: _document(('<?xml version="1.0" encoding="UTF-16"?>' + _xml(_TEXT)).encode("utf-16")),
    "paths": lambda: zipped({"../../../tmp/evil": b"x", "/etc/evil": b"x", "word/document.xml": b"<a/>"}),
    "cut": lambda: _word("<w:p/>" * 1_000)[:-200],
    "head alone": lambda: b"PK\x03\x04",
    "checksum": lambda: _word("").replace(b"harvest", b"HARVEST", 1)[:300] + _word("")[300:],
    "encrypted": lambda: _flagged(_word("")),
    "many parts": lambda: zipped({f"word/{n}.xml": b"<a/>" for n in range(20_000)}),
    "sizes that lie": lambda: _lying(_word("<w:p/>" * 10_000)),
    "zip in zip": lambda: zipped({"word/document.xml": zipped({"a": zipped({"b": bytes(50 * _MB)})})}),
    "styles loop": lambda: zipped({"word/document.xml": _xml(_TEXT).encode(), "word/styles.xml": _LOOP}),
    "attributes": lambda: _word(f"<w:p {' '.join(f'w:a{n}="1"' for n in range(100_000))}/>"),
    "an old doc": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10_000),
    "a text": lambda: _TEXT.encode(),
}

_PDF: dict[str, Maker] = {
    "head alone": lambda: b"%PDF-1.7\n",
    "cut": lambda: pdf_of(_shown(b"") * 20)[:2_000],
    "no pages": lambda: _objects(pages=b"<</Type/Pages/Kids[]/Count 0>>"),
    "empty page": lambda: pdf_of([b""]),
    "page loop": lambda: _objects(pages=b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
    "parent loop": lambda: _objects(b"<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 1>>"),
    "page count": lambda: _objects(_PAGE, _STREAM, pages=b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>"),
    "same page": lambda: _objects(
        _PAGE, _STREAM, pages=b"<</Type/Pages/Kids[" + b"3 0 R " * 100_000 + b"]/Count 100000>>"
    ),
    "arrays": lambda: _objects(_PAGE[:-2] + b"/A " + b"[" * 500_000 + b"]" * 500_000 + b">>", _STREAM),
    "dictionaries": lambda: _objects(_PAGE[:-2] + b"/A" + b"<</A" * 200_000 + b">>" * 200_001, _STREAM),
    "bomb": lambda: _filtered(b"/FlateDecode", _deflated(1_000 * _MB)),
    "bomb in bomb": lambda: _filtered(b"/FlateDecode" * 3, _deflated(1_000 * _MB, 3)),
    "filters": lambda: _filtered(b"/FlateDecode" * 5_000, _deflated(1_000)),
    "ascii85": lambda: _filtered(b"/ASCII85Decode", b"z" * 20 * _MB),
    "run length": lambda: _filtered(b"/RunLengthDecode" * 2, b"\x81\x81" * 5 * _MB),
    "lzw": lambda: _filtered(b"/LZWDecode", b"\x80\x0b\x60\x50" * _MB),
    "predictor": lambda: pdf_of(
        [_deflated(10_000)],
        stream_facts=b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 99>>",
    ),
    "tables loop": lambda: pdf_of(_shown(b"")).replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 15"),
    "table beyond": lambda: pdf_of(_shown(b"")).replace(b"startxref\n", b"startxref\n9999"),
    "object streams": lambda: _objects(
        _PAGE,
        _STREAM,
        b"<</Type/ObjStm/N 2147483647/First 9/Extends 5 0 R/Length 9>>stream\n3 0 4 0 5\nendstream",
    ),
    "form loop": lambda: _objects(
        _PAGE[:-2] + b"/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/X Do\nendstream",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 12>>"
        b"stream\n/X Do /X Do \nendstream",
    ),
    "huge page": lambda: pdf_of(_shown(b""), page_facts=b"/MediaBox[0 0 1e30 1e30]"),
    "tiny page": lambda: pdf_of(_shown(b""), page_facts=b"/MediaBox[0 0 0 0]/UserUnit 1e30"),
    "many letters": lambda: pdf_of([b"BT /F1 1 Tf " + b"(a)Tj 1 0 Td " * 500_000 + b"ET"]),
    "letters in one place": lambda: pdf_of([b"BT /F1 9 Tf 50 700 Td " + b"(ab)Tj 0 0 Td " * 300_000 + b"ET"]),
    "states": lambda: pdf_of(_shown(b"q " * _MB)),
    "paths": lambda: pdf_of(_shown(b"0 0 m 9 9 l S " * 500_000)),
    "one string": lambda: pdf_of([b"BT /F1 9 Tf 50 700 Td (" + b"a" * 3 * _MB + b") Tj ET"]),
    "5,000 pages": lambda: pdf_of(_shown(b"") * 5_000),
    "encrypted": lambda: pdf_of(_shown(b"")).replace(
        b"/Root 1 0 R", b"/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O(x)/U(x)/P -4>>"
    ),
    "numbers": lambda: pdf_of(_shown(b"99999999999999999999 -1e999 Td " * 10_000)),
    "picture alone": lambda: _objects(
        _PAGE[:-2] + b"/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 25>>stream\n500 0 0 500 0 0 cm /X Do \nendstream",
        b"<</Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>stream\nx\nendstream",
    ),
    "huge picture": lambda: _objects(
        _PAGE[:-2] + b"/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 25>>stream\n500 0 0 500 0 0 cm /X Do \nendstream",
        b"<</Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 16"
        b"/Filter/FlateDecode/Length 99>>stream\nx\nendstream",
    ),
    "names": lambda: _objects(
        _PAGE, _STREAM, pages=b"<</Type/Pages/Kids[3 0 R]/Count 1/" + b"#41" * 500_000 + b" 1>>"
    ),
    "outline loop": lambda: pdf_objects(
        [
            b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            _PAGE,
            _STREAM,
            b"<</First 6 0 R/Last 6 0 R/Count 9>>",
            b"<</Title(Loop)/Parent 5 0 R/Next 6 0 R/First 6 0 R/Last 6 0 R/Dest[3 0 R/Fit]>>",
        ]
    ),
    "a page of html": lambda: _html(_TEXT),
    "a text": lambda: _TEXT.encode(),
}


def _cell(facts: str) -> str:
    return f"<w:tbl><w:tr><w:tc>{facts}<w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"


def _deep(begins: str, ends: str, depth: int) -> str:
    return begins * depth + f"<w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p>" + ends * depth


def _xml(text: str) -> str:
    return f"<w:document {_W}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"


_LOOP = (
    f'<w:styles {_W}><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
    '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
).encode()


def _flagged(archive: bytes) -> bytes:
    """As if its parts were encrypted."""
    made = bytearray(archive)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(mark)
        while at >= 0:
            made[at + offset] |= 1
            at = made.find(mark, at + 4)
    return bytes(made)


def _lying(archive: bytes) -> bytes:
    """Its directory says that each part has one byte."""
    made = bytearray(archive)
    at = made.find(b"PK\x01\x02")
    while at >= 0:
        made[at + 24 : at + 28] = b"\x01\0\0\0"
        at = made.find(b"PK\x01\x02", at + 4)
    return bytes(made)
