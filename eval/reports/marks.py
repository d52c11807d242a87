"""Words of documents as people see them, with those marked that two sides have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from eval.places import Place, shared, united
from qa.display import Cleaned, clean

_EXCERPT = 320  # characters of a passage that are shown
_LEAD = 80  # of them before the first mark


class Stretch(NamedTuple):
    """Words, all marked or none."""

    text: str
    marked: bool


def cut(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    """``text`` cut where marked spans begin and end. The stretches together are the text."""
    return tuple(_cut(text, [(place.start, place.end) for place in _united(spans)]))


def quoted(quote: Place, text: str, others: Iterable[Place]) -> tuple[Stretch, ...]:
    """The words at a place of a document; marked is what ``others`` have in common with it."""
    shown = _shown(text)
    return cut(shown.text, _spans(quote, shown, others))


def excerpt(passage: Place, text: str, others: Iterable[Place]) -> tuple[Stretch, ...]:
    """A passage as ``quoted`` gives it, cut short: the beginning, or the words around the first mark."""
    shown = _shown(text)
    spans = _spans(passage, shown, others)
    if len(shown.text) <= _EXCERPT:
        return cut(shown.text, spans)
    first = min((start for start, _ in spans), default=0)
    begin, end = _window(shown.text, first)
    inside = [(max(a, begin) - begin, min(b, end) - begin) for a, b in spans if a < end and b > begin]
    before, after = "… " * (begin > 0), " …" * (end < len(shown.text))
    return (*cut(before, ()), *cut(shown.text[begin:end], inside), *cut(after, ()))


def _window(text: str, first: int) -> tuple[int, int]:
    """What of a long text is shown so that ``first`` is in it; from word to word, if there are spaces."""
    begin = max(0, min(first - _LEAD, len(text) - _EXCERPT))
    end = begin + _EXCERPT
    if begin:
        begin = text.find(" ", begin, max(begin, first)) + 1 or begin
    if end < len(text):
        space = text.rfind(" ", first + 1, end)
        end = end if space < 0 else space
    return begin, end


def _spans(place: Place, shown: Cleaned, others: Iterable[Place]) -> list[tuple[int, int]]:
    """Where the words that ``others`` share stand in the displayed text of ``place``."""
    common = united(shared([place], list(others)))
    return [shown.span(each.start - place.start, each.end - place.start) for each in common]


def _cut(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    at = 0
    for start, end in spans:
        if at < start:
            yield Stretch(text[at:start], marked=False)
        if start < min(end, len(text)):
            yield Stretch(text[start:end], marked=True)
        at = end
    if at < len(text):
        yield Stretch(text[at:], marked=False)


def _united(spans: Iterable[tuple[int, int]]) -> list[Place]:
    return united(Place("", start, end) for start, end in spans)


@lru_cache(maxsize=4_096)  # many questions retrieve the same passages
def _shown(text: str) -> Cleaned:
    return clean(text)
