"""The numbers, dates and names of a sentence that its sources don't have.

They are compared as what they mean: "$11.6 million" is "11,600,000 dollars", "7 June" is "June 7th", "UN" is
"United Nations" where the source has either. English only, and as far as they are written as one expects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from qa.numerals import Numeral, numerals
from qa.read.dates import Day, days_in, fullest
from qa.sentences import seldom_small
from qa.types import Span
from qa.words import STOP_WORDS, fold

_ABOUT = 0.05  # what is told with fewer figures and called "about 40" may be 5 % off
_EXACT = 1e-9
_MORE = r"(?:(?<!no )(?<!not )(?:more|greater|higher) than|over|above|at least|exceed(?:s|ed|ing)?)"
_LESS = r"(?:(?<!no )(?<!not )(?:less|fewer|lower) than|under|below|at most|up to|not? more than)"
_NEARLY = r"(?:nearly|almost|close to)"
_BOUNDS = tuple(
    (re.compile(rf"\b{words}\s(?:about |some )?\Z"), meant)
    for words, meant in ((_MORE, {"more"}), (_LESS, {"less"}), (_NEARLY, {"less", "about"}))
)
_DEFINITE = re.compile(r"\b(?:the|these|those|other)\s\Z")
_NAME = re.compile(r"[^\W\d_]+")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_ENDS = re.compile(r"[.!?:]\s|[\"“‘(]|\A")
_RUN = re.compile(r"[A-Z][^\W\d_]+(?:[\s-](?:(?:of|the|for|and|on|to|in|de)[\s-]){0,2}[A-Z][^\W\d_]+)+")
_CAPITALS = re.compile(r"\b[A-Z]{2,6}\b")
_OF_PEOPLE = frozenset(("", *"y s n an ian ean n ese ish i er ic vian".split()))
_SAME_NAME = (
    frozenset("usa america american americans".split()),
    frozenset("uk britain british".split()),
    frozenset("france french".split()),
    frozenset("spain spanish".split()),
    frozenset("england english".split()),
    frozenset("netherlands dutch".split()),
    frozenset("switzerland swiss".split()),
    frozenset("greece greek greeks".split()),
    frozenset("denmark danish danes".split()),
)
_SMALL_IN_TITLES = frozenset("a an and as at by for from in of on or the to with".split())
_NO_NAMES = STOP_WORDS | frozenset("mr mrs ms dr prof sir yes yeah oh ok okay".split())


@dataclass(frozen=True, slots=True)
class Missing:
    """What a sentence has and its sources don't, in the sentence's words.

    ``bounds`` are numbers that the sources have, but with another "more than", "up to" or "about", or with
    none where the sentence has one, or with one that the sentence leaves out.
    """

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    names: tuple[str, ...]
    bounds: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether something is missing; another bound does not count."""
        return bool(self.numbers or self.dates or self.names)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the facts of sentences are looked up in: what a passage has of them, or several."""

    numbers: tuple[Numeral, ...]
    days: tuple[Day, ...]
    years: frozenset[int]
    words: frozenset[str]
    acronyms: frozenset[str]
    initials: frozenset[str]

    @classmethod
    def of(cls, text: str, published: date | None) -> Facts:
        """The facts of a text, and the day when it appeared. Takes time linear in its length."""
        whole = _undotted(text)
        numbers = tuple(numeral for group in numerals(whole) for numeral in group)
        days = days_in(whole)
        if published:
            days.append(Day(Span(0, 0), published.month, published.day, published.year))
        years = {int(number.value) for number in numbers if number.dates == "year"}
        return cls(
            numbers,
            tuple(days),
            frozenset(years | {day.year for day in days if day.year}),
            frozenset(fold(word) for word in _NAME.findall(whole)),
            frozenset(_CAPITALS.findall(whole)),
            frozenset(_initials(run) for run in _RUN.findall(whole)),
        )

    @classmethod
    def joined(cls, parts: Sequence[Facts]) -> Facts:
        """The facts of several texts."""
        return cls(
            tuple(number for part in parts for number in part.numbers),
            tuple(day for part in parts for day in part.days),
            frozenset[int]().union(*(part.years for part in parts)),
            frozenset[str]().union(*(part.words for part in parts)),
            frozenset[str]().union(*(part.acronyms for part in parts)),
            frozenset[str]().union(*(part.initials for part in parts)),
        )


def missing(sentence: str, known: Facts) -> Missing:
    """What of ``sentence`` is not ``known``, or otherwise. Takes time linear in its length."""
    text = _undotted(sentence)
    days = fullest(days_in(text))
    # Of an ambiguous "7/6/2010" one reading will do.
    told = {day.span for day in days if any(day.within(other, known.years) for other in known.days)}
    undated = list(text)
    for day in days:
        undated[slice(*day.span)] = " " * len(range(*day.span))
    numbers, bounds = _numbers("".join(undated), known)
    return Missing(
        tuple(numbers),
        tuple(dict.fromkeys(text[slice(*day.span)].rstrip(".") for day in days if day.span not in told)),
        tuple(dict.fromkeys(_names("".join(undated), known))),
        tuple(bounds),
    )


def _numbers(text: str, known: Facts) -> tuple[list[str], list[str]]:
    """Numbers that are missing, and those that are bounded otherwise."""
    lacking, otherwise = [], []
    lowered = text.lower()  # may be longer, and numerals count in it
    for number in (number for group in numerals(lowered) for number in group):
        written = lowered[number.start : number.end].strip()
        if _refers_back(number, written) or (number.dates == "year" and number.value in known.years):
            continue
        equals = [other for other in known.numbers if _same(number, other)]
        kinds = [_bounds(other) for other in equals]
        own = _bounds(number)
        if not equals or all(_contrary(own, other) for other in kinds):
            lacking.append(written)
        elif not any(own == other or own & other for other in kinds) and own != {"about"}:
            otherwise.append(written)
    return lacking, otherwise


def _refers_back(number: Numeral, written: str) -> bool:
    """Whether a spelled number counts what was told, and isn't told itself: "the two countries", "one of"."""
    return written == "one" or (written.isalpha() and bool(_DEFINITE.search(number.before)))


def _same(said: Numeral, there: Numeral) -> bool:
    agree = said.unit.startswith(there.unit) or there.unit.startswith(said.unit)
    dated = said.dates or there.dates
    rounded = said.hedged and not dated and _figures(said) < _figures(there)
    return agree and math.isclose(said.value, there.value, rel_tol=_ABOUT if rounded else _EXACT)


def _figures(number: Numeral) -> int:
    """How many significant figures it is given with: 2 of "1,200", "12" and "1.2"."""
    return len(f"{abs(number.value):.12e}".partition("e")[0].replace(".", "").rstrip("0"))


def _bounds(number: Numeral) -> set[str]:
    """How a number is bounded: "more", "less", "about"; empty when it is given as exact."""
    found = [meant for pattern, meant in _BOUNDS if pattern.search(number.before)]
    return set().union(*found) or ({"about"} if number.hedged else set())


def _contrary(one: set[str], other: set[str]) -> bool:
    return {"more", "less"} <= one | other and not one & other


def _names(text: str, known: Facts) -> Iterator[str]:
    """Words with a capital that are not known in any form; none in a text written as titles are."""
    matches = list(_NAME.finditer(text))
    capitals = [match for match in matches if match[0][0].isupper()]
    small = (match[0] for match in matches if match[0][0].islower())
    if len(capitals) > 1 and _SMALL_IN_TITLES.issuperset(small):  # or it is all in capitals
        return
    explained = {
        at for run in _RUN.finditer(text) if _initials(run[0]) in known.acronyms for at in range(*run.span())
    }
    for match in capitals:
        word = match[0]
        if match.start() in explained or fold(word) in _NO_NAMES or _is_told(word, known):
            continue
        named = not _begins(text, match.start()) or seldom_small(word)
        if named and not numerals(word.lower()):
            yield word


def _is_told(word: str, known: Facts) -> bool:
    folded = fold(word)
    if folded in known.words or word in known.initials or word in known.acronyms:
        return True
    same = next((names for names in _SAME_NAME if folded in names), frozenset())
    if same & known.words or ("usa" in same and "US" in known.acronyms):
        return True
    return len(folded) > 1 and any(_of_one_root(folded, other) for other in known.words)


def _of_one_root(one: str, other: str) -> bool:
    """Whether two words are a name and its people, or its plural: *Peru* and *Peruvian*."""
    short, long = sorted((one.removesuffix("s"), other.removesuffix("s")), key=len)
    if len(short) < 4 or long[:3] != short[:3]:
        return False
    root = short[:-1] if short[-1] in "aeiouy" and len(short) > 4 else short
    return any(long.startswith(base) and long[len(base) :] in _OF_PEOPLE for base in (short, root))


def _begins(text: str, at: int) -> bool:
    """Whether a sentence or a quotation begins there, where any word has a capital."""
    return not text[:at].strip() or bool(_ENDS.search(text, max(0, at - 2), at))


def _undotted(text: str) -> str:
    return _DOTTED.sub(lambda match: match[0].replace(".", ""), text)


def _initials(run: str) -> str:
    parts = re.split(r"[\s-]", run)
    return "".join(word[0] for word in parts if word[:1].isupper() and fold(word) not in STOP_WORDS)
