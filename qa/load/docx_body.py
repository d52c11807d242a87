"""The body of a DOCX → paragraphs and tables in reading order; hidden words are left out and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.load import tables
from qa.load.docx_styles import Look, Numbering, Style, Styles, look, numbering, outline, shading
from qa.load.package import child, local, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SKIPPED = frozenset("del moveFrom instrText delText Fallback rPr pPr tblPr tcPr trPr sectPr sdtPr".split())
_TINY = 2
"""Half points."""
_NEAR = 24
_WHITE = "FFFFFF"
_NAMES = {
    "white": "FFFFFF",
    "black": "000000",
    "yellow": "FFFF00",
    "lightGray": "D3D3D3",
    "darkGray": "A9A9A9",
}
_LARGE_CELL = 3
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``level``: 0 for a title, 1 to 9 for a heading, None for text. ``notes``: the notes it refers to."""

    text: str
    level: int | None = None
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Reader:
    """Reads blocks. ``hidden`` counts the characters left out by how they were hidden."""

    styles: Styles
    numbering: Numbering
    page: str = _WHITE
    hidden: dict[str, int] = field(default_factory=dict)

    def blocks(self, element: Element, behind: str | None = None, deep: int = 0) -> Iterator[Paragraph]:
        """The paragraphs of a block; a table's rows are paragraphs, too. ``behind`` is the colour there."""
        name = local(element)
        if name in _SKIPPED or deep > _DEEPEST:
            return
        if name == "p":
            yield self._paragraph(element, behind)
            for box in _boxes(element):
                for each in box:
                    yield from self.blocks(each, "", deep + 1)
        elif name == "tbl":
            yield from self._table(element, behind, deep)
        else:
            for each in element:
                yield from self.blocks(each, behind, deep)

    def _paragraph(self, element: Element, behind: str | None) -> Paragraph:
        properties = child(element, "pPr")
        style = self.styles.of(value(child(properties, "pStyle")))
        level = outline(properties)
        behind = shading(properties) or behind
        words = _Words(self, style, behind)
        words.take(element)
        text = words.text()
        numbered = numbering(properties, style.numbering)
        if numbered and text:
            text = f"{self.numbering.next(numbered)} {text}"
        return Paragraph(text, style.level if level is None else level, tuple(words.notes))

    def _table(self, table: Element, behind: str | None, deep: int) -> Iterator[Paragraph]:
        properties = child(table, "tblPr")
        styled = self.styles.of(value(child(properties, "tblStyle"))).shaded
        behind = shading(properties) or ("" if styled else behind)
        rows = list(_inside(table, "tr"))
        cells = [list(_inside(row, "tc")) for row in rows]
        if len(rows) < 2 or max(map(len, cells)) < 2 or any(_is_large(cell) for row in cells for cell in row):
            for row in cells:
                for cell in row:
                    for each in cell:
                        yield from self.blocks(each, _behind(cell, behind), deep + 1)
            return
        notes: list[tuple[str, str]] = []
        grid = list(self._grid(cells, behind, deep, notes))
        head = next((at for at, row in enumerate(rows) if child(row, "trPr", "tblHeader") is None), 0)
        for line in tables.described(grid, head):
            yield Paragraph(line)
        yield Paragraph("", notes=tuple(notes))

    def _grid(
        self, rows: list[list[Element]], behind: str | None, deep: int, notes: list[tuple[str, str]]
    ) -> Iterator[list[str]]:
        above: dict[int, str] = {}
        count = 0
        for row in rows:
            made: list[str] = []
            for cell in row:
                properties = child(cell, "tcPr")
                merged = child(properties, "vMerge")
                found = [p for each in cell for p in self.blocks(each, _behind(cell, behind), deep + 1)]
                notes += [note for paragraph in found for note in paragraph.notes]
                words = " ".join(" ".join(paragraph.text for paragraph in found).split())
                if merged is not None and value(merged) != "restart":
                    words = words or above.get(len(made), "")
                above[len(made)] = words
                made += [words, *[""] * (_span(value(child(properties, "gridSpan"))) - 1)]
            count += len(made)
            if count > tables.MOST_CELLS:
                return
            yield made

    def is_hidden(self, seen: Look, behind: str | None) -> str | None:
        """How words of this look are hidden; None if they aren't. ``behind`` is "" where it isn't known."""
        if seen.vanish:
            return "marked as hidden"
        if seen.half_points is not None and seen.half_points <= _TINY:
            return "tiny type"
        back = seen.fill or (self.page if behind is None else behind)
        if seen.colour and back and _alike(seen.colour, back):
            return "the colour of what is behind it"
        return None


class _Words:
    """The words of one paragraph, run by run."""

    def __init__(self, reader: Reader, style: Style, behind: str | None) -> None:
        self.notes: list[tuple[str, str]] = []
        self._reader, self._style, self._behind = reader, style, behind
        self._parts: list[str] = []

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        return "\n".join(line for line in lines if line)

    def take(self, element: Element, deep: int = 0) -> None:
        for each in element:
            name = local(each)
            if name in _SKIPPED or name == "txbxContent" or deep > _DEEPEST:
                continue
            if name == "r":
                self._run(each)
            else:
                self.take(each, deep + 1)

    def _run(self, run: Element) -> None:
        properties = child(run, "rPr")
        style = self._reader.styles.of(value(child(properties, "rStyle")))
        seen = look(properties).over(style.look.over(self._style.look))
        words = "".join(map(_said, run))
        why = self._reader.is_hidden(seen, self._behind)
        if why and any(map(str.isalnum, words)):
            self._reader.hidden[why] = self._reader.hidden.get(why, 0) + len(words.strip())
            return
        self._parts.append(words)
        for each in run:
            number = value(each, "id")
            if local(each) in ("footnoteReference", "endnoteReference") and number:
                self.notes.append((local(each).removesuffix("Reference"), number))


def _said(element: Element) -> str:
    name = local(element)
    if name == "t":
        return element.text or ""
    if name in ("br", "cr"):
        return " " if value(element, "type") in ("page", "column") else "\n"
    return {"tab": " ", "noBreakHyphen": "-", "ptab": " "}.get(name, "")


def _boxes(paragraph: Element) -> Iterator[Element]:
    """The contents of text boxes, each once: older programs' copies of them are left out."""
    for each in paragraph.iter():
        if local(each) == "txbxContent" and not any(local(up) == "Fallback" for up in each.iterancestors()):
            yield each


def _inside(element: Element, name: str) -> Iterator[Element]:
    """Children of this name, through the wrappers of content controls and tracked changes."""
    for each in element:
        if local(each) == name:
            yield each
        elif local(each) in ("sdt", "sdtContent", "ins", "customXml", "moveTo"):
            yield from _inside(each, name)


def _is_large(cell: Element) -> bool:
    written = sum(local(each) == "p" and any(local(t) == "t" for t in each.iter()) for each in cell)
    return written > _LARGE_CELL or any(local(each) == "tbl" for each in cell)


def _behind(cell: Element, behind: str | None) -> str | None:
    return shading(child(cell, "tcPr")) or behind


def _span(stated: str | None) -> int:
    if not stated or not stated.isdecimal() or len(stated) > 5:
        return 1
    return min(max(int(stated), 1), tables.MOST_SPAN)


def _alike(a: str, b: str) -> bool:
    first, second = _colour(a), _colour(b)
    return bool(first and second and all(abs(x - y) < _NEAR for x, y in zip(first, second, strict=True)))


def _colour(stated: str) -> tuple[int, int, int] | None:
    stated = _NAMES.get(stated, stated)
    try:
        whole = int(stated, 16) if len(stated) == 6 else -1
    except ValueError:
        return None
    return None if whole < 0 else (whole >> 16, whole >> 8 & 255, whole & 255)
