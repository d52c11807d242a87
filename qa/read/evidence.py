"""Which sentences of the cited passages bear a sentence out best, and how much of its wording they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p

import Stemmer

from qa.display import clean
from qa.types import ScoredPassage, Span
from qa.words import content_words, words

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
"""What tells whether a sentence is borne out: see ``_features``."""
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


def places(passages: Sequence[ScoredPassage], cited: Sequence[int]) -> list[Place]:
    """The sentences of the cited passages, headings apart; what two passages share counts for the first."""
    found: dict[tuple[str, Span], Place] = {}
    for at in dict.fromkeys(cited):
        scored = passages[at]
        for span in scored.passage.sentences:
            if (scored.stored.document_id, span) in found or scored.passage.is_heading(span):
                continue
            text = clean(scored.passage.words_at(span)).text
            found[scored.stored.document_id, span] = Place(at, span, text, tuple(stemmed(text)))
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


def features(sentence: str, chosen: Sequence[Place], around: frozenset[str]) -> tuple[float, ...]:
    """How much of the wording of ``sentence`` stands in the chosen sentences; linear in its length.

    ``around`` are the stems of all that is cited, titles and headings among it. Shares are in [0, 1]. English
    function words count in the first, the run and the pairs, where order and small words carry the sense.
    """
    said = stemmed(sentence)
    content = frozenset(stemmed(" ".join(content_words(sentence))))
    told = frozenset(stem for place in chosen for stem in place.stems)
    pairs = {pair for place in chosen for pair in pairwise(place.stems)}
    return (
        _share([stem in told for stem in said]),
        _share([stem in told for stem in content]),
        _share([stem in told or stem in around for stem in content]),
        log1p(len(content - told)),
        log1p(_longest_run([stem not in told for stem in said])),
        _share([pair in pairs for pair in pairwise(said)]),
        min(_of_clauses(sentence, told), default=0.0),
        float(not _SPEAKERS.isdisjoint(words(sentence)) and _SPEAKERS.isdisjoint(told)),
    )


def terms_of(sentence: str) -> frozenset[str]:
    """Stems of the words of content; of all words, where there are none."""
    return frozenset(stemmed(" ".join(content_words(sentence)) or sentence))


def stemmed(text: str) -> list[str]:
    """The words of ``text`` in order, without their English inflection."""
    return list(Stemmer.Stemmer("english").stemWords(words(text)))


def _of_clauses(sentence: str, told: frozenset[str]) -> Iterator[float]:
    for clause in _CLAUSE.split(sentence):
        found = [stem in told for stem in stemmed(" ".join(content_words(clause)))]
        if found:
            yield _share(found)


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _longest_run(flags: Sequence[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
