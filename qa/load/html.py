"""HTML → Document: the main text as trafilatura finds it, or all of a page; never anything from elsewhere."""

from __future__ import annotations

import codecs
import re
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load import text as plain
from qa.load.dates import find_date
from qa.load.decode import Decoded, decode
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.html_sight import without_hidden
from qa.load.html_tables import flatten
from qa.load.kinds import magic
from qa.load.lines import MOST_HEADINGS, lines
from qa.load.markup import Text, add, html_tree, texts
from qa.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EXTRACTOR = "footnote-html/1"

_DECLARED = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_HEAD = 4_096
_AROUND = frozenset({"nav", "header", "footer", "dialog", "menu", "form"})
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog"})
_LEAST_SHARE = 0.5
"""Where trafilatura keeps less of the words outside menus, heads and feet, all of these are kept."""


def read(file: File) -> Document:
    """The document in an HTML or XHTML file.

    Raises LoadError for what is no text, is empty, or shows none.
    """
    name = shown(file.source)
    decoded = _decode(file.data, name)
    root, warnings = _tree(decoded.text, name)
    title, published = _title(root), _published(root)
    hidden, shown_to_some = without_hidden(root)
    flatten(root)
    whole = " ".join(texts(root, lambda _: False))
    into = _main(root)
    text = str(into)
    if not any(map(str.isalnum, text)):
        raise LoadError(f"{name} has no text that can be seen" + (" (all of it is hidden)" if hidden else ""))
    title = title or next((heading.text for heading in into.headings), "")
    return Document(
        path=str(file.path),
        source=file.source,
        title=title or plain.title(text) or file.path.stem,
        published=published or find_date(line.text for line in lines(text)),
        text=text,
        sha256=file.sha256,
        extractor=EXTRACTOR,
        headings=tuple(into.headings[:MOST_HEADINGS]),
        warnings=(*decoded.warnings, *warnings, *shown_to_some, *receipt(text, hidden, whole=whole)),
    )


def _decode(data: bytes, name: str) -> Decoded:
    """As the page declares, if it can be read so; a byte order mark says more, and a guess is told."""
    other = magic(data)
    if other:
        raise LoadError(f"{name} is {other}, not an HTML page: give it the suffix of what it is")
    declared = _DECLARED.search(data[:_HEAD])
    if declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = declared[1].decode("ascii").lower()
        encoding = (
            "cp1252" if encoding in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else encoding
        )
        try:
            text = data.decode(encoding) if not encoding.startswith("utf-16") else ""
        except (LookupError, ValueError):  # unknown, or it is another: then as for any text
            text = ""
        if text:
            decode(text.encode(), name=name)  # refuses what is no text
            return Decoded(text, encoding)
    return decode(data, name=name)


def _tree(text: str, name: str) -> tuple[Element, list[str]]:
    try:
        root, told = html_tree(text.encode(), "utf-8")
    except ValueError as error:
        raise LoadError(f"{name} is empty, or no HTML that can be read") from error
    cut = any("xcessive depth" in message or "huge" in message.lower() for message in told)
    return root, ["it is nested too deep to be read to its end"] if cut else []


def _title(root: Element) -> str:
    """The main heading where the page's title has it, beside the name of a site; else that title."""
    stated = [each.get("content", "") for each in root.xpath("//meta[@property='og:title']")]
    stated = [
        words for each in (*stated, root.findtext(".//title") or "") if (words := " ".join(each.split()))
    ]
    for heading in root.iter("h1"):
        words = " ".join("".join(heading.itertext()).split())
        if len(words) > 2 and (not stated or any(words.casefold() in each.casefold() for each in stated)):
            return words
    return stated[0] if stated else ""


def _published(root: Element) -> date | None:
    """The date that the page states in its metadata or marks as one; never a guess from prose."""
    from htmldate import find_date as stated

    day = stated(deepcopy(root), extensive_search=False, original_date=True, outputformat="%Y-%m-%d")
    return date.fromisoformat(day) if day else None


def _main(root: Element) -> Text:
    """The main text; where that is too little, all outside menus, heads and feet; else all there is."""
    from trafilatura import bare_extraction

    found = bare_extraction(deepcopy(root), fast=True, favor_recall=True, include_comments=False)
    body = getattr(found, "body", None)
    if body is not None and _letters(body) >= _LEAST_SHARE * _letters(root):
        return _written(body)
    outside = _written(root, around=False)
    return outside if any(map(str.isalnum, str(outside))) else _written(root)


def _letters(root: Element) -> int:
    """How much text is outside menus, heads and feet."""
    return sum(len(words) for words in texts(root, is_around))


def is_around(element: Element) -> bool:
    """Whether an element stands around the text: a menu, a head or foot of the page, a form."""
    if element.tag not in _AROUND and element.get("role") not in _ROLES:
        return False
    return element.tag in ("nav", "form") or next(element.iterancestors("article", "main"), None) is None


def _written(root: Element, *, around: bool = True) -> Text:
    into = Text()
    add(root, into, None if around else is_around)
    return into
