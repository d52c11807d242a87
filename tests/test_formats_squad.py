"""A SQuAD file of two paragraphs and four questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.squad import load
from eval.gold import Evidence
from qa.errors import GoldError
from qa.types import Span

TEXT = "It opened in 1931. In 1931 it was the longest."


def asked(id_: str, *answers: tuple[str, int], **others: Any) -> dict[str, Any]:
    listed = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": id_, "question": f"Question {id_}?", "answers": listed, **others}


def write(folder: Path, *qas: dict[str, Any]) -> Path:
    paragraphs = [{"context": TEXT, "qas": list(qas)}, {"context": "Other.", "qas": []}]
    file = folder / "bridges.json"
    file.write_text(
        json.dumps({"version": "v2.0", "data": [{"title": "Old_bridge", "paragraphs": paragraphs}]})
    )
    return file


def test_answers_are_distinct_and_evidence_is_each_place(tmp_path: Path) -> None:
    crowd = asked("1", ("1931", 13), ("in 1931", 10), ("1931", 22), ("1931", 13), is_impossible=False)
    suite = load(write(tmp_path, crowd))
    assert [(d.source, d.title) for d in suite.documents] == [
        ("Old_bridge/000", "Old bridge"),
        ("Old_bridge/001", "Old bridge"),
    ]
    (question,) = suite.questions
    assert (question.id, question.type, question.answers) == ("1", "span", ("1931", "in 1931"))
    assert question.evidence == (
        Evidence("Old_bridge/000", "1931", spans=(Span(13, 17), Span(22, 26))),
        Evidence("Old_bridge/000", "in 1931", spans=(Span(10, 17),)),
    )
    assert (question.answerable, question.cluster, question.within) == (True, "Old_bridge/000", ())


def test_closed_asks_of_the_own_paragraph(tmp_path: Path) -> None:
    (question,) = load(write(tmp_path, asked("1", ("1931", 13))), closed=True).questions
    assert question.within == ("Old_bridge/000",)


def test_impossible_questions_have_no_answers(tmp_path: Path) -> None:
    plausible = asked("1", is_impossible=True, plausible_answers=[{"text": "1931", "answer_start": 13}])
    given = asked("2", ("1931", 13), is_impossible=True)
    for question in load(write(tmp_path, plausible, given)).questions:
        assert (question.answerable, question.answers, question.evidence) == (False, (), ())


@pytest.mark.parametrize(
    ("qas", "said"),
    [
        (
            [asked("1", ("1931", 12))],
            r"qas\[0\]\.answers\[0\] doesn't fit: its context has other words at 12",
        ),
        ([asked("1", ("1931", -33))], "doesn't fit"),
        ([asked("1", ("1931", 99))], "doesn't fit"),
        ([asked("1", ("", 13))], r"answers\[0\]\.text is empty"),
        ([{"id": "1", "question": "Q?", "answers": [{"text": "1931"}]}], "answer_start is missing"),
        ([{"id": "1", "question": "Q?"}], r"qas\[0\]\.answers is missing"),
        ([{"id": 1, "question": "Q?", "answers": []}], "id is not a string"),
        ([asked("1", is_impossible="no")], "is_impossible is not true or false"),
        ([asked("1"), asked("1")], "two questions have the id '1'"),
        ([], "there is no question"),
    ],
)
def test_broken_files_are_told_by_place(tmp_path: Path, qas: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(GoldError, match=said) as raised:
        load(write(tmp_path, *qas))
    assert "bridges.json" in str(raised.value)


def test_articles_of_one_title_are_refused(tmp_path: Path) -> None:
    article = {"title": "A", "paragraphs": [{"context": TEXT, "qas": [asked("1")]}]}
    file = tmp_path / "twice.json"
    file.write_text(json.dumps({"data": [article, article]}))
    with pytest.raises(GoldError, match="two documents are called 'A/000'"):
        load(file)
