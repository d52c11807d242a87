"""The sets of "Evaluating Chunking Strategies for Retrieval": questions on long texts, with exact spans.

A folder holds ``questions_df.csv`` (question, references, corpus_id) and a text ``<corpus_id>.md`` for each
of its corpora; references are JSON, each with content, start_index and end_index in code points of the text.
Texts are taken as they are, line ends included, and every reference must fit its text. ``closed`` asks each
question of its own text. Source: Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval", Chroma,
2024; brandonstarxel/chunking_evaluation.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from eval.formats.suite import Suite, make_suite
from eval.gold import Evidence, GoldQuestion
from eval.published import Entry, as_document, parse, read_text
from qa.errors import GoldError
from qa.types import Document, Span

_COLUMNS = ("question", "references", "corpus_id")


def load(path: Path, *, closed: bool = False) -> Suite:
    """The texts of a folder and the questions on them. Raises GoldError."""
    documents: dict[str, Document] = {}
    questions: list[GoldQuestion] = []
    for where, row in _rows(path / "questions_df.csv"):
        corpus = row["corpus_id"]
        if corpus not in documents:
            documents[corpus] = _document(path, corpus, where)
        id_ = f"{corpus}/{len(questions) + 1:03}"
        evidence = _evidence(parse(row["references"], where), documents[corpus])
        within = (documents[corpus].source,) if closed else ()
        questions.append(
            GoldQuestion(id_, row["question"], (), "search", evidence, True, None, within=within, cluster=id_)
        )
    return make_suite(path, tuple(documents.values()), questions)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a table, and where each ends: "questions_df.csv:12"."""
    table = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        if not set(_COLUMNS).issubset(table.fieldnames or ()):
            raise GoldError(f"{path}:1: it doesn't begin with the columns {', '.join(_COLUMNS)}")
        for row in table:
            where = f"{path}:{table.line_num}"
            if None in row or not all(row[column] for column in _COLUMNS):
                raise GoldError(f"{where}: a row has not the columns {', '.join(_COLUMNS)}")
            yield where, row
    except csv.Error as error:
        raise GoldError(f"{path}:{table.reader.line_num}: {error}") from error


def _document(folder: Path, corpus: str, where: str) -> Document:
    if Path(corpus).name != corpus or not corpus.isprintable():
        raise GoldError(f"{where}: corpus_id {corpus!r} is not the name of a text")
    text = read_text(folder / f"{corpus}.md")
    return as_document(f"{corpus}.md", corpus.replace("_", " "), text, "chunking/1")


def _evidence(references: Entry, document: Document) -> tuple[Evidence, ...]:
    found = tuple(_piece(reference, document) for reference in references.each())
    if not found:
        references.fail("references are empty")
    return found


def _piece(reference: Entry, document: Document) -> Evidence:
    span = Span(reference["start_index"].integer(), reference["end_index"].integer())
    words = reference["content"].text()
    if span.start < 0 or document.text[slice(*span)] != words:
        reference.fail(f"doesn't fit: {document.source} has other words at {span.start} to {span.end}")
    return Evidence(document.source, words, spans=(span,))
