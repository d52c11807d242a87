"""SQuAD files (1.1 and 2.0) as a corpus and its questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.published import Entry, as_document, read_json
from qa.types import Document, Span


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question, its paragraph's source, and where in it the crowd's answers stand (none: unanswerable)."""

    id: str
    question: str
    source: str
    spans: tuple[Span, ...]


def load_squad(path: Path) -> tuple[list[Document], list[SquadQuestion]]:
    """Each paragraph as a document titled by its article, and all questions. Raises GoldError."""
    documents, questions = [], []
    for article in read_json(path, "a SQuAD file")["data"].each():
        name = article["title"].text()
        for number, paragraph in enumerate(article["paragraphs"].each()):
            source, text = f"{name}/{number:03}", paragraph["context"].text()
            documents.append(as_document(source, name.replace("_", " "), text, "squad/1"))
            questions += [_question(entry, source, text) for entry in paragraph["qas"].each()]
    return documents, questions


def _question(entry: Entry, source: str, text: str) -> SquadQuestion:
    impossible = entry.get("is_impossible")
    spans = () if impossible and impossible.flag() else tuple(_spans(entry["answers"], text))
    return SquadQuestion(entry["id"].text(), entry["question"].text(), source, spans)


def _spans(answers: Entry, text: str) -> Iterator[Span]:
    for answer in answers.each():
        start, words = answer["answer_start"].integer(), answer["text"].text()
        if start < 0 or not text.startswith(words, start):
            answer.fail(f"doesn't fit: its context has other words at {start}")
        yield Span(start, start + len(words))
