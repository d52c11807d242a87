"""DOCX → Document: paragraphs, headings, numbered lists, tables, notes; read from the XML itself.

A paragraph at a time, so that a file of a million paragraphs takes no more memory than its text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load import kinds
from qa.load import text as plain
from qa.load.dates import find_date, parse_date
from qa.load.docx_body import Paragraph, Reader
from qa.load.docx_styles import Numbering, Styles
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.lines import DEEPEST_LEVEL, MOST_CHARS, MOST_HEADINGS, lines, too_long
from qa.load.package import Package, child, local, value
from qa.types import Document, Heading
from qa.words import words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTRACTOR = "footnote-docx/1"

_TEMPLATE = date(2013, 12, 23)
"""When the template of a widely used library was made, which its documents say of themselves."""
_NO_TITLE = re.compile(
    r"untitled|title|document\d*|word document|microsoft word\b.*|\S+\.docx?", re.IGNORECASE
)


def read(file: File) -> Document:
    """The document in a DOCX.

    Raises LoadError for what is no DOCX, is damaged, wants a password, unpacks to too much or has no text.
    """
    name = shown(file.source)
    package = Package(file.data, name, kinds.DOCX)
    reader = Reader(Styles(package.beside("styles.xml")), Numbering(package.beside("numbering.xml")))
    written = _Written(_notes(package, reader))
    warnings = written.take(_paragraphs(package, reader, name))
    text = written.text()
    hidden = [f"{why} ({count:,} characters)" for why, count in reader.hidden.items()]
    if not any(map(str.isalnum, text)):
        raise LoadError(f"{name} has no text" + (" that can be seen: all of it is hidden" if hidden else ""))
    properties = package.tree("docProps/core.xml")
    return Document(
        path=str(file.path),
        source=file.source,
        title=_title(properties, written, text) or file.path.stem,
        published=find_date(line.text for line in lines(text)) or _created(properties),
        text=text,
        sha256=file.sha256,
        extractor=EXTRACTOR,
        headings=tuple(written.headings[:MOST_HEADINGS]),
        warnings=(*warnings, *receipt(text, hidden)),
    )


class _Written:
    """The text as it grows."""

    def __init__(self, notes: dict[tuple[str, str], str]) -> None:
        self.title = ""
        self.headings: list[Heading] = []
        self._notes = notes
        self._parts: list[str] = []
        self._length = 0
        self._count = 0

    def text(self) -> str:
        return "".join(self._parts)

    def take(self, paragraphs: Iterator[Paragraph]) -> list[str]:
        for paragraph in paragraphs:
            self._add(paragraph)
            for note in paragraph.notes:
                words = self._notes.pop(note, "")
                if words:
                    self._count += 1
                    self._add(Paragraph(f"Note {self._count}: {words}"))
            if self._length > MOST_CHARS:
                return [too_long(self._length)]
        return []

    def _add(self, paragraph: Paragraph) -> None:
        words = paragraph.text
        if not words:
            return
        if self._parts:
            self._put("\n\n")
        if paragraph.level is not None:
            words = words.replace("\n", " ")
            level = min(max(paragraph.level, 1), DEEPEST_LEVEL)
            self.headings.append(Heading(words, level, self._length, self._length + len(words)))
            self.title = self.title or (words if paragraph.level == 0 else "")
        self._put(words)

    def _put(self, words: str) -> None:
        self._parts.append(words)
        self._length += len(words)


def _paragraphs(package: Package, reader: Reader, name: str) -> Iterator[Paragraph]:
    """The body's paragraphs; each of its blocks is forgotten when it has been read."""
    from lxml import etree

    data = package.part(package.main)
    if data is None:
        raise LoadError(f"{name} is damaged: the part that holds its text is missing")
    steps = etree.iterparse(io.BytesIO(data), events=("start", "end"), no_network=True, remove_comments=True)
    try:
        for event, element in steps:
            if event == "start":
                if local(element) == "background":
                    reader.page = value(element, "color") or reader.page
                continue
            parent = element.getparent()
            if parent is None or local(parent) != "body":
                continue
            yield from reader.blocks(element)
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise LoadError(f"{name} is damaged: its text is not well-formed XML; get it again") from error


def _notes(package: Package, reader: Reader) -> dict[tuple[str, str], str]:
    """The words of foot- and endnotes by their kind and number; separators have none."""
    found: dict[tuple[str, str], str] = {}
    for kind in ("footnote", "endnote"):
        tree = package.beside(f"{kind}s.xml")
        for note in tree if tree is not None else ():
            number = value(note, "id")
            if number is not None and value(note, "type") in (None, "normal"):
                inside = (paragraph.text for each in note for paragraph in reader.blocks(each))
                found[kind, number] = " ".join(" ".join(inside).split())
    return found


def _title(properties: Element | None, written: _Written, text: str) -> str:
    """What the properties state, if the top of the text has it; the paragraph set as title; a first heading.

    Properties are often a template's: without a trace of them in the text they come before a guess only.
    """
    stated = " ".join((_property(properties, "title")).split())
    stated = "" if _NO_TITLE.fullmatch(stated) else stated
    top = f" {' '.join(words(text[:3_000]))} "
    if stated and f" {' '.join(words(stated))} " in top:
        return stated
    first = next((heading for heading in written.headings if heading.level == 1), None)
    early = first.text if first and first.start < 1_000 else ""
    return written.title or early or stated or plain.title(text)


def _created(properties: Element | None) -> date | None:
    """The day the file was begun: when nothing better stands in the text."""
    stated = parse_date(_property(properties, "created")[:10])
    return None if stated == _TEMPLATE else stated


def _property(properties: Element | None, name: str) -> str:
    found = child(properties, name)
    return (found.text or "").strip() if found is not None else ""
