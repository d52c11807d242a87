"""SQuAD files (1.1 and 2.0) as a corpus and its questions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qa.errors import GoldError
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
    try:
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            title = article["title"].replace("_", " ")
            for number, paragraph in enumerate(article["paragraphs"]):
                source = f"{article['title']}/{number:03}"
                documents.append(_document(source, title, paragraph["context"]))
                questions += [
                    SquadQuestion(qa["id"], qa["question"], source, tuple(_spans(qa["answers"])))
                    for qa in paragraph["qas"]
                ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(f"{path} is not a SQuAD file: {error!r}") from error
    return documents, questions


def _document(source: str, title: str, text: str) -> Document:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(source, source, title, None, text, sha256, "squad/1")


def _spans(answers: Iterable[dict[str, object]]) -> Iterable[Span]:
    for answer in answers:
        start = int(str(answer["answer_start"]))
        yield Span(start, start + len(str(answer["text"])))
