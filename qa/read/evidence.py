"""Which sentences of the cited passages bear a sentence out best, and how much of its wording they have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log1p

import Stemmer

from qa.display import clean
from qa.numerals import numerals
from qa.read.facts import Facts
from qa.types import ScoredPassage, Span
from qa.words import STOP_WORDS, words

FEATURES = (
    "words told",
    "words of content told",
    "words of content told around",
    "log of words of content not told",
    "log of the longest run of words not told",
    "pairs of neighbours told",
    "words told of the clause that is told least",
    "speaks of I, we or you",
)
"""What tells whether a sentence is borne out: see ``features``."""
_MOST_SENTENCES = 3
_CLAUSE = re.compile(r"[,;:.?!]\s|\s(?:and|but|because|so|which|that|who|while|although)\s")
_SPEAKERS = frozenset("i me my mine myself we us our ours you your yours".split())


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a passage: which passage, its span in the document, its words for people, their stems."""

    at: int
    span: Span
    text: str
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as sentences are looked up in it, read once. The ``at`` of its places is 0.

    ``titles`` are the stems of its title, date and headings; ``stems`` and ``facts`` are of its text too.
    """

    document_id: str
    places: tuple[Place, ...]
    titles: frozenset[str]
    stems: frozenset[str]
    facts: Facts

    @classmethod
    def of(cls, scored: ScoredPassage) -> Source:
        """Reads a passage; its headings can't be cited. Takes time linear in its length."""
        stored, passage = scored.stored, scored.passage
        day = [f"{stored.published:%d %B %Y}"] if stored.published else []
        titles = [stored.title, *day, passage.heading or "", *(heading.text for heading in passage.headings)]
        above = "\n".join(clean(title).text for title in titles)
        found = []
        for span in passage.sentences:
            if not passage.is_heading(span):
                text = clean(passage.words_at(span)).text
                found.append(Place(0, span, text, tuple(stemmed(text))))
        return cls(
            stored.document_id,
            tuple(found),
            frozenset(stemmed(above)),
            frozenset([*stemmed(above), *(stem for place in found for stem in place.stems)]),
            Facts.of("\n".join([above, *(place.text for place in found)]), stored.published),
        )


def places(sources: Mapping[int, Source]) -> list[Place]:
    """The sentences of the sources, by the index of their passage; what two of them share, once."""
    found: dict[tuple[str, Span], Place] = {}
    for at, source in sources.items():
        for place in source.places:
            found.setdefault((source.document_id, place.span), replace(place, at=at))
    return list(found.values())


def best_places(terms: frozenset[str], found: Sequence[Place]) -> list[Place]:
    """The sentence with most of the terms, then those that add most to it: three at most.

    A further one must bring a fifth of the terms, new ones. Of equals the first is taken.
    """
    chosen: list[Place] = []
    left = terms
    least = 1.0
    while left and found and len(chosen) < _MOST_SENTENCES:
        best = max(found, key=lambda place: len(left.intersection(place.stems)))
        gained = left.intersection(best.stems)
        if len(gained) < least:
            break
        chosen.append(best)
        left, least = left - gained, max(1.0, len(terms) / 5)
    return chosen


def features(sentence: str, chosen: Sequence[Place], sources: Mapping[int, Source]) -> tuple[float, ...]:
    """How much of the wording of ``sentence`` the chosen sentences tell; linear in its length.

    Told is also what stands in their titles and headings, and "told around" what stands in the whole sources.
    Shares are in [0, 1]. English function words count in the first, the run and the pairs, where order and
    small words carry the sense.
    """
    said = stemmed(sentence)
    content = terms_of(sentence, of_all=False)
    told = frozenset(stem for place in chosen for stem in place.stems)
    told = told.union(*(sources[place.at].titles for place in chosen))
    around = told.union(*(source.stems for source in sources.values()))
    pairs = {pair for place in chosen for pair in pairwise(place.stems)}
    clauses = [stems for clause in _CLAUSE.split(sentence) if (stems := terms_of(clause, of_all=False))]
    return (
        _share([stem in told for stem in said]),
        _share([stem in told for stem in content]),
        _share([stem in around for stem in content]),
        log1p(len(content - told)),
        log1p(_longest_run([stem not in told for stem in said])),
        _share([pair in pairs for pair in pairwise(said)]),
        min((_share([stem in told for stem in clause]) for clause in clauses), default=0.0),
        float(not _SPEAKERS.isdisjoint(said) and _SPEAKERS.isdisjoint(told)),
    )


def terms_of(sentence: str, *, of_all: bool = True) -> frozenset[str]:
    """Stems of the words of content; with ``of_all`` of all words, where there are none of those."""
    found = _tokens(sentence)
    content = [word for word in found if word not in STOP_WORDS]
    return frozenset(_without_inflection(content or (found if of_all else [])))


def stemmed(text: str) -> list[str]:
    """The words of ``text`` in order, without their English inflection, numbers by their values."""
    return _without_inflection(_tokens(text))


def _without_inflection(tokens: list[str]) -> list[str]:
    return list(Stemmer.Stemmer("english").stemWords(tokens))


def _tokens(text: str) -> list[str]:
    """Words, and numbers by their values: "$11.6 billion" and "11,600 million dollars" are one token."""
    lowered, at = text.lower(), 0
    found: list[str] = []
    for number in (number for group in numerals(lowered) for number in group):
        found += words(lowered[at : max(at, number.start)])
        found.append(f"#{number.value:.12g}")
        at = number.end
    return [*found, *words(lowered[at:])]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _longest_run(flags: Sequence[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
