"""SQuAD files (1.1 and 2.0) as a corpus and its questions."""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import GoldError
from qa.types import Document, Span

_ARTICLE = re.compile(r"\b(a|an|the)\b")


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


def exact_match(answer: str, golds: Sequence[str]) -> bool:
    """Whether the answer is a gold answer, normalised. Source: Rajpurkar et al., SQuAD, EMNLP 2016."""
    return any(normalise(answer) == normalise(gold) for gold in golds)


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """The best F1 in [0, 1] of the answer's tokens to a gold answer's, normalised; 0 without any gold."""
    return max((_f1(normalise(answer).split(), normalise(gold).split()) for gold in golds), default=0.0)


def normalise(text: str) -> str:
    """SQuAD's: lower case, without punctuation and articles, single spaces.

    It makes "$11.5 billion" equal "$115 billion"; figures on numbers need another.
    """
    bare = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(_ARTICLE.sub(" ", bare).split())


def _f1(answer: Sequence[str], gold: Sequence[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    if not shared:
        return float(not answer and not gold)
    precision, recall = shared / len(answer), shared / len(gold)
    return 2 * precision * recall / (precision + recall)
