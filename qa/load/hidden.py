"""What a document hides from people, and what it says to a model: told on the receipt.

Nothing here decides what an answer is; a passage is only ever evidence, whatever it says. But who takes a
document in should know that someone meant it for a machine. A flag says where or how much, never the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from qa.load.instructions import addressed

_ZERO_WIDTH = (
    "\u200b\u2060-\u2064\ufeff\u180e\u034f\u115f\u1160\u3164\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
)
_LATIN = "[A-Za-z0-9]"
_INVISIBLE = re.compile(rf"[{_ZERO_WIDTH}]|(?<={_LATIN})[\u200c\u200d\u200e\u200f]+(?={_LATIN})")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")
_TAGS = re.compile(
    "[\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}|[\U000e0100-\U000e01ef]{2,}"
)
_SUSPECT = frozenset(
    char
    for first, last in (
        (0x34F, 0x34F),
        (0x115F, 0x1160),
        (0x180E, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2069),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF9, 0xFFFB),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE01EF),
    )
    for char in map(chr, range(first, last + 1))
)
_JOINERS = str.maketrans(dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200c\u200d\u200e\u200f"), None))

_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_LINK_COMMENT = re.compile(r"(?m)^ {0,3}\[[^\]\n]{1,40}\]: *(?:#|<>|//) +[\"'(]([^\n]*)[\"')] *$")
_TAG = re.compile(r"<[a-zA-Z][^<>]{0,1000}>?")
_HIDING = re.compile(
    r"\bstyle\s*=\s*[\"'][^\"']*?(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*[;\"']"
    r"|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*[;\"']|color\s*:\s*transparent)|\shidden\b(?!\s*=\s*[\"']?false)",
    re.IGNORECASE,
)
_PROSE_WORDS = 4
_MOST_COMMENT = 10_000

_MOST_PLACES = 3
_MOST_FOUND = 1_000


def receipt(
    text: str, left_out: Sequence[str] = (), *, source: str = "", whole: str | None = None
) -> tuple[str, ...]:
    """One line for each thing to be told of a document's text.

    ``left_out`` says how and where text was hidden that is not in ``text``; ``source`` is markup that is
    kept as it stands (Markdown, text with tags), to be searched for what it doesn't show. ``whole`` is the
    text as it was before characters that show nothing were taken out of it, if they were.
    """
    lines = [f"hidden text was left out: {'; '.join(left_out)}"] if left_out else []
    return (*lines, *_in_source(source), *_invisible(text if whole is None else whole), *instructions(text))


def instructions(text: str) -> Iterator[str]:
    """A line on the sentences that are addressed to a language model, and where they begin (characters)."""
    plain = text if text.isascii() else text.translate(_JOINERS)
    found = list(islice(addressed(plain), _MOST_FOUND))
    if not found:
        return
    places = ", ".join(f"{at:,}" for at in found[:_MOST_PLACES])
    more = ", …" if len(found) > _MOST_PLACES else ""
    about = "" if len(plain) == len(text) else "about "
    many = "1 passage reads" if len(found) == 1 else f"{len(found):,} passages read"
    yield f"{many} like an instruction to a language model, at character {about}{places}{more}: see why"


def _invisible(text: str) -> Iterator[str]:
    """Lines on characters that show nothing, turn the order of others, or spell unseen words."""
    if text.isascii() or _SUSPECT.isdisjoint(text):
        return
    counts = (
        (len(_INVISIBLE.findall(text)), "zero-width character", "they are neither shown nor searched"),
        (
            len(_DIRECTION.findall(text)),
            "direction mark",
            "they can show words in another order than they are read",
        ),
        (
            sum(map(len, _TAGS.findall(_FLAG.sub("", text)))),
            "tag character",
            "they can spell words that nobody sees",
        ),
    )
    for count, what, why in counts:
        if count:
            yield f"{count:,} {what}{'s' if count > 1 else ''} in the text: {why}"


def _in_source(source: str) -> Iterator[str]:
    """Lines on what markup keeps from being shown."""
    comments = sum(is_prose(match[1]) for match in _COMMENT.finditer(source)) if "<!--" in source else 0
    comments += sum(is_prose(match[1]) for match in _LINK_COMMENT.finditer(source)) if "]:" in source else 0
    if comments:
        held = "1 comment holds" if comments == 1 else f"{comments:,} comments hold"
        yield f"hidden text: {held} words that are not shown where the markup is drawn; they are in the text"
    tags = sum(bool(_HIDING.search(tag[0])) for tag in _TAG.finditer(source)) if "<" in source else 0
    if tags:
        many = "1 tag hides" if tags == 1 else f"{tags:,} tags hide"
        yield f"hidden text: {many} words where the markup is drawn; they are in the text"


def is_prose(words: str, least: int = _PROSE_WORDS) -> bool:
    """Whether a comment is more than a marker: several words, and no code."""
    words = words.strip()[:_MOST_COMMENT]
    if words.startswith(("[if ", "[endif", "!", "#", "//", "{")) or words.endswith("{") or "</" in words:
        return False
    found = re.findall(r"[^\W\d_]{2,}", words)
    signs = sum(char in "={}<>;$\\/|" for char in words)
    return len(found) >= least and signs * 12 < len(words)
