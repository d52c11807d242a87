"""The whole way of a question: contextualise, retrieve, read, cite."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa import __version__
from qa.about import about
from qa.cite import cite
from qa.contextualise import contextualise
from qa.errors import ConfigError, QuestionError
from qa.read.parts import join
from qa.read.questions import is_question, is_summary, parts_of
from qa.read.summary import SummaryReader
from qa.retrieve import retrieve
from qa.spelling import Speller
from qa.summarise import passages_for_summary
from qa.types import (
    Answer,
    Done,
    Event,
    Filters,
    Manifest,
    Reading,
    Reason,
    ScoredPassage,
    Searching,
    Timings,
    Turn,
)

if TYPE_CHECKING:
    from qa.config import Config
    from qa.index import Index
    from qa.read import Reader

_MOST_PASSAGES = 50
_WITHHELD = {
    "no_documents": "There are no documents to answer from.",
    "not_in_documents": "The documents do not answer this.",
}


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

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int | None = None,
        reader: str | None = None,
    ) -> Answer:
        """The answer to ``question``, or an abstention. Raises QuestionError, ConfigError, StoreError."""
        *_, last = self.stream(question, history=history, filters=filters, k=k, reader=reader)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        k: int | None = None,
        reader: str | None = None,
    ) -> Iterator[Event]:
        """The answer as it comes about; the last event is Done with what ``ask`` returns."""
        started = time.perf_counter()
        chosen = self._reader(reader)
        question = self._checked(question)
        if k is not None and not 1 <= k <= _MOST_PASSAGES:
            raise QuestionError(f"k must be between 1 and {_MOST_PASSAGES}, not {k}")
        summing_up = is_summary(question)
        parts = [contextualise(question, history)] if summing_up else self._parts(question, history)
        if summing_up or is_question(question):
            parts = [self._correct(part) for part in parts]
        yield Searching(searched := " ".join(parts))
        if summing_up:
            request = self._correct(question)
            chosen, found = self._summary, [passages_for_summary(self.index, request, searched, filters)]
        elif is_question(question):
            found = [self._retrieve(part, k, filters) for part in parts]
        else:
            found = [[] for _ in parts]
        retrieved = time.perf_counter()
        unread = Reading((), 0.0, reason=self._unread(question))
        readings = [
            chosen.read(part, passages) if passages else unread
            for part, passages in zip(parts, found, strict=True)
        ]
        reading, passages = join(readings, found)
        read = time.perf_counter()
        milliseconds = (round(1_000 * s, 1) for s in (retrieved - started, read - retrieved, read - started))
        manifest = Manifest(
            chosen.name,
            self.index.embedder.name,
            self.index.fingerprint,
            __version__,
            Timings(*milliseconds),
        )
        answer = self._answer(question, searched, reading, passages, manifest)
        yield from answer.sentences
        yield from answer.citations
        yield Done(answer)

    @staticmethod
    def _parts(question: str, history: Sequence[Turn]) -> list[str]:
        """The questions that are asked, each made to stand alone: one may lean on the one before."""
        parts = parts_of(question)
        before = [[*history, *(Turn(part, "") for part in parts[:at])] for at in range(len(parts))]
        return [contextualise(part, turns) for part, turns in zip(parts, before, strict=True)]

    def _unread(self, question: str) -> Reason:
        """Why there is nothing to read."""
        if is_summary(question):
            return "not_a_question" if self.index.catalog.count() else "no_documents"
        return "no_documents" if is_question(question) else "not_a_question"

    def _retrieve(self, searched: str, k: int | None, filters: Filters) -> list[ScoredPassage]:
        wanted = self._config.passages if k is None else k
        return retrieve(self.index, searched, k=wanted, candidates=self._config.candidates, filters=filters)

    def _answer(
        self,
        question: str,
        searched: str,
        reading: Reading,
        passages: Sequence[ScoredPassage],
        manifest: Manifest,
    ) -> Answer:
        cited = cite(reading, passages)
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
        text = question.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()
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
