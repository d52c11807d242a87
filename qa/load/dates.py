"""Dates as documents state them: on a line of their own, or after "Published:". Never out of prose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import islice

TOP_LINES = 40
TOP_CHARS = 3_000

_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(),
        start=1,
    )
}
_MONTH = (
    r"(?P<month>january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\.?)"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12][0-9]{3})"
_FORMS = (
    rf"{_MONTH} {_DAY},? {_YEAR}",
    rf"{_DAY} {_MONTH},? {_YEAR}",
    rf"{_YEAR}-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})",
    r"(?P<first>[0-9]{1,2})[./](?P<second>[0-9]{1,2})[./](?P<year>[12][0-9]{3})",
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]? )?"
_TIME = (
    r"(?:(?:,| at| -)? ?t?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r" ?(?:[ap]\.?m\.?)? ?(?:z|[a-z]{2,4}|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DATES = tuple(re.compile(rf"{_WEEKDAY}{form}{_TIME}[.,]?", re.IGNORECASE) for form in _FORMS)
_LABEL = re.compile(
    r"(?P<label>(?:first |originally )?"
    r"(?:published|publication date|date published|posted|issued|released|date)"
    r"|(?:last |date )?(?:updated|modified|revised))(?: on)?(?: ?:| (?=\S))\s*",
    re.IGNORECASE,
)
_LONGEST = 120


def parse_date(words: str) -> date | None:
    """The date that ``words`` state and nothing else besides weekday and time; impossible dates are None.

    All-number dates count only when just one reading is possible: 16.09.2024, but not 05.09.2024.
    """
    if len(words) > _LONGEST:
        return None
    words = " ".join(words.split())
    for form in _DATES:
        match = form.fullmatch(words)
        if match:
            return _date(match.groupdict())
    return None


def find_date(lines: Iterable[str]) -> date | None:
    """The date stated near the top of ``lines``: on its own line or labelled, published before updated."""
    updated: date | None = None
    seen = 0
    for line in islice(lines, TOP_LINES):
        seen += len(line)
        if seen - len(line) > TOP_CHARS:
            break
        for part in _parts(line):
            label = _LABEL.match(part)
            stated = parse_date(part[label.end() :] if label else part)
            if stated is None:
                continue
            if label is None or not re.search("updated|modified|revised", label["label"], re.IGNORECASE):
                return stated
            updated = updated or stated
    return updated


def _parts(line: str) -> list[str]:
    """A short line, without Markdown's marks, at its "•" (not at "|": tables); nothing for a long one."""
    line = line.strip()
    if len(line) > _LONGEST:
        return []
    plain = line.replace("*", "").replace("__", "").strip("#>_-– \t")
    return [part.strip(" _") for part in re.split(r"[•·]", plain)]


def _date(found: dict[str, str | None]) -> date | None:
    year = int(found["year"] or 0)
    if found.get("first"):
        first, second = int(found["first"] or 0), int(found["second"] or 0)
        readings = {(second, first), (first, second)}
        possible = [day for month, day_of in readings if (day := _valid(year, month, day_of))]
        return possible[0] if len(possible) == 1 else None
    month = found["month"] or ""
    number = int(month) if month.isdigit() else _MONTHS[month[:3].lower()]
    return _valid(year, number, int(found["day"] or 0))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
