"""Quotes found again in a changed text, by a fingerprint of their words. Pure.

White space and the marks that another extractor sets otherwise don't count; letters, digits and what tells
amounts apart (``1.5`` and ``15``, ``-5`` and ``5``, ``$`` and ``€``) do. A quote is of whole words: ``$11``
is not found in ``$115``. Takes time linear in the text: a polynomial rolling hash modulo 2**64 (Karp and
Rabin, 1987) says where to look, a digest whether it is there.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from qa.types import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.uint32]
    Hashes = NDArray[np.uint64]

_FORM = re.compile(r"(?a:(\d{1,8})-([0-9a-f]{16})([0-9a-f]{16}))")
_MOST_CLOSING = 8  # marks
_POINTS = ".,"
_DASHES = "-\u2010\u2011\u2012\u2013\u2212"
_ONE_DASH = str.maketrans(dict.fromkeys(_DASHES, "-"))
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # marks that show nothing
_COUNT, _WORD, _DIGIT, _POINT, _DASH = 3, 4, 8, 16, 32  # of a kind: bits
_LONGEST = 3  # letters that one may stand for (ﬃ): some stand for 18, of which texts are made to blow up
_BLOCK = 1 << 18  # characters at a time: what is looked at needs 40 bytes a character, what is kept 8
_BASE = 0x9E3779B97F4A7C15  # odd, and 5 modulo 8: its powers come back to 1 as late as any
_MIX = 0xBF58476D1CE4E5B9
_WIDTH = 1 << 64
_MOST_LOOKED_AT = 64  # places with the hash and other words: there are such where somebody made them


class _Folded(NamedTuple):
    """The characters of a text that count, in one form, and where each stands in the text."""

    codes: Codes
    origins: NDArray[np.int32]


class _Anchor(NamedTuple):
    """How many characters count in a quote, their rolling hash, and the first 64 bits of their digest."""

    length: int
    rolling: int
    digest: str


def anchor(quote: str) -> str:
    """The fingerprint of a quote, about 36 characters; "" when none of its characters counts."""
    made = _anchor(_fold(quote).codes)
    return f"{made.length}-{made.rolling:016x}{made.digest}" if made.length else ""


def is_anchor(given: str) -> bool:
    """Whether it has the form of a fingerprint."""
    return _FORM.fullmatch(given) is not None


def fits(given: str, words: str) -> bool:
    """Whether ``words`` are what the fingerprint was made of, white space and marks apart."""
    return _parsed(given) == _anchor(_fold(words).codes)


def find(given: str, text: str, near: int) -> Span | None:
    """Where what the fingerprint was made of stands in ``text``, with the marks that close it.

    Of several places it is the one that begins nearest to ``near``. None where it is not there, or where
    ``given`` is no fingerprint.
    """
    import numpy as np

    wanted = _parsed(given)
    if wanted is None or not 0 < wanted.length <= len(text) * _LONGEST:
        return None
    codes, origins = _fold(text)
    places = _places(codes, wanted)
    places = places[_apart(origins, places) & _apart(origins, places + wanted.length)]
    nearest = places[np.argsort(np.abs(origins[places] - min(max(near, 0), len(text))), kind="stable")]
    for place in nearest[:_MOST_LOOKED_AT].tolist():
        behind = place + wanted.length
        if _digest(codes[place:behind]) == wanted.digest:
            end = int(origins[behind - 1]) + 1
            return Span(int(origins[place]), _closed(text, end))
    return None


def _apart(origins: NDArray[np.int32], at: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of each place in ``origins``, whether something stands between it and the one before."""
    import numpy as np

    bounded = np.concatenate(([-2], origins, [np.iinfo(np.int32).max]))
    apart: NDArray[np.bool_] = bounded[at + 1] - bounded[at] > 1
    return apart


def _closed(text: str, end: int) -> int:
    """Where the marks end that follow the last word without a space."""
    for at, character in enumerate(text[end : end + _MOST_CLOSING], start=end):
        if character.isspace() or _form(character):
            return at
    return min(end + _MOST_CLOSING, len(text))


def _parsed(anchor: str) -> _Anchor | None:
    parts = _FORM.fullmatch(anchor)
    return _Anchor(int(parts[1]), int(parts[2], 16), parts[3]) if parts else None


def _anchor(codes: Codes) -> _Anchor:
    if not codes.size:
        return _Anchor(0, 0, "")
    rolling = int((_mixed(codes) * _powers(codes.size)).sum())
    return _Anchor(codes.size, rolling % _WIDTH, _digest(codes))


def _digest(codes: Codes) -> str:
    return blake2b(codes.astype("<u4").tobytes(), digest_size=8).hexdigest()


def _places(codes: Codes, wanted: _Anchor) -> NDArray[np.intp]:
    """Where stretches begin that have the rolling hash, in order.

    With S(i) the sum of v(c) * B**k over k < i, n characters at i have it if S(i + n) - S(i) = hash * B**i.
    """
    import numpy as np

    step = max(_BLOCK, wanted.length)
    powers = _powers(min(step + wanted.length, codes.size) + 1)
    found = [np.zeros(0, dtype=np.intp)]
    for first in range(0, codes.size - wanted.length + 1, step):
        block = codes[first : first + step + wanted.length - 1]
        sums = np.zeros(block.size + 1, dtype=np.uint64)
        np.cumsum(_mixed(block) * powers[: block.size], out=sums[1:])
        starts = block.size - wanted.length + 1
        has = sums[wanted.length :] - sums[:starts] == np.uint64(wanted.rolling) * powers[:starts]
        found.append(np.flatnonzero(has) + first)
    return np.concatenate(found)


def _powers(count: int) -> Hashes:
    """The base to the power of 0 up to ``count`` - 1, modulo 2**64."""
    import numpy as np

    powers = np.full(count, _BASE, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers, out=powers)


def _mixed(codes: Codes) -> Hashes:
    """A number for each character, all of whose bits depend on it."""
    import numpy as np

    mixed = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(_BASE)
    mixed ^= mixed >> np.uint64(32)
    return mixed * np.uint64(_MIX)


def _fold(text: str) -> _Folded:
    import numpy as np

    blocks = [_fold_block(text, at) for at in range(0, max(1, len(text)), _BLOCK)]
    return _Folded(np.concatenate([b.codes for b in blocks]), np.concatenate([b.origins for b in blocks]))


def _fold_block(text: str, start: int) -> _Folded:
    """The characters that count of ``text[start : start + _BLOCK]``, seen with their neighbours."""
    import numpy as np

    before = min(start, 1)
    here = text[start - before : start + _BLOCK + 1]
    codes = np.frombuffer(here.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds, forms = _tables(codes)
    kind = kinds[codes]
    counts = kind & _COUNT
    counts[_telling(kind)] = 1
    counts[:before] = 0
    counts[before + _BLOCK :] = 0
    origins = np.flatnonzero(counts > 0)
    folded = forms[:, 0][codes[origins]]
    several = np.flatnonzero(counts[origins] > 1)
    if several.size:
        more = counts[origins[several]].astype(np.intp) - 1
        repeated = np.repeat(several, more)
        nth = np.arange(repeated.size) - np.repeat(np.cumsum(more) - more, more) + 1
        folded = np.insert(folded, repeated + 1, forms[codes[origins[repeated]], nth])
        origins = np.insert(origins, repeated + 1, origins[repeated])
    return _Folded(folded, (origins + (start - before)).astype(np.int32))


def _tables(codes: Codes) -> tuple[NDArray[np.uint8], Codes]:
    """By code point: what kind of character it is, and what it counts as."""
    import numpy as np

    size = int(codes.max(initial=0)) + 1
    present = np.zeros(size, dtype=bool)
    present[codes] = True
    kinds = np.zeros(size, dtype=np.uint8)
    forms = np.zeros((size, _LONGEST), dtype=np.uint32)
    here = np.flatnonzero(present)
    if here.size:
        kinds[here], forms[here] = zip(*map(_known, here.tolist()), strict=True)
    return kinds, forms


@lru_cache(4096)
def _known(code: int) -> tuple[int, tuple[int, ...]]:
    """The kind of a character, and the ``_LONGEST`` characters that it counts as if it does; 0 for none."""
    character = chr(code)
    form = _form(character)
    kind = (
        len(form)
        | _WORD * character.isalnum()
        | _DIGIT * character.isdecimal()
        | _POINT * (character in _POINTS)
        | _DASH * (character in _DASHES)
    )
    shown = form or character.translate(_ONE_DASH)
    return kind, tuple(map(ord, shown.ljust(_LONGEST, "\0")))


def _form(character: str) -> str:
    """What a character counts as: small letters, their marks, digits, signs of amounts; "" when it doesn't.

    One character at a time, so that the words of a quote count the same wherever they stand.
    """
    form = unicodedata.normalize("NFKD", character).casefold()
    kept = "".join(each for each in form if _counts(each))
    return kept if len(kept) <= _LONGEST else character


def _counts(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind[0] in "LMN" or kind == "Sc" or character == "%") and not _SELECTORS.match(character)


def _telling(kind: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where marks tell numbers apart: a point or comma between two digits, a sign before the first."""
    import numpy as np

    marks = np.flatnonzero(kind[:-1] & (_POINT | _DASH))
    before, after = np.where(marks > 0, kind[marks - 1], 0), kind[marks + 1]
    inside = (kind[marks] & _POINT > 0) & (before & _DIGIT > 0)
    sign = (kind[marks] & _DASH > 0) & (before & _WORD == 0)
    telling: NDArray[np.intp] = marks[(inside | sign) & (after & _DIGIT > 0)]
    return telling
