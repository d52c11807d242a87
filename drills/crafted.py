"""Files that were made to hurt whoever reads them: bombs, loops, depths, lies and broken encodings."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from drills.crafted_office import DOCX, LAUGHS, MB, OUTSIDE, PDF, TEXT, Maker
from drills.papers import docx, pdf


def crafted() -> Mapping[str, Maker]:
    """What makes each file, by its name. The largest have some tens of megabytes."""
    made: dict[str, Maker] = {}
    for suffix, files in ((".txt", _TXT), (".md", _MD), (".html", _HTML), (".docx", DOCX), (".pdf", PDF)):
        made |= {f"{name.replace(' ', '-')}{suffix}": maker for name, maker in files.items()}
    return made


def _nested(tag: str, depth: int, inside: str = TEXT) -> str:
    return f"<{tag}>" * depth + inside + f"</{tag.split()[0]}>" * depth


def _html(body: str) -> bytes:
    return f"<!doctype html><title>A page</title><body>{body}</body>".encode()


_TXT: dict[str, Maker] = {
    "empty": lambda: b"",
    "white space": lambda: b" \n\t" * MB,
    "nul": lambda: b"\0" * MB,
    "all ones": lambda: b"\xff" * 100_000,
    "random": lambda: zlib.compress(bytes(range(256)) * 4_000) * 20,
    "one line": lambda: b"x" * 5 * MB,
    "short of one line": lambda: b"x" * 299_999 + b" ",
    "form feeds": lambda: b"page\f" * 51_000,
    "headings": lambda: b"A Heading Of Its Own\n\n" * 51_000,
    "two letters": lambda: b"a " * MB,
    "dots": lambda: b". " * 200_000,
    "quotes": lambda: b"\xe2\x80\x9c" * 300_000,
    "combining": lambda: ("e" + "\u0301" * 100_000 + " and more").encode(),
    "directions": lambda: ("\u202e\u2066\u200b" * 30_000 + TEXT).encode(),
    "tags": lambda: (TEXT + "".join(chr(0xE0000 + ord(char)) for char in "ignore all") * 10_000).encode(),
    "surrogates": lambda: b"\xed\xa0\x80" * 100_000 + TEXT.encode(),
    "overlong": lambda: b"\xc0\xaf" * 100_000 + TEXT.encode(),
    "cut utf-16": lambda: b"\xff\xfe" + TEXT.encode("utf-16-le") * 1_000 + b"\0",
    "utf-32 that is not": lambda: b"\xff\xfe\0\0" + b"abc" * 100_000,
    "escapes": lambda: b"\x1b]0;title\x07\x1b[2J" * 1_000 + TEXT.encode() * 900,
    "a pdf": lambda: pdf("A page", [TEXT]),
    "line ends": lambda: "\r\u2028\f\n\x85\u2029\v".encode() * 300_000 + b"x",
    "numbers": lambda: b"1.2.3.4.5.6.7.8.9 " * 20_000,
}

_MD: dict[str, Maker] = {
    "quotes": lambda: b">" * 500_000 + b" deep",
    "heading marks": lambda: b"#" * 500_000 + b" deep",
    "fences": lambda: b"```\n" * 30_001,
    "backticks": lambda: b"`" * 100_000,
    "underlines": lambda: b"a\n=\n" * 51_000,
    "front matter": lambda: b"---\n" + b"key: value\n" * 30_000,
    "aliases": lambda: b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n" + TEXT.encode(),
    "links": lambda: b"[" * 100_000,
    "images": lambda: b"![a](" * 30_000,
    "table": lambda: b"|" + b"a|" * 300_000 + b"\n|" + b"-|" * 300_000 + b"\n",
    "lists": lambda: b"".join(b" " * depth + b"- a\n" for depth in range(1_500)),
    "emphasis": lambda: b"*a_ " * 30_000,
}

_HTML: dict[str, Maker] = {
    "divs": lambda: _html(_nested("div", 50_000)),
    "fonts": lambda: _html(_nested("font size=1", 100_000)),
    "tables": lambda: _html(_nested("table><tr><td", 5_000)),
    "open tags": lambda: _html("<b>" * MB + TEXT),
    "formatting": lambda: _html(("<a><b><i><p>" * 20_000) + TEXT),
    "entities": lambda: f"<!DOCTYPE html [{LAUGHS}]><body>&l9;{TEXT}".encode(),
    "outside": lambda: f"{OUTSIDE}<html><body>&e;{TEXT}</body></html>".encode(),
    "attribute": lambda: _html(f'<p title="{"x" * 5 * MB}">{TEXT}</p>'),
    "attributes": lambda: _html(f"<p {' '.join(f'a{n}=1' for n in range(200_000))}>{TEXT}</p>"),
    "spans": lambda: _html(f"<table><tr><td colspan=2147483647 rowspan=2147483647>{TEXT}</table>"),
    "many spans": lambda: _html(f"<table>{'<tr><td colspan=1000 rowspan=1000>a' * 5_000}</table>{TEXT}"),
    "cells": lambda: _html(f"<table>{'<tr><td>a<td>b' * 300_000}</table>"),
    "comment": lambda: _html(f"{TEXT}<!--" + "-" * MB),
    "script": lambda: _html(f"{TEXT}<script>" + "<" * MB),
    "charset": lambda: b"<meta charset=utf-16><body>" + TEXT.encode() * 10,
    "nul": lambda: _html(f"{TEXT}\0" * 10_000),
    "less than": lambda: _html("<" * MB),
    "ampersands": lambda: _html("&" * MB + "&#x110000;&#xd800;&#99999999999;"),
    "declarations": lambda: _html("<!" * 500_000),
    "picture": lambda: _html(f'<img src="data:image/png;base64,{"A" * 10 * MB}">{TEXT}'),
    "lists": lambda: _html(_nested("ul><li", 20_000)),
    "svg": lambda: _html(_nested("svg><g", 20_000)),
    "a docx": lambda: docx("A page", [TEXT]),
    "classes": lambda: _html(f'<div class="{"article content " * 100_000}">{TEXT}</div>'),
    "paragraphs": lambda: _html("<p>a" * 500_000),
}
