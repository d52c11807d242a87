"""Markdown → Document: the source as it stands; headings and front matter are read, never rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice

from qa.display import clean
from qa.load import text as plain
from qa.load.dates import find_date, parse_date
from qa.load.decode import decode
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.lines import MOST_HEADINGS, Line, lines
from qa.types import Document, Heading

EXTRACTOR = "footnote-markdown/1"

_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_NOT_PARAGRAPH = re.compile(r"\s*(?:[-*+>|]|\d{1,9}[.)]\s|<)|\t| {4}")
_FIELD = re.compile(r"([A-Za-z][\w -]{0,40}?)\s*:\s*(\S.*)")
_FRONT_MATTER_LINES = 200
_DATE_FIELDS = ("published", "publishdate", "pubdate", "date", "created", "updated", "lastmod", "modified")


def read(file: File) -> Document:
    """The document in a Markdown file. Raises LoadError when it is empty or binary."""
    decoded = decode(file.data, name=shown(file.source))
    text = decoded.text
    fields, body = front_matter(text)
    found = list(islice(headings(text, body), MOST_HEADINGS + 1))
    warnings = decoded.warnings
    if len(found) > MOST_HEADINGS:
        warnings = (*warnings, f"only the first {MOST_HEADINGS:,} headings are kept")
    return Document(
        path=str(file.path),
        source=file.source,
        title=_title(text, fields, found, body) or file.path.stem,
        published=_published(fields) or find_date(line.text for line in lines(text, body)),
        text=text,
        sha256=file.sha256,
        extractor=EXTRACTOR,
        headings=tuple(found[:MOST_HEADINGS]),
        warnings=(*warnings, *receipt(text, source=text)),
    )


def front_matter(text: str) -> tuple[Mapping[str, str], int]:
    """The plain ``key: value`` lines between "---" at the top, and where the body begins.

    Keys are in lower case, without "-" and "_". No front matter, or one that doesn't end: nothing, and 0.
    """
    fields: dict[str, str] = {}
    for number, line in enumerate(islice(lines(text), _FRONT_MATTER_LINES)):
        words = line.text.rstrip()
        if number == 0 and words != "---":
            break
        if number and words in ("---", "..."):
            return fields, line.end
        field = _FIELD.match(words)
        if field:
            key = re.sub("[-_ ]", "", field[1].lower())
            fields.setdefault(key, _unquoted(field[2].strip()))
    return {}, 0


def headings(text: str, body: int = 0) -> Iterator[Heading]:
    """ATX and one-line setext headings outside code fences, from ``body`` on.

    ``start`` and ``end`` cover the marks ("## ", an underline) too; ``text`` is the words without them.
    """
    fence = ""
    before: Line | None = None  # the line above, where it is a paragraph of one line so far
    blank = True
    for line in lines(text, body):
        marks = _FENCE.match(line.text)
        if fence:
            if marks and marks[1].startswith(fence) and not line.text[marks.end() :].strip():
                fence = ""
            blank, before = True, None
            continue
        if marks and not (marks[1][0] == "`" and "`" in line.text[marks.end() :]):
            fence = marks[1]
            continue
        heading = _atx(line) or (before and _setext(before, line))
        if heading:
            yield heading
            blank, before = True, None
            continue
        words = bool(line.text) and not line.text.isspace()
        before = line if words and blank and not _NOT_PARAGRAPH.match(line.text) else None
        blank = not words


def _atx(line: Line) -> Heading | None:
    marks = _ATX.match(line.text)
    if not marks:
        return None
    whole = line.stripped()
    words = line.text[marks.end() :].strip()
    closing = words.rstrip("#")
    if not closing or closing[-1] in " \t":
        words = closing.strip()
    return Heading(words, len(marks[1]), whole.start, whole.end) if words else None


def _setext(above: Line, line: Line) -> Heading | None:
    underline = _UNDERLINE.match(line.text)
    if not underline:
        return None
    whole = above.stripped()
    return Heading(whole.text, 1 if underline[1][0] == "=" else 2, whole.start, line.stripped().end)


def _title(text: str, fields: Mapping[str, str], found: list[Heading], body: int) -> str:
    stated = clean(fields.get("title", "")).text
    first = next((heading for heading in found if heading.level == 1), None)
    if stated or first is None:
        return stated or plain.title(text[body:])
    return clean(first.text).text


def _published(fields: Mapping[str, str]) -> date | None:
    stated = (parse_date(fields[key]) for key in _DATE_FIELDS if key in fields)
    return next((day for day in stated if day), None)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
