"""Document → passages: whole sentences, counted in cl100k_base tokens, headings with the text below them."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from qa.display import clean
from qa.sentences import sentences, static_folder
from qa.types import Document, Passage, Span

if TYPE_CHECKING:
    import tiktoken

CHUNKER = "footnote-chunk/1"
"""What cuts the passages; the number rises when the same document would be cut elsewhere."""
_SECTION_SHARE = 4
"""A heading begins a new passage once the current one has 1/4 of the tokens it may have."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, a heading or a piece of a sentence. ``gap`` is the tokens that joining it costs."""

    start: int
    end: int
    tokens: int
    gap: int
    heading: bool


_Group = tuple[list[_Unit], int]
"""The units of a passage, and the tokens of its text."""


def chunk(document: Document, *, max_tokens: int, overlap_tokens: int) -> list[Passage]:
    """The passages of a document, in order; none for one that is all white space.

    ``document.text[p.start:p.end] == p.text``, stripped, of at most ``max_tokens`` (≥ 8) tokens. Every
    character but white space stands in some passage. A passage repeats up to ``overlap_tokens``
    (≥ 0, < ``max_tokens``) of the one before, in whole sentences, but nothing from above a heading.
    """
    if max_tokens < 8 or not 0 <= overlap_tokens < max_tokens:
        raise ValueError(
            f"max_tokens must be 8 or more and overlap_tokens smaller: {max_tokens}, {overlap_tokens}"
        )
    units = _fit_to(document.text, _units(document), max_tokens)
    headings = [heading.start for heading in document.headings]
    pages = [page.start for page in document.pages]
    groups = _pack(document.text, units, max_tokens, overlap_tokens)
    return [_passage(document, group, headings, pages) for group in groups]


def embedding_text(title: str, heading: str | None, text: str) -> str:
    """What is embedded for a passage: title and heading above its words, all cleaned of Markdown's marks."""
    words = clean(text).text
    above = [clean(part).text for part in (title, heading) if part]
    kept = [part for part in dict.fromkeys(above) if part and not words.startswith(part)]
    return "\n".join((*kept, words))


def count_tokens(text: str) -> int:
    """How many cl100k_base tokens ``text`` has; special tokens count as the text they are."""
    return len(_encoder().encode_ordinary(text))


@cache
def _encoder() -> tiktoken.Encoding:
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(static_folder() / "tiktoken_cache"))
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")


def _units(document: Document) -> Iterator[_Unit]:
    text = document.text
    apart = _apart(document)
    headings = {span.start for span in apart}
    before = 0
    for start, end in sentences(text, apart):
        gap = count_tokens(text[before:start]) if start - before > 1 else 0
        yield _Unit(start, end, count_tokens(text[start:end]), gap, start in headings)
        before = end


def _apart(document: Document) -> list[Span]:
    """The headings' spans that are in order and inside the text, stripped."""
    found: list[Span] = []
    at = 0
    for heading in document.headings:
        words = document.text[heading.start : heading.end]
        if heading.start >= at and words.strip():
            start = heading.start + len(words) - len(words.lstrip())
            found.append(Span(start, start + len(words.strip())))
            at = heading.end
    return found


def _fit_to(text: str, units: Iterable[_Unit], max_tokens: int) -> Iterator[_Unit]:
    """The same units, those cut that are too long for a passage, or for one with the headings above them."""
    above = 0  # tokens of the headings right above
    for unit in units:
        if unit.heading and unit.tokens <= max_tokens // 2:
            higher = above + unit.gap if above + unit.gap + unit.tokens <= max_tokens // 2 else 0
            above = unit.tokens + higher
            yield unit
            continue
        room = max_tokens - above - unit.gap if above else max_tokens
        room = room if room >= max_tokens // 4 else max_tokens
        if unit.tokens <= room:
            yield _Unit(unit.start, unit.end, unit.tokens, unit.gap, heading=False)
        else:
            yield from _cut(text, unit, room, max_tokens)
        above = 0


def _cut(text: str, unit: _Unit, first: int, rest: int) -> Iterator[_Unit]:
    """``unit`` in pieces of at most ``first``, then ``rest`` tokens, at spaces where there are any."""
    start, room, gap = unit.start, first, unit.gap
    density = (unit.end - unit.start) / unit.tokens
    while start < unit.end:
        piece = _reach(text, Span(start, unit.end), room, gap, density)
        yield piece
        start, room = piece.end, rest
        while start < unit.end and text[start].isspace():
            start += 1
        gap = count_tokens(text[piece.end : start]) if start - piece.end > 1 else 0


def _reach(text: str, span: Span, room: int, gap: int, density: float) -> _Unit:
    """The first piece of ``span``, of at most ``room`` tokens; one character at least."""
    start, end = span
    size = max(1, int(room * density))
    while True:
        stop = min(end, start + size)
        if stop < end and not text[stop].isspace():
            space = max(text.rfind(" ", start + size // 2, stop), text.rfind("\n", start + size // 2, stop))
            stop = space if space > start else stop
        words = text[start:stop].rstrip()
        tokens = count_tokens(words)
        if tokens <= room or stop - start == 1:
            return _Unit(start, start + len(words), tokens, gap, heading=False)
        size = max(1, min(stop - start - 1, (stop - start) * room // tokens))


def _pack(text: str, units: Iterable[_Unit], max_tokens: int, overlap_tokens: int) -> Iterator[_Group]:
    """Greedily filled groups, each with units that no other has. A heading ends none but the last."""
    group: list[_Unit] = []
    total = fresh = 0  # tokens of the group; where in it the units begin that no group before has
    for atom in _atoms(units, max_tokens):
        more = _tokens(atom, joined=True)
        section = atom[0].heading and total * _SECTION_SHARE >= max_tokens
        if group and (section or total + more > max_tokens):
            for made in _exact(text, group, fresh, max_tokens):
                yield made
                group = made[0]
            room = 0 if atom[0].heading else min(overlap_tokens, max_tokens - more)
            group = _overlap(group, room)
            fresh = len(group)
            total = _tokens(group)
        total += more if group else _tokens(atom)
        group.extend(atom)
    if group:
        yield from _exact(text, group, fresh, max_tokens)


def _atoms(units: Iterable[_Unit], max_tokens: int) -> Iterator[list[_Unit]]:
    """What stays together: headings with the sentence below them, other sentences alone."""
    above: list[_Unit] = []
    for unit in units:
        if above and _tokens([*above, unit]) > (max_tokens // 2 if unit.heading else max_tokens):
            yield above
            above = []
        above.append(unit)
        if not unit.heading:
            yield above
            above = []
    if above:
        yield above


def _tokens(units: Sequence[_Unit], *, joined: bool = False) -> int:
    """About the tokens of ``units`` as one passage; ``joined``: as the end of one."""
    total = sum(unit.tokens + unit.gap for unit in units)
    return total if joined or not units else total - units[0].gap


def _overlap(group: Sequence[_Unit], room: int) -> list[_Unit]:
    """The last units of ``group``, not all, below its last heading, of at most ``room`` tokens."""
    kept: list[_Unit] = []
    for unit in reversed(group[1:]):
        if unit.heading or _tokens([unit, *kept]) > room:
            break
        kept.insert(0, unit)
    return kept


def _exact(text: str, group: list[_Unit], fresh: int, max_tokens: int) -> Iterator[_Group]:
    """``group``; where its parts counted less than the whole (rare), without the overlap, or in halves."""
    alone = len(group) == 1
    tokens = group[0].tokens if alone else count_tokens(text[group[0].start : group[-1].end])
    if alone or tokens <= max_tokens:
        yield group, tokens
        return
    half = fresh or len(group) // 2
    if not fresh:
        yield from _exact(text, group[:half], 0, max_tokens)
    yield from _exact(text, group[half:], 0, max_tokens)


def _passage(document: Document, group: _Group, headings: Sequence[int], pages: Sequence[int]) -> Passage:
    units, tokens = group
    start, end = units[0].start, units[-1].end
    # A passage that begins with headings is under the last of them.
    body = next((unit.start for unit in units if not unit.heading), start)
    above = bisect_right(headings, body) - 1
    page = bisect_right(pages, start) - 1
    return Passage(
        start=start,
        end=end,
        text=document.text[start:end],
        sentences=tuple(Span(unit.start, unit.end) for unit in units),
        tokens=tokens,
        heading=document.headings[above].text or None if above >= 0 else None,
        page=document.pages[page].number if page >= 0 else None,
        headings=document.headings[bisect_left(headings, start) : bisect_left(headings, end)],
    )


__all__ = ["CHUNKER", "chunk", "count_tokens", "embedding_text"]
