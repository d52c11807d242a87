"""The reader on trial: exact answers from the passages, with a calibrated probability. It can't invent.

The model reads each passage and puts up spans; the same answer in several places is agreement; what speaks
for and against the best one becomes the probability that it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log

from qa.display import Cleaned, clean
from qa.read.calibration import Calibration, load_calibration
from qa.read.questions import is_yes_no, names_of, parts_of, tokens_of
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel
from qa.types import ReadAlternative, Reading, ReadSentence, ScoredPassage, Span
from qa.words import content_words, share, stems, words

FEATURES = (
    "margin",
    "terms in sentence",
    "names in passage",
    "1 / rank of passage",
    "log of places that agree",
)
_SCALE = 10.0  # margins are divided by it, to be about as large as the other features
_ALTERNATIVE_AT_LEAST = 0.7  # of the best one's probability


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer: its passage, its place in the document, the sentence around it, its features.

    ``short`` are its words as people see them, ``key`` what makes two answers the same.
    """

    at: int
    span: Span
    sentence: Span
    short: str
    key: str
    features: tuple[float, ...]


class ExtractiveReader:
    """Reads with the bundled model; yes/no questions are left to the sentence that decides them."""

    name = "extractive"

    def __init__(
        self, model: SpanModel, sentence: SentenceReader, calibration: Calibration | None = None
    ) -> None:
        """``sentence`` reads what no span answers; ``calibration`` is the bundled one by default."""
        self._model = model
        self._sentence = sentence
        self._calibration = calibration or load_calibration("extractive")

    def read(self, question: str, passages: Sequence[ScoredPassage], *, today: date | None = None) -> Reading:
        if is_yes_no(question):
            return self._sentence.read(question, passages, today=today)
        return _joined([self._read(part, passages) for part in parts_of(question)])

    def _read(self, question: str, passages: Sequence[ScoredPassage]) -> Reading:
        ranked = self._calibration.rank(candidates(self._model, question, passages))
        if not ranked:
            return Reading((), 0.0, reason="not_in_documents")
        probability, best = ranked[0]
        order = tuple(dict.fromkeys([*(c.at for _, c in ranked), *range(len(passages))]))
        if probability < self._calibration.threshold:
            return Reading((), probability, order=order, reason="not_in_documents")
        text, start = _sentence_with(best, passages[best.at])
        return Reading(
            sentences=(ReadSentence(text, ((best.at, best.sentence),)),),
            probability=probability,
            short_answer=text[start : start + len(best.short)],
            short_start=start,
            alternatives=_alternatives(ranked),
            order=order,
        )


def candidates(model: SpanModel, question: str, passages: Sequence[ScoredPassage]) -> list[Candidate]:
    """The spans that may answer, each place once, with their features."""
    cleaned = [clean(scored.passage.text) for scored in passages]
    read = model.read(question, [text.text for text in cleaned])
    placed: dict[tuple[str, Span], Candidate] = {}
    terms, names = stems(" ".join(content_words(question))), names_of(question)
    for at, (scored, text, spans) in enumerate(zip(passages, cleaned, read, strict=True)):
        known = share(names, tokens_of(f"{scored.stored.title} {text.text}"), of_none=1.0)
        for found in spans:
            place = _place(scored, text, found.span)
            if place:
                features = (
                    found.margin / _SCALE,
                    share(terms, stems(scored.passage.words_at(place.sentence)), of_none=1.0),
                    known,
                    1 / (1 + at),
                )
                candidate = Candidate(
                    at, place.span, place.sentence, place.short, _key(place.short), features
                )
                placed.setdefault((scored.stored.document_id, place.span), candidate)
    return _agreeing(list(placed.values()), passages)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a span of a passage's display text stands in the document, and its words."""

    span: Span
    sentence: Span
    short: str


def _place(scored: ScoredPassage, text: Cleaned, found: Span) -> _Place | None:
    """The place of a span, trimmed; none for one of punctuation alone or in a heading."""
    shown = _trimmed(text.text, found)
    if shown.start >= shown.end:
        return None
    raw = text.raw(*shown)
    span = Span(scored.passage.start + raw.start, scored.passage.start + raw.end)
    sentence = _sentence_around(scored, span)
    return _Place(span, sentence, text.text[shown.start : shown.end]) if sentence else None


def _key(short: str) -> str:
    """What two answers have in common when they are the same answer."""
    return " ".join(content_words(short) or words(short)) or short


def _agreeing(found: Sequence[Candidate], passages: Sequence[ScoredPassage]) -> list[Candidate]:
    """The candidates, each told how many different sentences give the same answer."""
    places: dict[str, set[tuple[str, Span]]] = {}
    for c in found:
        places.setdefault(c.key, set()).add((passages[c.at].stored.document_id, c.sentence))
    return [replace(c, features=(*c.features, log(len(places[c.key])))) for c in found]


def _alternatives(ranked: Sequence[tuple[float, Candidate]]) -> tuple[ReadAlternative, ...]:
    """Other numbers or dates that are nearly as likely, from other sentences: each answer once."""
    (probability, best), *others = ranked
    if not _has_digit(best.key):
        return ()
    kept: dict[str, ReadAlternative] = {}
    for other_probability, other in others:
        differs = other.key != best.key and other.sentence != best.sentence and _has_digit(other.key)
        if differs and other_probability >= _ALTERNATIVE_AT_LEAST * probability:
            kept.setdefault(other.key, ReadAlternative(other.short, (other.at, other.sentence)))
    return tuple(kept.values())


def _joined(readings: Sequence[Reading]) -> Reading:
    """The parts of a question as one answer, as likely to be right as the weakest part that was answered.

    Parts without an answer are left out; without any, the likeliest says how likely it would have been.
    """
    answered = [reading for reading in readings if reading.reason is None]
    if len(readings) == 1 or not answered:
        return max(readings, key=lambda reading: reading.probability)
    sentences = dict.fromkeys(sentence for reading in answered for sentence in reading.sentences)
    weakest = min(reading.probability for reading in answered)
    alternatives = tuple(other for reading in answered for other in reading.alternatives)
    return replace(answered[0], sentences=tuple(sentences), probability=weakest, alternatives=alternatives)


def _sentence_with(candidate: Candidate, scored: ScoredPassage) -> tuple[str, int]:
    """The display text of the candidate's sentence, and where in it the short answer begins."""
    sentence = clean(scored.passage.words_at(candidate.sentence))
    shown = sentence.span(
        candidate.span.start - candidate.sentence.start, candidate.span.end - candidate.sentence.start
    )
    return sentence.text, shown.start


def _sentence_around(scored: ScoredPassage, span: Span) -> Span | None:
    """The sentence that holds the span, all of them when it runs over an end; headings answer nothing."""
    touched = [s for s in scored.passage.sentences if s.start < span.end and span.start < s.end]
    if not touched or any(scored.passage.is_heading(s) for s in touched):
        return None
    return Span(touched[0].start, touched[-1].end)


def _trimmed(text: str, span: Span) -> Span:
    """The span without white space and punctuation that no answer begins or ends with."""
    start, end = span
    while start < end and text[start] in " ,.;:!?)]”’":
        start += 1
    while end > start and text[end - 1] in " ,.;:!?([“‘":
        end -= 1
    return Span(start, end)


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)
