"""Stored words → words for people: Markdown's marks and invisible characters go, every offset stays known."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

from qa.types import Span

_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!$~|<>&])")
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]++)\1(?!`)")
_BLANK_LINE = r"\n[^\S\n]*+\n"
_BRACKET = re.compile(rf"!?\[|\]|{_BLANK_LINE}")
_TARGET = re.compile(
    r"\((?:#|/|\.\.?/|www\.|https?:|ftp:|mailto:|<|[^()\s]*?[./#])"
    r"(?:[^()\s]|\([^()\s]*+\))*(?:\s++(?:\"[^\"\n]*+\"|'[^'\n]*+'))?\s*+\)"
)
_RUN = re.compile(rf"\*++|_++|~~|{_BLANK_LINE}")
_START = re.compile(r"\s*+(?:>\s*+)*(?:#{1,6}\s++|[-*+•‣▪◦●]\s++)?")
_LINE_MARK = re.compile(r"(?m)^ {0,3}(?:#{1,6}[ \t]++|(?:`{3,}+|~{3,}+)[\w+-]*+[ \t]*+$)")
_VISIBLE_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\u0890\u0891\U000110bd\U000110cd"
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Letters and marks to Unicode, and nothing to the eye."""
_SIGNS = "[!-~\u00a1-\u00ac\u00ae-\u02ff]+"
_PIECES = re.compile(f"({_SIGNS}(?: {_SIGNS})*)|\\s+|.", re.DOTALL)
"""Signs that show themselves, whatever stands around them, in words; white space; any other character."""
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_LONGEST_TARGET = 4_000


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Words for people. ``origins[i]`` is the index in the raw text of ``text[i]``; it only grows."""

    text: str
    origins: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """Where the raw span ``[start, end)`` is displayed; empty when nothing of it is."""
        first = bisect_left(self.origins, start)
        return Span(first, max(first, bisect_left(self.origins, end)))

    def raw(self, start: int, end: int) -> Span:
        """The raw span of the displayed span ``[start, end)``, which must be inside ``text``."""
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else 0
            return Span(at, at)
        return Span(self.origins[start], self.origins[end - 1] + 1)


def clean(text: str) -> Cleaned:
    """``text`` without Markdown's marks and invisible characters, white space as single spaces.

    Dropped: backslashes before punctuation, what links and images wrap around their words, marks of
    emphasis and code, heading marks, a list bullet or quote marks at the very start, controls,
    zero-width and direction marks (LRM and RLM too: they show nothing and break matching), tag characters.
    Kept: ``snake_case``, ``2*3*4``, numbers of lists, emoji's ZWJ, ZWNJ and ZWJ inside words.
    Takes time linear in the length.
    """
    drop = bytearray(len(text))
    if not text.isalnum():
        _drop_marks(text, drop)
    return _compose(text, drop)


def _drop_marks(text: str, drop: bytearray) -> None:
    """Sets ``drop`` for each character that is Markdown's, not the author's."""
    plain = bytearray(len(text))  # escaped, or inside code: no mark, whatever it looks like
    for match in _ESCAPE.finditer(text):
        plain[match.start() : match.end()] = b"\1\1"
        if match[1] != "\\":  # "\\server" is more often a path than an escaped backslash
            drop[match.start()] = 1
    if "`" in text:
        _drop_code(text, drop, plain)
    for match in _LINE_MARK.finditer(text):
        _mark(drop, match.start(), match.end())
    start = _START.match(text)
    if start:
        _mark(drop, 0, start.end())
    if "](" in text:
        _drop_links(text, drop, plain)
    if "*" in text or "_" in text or "~" in text:
        _drop_emphasis(text, drop, plain)


def _mark(flags: bytearray, start: int, end: int) -> None:
    flags[start:end] = b"\1" * (end - start)


def _drop_code(text: str, drop: bytearray, plain: bytearray) -> None:
    for match in _CODE.finditer(text):
        if plain[match.start()]:
            continue
        _mark(plain, match.start(), match.end())
        drop[match.start() : match.end()] = bytes(match.end() - match.start())  # `\$` in code keeps its \
        _mark(drop, *match.span(1))
        _mark(drop, match.end() - len(match[1]), match.end())


def _drop_links(text: str, drop: bytearray, plain: bytearray) -> None:
    """``[words](target)`` and ``![alt](target)``, one in another too: brackets are matched by a stack."""
    opened: list[re.Match[str]] = []
    for match in _BRACKET.finditer(text):
        mark = match[0]
        if mark[0] == "\n":
            opened.clear()
        elif plain[match.end() - 1]:
            continue
        elif mark[-1] == "[":
            opened.append(match)
        elif opened:
            start = opened.pop()
            target = _TARGET.match(text, match.end(), match.end() + _LONGEST_TARGET)
            if target:
                _mark(drop, start.start(), start.end())
                _mark(drop, match.start(), target.end())
                _mark(plain, match.start(), target.end())


def _drop_emphasis(text: str, drop: bytearray, plain: bytearray) -> None:
    """A run of marks that stands before a word, and the next equal one that stands after a word."""
    opened: dict[str, int] = {}
    for match in _RUN.finditer(text):
        run, start, end = match[0], match.start(), match.end()
        if run[0] == "\n":
            opened.clear()
            continue
        if len(run) > 3 or plain[start] or drop[start]:
            continue
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        closes = not before.isspace() and not after.isalnum()
        opens = not after.isspace() and not before.isalnum()
        if closes and run in opened and opened[run] + len(run) < start:
            first = opened.pop(run)
            if not _is_dunder(run, text, first + len(run), start):
                _mark(drop, first, first + len(run))
                _mark(drop, start, end)
        elif opens:
            opened[run] = start


def _is_dunder(run: str, text: str, start: int, end: int) -> bool:
    """``__init__`` is a name, ``__two words__`` is bold."""
    return run == "__" and end - start < 64 and text[start:end].isidentifier()


def _compose(text: str, drop: bytearray) -> Cleaned:
    shown: list[str] = []
    origins: list[int] = []
    space = -1  # where the white space began that has not been written yet
    for piece in _PIECES.finditer(text):
        start, end = piece.span()
        if piece[1] is None or drop.find(1, start, end) >= 0:
            space = _one_by_one(text, range(start, end), drop, (shown, origins), space)
            continue
        if space >= 0 and shown:
            shown.append(" ")
            origins.append(space)
        space = -1
        shown.append(piece[1])
        origins.extend(range(start, end))
    return Cleaned("".join(shown), tuple(origins))


def _one_by_one(text: str, at: range, drop: bytearray, into: tuple[list[str], list[int]], space: int) -> int:
    """Writes what is shown of the characters ``at``; gives ``space`` as it is after them."""
    shown, origins = into
    for index in at:
        if drop[index]:
            continue
        char = text[index]
        if char.isspace():
            space = index if space < 0 else space
        elif _shows(char, text, index, shown[-1][-1] if shown and space < 0 else ""):
            if space >= 0 and shown:
                shown.append(" ")
                origins.append(space)
            space = -1
            shown.append(char)
            origins.append(index)
    return space


def _shows(char: str, text: str, index: int, before: str) -> bool:
    """Whether to show a character; ``before`` is what stands right before it."""
    if char < "\u0300":
        return char.isprintable()
    if char in _BLANK:
        return False
    if _VARIANTS.match(char):  # how to draw a sign, a digit or an ideograph; letters have no variants
        return unicodedata.category(before or " ") in ("So", "Sk", "Sm", "Po", "Nd", "Lo")
    return char.isprintable() or _keeps(text, index, before)


def _keeps(text: str, index: int, before: str) -> bool:
    """Whether to show a character that isn't printable; ``before`` is what stands right before it."""
    char = text[index]
    if char in (_ZWNJ, _ZWJ):
        after = text[index + 1 : index + 2]
        if char == _ZWJ and before and unicodedata.category(after or " ") == "So":
            return unicodedata.category(before) in ("So", "Sk") or before == "\ufe0f"
        return _joins(before) and _joins(after)
    # Private use and unassigned (Co, Cn) may be a font's letters; controls and formats show nothing.
    return unicodedata.category(char) in ("Co", "Cn") or char in _VISIBLE_FORMATS


def _joins(char: str) -> bool:
    """A letter or mark of a script whose words have joiners inside: Hebrew's block and beyond."""
    return char >= "\u0590" and unicodedata.category(char)[0] in "LM"
