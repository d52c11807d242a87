"""Numbers in a text as values: "$11.6 million" is "11,600,000", and "$115 million" is another.

How they are read from a text, and what isn't understood, is told in ``qa.numerals``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.numerals import Numeral, numerals

_ABOUT = 0.05  # what is called "about 40" may be 5 % off
_ASKED_ABOUT = re.compile(
    r"\b(?:approximate(?:ly)?|roughly|(?:about|around|nearly|almost)\s(?:how|what|which))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as meant: scale and sign are in ``value``.

    ``unit`` is "%", "$", "€", "£", one of ``qa.units.UNITS`` ("year", "kilometre"), or "" for none.
    """

    value: float
    unit: str = ""


def numbers_in(text: str) -> tuple[Number, ...]:
    """The numbers of ``text`` in order; one too large for a float is left out.

    Takes time linear in the length.
    """
    return tuple(_meant(numeral) for group in numerals(text) for numeral in group)


def same_number(a: Number, b: Number, tolerance: float = 0.0) -> bool:
    """Whether |a − b| ≤ tolerance · max(|a|, |b|), and the units agree.

    They do when they are one, or one is absent; "20 degrees" agrees with "20 °C" and with "20 °F".
    """
    return _agree(a.unit, b.unit) and math.isclose(a.value, b.value, rel_tol=tolerance)


def number_right(said: str, golds: Sequence[str], *, tolerance: float = 0.0, asked: str = "") -> bool | None:
    """Whether ``said`` gives the number of one of ``golds`` and no other; None when none of them is a number.

    An alias is a number when it holds one, however often, or one range, whose ends must both be said then.
    ``said`` must hold it within ``tolerance`` (see ``same_number``), and nothing that conflicts with it: no
    other number of its unit, nor of the unit that ``said`` gives it; having none, no other without. Numbers
    of the question ``asked`` don't conflict, nor do years and days of a month, unless the gold number is one.
    So for "20 years" it is wrong to say "20 or 25 years", and right to say "20 years since 2003".

    Where the alias says "about" before the number, or the question "roughly how many", it may be 5 % off,
    unless it is a year. "More than" and "over" change nothing: they don't tell how far off a number may be.
    """
    wanted = [numbers for alias in golds if (numbers := _wanted(alias))]
    if not wanted:
        return None
    given = [numeral for group in numerals(said) for numeral in group]
    about, known = bool(_ASKED_ABOUT.search(asked)), numbers_in(asked)
    return any(
        _gives(given, numbers, known, max(tolerance, _ABOUT) if _is_rough(numbers, about) else tolerance)
        for numbers in wanted
    )


def _wanted(alias: str) -> list[Numeral]:
    """The number of an alias, or the ends of its range; nothing if it has others."""
    groups = numerals(alias)
    every = [numeral for group in groups for numeral in group]
    if len(groups) < 2:
        return every
    alike = all(_same(every[0], other) for other in every)
    return [max(every, key=lambda numeral: len(numeral.unit))] if alike else []


def _is_rough(wanted: Sequence[Numeral], about: bool) -> bool:
    return (about or wanted[0].hedged) and not any(number.dates for number in wanted)


def _gives(
    given: Sequence[Numeral], wanted: Sequence[Numeral], known: Sequence[Number], tolerance: float
) -> bool:
    """Whether all of ``wanted`` are ``given``, and nothing that conflicts with them."""
    right: list[Numeral] = []
    others: list[Numeral] = []
    for number in given:
        (right if any(_same(number, gold, tolerance) for gold in wanted) else others).append(number)
    complete = all(any(_same(number, gold, tolerance) for number in right) for gold in wanted)
    units, dates = {n.unit for n in (*wanted, *right)}, {"", *(n.dates for n in wanted)}
    return complete and not any(
        number.dates in dates
        and any(_compare(number.unit, unit) for unit in units)
        and not any(same_number(_meant(number), one) for one in known)
        for number in others
    )


def _meant(numeral: Numeral) -> Number:
    return Number(numeral.value, numeral.unit)


def _same(a: Numeral, b: Numeral, tolerance: float = 0.0) -> bool:
    return same_number(_meant(a), _meant(b), tolerance)


def _agree(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)  # "" begins every unit, "degree" begins "degree C"


def _compare(a: str, b: str) -> bool:
    """Whether numbers of these units can be of one thing: both have a unit and they agree, or neither has."""
    return bool(a) == bool(b) and _agree(a, b)
