"""Numbers as they are written in a text, found and read.

Understood: digits with or without commas; scales ("2bn", "3.75 trillion"; "4m" and "4k" if glued, or after a
currency); signs ("-5", "−5"); accounting's negatives ("(12.3)", "£(8.1m)", "$(2.3) million"); per cent;
euros, pounds and anyone's dollars; units of measure (``qa.units``); number words up to 99 and hundreds of
them ("two hundred and five"). A range says once what holds for both ends, and so does "or": "$1.5 to 2
million" is two numbers of dollars. Years, parts of dates and "one" are numbers like others.

Left out or read in pieces: "a million", "half a million", "two-thirds" and "twenty-first" are nothing; "two
thousand and five" is 2000 and 5; "1/2" is 1 and 2; "1.234,5" is 1, 234 and 5; lakhs, and thousands parted by
spaces, fall apart. A whole number alone in parentheses, "(2)" or "(2019)", isn't negative: in prose it counts
or dates something. Nor is one with its measure there, "(12.5 km)". Digits glued to a letter before them are a
label: "FY2018", "Q3".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from qa.units import MEASURE, any_of, unit_of

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
_MONTHS = "january february march april may june july august september october november december".split()

_CODES = any_of([*_DOLLARS, "eur", "gbp", *_NO_UNIT_HERE])
_SMALL = rf"(?:{any_of(_TENS)}(?:[\s-]{any_of(_ONES)}\b)?|{any_of(['zero', *_ONES, *_TEENS])})\b"
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|quarter|half|halve)s?\b"
_SCALE = (
    rf"(?:(?:[\s-]{{0,2}}+{any_of(_POWERS)}s?\b){{1,2}}"
    rf"|(?:\s?(?:bn|mn|tn)|[km]|(?(currency)\s?(?:mm|[kmbt])|(?!)))\b)"
)
_UNIT = (
    r"(?:[\s-]?(?:%|per\s?cent\b)"
    rf"|\s?(?:€|{_CODES}\b|(?:u\.?s\.?\s)?(?:dollar|euro)s?\b)(?!\s?[0-9]))"
)
# Nothing behind a repetition can fail and make it give back, so that the time is linear in the text's length.
_NUMBER = re.compile(
    r"(?P<lead>(?:(?<![\w)%.-])[-−])?\(?)"
    rf"(?:(?P<currency>(?:\b[a-z]{{1,2}})?\$|[€£]|\b{_CODES})\s?(?P<inner>[-−(]?)|(?<!\w))"
    r"(?:(?P<digits>(?:(?<!\.)\.)?[0-9]++(?:[.,][0-9]++)*)"
    rf"|(?P<words>\b{_SMALL}(?:\shundred\s(?:and\s)?{_SMALL}(?!\shundred))?(?!-{_ORDINAL})))"
    rf"(?P<scale>{_SCALE})?(?:(?P<unit>{_UNIT})|(?P<measure>{MEASURE}))?"
    rf"(?:(?P<close>\))(?P<outer_scale>{_SCALE})?(?:(?P<outer_unit>{_UNIT})|(?P<outer_measure>{MEASURE}))?)?"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]++)?")
_PLAIN = re.compile(r"[0-9]*+(?:\.[0-9]++)?")
_TO = re.compile(r"\s?(?:to|[-–—])\s?|\sor\s")
_AND = re.compile(r"\sand\s")
_MONTH = rf"(?:{any_of(_MONTHS)}|{any_of(month[:3] for month in _MONTHS)}\.?)"
_BEFORE_MONTH = re.compile(rf"(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?!\w)")
_AFTER_MONTH = re.compile(rf"\b{_MONTH}\s\Z")
_HEDGED = re.compile(r"(?:\b(?:about|approximately|around|roughly|nearly|almost|some|circa)\s|~\s?)\Z")
_NEAR = 20  # characters, enough for "approximately" and "th of september"
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}|2100")
_DAY = re.compile(r"[12]?[0-9]|3[01]")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written at ``[start, end)`` of the text in lower case: digits × 10^power.

    ``unit`` is "%", "$", "€", "£", one of ``qa.units.UNITS``, or "" for none; ``priced`` tells whether a
    currency stands before it; ``before`` and ``after`` are the nearest characters on either side.
    """

    start: int
    end: int
    digits: str
    power: int = 0
    unit: str = ""
    priced: bool = False
    before: str = ""
    after: str = ""

    @property
    def value(self) -> float:
        """Rounded once: 4.1e6 is 4,100,000, and 4.1 * 1e6 is not."""
        return float(f"{self.digits.replace(',', '')}e{self.power}")

    @property
    def dates(self) -> Literal["year", "day", ""]:
        """Whether it is a year (four digits without a unit, 1000 to 2100), the day of a month, or neither."""
        if self.unit or self.power:
            return ""
        if _YEAR.fullmatch(self.digits):
            return "year"
        by_month = _AFTER_MONTH.search(self.before) or _BEFORE_MONTH.match(self.after)
        return "day" if by_month and _DAY.fullmatch(self.digits) else ""

    @property
    def hedged(self) -> bool:
        """Whether a word like "about" stands before it."""
        return bool(_HEDGED.search(self.before))


def numerals(text: str) -> list[list[Numeral]]:
    """The numbers of ``text`` in order, the ends of a range together; one too large for a float is left out.

    Takes time linear in the length.
    """
    lowered = text.lower()
    found: list[list[Numeral]] = []
    for match in _NUMBER.finditer(lowered):
        for read in _reads(match):
            if found and _is_range(lowered, found[-1][-1], read):
                found[-1][-1:] = _shared(found[-1][-1], read)
            else:
                found.append([read])
    finite = ([read for read in group if math.isfinite(read.value)] for group in found)
    return [group for group in finite if group]


def _reads(match: re.Match[str]) -> Iterator[Numeral]:
    """What one match says: a number, or several where the digits are no one number ("27.5.2019", "1,2")."""
    start, end, digits = match.start(), match.end(), match["digits"]
    if digits is None:
        digits = str(_spelled(match["words"]))
    elif not _GROUPED.fullmatch(digits) and not _PLAIN.fullmatch(digits):
        for part in re.findall("[0-9]+", digits):
            yield Numeral(start, end, part)
        return
    power, money = _power(match), _money(match)
    negative = _is_negative(match, bare=digits.isdigit() and not (power or money or match["currency"]))
    unit = money or unit_of(match["measure"] or _outer(match, "measure"))
    yield Numeral(
        start,
        end,
        digits=f"{'-' if negative else ''}{digits}",
        power=power,
        unit=unit,
        priced=match["currency"] is not None,
        before=match.string[max(0, start - _NEAR) : start],
        after=match.string[end : end + _NEAR],
    )


def _spelled(words: str) -> int:
    """The value of number words below ten thousand, "two hundred and five"."""
    before, hundred, after = words.partition("hundred")
    return (100 if hundred else 1) * _small(before) + _small(after)


def _small(words: str) -> int:
    return sum(_WORDS.get(word, 0) for word in re.split(r"[\s-]", words))


def _power(match: re.Match[str]) -> int:
    scales = re.findall("[a-z]+", f"{match['scale'] or ''} {_outer(match, 'scale')}")
    return sum(_SHORT_POWERS.get(s) or _POWERS[s.removesuffix("s")] for s in scales)


def _money(match: re.Match[str]) -> str:
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
    alone = match["digits"] is not None and match["close"] is not None and not (bare or match["measure"])
    return "-" in marks or "−" in marks or match["inner"] == "(" or (_is_opened(match) and alone)


def _is_range(text: str, a: Numeral, b: Numeral) -> bool:
    between = text[a.end : b.start]
    return bool(_TO.fullmatch(between)) or (
        bool(_AND.fullmatch(between)) and text.endswith("between ", 0, a.start)
    )


def _shared(a: Numeral, b: Numeral) -> tuple[Numeral, Numeral]:
    """The ends of a range, each with what only the other one says.

    The scale, "%" and measures go from the second to the first ("5 to 10%", but not "rose 5% to 10"), a
    currency both ways. Nothing goes from a price to a number before it ("3 to $5 million"), or to and from a
    large number. "11 to 13 May" are two days of May.
    """
    if b.dates == "day":
        return replace(a, after=b.after), b
    if (b.priced and not a.priced) or (not a.power and abs(a.value) >= _LARGE):
        return a, b
    if not a.power and a.unit != "%":
        a = replace(a, power=b.power)
    if bool(a.power) == bool(b.power):
        first, second = a.unit or b.unit, b.unit or (a.unit if a.unit in _MONEY.values() else "")
        a, b = replace(a, unit=first), replace(b, unit=second)
    return a, b
