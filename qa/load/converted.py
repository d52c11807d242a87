"""PPTX, XLSX, EPUB and e-mail → Document, by one converter, which is an extra."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any

from qa.errors import LoadError
from qa.load import kinds
from qa.load import text as plain
from qa.load.converted_sight import hidden_in_book, hidden_in_mail, hidden_sheets, hidden_slides
from qa.load.dates import find_date, parse_date
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.lines import DEEPEST_LEVEL, MOST_CHARS, MOST_HEADINGS, lines, too_long
from qa.load.markup import Text
from qa.load.package import Package
from qa.load.tables import described, named
from qa.types import Document

CONVERTER = "kreuzberg"
INSTALL = 'pip install -e ".[formats]"'

_MAIL = "message/rfc822"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES: Mapping[str, str] = {
    ".eml": _MAIL,
    ".epub": "application/epub+zip",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
SUFFIXES = tuple(_TYPES)
"""What is read here, if the converter is installed."""

_PACKAGES = {".epub": kinds.EPUB, ".pptx": kinds.PPTX, ".xlsx": kinds.XLSX}
_SIGHTS = {".epub": hidden_in_book, ".pptx": hidden_slides, ".xlsx": hidden_sheets}
_TEMPLATE = date(2013, 1, 27)
"""When the template of a widely used library was made, which its presentations say of themselves."""
_NO_TITLE = re.compile(r"untitled|title|(?:powerpoint )?presentation\d*|book\d*|\S+\.\w{3,4}", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_MOST_NAMED = 5

Node = Mapping[str, Any]


def read(file: File) -> Document:
    """The document in a presentation, workbook, book or e-mail. Needs the extra ``formats``.

    Raises LoadError for what is something else, is damaged, wants a password, unpacks to too much or has
    no text.
    """
    import kreuzberg

    name, suffix = shown(file.source), file.path.suffix.lower()
    warnings = _looked_at(file, name, suffix)
    wanted = kreuzberg.ExtractionConfig(
        output_format="markdown", use_cache=False, include_document_structure=True
    )
    try:
        found = kreuzberg.extract_bytes_sync(file.data, _TYPES[suffix], wanted)
    except (kreuzberg.KreuzbergError, OSError, RuntimeError, ValueError) as error:
        raise LoadError(f"{name} is damaged, or no {suffix} file: it cannot be converted") from error
    structure: Any = found.document or {}
    into, cut = _written(structure.get("nodes", ()))
    text = str(into)
    if not any(map(str.isalnum, text)):
        raise LoadError(f"{name} has no text")
    about: Mapping[str, Any] = found.metadata
    return Document(
        path=str(file.path),
        source=file.source,
        title=_title(about, into, suffix) or file.path.stem,
        published=_published(about, text),
        text=text,
        sha256=file.sha256,
        extractor=f"{CONVERTER}/{kreuzberg.__version__}",
        headings=tuple(into.headings[:MOST_HEADINGS]),
        warnings=(*warnings, *cut, *_left_out(about), *receipt(text)),
    )


def _looked_at(file: File, name: str, suffix: str) -> list[str]:
    """What is told of words that are not shown; refuses an archive that is too large or something else."""
    if suffix in _PACKAGES:
        return list(_SIGHTS[suffix](Package(file.data, name, _PACKAGES[suffix])))
    what = kinds.kind(file.data)
    if what:
        raise LoadError(f"{name} is {what}, not an e-mail: give it the suffix of what it is")
    return list(hidden_in_mail(file.data))


def _written(nodes: Sequence[Node]) -> tuple[Text, list[str]]:
    """The text of the converter's nodes, and a line where there was too much."""
    into, length = Text(), 0
    for node in nodes:
        length += _write(node["content"], into)
        if length > MOST_CHARS:
            return into, [too_long(length)]
    return into, []


def _write(content: Node, into: Text) -> int:
    """Writes a node down; how many characters it had. A group is no node of its own: its parts follow."""
    kind, words = content["node_type"], str(content.get("text") or "")
    if kind in ("title", "heading"):
        into.heading(min(max(int(content.get("level") or 1), 1), DEEPEST_LEVEL))
        into.words(words)
        into.end_heading()
        return len(words)
    if kind == "table":
        grid = _grid(content["grid"])
        rows = list(described(grid, _head(grid)))
    elif kind == "metadata_block":
        rows = [f"{key}: {value}" for key, value in content["entries"]]
    else:
        rows = words.splitlines()
        rows = [f"- {row}" for row in rows] if kind == "list_item" else rows
    into.line(1 if kind == "list_item" else 2)
    for row in rows:
        into.words(row)
        into.line()
    return sum(map(len, rows))


def _grid(grid: Node) -> list[list[str]]:
    rows = [[""] * int(grid["cols"]) for _ in range(int(grid["rows"]))]
    for cell in grid["cells"]:
        rows[cell["row"]][cell["col"]] = _MIDNIGHT.sub(r"\1", " ".join(str(cell["content"]).split()))
    return rows


def _head(grid: Sequence[Sequence[str]]) -> int:
    """1 where the first row is a name for each column; else it isn't known (0)."""
    return int(len(grid) > 1 and named(grid[0]))


def _title(about: Mapping[str, Any], into: Text, suffix: str) -> str:
    """What the file says of itself; a first slide's or chapter's; what the top of the text tells."""
    stated = " ".join(str(about.get("subject" if suffix == ".eml" else "title") or "").split())
    if stated and not _NO_TITLE.fullmatch(stated):
        return stated
    if suffix == ".xlsx":
        return ""  # the sheets' names say little of the whole
    return next((heading.text for heading in into.headings), "") or plain.title(str(into))


def _published(about: Mapping[str, Any], text: str) -> date | None:
    """The day an e-mail was sent or a book came out; what the text says; the day the file was begun."""
    stated = next(_days(about), None)
    if about.get("format_type") in ("email", "epub") and stated:
        return stated
    return find_date(line.text for line in lines(text)) or (None if stated == _TEMPLATE else stated)


def _days(about: Mapping[str, Any]) -> Iterator[date]:
    for key in ("date", "created_at"):
        stated = str(about.get(key) or "")
        try:
            day = parse_date(stated[:10]) or parsedate_to_datetime(stated).date()
        except ValueError:
            continue
        yield day


def _left_out(about: Mapping[str, Any]) -> Iterator[str]:
    attached = [shown(str(each)) for each in about.get("attachments") or ()]
    if attached:
        more = ", …" if len(attached) > _MOST_NAMED else ""
        yield f"attachments are not read: {', '.join(attached[:_MOST_NAMED])}{more}"
