"""Plain text → Document: title, date and headings are read off the shape of the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from qa.display import clean
from qa.load.dates import TOP_CHARS, TOP_LINES, find_date, parse_date
from qa.load.decode import decode
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.lines import MOST_HEADINGS, Line, first_sentence, lines
from qa.types import Document, Heading, Page

EXTRACTOR = "footnote-text/1"

_LONG_LINE = 100
"""A line this long is prose, not a heading."""
_WRAPPED_LINE = 50
_HEADING_WORDS = 14
_SENTENCE_CASE_WORDS = 8
"""A heading of more words than this has most of its longer words capitalised."""
_TITLE_CHARS = 160
_TITLE_WORDS = 25
_CHAIN = 4
"""At most so many headings stand above one another without text between them."""
_MOST_PAGES = 50_000

_CONTENTS = re.compile(r"\t|(?:\. ?){3}|…{2}|\S {2,}\d+$")
_ADDRESS = re.compile(r"[@|\\{}<>]|https?:|www\.", re.IGNORECASE)
_BULLET = re.compile(r"[-*+•‣▪◦●○·–—>]\s")
_NUMBERED = re.compile(
    r"(?:(?:chapter|section|part|appendix)\s+)?(\d{1,3}(?:\.\d{1,3})*|[IVX]{1,5}|[A-Z])[.):]?\s+", re.I
)
_NOT_AT_END = re.compile(
    r"[.!?;:,…][\"'”’)\]]*$|[–—\-(\[{/&]$|\b(?:and|or|the|a|an|of|to|in|on|for|with|by|at|from|that|as|is|are)$"
)
_FIELD = re.compile(r"[A-Z][\w /-]{0,30}:\s")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_STATED_TITLE = re.compile(r"(?:title|subject):\s+(\S.*)", re.IGNORECASE)


class _Seen(NamedTuple):
    """A line that isn't blank, stripped; whether it stands apart from the one before, and is prose."""

    line: Line
    apart: bool
    prose: bool


def read(file: File) -> Document:
    """The document in a plain text file. Raises LoadError when it is empty or binary."""
    decoded = decode(file.data, name=shown(file.source))
    text = decoded.text
    found = list(islice(headings(text), MOST_HEADINGS + 1))
    pages = tuple(islice(_pages(text), _MOST_PAGES + 1))
    warnings = list(decoded.warnings)
    if len(found) > MOST_HEADINGS:
        warnings.append(f"only the first {MOST_HEADINGS:,} headings are kept")
    if len(pages) > _MOST_PAGES:
        warnings.append(f"more than {_MOST_PAGES:,} form feeds: they are not taken for pages")
        pages = ()
    return Document(
        path=str(file.path),
        source=file.source,
        title=title(text) or file.path.stem,
        published=find_date(line.text for line in lines(text)),
        text=text,
        sha256=file.sha256,
        extractor=EXTRACTOR,
        headings=tuple(found[:MOST_HEADINGS]),
        pages=pages,
        warnings=(*warnings, *receipt(text, source=text)),
    )


def title(text: str) -> str:
    """The first line above the prose that reads like a title, of several words if there is one.

    Else the first sentence, shortened; "" when the text has no letters.
    """
    named: list[str] = []
    other = ""
    field = False
    for seen in islice(_lines(text), TOP_LINES):
        words = seen.line.text.strip("= ")
        stated = _STATED_TITLE.match(words[:_TITLE_CHARS])
        if stated:
            return clean(stated[1]).text
        if seen.line.start > TOP_CHARS or seen.prose:
            other = words
            break
        fields = (field and not seen.apart, field := bool(_FIELD.match(words)))
        if all(fields):  # the second "Name: value" in a row: a block of them, and no title
            named = named[:-1] if named and _FIELD.match(named[-1]) else named
        elif _titled(words):
            named.append(words)
        else:
            other = other or ("" if parse_date(words) else words)
    several = (words for least in (3, 2) for words in named if len(words.split()) >= least)
    best = next(several, "")
    return clean(best).text or first_sentence(other or " ".join(named[:1]))


def headings(text: str) -> Iterator[Heading]:
    """Short lines that stand apart, read like headings and have prose below, perhaps under others."""
    waiting: list[Line] = []
    before: _Seen | None = None
    for seen in _lines(text):
        under_heading = bool(waiting) and (seen.apart or len(seen.line.text) >= _LONG_LINE)
        if not under_heading:
            waiting.clear()
        if seen.prose:
            yield from (Heading(line.text, _level(line.text), line.start, line.end) for line in waiting)
            waiting.clear()
        elif _begins_block(seen, before) and _headed(seen.line.text):
            waiting = [*waiting, seen.line][-_CHAIN:]
        else:
            waiting.clear()
        before = seen


def _lines(text: str) -> Iterator[_Seen]:
    blank = True
    last: tuple[Line, bool] | None = None
    for line in lines(text):
        if not line.text or line.text.isspace():
            blank = True
            continue
        here = (line.stripped(), blank)
        if last:
            yield _Seen(*last, prose=_is_prose(last[0].text, wrapped=not blank))
        last, blank = here, False
    if last:
        yield _Seen(*last, prose=_is_prose(last[0].text, wrapped=False))


def _is_prose(words: str, *, wrapped: bool) -> bool:
    """A long line, a longish one that goes on below, or a sentence."""
    if _CONTENTS.search(words[:_LONG_LINE]) and len(words) < 2 * _LONG_LINE:
        return False
    if len(words) >= _LONG_LINE or (wrapped and len(words) >= _WRAPPED_LINE and not _titlecase(words)):
        return True
    return bool(_SENTENCE_END.search(words)) and len(words.split()) >= _SENTENCE_CASE_WORDS


def _begins_block(seen: _Seen, before: _Seen | None) -> bool:
    """Apart from the line before, or right under a paragraph that is one long line and has ended."""
    if seen.apart or before is None:
        return True
    return len(before.line.text) >= _LONG_LINE and bool(_SENTENCE_END.search(before.line.text[-10:]))


def _headed(words: str) -> bool:
    count = len(words.split())
    if len(words) >= _LONG_LINE or count > _HEADING_WORDS or not _named(words):
        return False
    if _NOT_AT_END.search(words) or words.startswith("By "):
        return False
    return count <= _SENTENCE_CASE_WORDS or _titlecase(words)


def _titled(words: str) -> bool:
    if len(words) > _TITLE_CHARS or len(words.split()) > _TITLE_WORDS or not _named(words):
        return False
    return not _NOT_AT_END.search(words.rstrip("?!"))


def _named(words: str) -> bool:
    """Begins like a heading and is no line of a table, a list of contents, an address, a date or a field."""
    begins = words.lstrip("\"'“‘")[:1]
    if not (begins.isupper() or (begins.isdigit() and _NUMBERED.match(words))):
        return False
    if _CONTENTS.search(words) or _ADDRESS.search(words) or _BULLET.match(words) or parse_date(words):
        return False
    letters = sum(char.isalpha() or char.isspace() for char in words)
    return letters * 3 >= len(words) * 2 and any(char.isalpha() for char in words[1:])


def _titlecase(words: str) -> bool:
    longer = [word.lstrip("\"'“‘([") for word in words.split() if len(word) > 3]
    return bool(longer) and sum(word[:1].isupper() for word in longer) * 5 >= len(longer) * 3


def _level(words: str) -> int:
    """What the number says ("2.1 Scope" is 2 deep); text without numbers doesn't tell, and gets 1."""
    number = _NUMBERED.match(words)
    return min(number[1].count(".") + 1, 6) if number else 1


def _pages(text: str) -> Iterator[Page]:
    """Pages end with a form feed; a text without one states no pages."""
    if "\f" not in text:
        return
    ends = [match.end() for match in islice(re.finditer("\f", text), _MOST_PAGES + 2)]
    if ends[-1] < len(text):
        ends.append(len(text))
    for number, (start, end) in enumerate(pairwise([0, *ends]), start=1):
        yield Page(number, start, end)
