"""Days and months in a text, however they are written: "7 June 2010", "June 7th, 2010", "2010-06-07"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.types import Span

_MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
_NUMBER_OF = {form: at for at, month in enumerate(_MONTHS, start=1) for form in (month, month[:3])}
_NUMBER_OF["sept"] = 9
_MONTH = rf"(?P<month>{'|'.join(sorted(_NUMBER_OF, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:\s?(?:st|nd|rd|th))?"
_YEAR = r"(?P<year>[12]\d{3})"
_WRITTEN = (
    re.compile(rf"(?<![\w.,]){_DAY}(?:\s+of)?[\s-]+{_MONTH}(?:,?[\s-]+{_YEAR}\b)?", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+{_DAY}\b(?!\d)(?:\s?,?\s+{_YEAR}\b)?", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s*,?\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b"),
    re.compile(r"\b(?P<month>0?[1-9]|1[0-2])[/.](?P<day>0?[1-9]|[12]\d|3[01])[/.](?P<year>[12]\d{3})\b"),
    re.compile(r"\b(?P<day>0?[1-9]|[12]\d|3[01])[/.](?P<month>0?[1-9]|1[0-2])[/.](?P<year>[12]\d{3})\b"),
)
_MONTH_ALONE = re.compile(rf"\b(?P<month>{'|'.join(month.title() for month in _MONTHS)})\b")


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as a text tells it, and where; None for what it leaves out. ``month`` is 1 to 12."""

    span: Span
    month: int
    day: int | None = None
    year: int | None = None

    def within(self, other: Day, years: frozenset[int]) -> bool:
        """Whether ``other`` tells all that this date does; its year may be one of ``years`` instead."""
        return (
            self.month == other.month
            and self.day in (None, other.day)
            and (self.year in (None, other.year) or (other.year is None and self.year in years))
        )


def days_in(text: str) -> list[Day]:
    """The dates of ``text``; of "7/6/2010" both readings. A year alone is none: it is a number.

    A month alone counts when it is written out with a capital.
    """
    return list(_days(text))


def _days(text: str) -> Iterator[Day]:
    for pattern in (*_WRITTEN, _MONTH_ALONE):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month, day, year = parts["month"].lower(), parts.get("day"), parts.get("year")
            if parts["month"] == "may" and not year:  # "of the 20 may be"
                continue
            yield Day(
                Span(*match.span()),
                _NUMBER_OF.get(month) or int(month),
                int(day) if day else None,
                int(year) if year else None,
            )


def fullest(days: Sequence[Day]) -> list[Day]:
    """The dates that are no part of another one: of "June 7, 2010" neither "June 7" nor "June"."""
    return [
        day
        for day in days
        if not any(
            other.span.start <= day.span.start
            and day.span.end <= other.span.end
            and len(range(*other.span)) > len(range(*day.span))
            for other in days
        )
    ]
