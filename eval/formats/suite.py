"""What each format is loaded as: documents, and questions on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.gold import GoldQuestion
from qa.errors import GoldError
from qa.types import Document


@dataclass(frozen=True, slots=True)
class Suite:
    """Questions and the documents they are asked of (none: those that are indexed already)."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[GoldQuestion, ...]


class Loader(Protocol):
    """Reads a set. ``closed`` asks each question of its own context alone. Raises GoldError."""

    def __call__(self, path: Path, *, closed: bool = False) -> Suite: ...


def make_suite(path: Path, documents: Sequence[Document], questions: Sequence[GoldQuestion]) -> Suite:
    """A set, named after its file or folder. Raises GoldError if it is empty or an id stands twice."""
    if not questions:
        raise GoldError(f"{path}: there is no question")
    if source := twin(document.source for document in documents):
        raise GoldError(f"{path}: two documents are called {source!r}")
    if id_ := twin(question.id for question in questions):
        raise GoldError(f"{path}: two questions have the id {id_!r}")
    name = path.resolve().name if path.is_dir() else path.stem
    return Suite(name, tuple(documents), tuple(questions))


def refuse_closed(path: Path, *, closed: bool) -> None:
    """For sets whose questions have no context of their own."""
    if closed:
        raise GoldError(f"{path}: its questions have no context of their own, leave out --closed")


def twin(names: Iterable[str]) -> str | None:
    """The first name that stands there twice; None when each is another."""
    return next((name for name, count in Counter(names).items() if count > 1), None)
