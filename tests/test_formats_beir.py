"""A BEIR folder of three documents and three queries."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from eval.formats.beir import load
from eval.gold import Evidence
from qa.errors import GoldError
from qa.types import Span

CORPUS: Sequence[Mapping[str, object]] = [
    {"_id": "one", "title": "Zebras", "text": " Zebras zigzag. "},
    {"_id": "two", "title": "Quails", "text": ""},
    {"_id": "three", "text": "Wax and wood.", "metadata": {}},
]
QUERIES: Sequence[Mapping[str, object]] = [
    {"_id": f"q{number}", "text": f"query {number}"} for number in (1, 2, 3)
]
HEAD = "query-id\tcorpus-id\tscore\n"
QRELS = f"{HEAD}q1\tone\t2\r\nq1\ttwo\t1\nq1\tthree\t0\nq2\tone\t0\n"


def write(
    folder: Path,
    qrels: str = QRELS,
    corpus: Sequence[Mapping[str, object]] = CORPUS,
    queries: Sequence[Mapping[str, object]] = QUERIES,
) -> Path:
    made = folder / "animals"
    (made / "qrels").mkdir(parents=True)
    (made / "corpus.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in corpus))
    (made / "queries.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in queries))
    (made / "qrels" / "test.tsv").write_bytes(qrels.encode())
    return made


def test_queries_with_relevant_documents_are_asked(tmp_path: Path) -> None:
    suite = load(write(tmp_path))
    assert [(d.source, d.title, d.text) for d in suite.documents] == [
        ("one", "Zebras", "Zebras zigzag."),
        ("two", "Quails", "Quails"),
        ("three", "", "Wax and wood."),
    ]
    (question,) = suite.questions
    assert (suite.name, question.id, question.question, question.type) == (
        "animals",
        "q1",
        "query 1",
        "search",
    )
    assert question.evidence == (
        Evidence("one", "", spans=(Span(0, 14),), grade=2),
        Evidence("two", "", spans=(Span(0, 6),), grade=1),
    )
    assert (question.answerable, question.answers, question.cluster) == (True, (), "q1")


@pytest.mark.parametrize(
    ("qrels", "said"),
    [
        ("", r"test\.tsv:1: it doesn't begin with the columns query-id, corpus-id, score"),
        ("q1\t0\tone\t1\n", r"test\.tsv:1: "),
        (f"{HEAD}q1\tone\n", r"test\.tsv:2: not a query, a document and a whole number"),
        (f"{HEAD}q1\tone\t1\nq1\ttwo\tgood\n", r"test\.tsv:3: not a query"),
        (f"{HEAD}q1\tone\t1\nq1\tone\t2\n", r"test\.tsv:3: document 'one' has another score above, 1"),
        (f"{HEAD}q9\tone\t1\n", "judges query 'q9', which queries.jsonl lacks"),
        (f"{HEAD}q1\tnine\t1\n", "judges document 'nine', which corpus.jsonl lacks"),
        (f"{HEAD}q1\tone\t0\n", "there is no question"),
    ],
)
def test_broken_judgments(tmp_path: Path, qrels: str, said: str) -> None:
    with pytest.raises(GoldError, match=said):
        load(write(tmp_path, qrels))


def test_broken_lines_are_told_by_number(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"corpus\.jsonl:2: text is missing"):
        load(write(tmp_path / "a", corpus=[CORPUS[0], {"_id": "two"}]))
    with pytest.raises(GoldError, match=r"queries\.jsonl:2: query 'q1' stands there already"):
        load(write(tmp_path / "b", queries=[QUERIES[0], QUERIES[0]]))
    with pytest.raises(GoldError, match="two documents are called 'one'"):
        load(write(tmp_path / "c", corpus=[*CORPUS, CORPUS[0]]))
