"""Text → sentence spans: blocks (paragraphs, bullets, headings) by the lines' shape, sentences by Punkt.

llama-index's own sentence splitter runs Punkt untrained and cuts at "Dr." and "U.S."; the English
parameters that llama-index-core ships beside it are trained, so they are read from there instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from qa.types import Span

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

WINDOW = 4_000
"""Characters Punkt sees at once; longer sentences are cut at a space."""
_DENSE = 8
"""A stretch with a full stop in so few characters isn't prose: Punkt would take long to find nothing."""
_DENSE_FROM = 400

_LINE = re.compile(r"[^\r\n\f\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\r\n\f\u2028\u2029]")
_BULLET = re.compile(r"(?:[-*+•‣▪◦●○]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]+\S")
_MARKED = re.compile(r"[#>|]|(?:`{3}|~{3})|={2,}$|-{3,}$")
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’»)\]*_]*$")
_SENTENCE_INSIDE = re.compile(r"[.!?][\"'”’)\]]*\s")
_FURTHER_END = re.compile(r"[。！？]+[”」』）]*|[؟۔।]+(?=\s)")
_NUMBER_OF = re.compile(r"\b(?:No|Nos)\.\s*$")
_MAYBE_END = re.compile(r"[.?!][\s\W]")
_LETTER = re.compile(r"[^\W_]")
_WORD = re.compile(r"\S+")
_SPACE_BEFORE = re.compile(r"\s\S*$")
_CAPITAL_INSIDE, _SMALL = 4, 16 | 32 | 64  # flags in Punkt's table of how words were written
_ABBREVIATIONS = "al approx art ca cf ch e.g ed eds eq fig figs i.e pp sec vol vols".split()

_WRAP_WIDTHS = range(40, 121)
_LINES_TO_MEASURE = 20_000
_GOES_ON = 60
_GOES_ON_CAPITAL = 200


def sentences(text: str, apart: Sequence[Span] = ()) -> Iterator[Span]:
    """Spans of the sentences of ``text``, in order, stripped; every other character is white space.

    Each span of ``apart`` (headings: in order, within the text, not overlapping) is one sentence.
    A block's end ends a sentence: a blank line, a bullet, a line break where lines aren't wrapped at a
    width. A paragraph that clearly goes on below the blank line (a page break) is one block with it.
    """
    at = 0
    width = _wrap_width(text)
    for start, end in apart:
        for block in _blocks(text, at, start, width):
            yield from _split(text, *block)
        yield from _stripped(text, start, end)
        at = end
    for block in _blocks(text, at, len(text), width):
        yield from _split(text, *block)


def _wrap_width(text: str) -> int:
    """The width the lines are wrapped at, 0 where they aren't: half of the lines or more come near it.

    A tenth of them may be longer (links, tables).
    """
    lengths = sorted(length for length in _line_lengths(text) if length)
    if len(lengths) < 2:
        return 0
    width = lengths[len(lengths) * 9 // 10 - 1]
    near = sum(length * 4 >= width * 3 for length in lengths)
    return width if width in _WRAP_WIDTHS and near * 2 >= len(lengths) else 0


def _line_lengths(text: str) -> Iterator[int]:
    for count, match in enumerate(_LINE.finditer(text)):
        if count == _LINES_TO_MEASURE:
            return
        yield match.end() - match.start() if match.end() - match.start() > 200 else len(match[0].strip())


def _blocks(text: str, start: int, end: int, width: int) -> Iterator[Span]:
    """The blocks of ``text[start:end]``: runs of lines that belong together, stripped."""
    block: Span | None = None
    for match in _LINE.finditer(text, start, end):
        line = next(_stripped(text, match.start(), match.end()), None)
        if line is None:
            continue
        if block and _continues(text, block, line, width):
            block = Span(block.start, line.end)
            continue
        if block:
            yield block
        block = line
    if block:
        yield block


def _continues(text: str, block: Span, line: Span, width: int) -> bool:
    head = text[line.start : line.start + 80]
    if _BULLET.match(head) or _MARKED.match(head) or text[block.start] == "|":
        return False
    tail = text[max(block.start, block.end - 200) : block.end]
    ended = bool(_ENDED.search(tail))
    breaks = _BREAK.findall(text, block.end, line.start)
    if len(breaks) > 1 or "\f" in breaks:
        return not ended and _goes_on_below(text, block, line)
    if head[0].islower() and not ended:
        return True
    word = _WORD.match(head)
    last = max(tail.rfind("\n"), tail.rfind("\r"), tail.rfind("\f"))
    length = len(tail) - last - 1 if last >= 0 or len(tail) < 200 else 200
    return bool(width and word) and length <= 200 and length + 1 + len(word[0] if word else "") > width


def _goes_on_below(text: str, block: Span, line: Span) -> bool:
    """Whether an unended paragraph goes on after a blank line: the next begins small, or both are prose."""
    length = block.end - block.start
    if not (text[block.end - 1].isalnum() or text[block.end - 1] in ",-–’'"):
        return False
    if text[line.start].islower():
        return length >= _GOES_ON
    if length < _GOES_ON_CAPITAL or not text[line.start].isupper():
        return False
    prose = _SENTENCE_INSIDE.search(text, max(block.start, block.end - WINDOW), block.end)
    return (
        bool(prose)
        and line.end - line.start >= _GOES_ON
        and bool(_ENDED.search(text[line.end - 10 : line.end]))
    )


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """``[start, end)`` without white space at its ends; nothing when it is all white space."""
    first = _WORD.search(text, start, min(end, start + 200)) or _WORD.search(text, start, end)
    if first is None:
        return
    while text[end - 1].isspace():
        end -= 1
    yield Span(first.start(), end)


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a block, seen through a window; what a window ends with is looked at again."""
    while start < end:
        stop = min(end, start + WINDOW)
        window = text[start:stop]
        found = [Span(start + a, start + b) for a, b in _within(window)]
        if stop < end and len(found) > 1:
            stop = found.pop().start
        elif stop < end:
            space = _SPACE_BEFORE.search(window, len(window) // 2)
            stop = start + space.start() if space else stop
            found = [Span(start, stop)]
        for span in found:
            yield from _stripped(text, *span)
        start = next((span.start for span in _stripped(text, stop, end)), end)


def _within(window: str) -> Iterator[Span]:
    """Sentences that leave nothing out: Punkt's, and those that other scripts' full stops end.

    "No. 5" stays together, and what has no letter or digit belongs to the sentence before or after.
    """
    begin = 0
    for start in sorted({*_ends(window), *(match.end() for match in _FURTHER_END.finditer(window))}):
        if not _LETTER.search(window, begin, start) or not _LETTER.search(window, start):
            continue
        if window[start].isdigit() and _NUMBER_OF.search(window, begin, start):
            continue
        yield Span(begin, start)
        begin = start
    yield Span(begin, len(window))


def _ends(window: str) -> Iterator[int]:
    """Where Punkt begins a sentence. It isn't asked where there is nothing to find, or far too much."""
    if not _MAYBE_END.search(window):
        return
    if len(window) >= _DENSE_FROM and sum(map(window.count, ".?!")) * _DENSE > len(window):
        return
    yield from (start for start, _ in _punkt().span_tokenize(window))


def seldom_small(word: str) -> bool:
    """Whether newspapers write ``word`` with a capital in mid-sentence and never without: it is a name.

    A word that they didn't have is one too, unless it ends as adverbs and participles do.
    """
    seen = _punkt()._params.ortho_context.get(word.casefold())
    if not seen:
        return not word.casefold().endswith(("ly", "ing", "ed"))
    return bool(seen & _CAPITAL_INSIDE) and not seen & _SMALL


@cache
def _punkt() -> PunktSentenceTokenizer:
    """English Punkt with the parameters in llama-index-core's package: no download, no look at NLTK_DATA."""
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    with suppress(ImportError):  # older versions have no limit
        # NLTK gives each pattern five seconds by the clock, which on a busy machine good texts exceed: other
        # threads had them. What Punkt sees here is short, and never dense with full stops.
        from nltk import redos

        redos.DEFAULT_TIMEOUT = None
    folder = static_folder() / "nltk_cache" / "tokenizers" / "punkt_tab" / "english"
    parameters = PunktParameters()
    parameters.abbrev_types = {*_rows(folder / "abbrev_types.txt"), *_ABBREVIATIONS}
    parameters.sent_starters = set(_rows(folder / "sent_starters.txt"))
    pairs = (row.split("\t") for row in _rows(folder / "collocations.tab"))
    parameters.collocations = {(first, second) for first, second in pairs}
    for row in _rows(folder / "ortho_context.tab"):
        word, flags = row.split("\t")
        parameters.ortho_context[word] = int(flags)
    return PunktSentenceTokenizer(parameters)


def _rows(path: Path) -> list[str]:
    return [row for row in path.read_text(encoding="utf-8").split("\n") if row]


def static_folder() -> Path:
    """Where llama-index-core keeps what it ships, found without importing it."""
    spec = find_spec("llama_index")
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place) / "core" / "_static"
        if folder.is_dir():
            return folder
    raise ModuleNotFoundError("llama-index-core is not installed, or its _static folder is missing")
