"""A tree of markup → text with headings: HTML as it came, or the main text of it that trafilatura finds.

List items come with a dash, cells of a table on lines of their own, white space as a browser shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from qa.types import Heading

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# HTML's tags, and those of trafilatura's own trees.
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form graphic h1 h2 h3 h4 h5 h6 head header hgroup hr html item legend"
    " li list main menu nav ol option p pre quote row cell search section summary table tbody td"
    " tfoot th thead tr ul".split()
)
_BREAKS = frozenset({"br", "lb"})
_ITEMS = frozenset({"li", "item"})
_CLOSE = frozenset("li item tr row td th cell dt dd option".split())
_UNSEEN = frozenset(
    "script style noscript template title meta link base iframe object svg math canvas audio video select"
    " datalist textarea button".split()
)
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2028\u2029]+")
_INVISIBLE = str.maketrans(dict.fromkeys(map(ord, "\u00ad\u200b\ufeff\u2060"), None))


def html_tree(page: bytes, encoding: str | None = None) -> tuple[Element, list[str]]:
    """A page's tree, and what the parser had to say of it; nothing is got from elsewhere.

    Raises ValueError for what is empty or no HTML that can be read.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False, remove_pis=True)
    try:
        root = html.document_fromstring(page, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ValueError("no HTML that can be read") from error
    return root, [entry.message for entry in parser.error_log]


class Text:
    """A text that is being written, block by block."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self._parts: list[str] = []
        self._line: list[str] = []
        self._length = 0
        self._level = 0
        self._gap = 0  # line breaks that stand before the next words

    def __str__(self) -> str:
        return "".join(self._parts)

    def words(self, words: str) -> None:
        self._line.append(words)

    def heading(self, level: int) -> None:
        """Begins a heading of this level: one line, whatever is in it."""
        self.line(2)
        self._level = level

    def end_heading(self) -> None:
        level, self._level = self._level, 0
        start = self._length + max(self._gap, 1) if self._length else 0
        self.line(2)
        if level and self._length > start:
            words = self._parts[-1]
            self.headings.append(Heading(words, level, self._length - len(words), self._length))

    def line(self, breaks: int = 1) -> None:
        """Ends the line; the next begins at least so many breaks below. Within a heading it is a space."""
        if self._level:
            self._line.append(" ")
            return
        words = _SPACE.sub(" ", "".join(self._line).translate(_INVISIBLE)).strip(" ")
        self._line.clear()
        if words.strip("- "):
            if self._length:
                self._put("\n" * max(self._gap, 1))
            self._put(words)
            self._gap = 0
        self._gap = max(self._gap, breaks)

    def _put(self, words: str) -> None:
        self._parts.append(words)
        self._length += len(words)


def add(root: Element, into: Text, skip: Callable[[Element], bool] | None = None) -> None:
    """Adds the words of a tree. Walks it without recursion: it may be nested deep."""
    opened: list[tuple[Element, Iterator[Element]]] = []
    _begin(root, into)
    opened.append((root, iter(root)))
    while opened:
        element, children = opened[-1]
        child = next(children, None)
        if child is None:
            opened.pop()
            _end(element, into)
            if opened and element.tail:
                into.words(element.tail)
        elif not isinstance(child.tag, str) or child.tag in _UNSEEN or (skip and skip(child)):
            into.words(child.tail or "")
        else:
            _begin(child, into)
            opened.append((child, iter(child)))
    into.line(2)


def texts(root: Element, skip: Callable[[Element], bool]) -> Iterator[str]:
    """The stretches of text in a tree, stripped, without what ``skip`` says."""
    opened = [root]
    while opened:
        element = opened.pop()
        yield (element.text or "").strip()
        for child in element:
            yield (child.tail or "").strip()
            if isinstance(child.tag, str) and child.tag not in _UNSEEN and not skip(child):
                opened.append(child)


def _begin(element: Element, into: Text) -> None:
    tag = element.tag
    level = _level(element)
    if level:
        into.heading(level)
    elif tag in _BREAKS or tag in _CLOSE:
        into.line()
    elif tag in _BLOCKS:
        into.line(2)
    if tag in _ITEMS:
        into.words("- ")
    if element.text:
        into.words(element.text)


def _end(element: Element, into: Text) -> None:
    if _level(element):
        into.end_heading()
    elif element.tag in _BLOCKS:
        into.line(1 if element.tag in _CLOSE else 2)


def _level(element: Element) -> int:
    """1 to 6 for a heading, else 0."""
    tag = element.tag if element.tag != "head" else element.get("rend", "")
    return int(tag[1]) if len(tag) == 2 and tag[0] == "h" and "1" <= tag[1] <= "6" else 0
