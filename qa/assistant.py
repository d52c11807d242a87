"""The whole way of a question: contextualise, retrieve, read, cite."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

from qa import __version__
from qa.about import about
from qa.cite import cite
from qa.contextualise import contextualise
from qa.errors import ConfigError, NotFoundError, QuestionError
from qa.read.parts import join
from qa.read.questions import is_question, is_summary, parts_of, subject_of_summary
from qa.read.summary import SummaryReader
from qa.retrieve import retrieve
from qa.spelling import Speller
from qa.summarise import passages_for_summary
from qa.types import (
    Answer,
    Asking,
    Done,
    Event,
    Filters,
    Manifest,
    Page,
    Reading,
    Reason,
    ScoredPassage,
    Searching,
    Timings,
    Turn,
    told,
)

if TYPE_CHECKING:
    from qa.config import Config
    from qa.index import Index
    from qa.read import Reader

_MOST_PASSAGES = 50
_MOST_SUMMED_UP = 24  # passages that a summary is made of, unless told otherwise
_WITHHELD = {
    "no_documents": "There are no documents to answer from.",
    "not_in_documents": "The documents do not answer this.",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, what it says part by part, the same made to stand alone, and how to answer it."""

    question: str
    said: Sequence[str]
    parts: Sequence[str]
    reader: Reader
    filters: Filters
    k: int | None
    accepted_risk: float | None
    started: float


class Assistant:
    """Answers questions from an index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        readers: Mapping[str, Reader],
        config: Config,
        correct: Callable[[str], str] | None = None,
    ) -> None:
        """``readers`` by name; ``config.reader`` names the one that answers unless told otherwise.

        ``correct`` puts a question's misspelt words right; by default from the words of the documents.
        """
        self.index = index
        self.readers = dict(readers)
        self._summary = SummaryReader(index.embedder)
        self._correct = correct or Speller(index.catalog).correct
        self._config = config

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        """The answer to ``question``, or an abstention. Raises QuestionError, ConfigError, StoreError."""
        *_, last = self.stream(question, **how)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        """The answer as it comes about; the last event is Done with what ``ask`` returns."""
        asked = self._understood(question, how)
        yield Searching(" ".join(asked.parts))
        with self.index.reading():  # around no yield: whoever listens may take their time
            answer = self._answered(asked)
        yield from told(answer)

    def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        """The passages that fit ``question`` best, as they are before any is read. Raises as ``ask`` does.

        Of a question of several parts they are the best of each part in turn.
        """
        asked = self._understood(question, how)
        with self.index.reading():
            found = [self._retrieve(part, asked) for part in asked.parts]
        return join([Reading((), 0.0) for _ in found], found)[1]

    def _understood(self, question: str, how: Asking) -> _Asked:
        """The question taken apart, made to stand alone and its words put right."""
        started = time.perf_counter()
        question = self._checked(question)
        earlier = how.get("history", ())
        history = [turn for turn in earlier if is_question(turn.question) and not is_summary(turn.question)]
        summing_up = is_summary(question)
        said = [question] if summing_up else parts_of(question)
        parts = _alone(said, history)
        if summing_up or is_question(question):
            parts = [self._correct(part) for part in parts]
        return _Asked(
            question,
            said,
            parts,
            self._reader(how.get("reader")),
            how.get("filters", Filters()),
            _checked_k(how.get("k")),
            _checked_risk(how.get("accepted_risk")),
            started,
        )

    def _answered(self, asked: _Asked) -> Answer:
        question, searched, reader = asked.question, " ".join(asked.parts), asked.reader
        if is_summary(question):
            request = self._correct(question)
            reader, found = self._summary, [self._passages_to_sum_up(request, searched, asked)]
        elif is_question(question):
            found = [self._retrieve(part, asked) for part in asked.parts]
        else:
            found = [[] for _ in asked.parts]
        retrieved = time.perf_counter()
        readings = [
            reader.read(part, passages, accepted_risk=asked.accepted_risk)
            if passages
            else self._unread(question, asked.filters)
            for part, passages in zip(asked.parts, found, strict=True)
        ]
        reading, passages = join(readings, found)
        read = time.perf_counter()
        seconds = (retrieved - asked.started, read - retrieved, read - asked.started)
        manifest = Manifest(
            reader.name,
            self.index.embedder.name,
            self.index.fingerprint,
            __version__,
            Timings(*(round(1_000 * each, 1) for each in seconds)),
        )
        answer = self._answer(question, searched, reading, passages, manifest)
        if answer.abstained:
            return answer
        return replace(answer, text=answer.text + _not_told(asked.said, readings))

    def _unread(self, question: str, filters: Filters) -> Reading:
        """An abstention that says why there is nothing to read."""
        return Reading((), 0.0, reason=self._why_unread(question, filters))

    def _why_unread(self, question: str, filters: Filters) -> Reason:
        if not is_question(question):
            return "not_a_question"
        passing = self.index.catalog.matching(filters)
        if not is_summary(question) or not (self.index.catalog.count() if passing is None else passing):
            return "no_documents"
        return "not_in_documents" if subject_of_summary(question) else "not_a_question"

    def _passages_to_sum_up(self, request: str, searched: str, asked: _Asked) -> list[ScoredPassage]:
        k = _MOST_SUMMED_UP if asked.k is None else asked.k
        return passages_for_summary(self.index, request, searched, k=k, filters=asked.filters)

    def _retrieve(self, searched: str, asked: _Asked) -> list[ScoredPassage]:
        k = self._config.passages if asked.k is None else asked.k
        return retrieve(self.index, searched, k=k, candidates=self._config.candidates, filters=asked.filters)

    def _pages(self, document_id: str) -> list[Page]:
        """A document's pages; none where it has been removed since it was searched."""
        try:
            return self.index.catalog.pages(document_id)
        except NotFoundError:
            return []

    def _answer(
        self,
        question: str,
        searched: str,
        reading: Reading,
        passages: Sequence[ScoredPassage],
        manifest: Manifest,
    ) -> Answer:
        cited = cite(reading, passages, self._pages)
        return Answer(
            question=question,
            searched=searched,
            text=self._withheld(reading.reason) if reading.reason else cited.text,
            short_answer=reading.short_answer,
            short_span=cited.short_span,
            abstained=reading.reason is not None,
            reason=reading.reason,
            confidence=round(reading.probability, 4),
            sentences=cited.sentences,
            citations=cited.citations,
            alternatives=cited.alternatives,
            passages=tuple(passages),
            manifest=manifest,
        )

    def _withheld(self, reason: Reason) -> str:
        return about(self.index.catalog) if reason == "not_a_question" else _WITHHELD[reason]

    def _checked(self, question: str) -> str:
        text = " ".join(question.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split())
        if not text:
            raise QuestionError("the question is empty: type one")
        if len(text) > self._config.max_question_chars:
            raise QuestionError(
                f"the question has {len(text):,} characters, at most {self._config.max_question_chars:,}"
                " are read: shorten it"
            )
        return text

    def _reader(self, name: str | None) -> Reader:
        wanted = name or self._config.reader
        if wanted not in self.readers:
            raise ConfigError(f"there is no reader {wanted!r}; there are: {', '.join(self.readers)}")
        return self.readers[wanted]


def _checked_k(k: int | None) -> int | None:
    if k is not None and not 1 <= k <= _MOST_PASSAGES:
        raise QuestionError(f"k must be between 1 and {_MOST_PASSAGES}, not {k}")
    return k


def _checked_risk(risk: float | None) -> float | None:
    if risk is not None and not 0 <= risk <= 1:
        raise QuestionError(f"accepted_risk must be between 0 and 1, not {risk}")
    return risk


def _alone(parts: Sequence[str], history: Sequence[Turn]) -> list[str]:
    """Each part of what is asked, made to stand alone: one may lean on the one before."""
    return [
        contextualise(part, [*history, *(Turn(p, "") for p in parts[:at])], continues=at > 0)
        for at, part in enumerate(parts)
    ]


def _not_told(parts: Sequence[str], readings: Sequence[Reading]) -> str:
    """Which parts of a question the documents do not answer."""
    open_parts = [part for part, reading in zip(parts, readings, strict=True) if reading.reason is not None]
    return "".join(f" The documents do not answer: “{part}”" for part in open_parts)
