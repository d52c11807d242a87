"""What of a presentation, workbook, book or e-mail is not shown, though its words are in the text: told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.load.html_sight import without_hidden
from qa.load.markup import html_tree
from qa.load.package import Package, local, value

if TYPE_CHECKING:
    from email.message import EmailMessage

_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PAGE = re.compile(r".+\.x?html?", re.IGNORECASE)
_HIDDEN_SLIDE = re.compile(rb"<(?:\w+:)?sld\b[^>]*\sshow\s*=\s*[\"'](?:0|false)[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?(?:row|col)\b[^>]*\shidden\s*=\s*[\"'](?:1|true)[\"']")


def hidden_slides(package: Package) -> Iterator[str]:
    slides = (package.raw(name) or b"" for name in package.names if _SLIDE.fullmatch(name))
    yield from _told(sum(bool(_HIDDEN_SLIDE.search(slide)) for slide in slides), "slide", "slides")


def hidden_sheets(package: Package) -> Iterator[str]:
    """Hidden sheets, and rows and columns; of a filtered table, too."""
    workbook = package.tree(package.main)
    sheets = workbook.iter() if workbook is not None else ()
    states = [value(each, "state") for each in sheets if local(each) == "sheet"]
    yield from _told(sum(state in ("hidden", "veryHidden") for state in states), "sheet", "sheets")
    parts = (package.raw(name) or b"" for name in package.names if _SHEET.fullmatch(name))
    yield from _told(
        sum(len(_HIDDEN_ROW.findall(part)) for part in parts), "row or column", "rows or columns"
    )


def hidden_in_book(package: Package) -> Iterator[str]:
    pages = (package.raw(name) or b"" for name in package.names if _PAGE.fullmatch(name))
    yield from _in_pages(pages)


def hidden_in_mail(data: bytes) -> Iterator[str]:
    from email import message_from_bytes
    from email.policy import default

    message: EmailMessage = message_from_bytes(data, policy=default)
    parts = (
        part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/html"
    )
    yield from _in_pages(part for part in parts if isinstance(part, bytes))


def _in_pages(pages: Iterator[bytes]) -> Iterator[str]:
    found: Counter[str] = Counter()
    for page in pages:
        try:
            root, _ = html_tree(page)
        except ValueError:
            continue  # nothing is shown of it, and the converter reads nothing
        found.update(without_hidden(root)[0])
    if found:
        yield f"hidden text: {'; '.join(found)}; it may be in the text"


def _told(count: int, one: str, several: str) -> Iterator[str]:
    if count:
        yield f"hidden text: {count:,} hidden {one if count == 1 else several}; the words are in the text"
