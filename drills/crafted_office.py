"""DOCX and PDF files that were made to hurt whoever reads them, and the words that all such files share."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from drills.papers import docx_of, pdf_objects, pdf_of, zipped

MB = 1_000_000
TEXT = "The harvest of wheat was good in the year 1907, as the survey of the village found. "
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' if level else '<!ENTITY l0 "ha">' for level in range(10)
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

Maker = Callable[[], bytes]


def _cell(facts: str) -> str:
    return f"<w:tbl><w:tr><w:tc>{facts}<w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"


def _deep(begins: str, ends: str, depth: int) -> str:
    return begins * depth + f"<w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p>" + ends * depth


def _xml(text: str) -> str:
    return f"<w:document {_W}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"


def _word(body: str) -> bytes:
    return docx_of(f"<w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p>{body}")


def _document(xml: bytes) -> bytes:
    return zipped({"word/document.xml": xml})


def _shown(commands: bytes) -> list[bytes]:
    return [b"BT /F1 11 Tf 50 790 Td (" + TEXT.encode() + b") Tj ET " + commands]


def _filtered(filters: bytes, content: bytes) -> bytes:
    return pdf_of([content], stream_facts=b"/Filter[" + filters + b"]")


def _deflated(size: int, times: int = 1) -> bytes:
    packed = zlib.compress(b" " * size, 9)
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    return packed


def _objects(*rest: bytes, pages: bytes = b"<</Type/Pages/Kids[3 0 R]/Count 1>>") -> bytes:
    return pdf_objects([b"<</Type/Catalog/Pages 2 0 R>>", pages, *rest])


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


_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
_STREAM = b"<</Length 44>>stream\nBT /F1 11 Tf 50 790 Td (The harvest was good) Tj ET\nendstream"


_LOOP = (
    f'<w:styles {_W}><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
    '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
).encode()

DOCX: dict[str, Maker] = {
    "bomb": lambda: _document(b"<w:document " + _W.encode() + b"><w:body>" + b" " * 1_000 * MB),
    "text bomb": lambda: _word(f"<w:p><w:r><w:t>{'a ' * 100 * MB}</w:t></w:r></w:p>"),
    "other bomb": lambda: zipped({"word/media/a.png": bytes(500 * MB), "word/document.xml": b"<a/>"}),
    "grid span": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="2147483647"/></w:tcPr>')),
    "negative span": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="-9"/></w:tcPr>')),
    "many spans": lambda: _word(_cell('<w:tcPr><w:gridSpan w:val="100000"/></w:tcPr>') * 2_000),
    "paragraphs": lambda: docx_of("<w:p/>" * 2 * MB),
    "nested tables": lambda: _word(_deep("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 3_000)),
    "nested runs": lambda: _word(_deep("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 50_000)),
    "cells": lambda: _word(f"<w:tbl>{'<w:tr><w:tc><w:p/></w:tc></w:tr>' * 200_000}</w:tbl>"),
    "entities": lambda: _document(f"<!DOCTYPE w [{LAUGHS}]>{_xml('&l9;')}".encode()),
    "outside": lambda: _document(f"{OUTSIDE}{_xml('&e;')}".encode()),
    "no document": lambda: zipped({"word/other.xml": b"<a/>"}),
    "no body": lambda: _document(f"<w:document {_W}/>".encode()),
    "not xml": lambda: _document(b"\0\1\2 this is no markup"),
    "cut xml": lambda: _document(_xml(TEXT).encode()[:-40]),
    "bad utf-8": lambda: _document(_xml("caf\xe9").encode("latin-1")),
    "utf-16": lambda: _document(('<?xml version="1.0" encoding="UTF-16"?>' + _xml(TEXT)).encode("utf-16")),
    "paths": lambda: zipped({"../../../tmp/evil": b"x", "/etc/evil": b"x", "word/document.xml": b"<a/>"}),
    "cut": lambda: _word("<w:p/>" * 1_000)[:-200],
    "head alone": lambda: b"PK\x03\x04",
    "checksum": lambda: _word("").replace(b"harvest", b"HARVEST", 1)[:300] + _word("")[300:],
    "encrypted": lambda: _flagged(_word("")),
    "many parts": lambda: zipped({f"word/{n}.xml": b"<a/>" for n in range(20_000)}),
    "sizes that lie": lambda: _lying(_word("<w:p/>" * 10_000)),
    "zip in zip": lambda: zipped({"word/document.xml": zipped({"a": zipped({"b": bytes(50 * MB)})})}),
    "styles loop": lambda: zipped({"word/document.xml": _xml(TEXT).encode(), "word/styles.xml": _LOOP}),
    "attributes": lambda: _word("<w:p" + "".join(f' w:a{n}="1"' for n in range(100_000)) + "/>"),
    "an old doc": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(10_000),
    "a text": lambda: TEXT.encode(),
}

PDF: dict[str, Maker] = {
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
    "bomb": lambda: _filtered(b"/FlateDecode", _deflated(1_000 * MB)),
    "bomb in bomb": lambda: _filtered(b"/FlateDecode" * 3, _deflated(1_000 * MB, 3)),
    "filters": lambda: _filtered(b"/FlateDecode" * 5_000, _deflated(1_000)),
    "ascii85": lambda: _filtered(b"/ASCII85Decode", b"z" * 20 * MB),
    "run length": lambda: _filtered(b"/RunLengthDecode" * 2, b"\x81\x81" * 5 * MB),
    "lzw": lambda: _filtered(b"/LZWDecode", b"\x80\x0b\x60\x50" * MB),
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
    "states": lambda: pdf_of(_shown(b"q " * MB)),
    "paths": lambda: pdf_of(_shown(b"0 0 m 9 9 l S " * 500_000)),
    "one string": lambda: pdf_of([b"BT /F1 9 Tf 50 700 Td (" + b"a" * 3 * MB + b") Tj ET"]),
    "5,000 pages": lambda: pdf_of(_shown(b"") * 5_000),
    "encrypted": lambda: pdf_of(_shown(b"")).replace(
        b"/Root 1 0 R", b"/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O(x)/U(x)/P -4>>"
    ),
    "numbers": lambda: pdf_of(_shown(b"99999999999999999999 -1e999 Td " * 10_000)),
    "picture alone": lambda: _objects(
        _PAGE[:-2] + b"/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 25>>stream\n500 0 0 500 0 0 cm /X Do \nendstream",
        b"<</Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\nx\nendstream",
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
    "a page of html": lambda: b"<!doctype html><p>" + TEXT.encode(),
    "a text": lambda: TEXT.encode(),
}
