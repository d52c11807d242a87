"""What a PDF says of itself and what its type says: headings, title, date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from qa.load.dates import find_date, parse_date
from qa.load.lines import TITLE_CHARS
from qa.load.pdf_blocks import Block
from qa.types import Heading
from qa.words import words

if TYPE_CHECKING:
    import pypdfium2

_LARGER = 1.1
_HEADING_CHARS = 200
_HEADING_LINES = 4
_MOST_BOOKMARKS = 5_000
_DEEPEST = 6
_NUMBERED = re.compile(
    r"(?:(?:chapter|section|part|appendix)\s+)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3})*)[.):]?\s+\S", re.I
)
_NUMBER = re.compile(r"^(?:[\dA-Z]{1,3}(?:\.\d{1,3})*[.):]?\s+)?")
_NOT_HEADING = re.compile(
    r"(?:figure|fig\.|table|listing|algorithm)\s*\d|[^\w\"'“‘(¿¡§]|.*[@{}]", re.IGNORECASE
)
_NOT_AT_END = re.compile(r"[.,;:–-]$")
_METADATA_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
_STAMP = re.compile(r"arXiv:\S+ \[[\w.-]+\] (\d{1,2} [A-Z][a-z]{2} \d{4})")
_NO_TITLE = re.compile(
    r"untitled|title|document\d*|microsoft word\b.*|\S+\.(?:docx?|pdf|tex|dvi|indd|qxd|rtf|odt|xlsx?|pptx?)",
    re.I,
)
_FIRST_PDF = 1993


@dataclass(frozen=True, slots=True)
class Set:
    """A block as it was set: its text's place in the document, and the page (from 0) it stands on."""

    block: Block
    start: int
    end: int
    page: int


def headings(found: Sequence[Set], text: str, bookmarks: Mapping[tuple[int, str], int]) -> Iterator[Heading]:
    """The blocks that stand out: larger than the text, bold where it isn't, or named by a bookmark there.

    A bookmark tells the level; without one its number does ("2.1" is 2 deep), or else its size.
    """
    size, bold = usual(found)
    heads = [
        each for each in found if _stands_out(each, text, size, bold) or _bookmark(each, text, bookmarks)
    ]
    sizes = sorted({round(each.block.size) for each in heads}, reverse=True)
    for each in heads:
        words = text[each.start : each.end]
        level = (
            _bookmark(each, text, bookmarks) or _by_number(words) or sizes.index(round(each.block.size)) + 1
        )
        yield Heading(words, min(level, _DEEPEST), each.start, each.end)


def usual(found: Sequence[Set]) -> tuple[float, bool]:
    """The size and weight that most of the text has."""
    seen: Counter[tuple[float, bool]] = Counter()
    for each in found:
        seen[(each.block.size, each.block.bold)] += each.end - each.start
    return seen.most_common(1)[0][0] if seen else (0.0, False)


def _stands_out(each: Set, text: str, size: float, bold: bool) -> bool:
    block = each.block
    if block.rows or len(block.lines) > _HEADING_LINES or each.end - each.start > _HEADING_CHARS:
        return False
    words = text[each.start : each.end]
    if not re.search(r"[^\W\d_]{2}", words) or _NOT_AT_END.search(words) or _NOT_HEADING.match(words):
        return False
    if block.lines[0].words[0].style.turn:
        return False
    return block.size >= size * _LARGER or (block.bold and not bold and block.size >= size * 0.95)


def _bookmark(each: Set, text: str, bookmarks: Mapping[tuple[int, str], int]) -> int:
    """The level of the bookmark that has these words, on this page or the ones beside it; 0 for none."""
    if each.block.rows or each.end - each.start > _HEADING_CHARS:
        return 0
    key = _key(text[each.start : each.end])
    return next(
        (bookmarks[at, key] for at in (each.page, each.page - 1, each.page + 1) if (at, key) in bookmarks), 0
    )


def _by_number(words: str) -> int:
    number = _NUMBERED.match(words)
    return number[1].count(".") + 1 if number else 0


def _key(words_: str) -> str:
    return " ".join(words(_NUMBER.sub("", words_)))


def bookmarks(pdf: pypdfium2.PdfDocument) -> dict[tuple[int, str], int]:
    """The outline: the level of each entry by its page (from 0) and words."""
    found: dict[tuple[int, str], int] = {}
    for entry in islice(pdf.get_toc(max_depth=_DEEPEST), _MOST_BOOKMARKS):
        target = entry.get_dest()
        page = target.get_index() if target else None
        key = _key(entry.get_title()[:_HEADING_CHARS])
        if page is not None and key:
            found.setdefault((page, key), entry.level + 1)
    return found


def title(found: Sequence[Set], text: str, stated: str) -> str:
    """What the file states as its title, if the first page has those words too; else the largest there.

    Metadata are often left over from another document or a template: what a reader sees goes first.
    "" where neither is a title; then what is stated stands, if it could be one.
    """
    stated = " ".join(stated.split())
    if _NO_TITLE.fullmatch(stated) or not re.search(r"[^\W\d_]{2}", stated):
        stated = ""
    first = [each for each in found if each.page == 0 and not each.block.rows]
    there = words(" ".join(text[each.start : each.end] for each in first))
    if stated and f" {' '.join(words(stated))} " in f" {' '.join(there)} ":
        return stated
    upright = [each for each in first if not each.block.lines[0].words[0].style.turn]
    size, _ = usual(found)
    large = [
        each
        for each in upright
        if each.block.size >= size * _LARGER and _is_title(text[each.start : each.end])
    ]
    if not large:
        return stated
    best = max(large, key=lambda each: each.block.size)
    return text[best.start : best.end]


def _is_title(words_: str) -> bool:
    return len(words_) <= 3 * TITLE_CHARS and len(re.findall(r"[^\W\d_]{2,}", words_)) >= 2


def published(found: Sequence[Set], text: str, metadata: Mapping[str, str]) -> date | None:
    """The date that the first page states, else the day the file says it was made.

    A page says when a document was published; the metadata say when this file of it was made, which for
    a scan or a new export is years later. They are better than nothing, and no more.
    """
    first = [text[each.start : each.end] for each in found if each.page == 0 and not each.block.rows]
    stamp = next((match for line in first if (match := _STAMP.match(line))), None)
    stated = parse_date(stamp[1]) if stamp else find_date(first)
    return stated or _made(metadata.get("CreationDate", ""))


def _made(stated: str) -> date | None:
    match = _METADATA_DATE.match(stated)
    if not match or int(match[1]) < _FIRST_PDF:
        return None
    try:
        return date(int(match[1]), int(match[2] or 0), int(match[3] or 0))
    except ValueError:
        return None
