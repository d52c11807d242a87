"""Units of measure as nouns after a number, a closed table: "15 years" is not "15 months".

Nothing is converted. Left out is what may mean something else: "m" (a million, or metres), "pounds" (money,
or a weight), "t", "g", "h", "in". Tons are tonnes: who says tons means these, or doesn't know. A unit "per
hour" is read as the unit alone, one with a stroke ("km/h") or a raised figure ("km²") as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOUNS = {
    "century": "century centuries",
    "decade": "decade decades",
    "year": "year years yr yrs",
    "month": "month months",
    "week": "week weeks wk wks",
    "day": "day days",
    "hour": "hour hours hr hrs",
    "minute": "minute minutes min mins",
    "second": "second seconds sec secs",
    "kilometre": "kilometre kilometres kilometer kilometers km kms",
    "metre": "metre metres meter meters",
    "centimetre": "centimetre centimetres centimeter centimeters cm",
    "millimetre": "millimetre millimetres millimeter millimeters mm",
    "mile": "mile miles",
    "yard": "yard yards",
    "foot": "foot feet ft",
    "inch": "inch inches",
    "hectare": "hectare hectares",
    "acre": "acre acres",
    "kilogram": "kilogram kilograms kilogramme kilogrammes kilo kilos kg kgs",
    "gram": "gram grams gramme grammes",
    "tonne": "tonne tonnes ton tons",
    "barrel": "barrel barrels bbl bbls",
    "litre": "litre litres liter liters",
    "gallon": "gallon gallons",
    "people": "people person persons",
    "times": "times",
}
_UNIT_OF = {noun: unit for unit, nouns in _NOUNS.items() for noun in nouns.split()}
_POWER_OF = {"square": "square ", "sq": "square ", "cubic": "cubic "}


def any_of(words: Iterable[str]) -> str:
    """A regular expression for one of ``words``, the longest that fits."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


MEASURE = (
    rf"(?:[\s-]?(?:(?:metric|{any_of(_POWER_OF)}\.?)[\s-])?{any_of(_UNIT_OF)}\b(?!/)"
    r"|\s?(?:°|degrees?\b)(?:\s?(?:celsius|centigrade|fahrenheit|[cf])\b)?)"
)
"""A regular expression for such a noun after a number, in lower case."""

UNITS = frozenset(
    [
        *(f"{power}{unit}" for power in ("", "square ", "cubic ") for unit in _NOUNS),
        "degree",
        "degree C",
        "degree F",
    ]
)
"""What ``unit_of`` gives."""


def unit_of(measure: str) -> str:
    """The unit of what ``MEASURE`` matched: "kilometre", "square kilometre", "degree C"; "" of nothing."""
    if not measure:
        return ""
    first, *others = re.findall(r"[a-z]+|°", measure)
    if first in ("°", "degree", "degrees"):
        return f"degree {others[0][0].upper()}" if others else "degree"
    return _POWER_OF.get(first, "") + _UNIT_OF[others[-1] if others else first]
