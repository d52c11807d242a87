"""From what the model sees in the passages to sentences that may answer, each with what speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

from qa.display import Cleaned, clean
from qa.read.roles import turned_round
from qa.read.spans import Found, SpanModel
from qa.types import ScoredPassage, Span
from qa.words import content_words, share, stems, words

if TYPE_CHECKING:
    from qa.embed import Embedder

FEATURES = (
    "margin",
    "share of belief",
    "terms in sentence",
    "terms in passage",
    "1 / rank of passage",
    "cosine",
    "judged",
    "log of places that agree",
)
"""What speaks for a sentence: see ``_features``."""
SHORT_FEATURES = (*(f"sentence: {name}" for name in FEATURES), "margin", "log of words")
"""What speaks for a short answer: what speaks for its sentence, then its own."""
_SCALE = 10.0  # logits are divided by it, to be about as large as the other features
_NUMBER = re.compile(r"[$€£]?\d")
_HEDGES = (
    "approximately|about|around|roughly|nearly|almost|some|over|under|more than|less than|fewer than"
    "|at least|at most|up to|an estimated"
)
_HEDGE = re.compile(rf"\b(?:{_HEDGES}) \Z", re.IGNORECASE)
_HEDGED = re.compile(rf"(?:{_HEDGES}) ", re.IGNORECASE)
_LONGEST_HEDGE = 16  # characters
_LARGEST = 50.0  # margin that is told from larger ones, so that no exponential overflows


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A span that may be the exact answer: its place in the document and its words as people see them.

    ``key`` is what makes two answers the same.
    """

    span: Span
    text: str
    key: str
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its passage, its place in the document, the short answers in it."""

    at: int
    span: Span
    features: tuple[float, ...]
    shorts: tuple[ShortAnswer, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A span the model has put up, placed in its document, with the sentence around it."""

    at: int
    span: Span
    sentence: Span
    text: str
    margin: float
    judged: float

    @property
    def key(self) -> str:
        hedge = _HEDGED.match(self.text)
        plain = self.text[hedge.end() :] if hedge else self.text
        return " ".join(content_words(plain) or words(plain)) or plain


Sentences = Mapping[tuple[int, Span], Sequence[_Seen]]
"""For each sentence, as (index of its passage, span), what was seen in it, the best first."""


def candidates(
    model: SpanModel, embedder: Embedder, question: str, passages: Sequence[ScoredPassage]
) -> list[Candidate]:
    """The sentences in which the model sees an answer, each once, with their features.

    A sentence is left out that only asks, that is the document's title, or that tells the reverse of what is
    asked (who owes whom).
    """
    kept = {
        (at, sentence): seen
        for (at, sentence), seen in _by_sentence(model, question, passages).items()
        if _may_answer(question, passages[at], sentence)
    }
    texts = [clean(passages[at].passage.words_at(sentence)).text for at, sentence in kept]
    cosines = embedder.embed_passages(texts) @ embedder.embed_question(question) if texts else np.zeros(0)
    evidence = _Evidence.of(question, passages, kept)
    made = []
    for ((at, sentence), seen), cosine in zip(kept.items(), cosines, strict=True):
        features = evidence.features(at, sentence, seen, float(cosine))
        shorts = tuple(ShortAnswer(s.span, s.text, s.key, (*features, *_own(s))) for s in seen)
        made.append(Candidate(at, sentence, features, shorts))
    return made


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a sentence's features are told from, beside the sentence."""

    passages: Sequence[ScoredPassage]
    terms: frozenset[str]
    around: Sequence[frozenset[str]]
    belief: float
    places: Mapping[str, int]

    @classmethod
    def of(cls, question: str, passages: Sequence[ScoredPassage], kept: Sentences) -> _Evidence:
        places: dict[str, set[tuple[str, Span]]] = {}
        for (at, sentence), seen in kept.items():
            for s in seen:
                places.setdefault(s.key, set()).add((passages[at].stored.document_id, sentence))
        return cls(
            passages,
            stems(" ".join(content_words(question))),
            [stems(f"{scored.stored.title} {scored.passage.text}") for scored in passages],
            1.0 + sum(_odds(s) for seen in kept.values() for s in seen),
            {key: len(found) for key, found in places.items()},
        )

    def features(self, at: int, sentence: Span, seen: Sequence[_Seen], cosine: float) -> tuple[float, ...]:
        """In the order of ``FEATURES``."""
        best = seen[0]
        return (
            best.margin / _SCALE,
            sum(_odds(s) for s in seen) / self.belief,  # "no answer" has a share too, of odds 1
            share(self.terms, stems(self.passages[at].passage.words_at(sentence)), of_none=1.0),
            share(self.terms, self.around[at], of_none=1.0),
            1 / (1 + at),
            cosine,
            best.judged / _SCALE,
            log(self.places[best.key]),
        )


def _odds(seen: _Seen) -> float:
    return exp(min(seen.margin, _LARGEST))


def _own(seen: _Seen) -> tuple[float, float]:
    return seen.margin / _SCALE, log(1 + len(words(seen.text)))


def _by_sentence(model: SpanModel, question: str, passages: Sequence[ScoredPassage]) -> Sentences:
    """What the model sees, each place of a document once, by the sentence it stands in."""
    cleaned = [clean(scored.passage.text) for scored in passages]
    placed: dict[tuple[str, Span], _Seen] = {}
    for at, spans in enumerate(model.read(question, [text.text for text in cleaned])):
        for seen in _placed(at, passages[at], cleaned[at], spans):
            placed.setdefault((passages[at].stored.document_id, seen.span), seen)
    sentences: dict[tuple[str, Span], list[_Seen]] = {}
    for (document, _), seen in placed.items():
        sentences.setdefault((document, seen.sentence), []).append(seen)
    return {
        (found[0].at, found[0].sentence): sorted(found, key=lambda s: -s.margin)
        for found in sentences.values()
    }


def _placed(at: int, scored: ScoredPassage, text: Cleaned, spans: Sequence[Found]) -> Iterator[_Seen]:
    """The spans of a passage's display text in their document; punctuation and headings answer nothing."""
    for found in spans:
        shown = _hedged(text.text, _trimmed(text.text, found.span))
        if shown.start < shown.end:
            raw = text.raw(*shown)
            span = Span(scored.passage.start + raw.start, scored.passage.start + raw.end)
            sentence = _sentence_around(scored, span)
            if sentence:
                words_seen = text.text[shown.start : shown.end]
                yield _Seen(at, span, sentence, words_seen, found.margin, found.judged)


def _may_answer(question: str, scored: ScoredPassage, sentence: Span) -> bool:
    text = clean(scored.passage.words_at(sentence)).text
    asks = text.rstrip("\"'”’)").endswith("?")
    # A first sentence can be the title too; then it says something, and ends as sentences do.
    is_title = not text.endswith(".") and words(text) == words(clean(scored.stored.title).text)
    return not (asks or is_title or turned_round(question, text))


def _sentence_around(scored: ScoredPassage, span: Span) -> Span | None:
    """The sentence that holds the span, all of them when it runs over an end; none for a heading."""
    touched = [s for s in scored.passage.sentences if s.start < span.end and span.start < s.end]
    if not touched or any(scored.passage.is_heading(s) for s in touched):
        return None
    return Span(touched[0].start, touched[-1].end)


def _hedged(text: str, span: Span) -> Span:
    """The span of a number with what qualifies it: "about $11 billion" is not "$11 billion"."""
    if not _NUMBER.match(text, span.start):
        return span
    hedge = _HEDGE.search(text, max(0, span.start - _LONGEST_HEDGE), span.start)
    return Span(hedge.start(), span.end) if hedge else span


def _trimmed(text: str, span: Span) -> Span:
    """The span without white space and punctuation that no answer begins or ends with."""
    start, end = span
    while start < end and text[start] in " ,.;:!?)]”’":
        start += 1
    while end > start and text[end - 1] in " ,.;:!?([“‘":
        end -= 1
    return Span(start, end)
