"""The readings of a question's parts as one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from math import prod
from typing import get_args

from qa.types import Outcome, ReadAlternative, Reading, ScoredPassage, Span, Written


def join(
    readings: Sequence[Reading], passages: Sequence[Sequence[ScoredPassage]]
) -> tuple[Reading, list[ScoredPassage]]:
    """One reading of all passages, from one of each part of its own: ``readings[i]`` read ``passages[i]``.

    It is right when every part is, the answered as well as those that were withheld, which are taken to be
    independent. Where none was answered, the likeliest says how likely it would have been. Passages are given
    once, the best of each part first.
    """
    ranked = [_ranked(reading, found) for reading, found in zip(readings, passages, strict=True)]
    merged: dict[str, ScoredPassage] = {}
    for row in zip_longest(*ranked):
        for scored in filter(None, row):
            merged.setdefault(scored.stored.id, scored)
    places = {id_: at for at, id_ in enumerate(merged)}
    moved = [
        _moved(reading, [places[scored.stored.id] for scored in found])
        for reading, found in zip(readings, passages, strict=True)
    ]
    return _joined(moved), list(merged.values())


def _ranked(reading: Reading, passages: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    return [passages[at] for at in dict.fromkeys([*reading.order, *range(len(passages))])]


def _moved(reading: Reading, places: Sequence[int]) -> Reading:
    """The reading, with its passage ``i`` now at ``places[i]``, and in that order."""

    def cite(where: tuple[int, Span]) -> tuple[int, Span]:
        return places[where[0]], where[1]

    return replace(
        reading,
        sentences=tuple(replace(s, cites=tuple(map(cite, s.cites))) for s in reading.sentences),
        alternatives=tuple(ReadAlternative(a.short_answer, cite(a.cite)) for a in reading.alternatives),
        order=(),
    )


def _joined(readings: Sequence[Reading]) -> Reading:
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    written = _together([reading.written for reading in readings if reading.written])
    answered = [reading for reading in readings if reading.reason is None]
    if len(readings) == 1 or not answered:
        likeliest = max(readings, key=lambda reading: reading.probability)
        return replace(likeliest, notes=notes, written=written)
    sentences = dict.fromkeys(sentence for reading in answered for sentence in reading.sentences)
    right = prod(r.probability if r.reason is None else 1 - r.probability for r in readings)
    alternatives = tuple(other for reading in answered for other in reading.alternatives)
    return replace(
        answered[0],
        sentences=tuple(sentences),
        probability=right,
        alternatives=alternatives,
        notes=notes,
        written=written,
    )


def _together(written: Sequence[Written]) -> Written | None:
    """What was written of all parts; the worst that became of one stands for all."""
    if not written:
        return None
    worst = max(written, key=lambda each: get_args(Outcome).index(each.outcome))
    withheld, invented = sum(each.withheld for each in written), sum(each.invented for each in written)
    return replace(worst, withheld=withheld, invented=invented)
