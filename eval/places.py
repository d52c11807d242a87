"""Stretches of documents: what a gold question quotes, what a passage holds, what a citation names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """The stretch ``[start, end)`` of a document, in code points."""

    source: str
    start: int
    end: int


Parts = Sequence[Sequence[Place]]
"""Gold evidence: for each part of the answer the places that prove it, any one of which is enough."""


def overlap(a: Place, b: Place) -> int:
    """How many characters two places share; 0 in different documents."""
    return max(0, min(a.end, b.end) - max(a.start, b.start)) if a.source == b.source else 0


def holds(outer: Place, inner: Place) -> bool:
    """Whether the whole of ``inner`` lies in ``outer``."""
    return outer.source == inner.source and outer.start <= inner.start and inner.end <= outer.end


def shared(places: Iterable[Place], others: Sequence[Place]) -> list[Place]:
    """What each of ``places`` has in common with each of ``others``, where that is a character or more."""
    return [
        Place(a.source, max(a.start, b.start), min(a.end, b.end))
        for a in places
        for b in others
        if overlap(a, b)
    ]


def length(places: Iterable[Place]) -> int:
    """The characters of all ``places``; what lies in two of them counts twice."""
    return sum(place.end - place.start for place in places)


def united(places: Iterable[Place]) -> list[Place]:
    """The same characters, each in one place only."""
    whole: list[Place] = []
    for place in sorted(places):
        if whole and whole[-1].source == place.source and place.start <= whole[-1].end:
            whole[-1] = whole[-1]._replace(end=max(whole[-1].end, place.end))
        else:
            whole.append(place)
    return whole
