"""BEIR folders: queries and which documents are relevant to them, no answers.

A folder holds ``corpus.jsonl`` (_id, title, text), ``queries.jsonl`` (_id, text) and ``qrels/test.tsv``
(query-id, corpus-id, score). A document without text is its title. Only queries are asked that have a
relevant document, one with a score over 0. Source: Thakur et al., "BEIR: A Heterogeneous Benchmark for
Zero-shot Evaluation of Information Retrieval Models", NeurIPS 2021.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.formats.suite import Suite, make_suite, refuse_closed
from eval.gold import Evidence, GoldQuestion
from eval.published import as_document, read_lines, read_text
from qa.errors import GoldError
from qa.types import Document, Span

_COLUMNS = "query-id\tcorpus-id\tscore"


def load(path: Path, *, closed: bool = False) -> Suite:
    """The documents of a folder, and the queries that have relevant ones. Raises GoldError."""
    refuse_closed(path, closed=closed)
    documents = list(read_documents(path))
    lengths = {document.source: len(document.text) for document in documents}
    queries, judged = dict(read_queries(path)), read_judgments(path)
    for id_, grades in judged.items():
        if id_ not in queries:
            raise GoldError(f"{path}: qrels/test.tsv judges query {id_!r}, which queries.jsonl lacks")
        if unknown := next((source for source in grades if source not in lengths), None):
            raise GoldError(f"{path}: qrels/test.tsv judges document {unknown!r}, which corpus.jsonl lacks")
    asked = [_question(id_, text, judged.get(id_, {}), lengths) for id_, text in queries.items()]
    return make_suite(path, documents, [question for question in asked if question.answerable])


def read_documents(folder: Path) -> Iterator[Document]:
    """The documents of a folder, whose sources are their ids. Raises GoldError."""
    for entry in read_lines(folder / "corpus.jsonl"):
        title = found.text(blank=True) if (found := entry.get("title")) else ""
        text = entry["text"].text(blank=True).strip()
        yield as_document(entry["_id"].text(), title, text or title, "beir/1")


def read_queries(folder: Path) -> Iterator[tuple[str, str]]:
    """Ids and texts of the queries, none twice. Raises GoldError."""
    seen: set[str] = set()
    for entry in read_lines(folder / "queries.jsonl"):
        id_ = entry["_id"].text()
        if id_ in seen:
            entry.fail(f"query {id_!r} stands there already")
        seen.add(id_)
        yield id_, entry["text"].text()


def read_judgments(folder: Path) -> Mapping[str, Mapping[str, int]]:
    """How relevant documents are to queries, by their ids. Raises GoldError."""
    path = folder / "qrels" / "test.tsv"
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    head, *lines = read_text(path).replace("\r\n", "\n").removesuffix("\n").split("\n")
    if head != _COLUMNS:
        raise GoldError(f"{path}:1: it doesn't begin with the columns {', '.join(_COLUMNS.split())}")
    for number, line in enumerate(lines, start=2):
        try:
            query, document, grade = line.split("\t")
            known = judged[query].setdefault(document, int(grade))
        except ValueError as error:
            raise GoldError(f"{path}:{number}: not a query, a document and a whole number") from error
        if known != int(grade):
            raise GoldError(f"{path}:{number}: document {document!r} has another score above, {known}")
    return judged


def _question(id_: str, text: str, grades: Mapping[str, int], lengths: Mapping[str, int]) -> GoldQuestion:
    evidence = tuple(
        Evidence(source, "", spans=(Span(0, lengths[source]),), grade=grade)
        for source, grade in grades.items()
        if grade > 0
    )
    return GoldQuestion(id_, text, (), "search", evidence, bool(evidence), None, cluster=id_)
