"""Lines and their offsets, and a title for texts that state none: what text and Markdown share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa.display import clean

TITLE_CHARS = 90
MOST_HEADINGS = 50_000
"""More headings than this and a file isn't an outline: the rest is left out, with a warning."""
MOST_CHARS = 20_000_000
"""Of a document's text, where its file may hold more: the rest is left out, with a warning."""
DEEPEST_LEVEL = 6
"""Of headings."""

_LINE = re.compile(r"([^\r\n\f\u2028\u2029]*)(?:\r\n|[\r\n\f\u2028\u2029]|\Z)")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?= [\"'“‘(\[]*[^\W\d_a-z])")
_SHORTEST_SENTENCE = 30
_FOR_TITLE = 2_000


def too_long(read: int) -> str:
    """The warning that only so many characters are read."""
    return f"only the first {read:,} characters are read: it is too long"


class Line(NamedTuple):
    """A line without its break; ``start`` and ``end`` are those of ``text`` in the document."""

    start: int
    end: int
    text: str

    def stripped(self) -> Line:
        text = self.text.strip()
        start = self.start + (len(self.text) - len(self.text.lstrip())) if text else self.start
        return Line(start, start + len(text), text)


def lines(text: str, start: int = 0) -> Iterator[Line]:
    """Every line of ``text`` from ``start`` on, blank ones too; form feeds end lines."""
    for match in _LINE.finditer(text, start):
        if match.end() > match.start():
            yield Line(match.start(1), match.end(1), match[1])


def first_sentence(words: str) -> str:
    """The first sentence of ``words``, cleaned, shortened to about 90 characters; "" without a letter."""
    shown = clean(words[:_FOR_TITLE]).text
    if not any(char.isalpha() for char in shown):
        return ""
    end = _SENTENCE_END.search(shown, _SHORTEST_SENTENCE)
    return shorten((shown[: end.end()] if end else shown).removesuffix(".").rstrip())


def shorten(words: str) -> str:
    """``words`` cut to at most ``TITLE_CHARS`` characters, between words where it can be, with "…"."""
    if len(words) <= TITLE_CHARS:
        return words
    at = words.rfind(" ", TITLE_CHARS // 2, TITLE_CHARS)
    return words[: at if at >= 0 else TITLE_CHARS - 1].rstrip(" ,;:–—-") + "…"
