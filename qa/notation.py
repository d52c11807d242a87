"""Dates and large numbers in their other notations: *11bn* is *11 billion*, *11 Sept* is *September 11*."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.words import fold, words

_MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
_FORMS = tuple(dict.fromkeys((month, month[:3], *(["sept"] * (month == "september")))) for month in _MONTHS)
_MONTH_OF = {form: number for number, forms in enumerate(_FORMS) for form in forms}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    re.compile(rf"\b{_DAY}(?: of)?[ -](?P<month>{_MONTH})\b"),
    re.compile(rf"\b(?P<month>{_MONTH})\.? (?:\d{{4}}|{_DAY})\b"),
)
_ISO = re.compile(r"\b(?:1[5-9]|20)\d\d-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b")
_UNITS = {"thousand": ("k",), "million": ("m", "mn"), "billion": ("bn", "b"), "trillion": ("tn", "trn")}
_UNIT_OF = {short: unit for unit, shorts in _UNITS.items() for short in shorts}
_AMOUNT = re.compile(rf"(?P<number>\d+(?:[.,]\d+)*)[ -]?(?P<unit>{'|'.join([*_UNITS, *_UNIT_OF])})\b")


def other_notations(question: str) -> list[str]:
    """The words by which the dates and amounts in ``question`` may stand elsewhere, and don't in it."""
    folded = fold(question)
    there = set(words(question))
    return [word for word in dict.fromkeys([*_of_dates(folded), *_of_amounts(folded)]) if word not in there]


def _of_dates(folded: str) -> Iterator[str]:
    for pattern in _DATES:
        for match in pattern.finditer(folded):
            number = _MONTH_OF[match["month"]]
            yield from _FORMS[number]
            if match["day"]:
                yield match["day"].lstrip("0")
    for match in _ISO.finditer(folded):
        yield from _FORMS[int(match["month"]) - 1]
        yield match["day"].lstrip("0")


def _of_amounts(folded: str) -> Iterator[str]:
    for match in _AMOUNT.finditer(folded):
        unit = _UNIT_OF.get(match["unit"], match["unit"])
        *_, last = numbers = words(match["number"])
        yield from (*numbers, unit)
        yield from (f"{last}{short}" for short in _UNITS[unit])  # of "11.5bn" the last word is "5bn"
