"""Numbers in a text as values: "$11.6 million" is "11,600,000", and "$115 million" is another.

Understood: digits with or without commas; scales ("2bn", "3.75 trillion"; "4m" and "4k" if glued, or after a
currency); signs ("-5", "−5"); accounting's negatives ("(12.3)", "£(8.1m)", "$(2.3) million"); per cent;
euros, pounds and anyone's dollars; number words up to 99 and hundreds of them ("two hundred and five").
A range says once what holds for both ends: "$1.5 to 2 million" is two numbers of dollars. Years, parts of
dates and "one" are numbers like others.

Left out or read in pieces: "a million", "half a million", "two-thirds" and "twenty-first" are nothing; "two
thousand and five" is 2000 and 5; "1/2" is 1 and 2; "1.234,5" is 1, 234 and 5; lakhs, and thousands parted by
spaces, fall apart. A whole number alone in parentheses, "(2)" or "(2019)", isn't negative: in prose it counts
or dates something. Digits glued to a letter before them are a label: "FY2018", "Q3".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_ONES = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(["zero", *_ONES, *_TEENS])}
_WORDS |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_POWERS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_SHORT_POWERS = {"k": 3, "m": 6, "mm": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "tn": 12}
_DOLLARS = ("usd", "aud", "cad", "hkd", "nzd", "sgd")
_MONEY = dict.fromkeys(("$", "dollar", *_DOLLARS), "$")
_MONEY |= dict.fromkeys(("€", "euro", "eur"), "€") | dict.fromkeys(("£", "gbp"), "£")
_NO_UNIT_HERE = ("chf", "cny", "inr", "jpy", "rmb")
_LARGE = 1000.0  # with no scale: shares nothing with what follows, as in "$64,000 to $1.2 million"


def _any_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_CODES = _any_of([*_DOLLARS, "eur", "gbp", *_NO_UNIT_HERE])
_SMALL = rf"(?:{_any_of(_TENS)}(?:[\s-]{_any_of(_ONES)}\b)?|{_any_of(['zero', *_ONES, *_TEENS])})\b"
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|quarter|half|halve)s?\b"
_SCALE = (
    rf"(?:(?:[\s-]{{0,2}}+{_any_of(_POWERS)}s?\b){{1,2}}+"
    rf"|(?:\s?(?:bn|mn|tn)|[km]|(?(currency)\s?(?:mm|[kmbt])|(?!)))\b)"
)
_UNIT = (
    r"(?:[\s-]?(?:%|per\s?cent\b)"
    rf"|\s?(?:€|{_CODES}\b|(?:u\.?s\.?\s)?(?:dollar|euro)s?\b)(?!\s?[0-9]))"
)
# Every repetition is possessive or bounded, so that the time is linear in the length of the text.
_NUMBER = re.compile(
    r"(?P<lead>(?:(?<![\w)%.-])[-−])?\(?)"
    rf"(?:(?P<currency>(?:\b[a-z]{{1,2}})?\$|[€£]|\b{_CODES})\s?(?P<inner>[-−(]?)|(?<!\w))"
    r"(?:(?P<digits>(?:(?<!\.)\.)?[0-9]++(?:[.,][0-9]++)*+)"
    rf"|(?P<words>\b{_SMALL}(?:\shundred\s(?:and\s)?{_SMALL}(?!\shundred))?(?!-{_ORDINAL})))"
    rf"(?P<scale>{_SCALE})?(?P<unit>{_UNIT})?"
    rf"(?:(?P<close>\))(?P<outer_scale>{_SCALE})?(?P<outer_unit>{_UNIT})?)?"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})++(?:\.[0-9]++)?+")
_PLAIN = re.compile(r"[0-9]*+(?:\.[0-9]++)?+")
_TO = re.compile(r"\s?(?:to|[-–—])\s?")
_AND = re.compile(r"\sand\s")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as meant: scale and sign are in ``value``; ``unit`` is "%", "$", "€", "£" or "" for none."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A number as written at ``[start, end)``: digits × 10^power; ``priced`` by a currency before it."""

    start: int
    end: int
    digits: str
    power: int
    unit: str
    priced: bool

    @property
    def value(self) -> float:
        return float(f"{self.digits}e{self.power}")  # one rounding: 4.1e6 is 4,100,000, and 4.1 * 1e6 is not


def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers of ``text`` in order, as told above; one too large for a float is left out.

    Takes time linear in the length.
    """
    lowered = text.lower()
    found: list[_Read] = []
    for match in _NUMBER.finditer(lowered):
        for read in _reads(match):
            if found and _is_range(lowered, found[-1], read):
                found[-1], shared = _shared(found[-1], read)
                found.append(shared)
            else:
                found.append(read)
    return tuple(Number(read.value, read.unit) for read in found if math.isfinite(read.value))


def same_number(a: Number, b: Number, tolerance: float = 0.0) -> bool:
    """Whether |a − b| ≤ tolerance · max(|a|, |b|), and the units are one, or one is absent."""
    agree = a.unit == b.unit or not a.unit or not b.unit
    return agree and math.isclose(a.value, b.value, rel_tol=tolerance)


def _reads(match: re.Match[str]) -> Iterator[_Read]:
    """What one match says: a number, or several where the digits are no one number ("27.5.2019", "1,2")."""
    start, end, digits = match.start(), match.end(), match["digits"]
    if digits is None:
        digits = str(_spelled(match["words"]))
    elif not _GROUPED.fullmatch(digits) and not _PLAIN.fullmatch(digits):
        for part in re.findall("[0-9]+", digits):
            yield _Read(start, end, part, 0, "", priced=False)
        return
    power, unit = _power(match), _unit(match)
    negative = _is_negative(match, bare=digits.isdigit() and not (power or unit or match["currency"]))
    signed = f"{'-' if negative else ''}{digits.replace(',', '')}"
    yield _Read(start, end, signed, power, unit, match["currency"] is not None)


def _spelled(words: str) -> int:
    """The value of number words below ten thousand, "two hundred and five"."""
    before, hundred, after = words.partition("hundred")
    return (100 if hundred else 1) * _small(before) + _small(after)


def _small(words: str) -> int:
    return sum(_WORDS.get(word, 0) for word in re.split(r"[\s-]", words))


def _power(match: re.Match[str]) -> int:
    scales = re.findall("[a-z]+", f"{match['scale'] or ''} {_outer(match, 'scale')}")
    return sum(_SHORT_POWERS.get(s) or _POWERS[s.removesuffix("s")] for s in scales)


def _unit(match: re.Match[str]) -> str:
    """Per cent, else the currency before the number, else the one after it."""
    after = match["unit"] or _outer(match, "unit")
    if after.endswith(("%", "cent")):
        return "%"
    before = match["currency"] or ""
    name = before or "".join(after.split()[-1:]).removesuffix("s")
    return _MONEY.get(before[-1:]) or _MONEY.get(name, "")


def _outer(match: re.Match[str], name: str) -> str:
    """What stands after the parenthesis that closes a number: "$(2.3) million"."""
    return match[f"outer_{name}"] or "" if _is_opened(match) else ""


def _is_opened(match: re.Match[str]) -> bool:
    return match["inner"] == "(" or match["lead"].endswith("(")


def _is_negative(match: re.Match[str], *, bare: bool) -> bool:
    marks = f"{match['lead']}{match['inner'] or ''}"
    alone = match["digits"] is not None and match["close"] is not None and not bare
    return "-" in marks or "−" in marks or match["inner"] == "(" or (_is_opened(match) and alone)


def _is_range(text: str, a: _Read, b: _Read) -> bool:
    between = text[a.end : b.start]
    return bool(_TO.fullmatch(between)) or (
        bool(_AND.fullmatch(between)) and text.endswith("between ", 0, a.start)
    )


def _shared(a: _Read, b: _Read) -> tuple[_Read, _Read]:
    """The ends of a range, each with what only the other one says.

    The scale and "%" go from the second to the first ("5 to 10%", but not "rose 5% to 10"), a currency both
    ways. Nothing goes from a price to a number before it ("3 to $5 million"), or to and from a large number.
    """
    if (b.priced and not a.priced) or (not a.power and abs(a.value) >= _LARGE):
        return a, b
    if not a.power and a.unit != "%":
        a = replace(a, power=b.power)
    if bool(a.power) == bool(b.power):
        first, second = a.unit or b.unit, b.unit or a.unit.replace("%", "")
        a, b = replace(a, unit=first), replace(b, unit=second)
    return a, b
