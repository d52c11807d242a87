"""A PDF's pages → one text: running heads left out, broken words made whole, and where each letter stands.

A page's text is a stretch of the whole. What is decided by looking at all pages (which lines run along
them, whether a broken word has a hyphen) only leaves characters out.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qa.load import tables
from qa.load.pdf_blocks import Block, blocks, is_marked
from qa.load.pdf_layout import Line, Row, columns, lines, rows
from qa.load.pdf_page import HYPHEN, Word

_HYPHENS = f"-\u2010\u00ad{HYPHEN}"
_SPELT = {HYPHEN: "-"} | {
    chr(0xFB00 + at): letters for at, letters in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))
}
_BETWEEN = "\n\n"
_ODD = re.compile(rf"[{HYPHEN}\ufb00-\ufb06]")
_EDGE = 0.12
"""The share of a page's height, at top and bottom, where running heads and page numbers stand."""
_EDGE_ROWS = 3
_APART = 0.4
"""In heights of a line: what runs along the pages stands at least so far from the text."""
_PAGE_NUMBER = re.compile(
    r"\W*(?:page |p\. ?)?(?:\d{1,4}|[ivxlc]{1,7})(?: ?(?:of|/) ?\d{1,4})?\W*", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")
_ENDED = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_FOOTNOTE = re.compile(r"[\d*∗†‡§¶]")
_SMALLER = 0.95
_LEAST_LINE = 25
_SAME_SIZE = 0.5
_MOST_FLOATS = 60
_SHORT = 60
_CAPTION = re.compile(r"(?:figure|fig\.|table|listing|algorithm)\s*\d", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PageLines:
    """What can be seen on a page: its lines by the quarter turn they are read at."""

    size: tuple[float, float]
    by_turn: dict[int, list[Line]]


@dataclass(slots=True)
class PageText:
    """A page's text; ``places[i]`` is PDFium's index of its character ``i``, or -1 for one of ours."""

    text: list[str] = field(default_factory=list)
    places: array[int] = field(default_factory=lambda: array("i"))
    blocks: list[tuple[Block, int, int]] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, places: Iterable[int] | None = None) -> None:
        self.text.append(text)
        self.places.extend(places if places is not None else [-1] * len(text))
        self.length += len(text)


def page_lines(words: Sequence[Word], size: tuple[float, float]) -> PageLines:
    return PageLines(size, lines(words, size))


class Running:
    """The lines that run along the pages: heads, feet and page numbers."""

    def __init__(self, pages: Sequence[PageLines]) -> None:
        found: dict[tuple[bool, str], list[float]] = {}
        for page in pages:
            for top, row in _edges(page):
                key = (top, _pattern(row))
                found.setdefault(key, []).append(max(line.size for line in row))
        least = 2 if len(pages) <= 4 else 3
        self._sizes = {key: min(sizes) for key, sizes in found.items() if len(sizes) >= least}

    def without(self, page: PageLines) -> PageLines:
        """The page without them. A title larger than the head that repeats it stays."""
        gone: set[int] = set()
        for top, row in _edges(page):
            number = len(row) == 1 and _PAGE_NUMBER.fullmatch(row[0].text)
            size = self._sizes.get((top, _pattern(row)), 0.0)
            if number or max(line.size for line in row) <= size * 1.1:
                gone |= {id(line) for line in row}
        upright = [line for line in page.by_turn.get(0, []) if id(line) not in gone]
        return PageLines(page.size, {**page.by_turn, 0: upright}) if gone else page


def _pattern(row: Row) -> str:
    return _DIGITS.sub("#", " ".join(line.text for line in row).casefold())


def _edges(page: PageLines) -> Iterator[tuple[bool, Row]]:
    """Rows near the top (True) and the bottom of a page that stand apart from the text, from outside in."""
    every = rows(page.by_turn.get(0, []))
    height = page.size[1]
    for top, ordered in ((True, every), (False, every[::-1])):
        for at, row in enumerate(ordered[:_EDGE_ROWS]):
            line = max(row, key=lambda line: line.size)
            inside = line.box.bottom < height * _EDGE if top else line.box.top > height * (1 - _EDGE)
            if not inside or not _apart(row, ordered[at + 1 : at + 2], top):
                break
            yield top, row


def _apart(row: Row, following: Sequence[Row], top: bool) -> bool:
    for other in following:
        gap = (
            min(line.box.top for line in other) - max(line.box.bottom for line in row)
            if top
            else min(line.box.top for line in row) - max(line.box.bottom for line in other)
        )
        return gap > _APART * max(line.height for line in row)
    return True


class Vocabulary:
    """The document's words, to tell ``under-standing`` from ``state-of``."""

    def __init__(self) -> None:
        self._words: set[str] = set()

    def add(self, page: PageLines) -> None:
        for found in page.by_turn.values():
            for line in found:
                self._words.update(word.text.strip(".,;:()[]\"'“”").casefold() for word in line.words)

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether the hyphen between the halves of a word at a line's end is its own."""
        a, b = _last_part(before.casefold()), _first_part(after.casefold())
        if not a or not b or not after[:1].islower():
            return True  # numbers, "Anglo-Saxon"
        if f"{a}-{b}" in self._words:
            return True
        if a + b in self._words:
            return False
        return len(a) > 2 and len(b) > 2 and a in self._words and b in self._words


class AsDrawn(Vocabulary):
    """Keeps every hyphen: the text of one page, which knows nothing of the others."""

    def keeps_hyphen(self, before: str, after: str) -> bool:
        return True


def _last_part(word: str) -> str:
    found = _LETTERS.findall(word)
    return found[-1] if found else ""


def _first_part(word: str) -> str:
    found = _LETTERS.match(word)
    return found[0] if found else ""


def ordered(page: PageLines) -> list[Block]:
    """A page's paragraphs and tables in reading order, turned ones last.

    Footnotes come after the columns' text, before a last paragraph that goes on overleaf.
    """
    made: list[Block] = []
    for turn in sorted(page.by_turn):
        found = page.by_turn[turn]
        if turn == 4:
            made += [Block((line,)) for line in found]
            continue
        text: list[Block] = []
        notes: list[Block] = []
        for column in columns(found):
            inside = blocks(column)
            at = len(inside)
            while at > 1 and _is_footnote(inside[at - 1], inside[: at - 1]):
                at -= 1
            text += inside[:at]
            notes += inside[at:]
        made += _with_notes(text, notes)
    return made


def _is_footnote(block: Block, above: Sequence[Block]) -> bool:
    usual = max((len(other.lines), other.size) for other in above)[1]
    return not block.rows and block.size < usual * _SMALLER and bool(_FOOTNOTE.match(block.lines[0].text))


def _with_notes(text: list[Block], notes: list[Block]) -> list[Block]:
    if notes and text and _goes_on(text[-1]):
        return [*text[:-1], *notes, text[-1]]
    return [*text, *notes]


def _goes_on(block: Block) -> bool:
    """Whether a paragraph does not end with its last line."""
    last = block.lines[-1].text
    return not block.rows and not block.bold and len(last) >= _LEAST_LINE and not _ENDED.search(last)


def _joins(block: Block, following: Block) -> bool:
    """Whether a paragraph goes on in another, in the next column or overleaf."""
    if following.rows or following.bold or abs(block.size - following.size) > _SAME_SIZE:
        return False
    first = following.lines[0]
    return (first.text[0].islower() or first.text[0] == "(") and not is_marked(first)


def continuation(block: Block, following: Sequence[Block]) -> int | None:
    """Which of the blocks that follow goes on with a paragraph: the first, or one below figures, tables."""
    if not _goes_on(block):
        return None
    for at, other in enumerate(following[:_MOST_FLOATS]):
        if _joins(block, other):
            return at
        first = other.lines[0].text
        small = other.size < block.size - _SAME_SIZE or (len(other.lines) == 1 and len(first) < _SHORT)
        if not (other.rows or small or _CAPTION.match(first)):
            return None
    return None


def connected(found: Sequence[Block]) -> list[Block]:
    """A page's blocks, those made one that a column's end, or a figure, had cut."""
    made: list[Block] = []
    rest = list(found)
    while rest:
        block = rest.pop(0)
        while (at := continuation(block, rest)) is not None:
            block = Block((*block.lines, *rest.pop(at).lines))
        made.append(block)
    return made


def write(found: Sequence[Block], vocabulary: Vocabulary, after: Block | None) -> PageText:
    """The text of a page's blocks. ``after``: where its last goes on overleaf."""
    page = PageText()
    for at, block in enumerate(found):
        if at:
            page.add(_BETWEEN)
        start = page.length
        if block.rows:
            for number, row in enumerate(block.rows):
                if number:
                    page.add("\n")
                _write_row(page, row, vocabulary)
        else:
            last = block is found[-1] and after is not None
            _write_lines(page, block.lines, vocabulary, after.lines[0].words[0] if last and after else None)
        page.blocks.append((block, start, page.length))
    if found:
        page.add(_BETWEEN if after is None else "" if _is_cut(found[-1].lines[-1].words[-1]) else " ")
    return page


def _is_cut(word: Word) -> bool:
    return len(word.text) > 1 and word.text[-1] in _HYPHENS


def _write_row(page: PageText, row: Sequence[Line | str], vocabulary: Vocabulary) -> None:
    start = len(page.text)
    for part in row:
        if isinstance(part, str):
            page.add(part)
        else:
            _write_lines(page, (part,), vocabulary)
    page.add(tables.ended("".join(page.text[start:])))


def _write_lines(
    page: PageText, found: Sequence[Line], vocabulary: Vocabulary, after: Word | None = None
) -> None:
    """Adds lines as one paragraph; ``after`` is the word that follows overleaf."""
    words = [(word, at == 0) for line in found for at, word in enumerate(line.words)]
    for at, (word, begins) in enumerate(words):
        if at and (begins or not word.joined) and not (begins and _is_cut(words[at - 1][0])):
            page.add(" ")
        following = words[at + 1] if at + 1 < len(words) else (after, True)
        _write_word(page, word, following[0] if following[1] else None, vocabulary)


def _write_word(page: PageText, word: Word, after: Word | None, vocabulary: Vocabulary) -> None:
    """Adds a word, without the hyphen that a line's end gave it. ``after`` begins the next line."""
    text = word.text
    if after and _is_cut(word) and not vocabulary.keeps_hyphen(text[:-1], after.text):
        text = text[:-1]
    places: Iterable[int] = range(word.first, word.first + len(text))
    if _ODD.search(text):
        spelt = [(_SPELT.get(char, char), index) for char, index in zip(text, places, strict=True)]
        places = [index for letters, index in spelt for _ in letters]
        text = "".join(letters for letters, _ in spelt)
    page.add(text, places)
