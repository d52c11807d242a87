"""A TAT-QA file of two contexts."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.tatqa import TatQuestion, load, load_tatqa, only_number, places
from eval.gold import Evidence, GoldQuestion
from qa.errors import GoldError
from qa.types import Span

INTEREST = "Net interest paid fell by a $539 million decrease in 2019. It had been $539 in 2018."
RATES = "Rates were set by the board and by the bank; 25.0 basis points."
NOTES = "Notes of $2.0 million and $3.0 million were issued."


def entry(question: str, answer: object, **others: object) -> dict[str, Any]:
    made = {"answer_type": "span", "answer_from": "text", "rel_paragraphs": ["1"], "scale": ""}
    return {"uid": f"q-{question}", "question": question, "answer": answer, **made, **others}


def context(uid: str, *paragraphs: str, questions: list[dict[str, Any]]) -> dict[str, Any]:
    listed = [{"uid": f"p{order}", "order": order, "text": text} for order, text in enumerate(paragraphs, 1)]
    return {"table": {"uid": uid, "table": [[""]]}, "paragraphs": listed, "questions": questions}


def write(folder: Path, *contexts: object) -> Path:
    file = folder / "tatqa.json"
    file.write_text(json.dumps(contexts))
    return file


FALL = entry("By how much?", ["$539"], scale="million")
SETTERS = entry("Who?", ["the board", "the bank"], rel_paragraphs=["1", "2"])
TABLE = entry("In the table?", ["1"], answer_from="table")
TOTAL = entry("In total?", 5, scale="million", answer_type="arithmetic")
FIRST = context("a", INTEREST, RATES, questions=[FALL, TABLE, SETTERS])
SECOND = context("b", NOTES, questions=[TOTAL])


def questions(folder: Path, *asked: dict[str, Any]) -> tuple[GoldQuestion, ...]:
    return load(write(folder, context("a", INTEREST, RATES, questions=list(asked)))).questions


def test_the_questions_from_text_and_their_paragraphs(tmp_path: Path) -> None:
    documents, asked = load_tatqa(write(tmp_path, FIRST, SECOND))
    assert [(d.source, d.text) for d in documents] == [("a/1", INTEREST), ("a/2", RATES), ("b/1", NOTES)]
    assert asked[0] == TatQuestion(
        "By how much?", "a", ("$539",), "million", False, ("a/1",), "q-By how much?"
    )
    assert [(q.golds, q.computed) for q in asked[1:]] == [(("the board", "the bank"), False), (("5",), True)]


def test_a_limit_takes_the_first_questions_and_only_their_contexts(tmp_path: Path) -> None:
    documents, asked = load_tatqa(write(tmp_path, FIRST, SECOND), limit=2)
    assert [d.source for d in documents] == ["a/1", "a/2"]
    assert len(asked) == 2


def test_each_is_asked_of_its_own_context(tmp_path: Path) -> None:
    file = write(tmp_path, FIRST, SECOND)
    assert [(q.within, q.cluster) for q in load(file).questions] == [
        (("a/1", "a/2"), "a"),
        (("a/1", "a/2"), "a"),
        (("b/1",), "b"),
    ]
    assert load(file, closed=True) == load(file)


def test_a_number_may_be_said_with_its_scale_or_without(tmp_path: Path) -> None:
    (fall,) = questions(tmp_path, FALL)
    assert (fall.id, fall.type, fall.answers) == ("q-By how much?", "number", ("$539 million", "$539"))
    assert fall.evidence == (Evidence("a/1", "$539", spans=(Span(28, 32), Span(71, 75))),)
    (said,) = questions(tmp_path, entry("By how much?", ["$539 Million"], scale="million"))
    assert said.answers == ("$539 Million",)


def test_several_spans_are_a_list_of_parts(tmp_path: Path) -> None:
    (setters,) = questions(tmp_path, SETTERS)
    assert (setters.type, setters.answers) == ("list", ("the board, the bank",))
    assert setters.parts == (("the board",), ("the bank",))
    assert setters.evidence == (
        Evidence("a/2", "the board", (0,), (Span(18, 27),)),
        Evidence("a/2", "the bank", (1,), (Span(35, 43),)),
    )


def test_other_answers_are_spans(tmp_path: Path) -> None:
    long = entry("Long?", ["a $539 million decrease in 2019. It"])  # of seven words
    words = entry("Words?", ["interest paid"])
    two = entry("Two?", ["$539 million decrease in 2019"])  # numbers
    assert [q.type for q in questions(tmp_path, long, words, two)] == ["span", "span", "span"]


def test_what_does_not_stand_there_has_paragraphs_as_evidence(tmp_path: Path) -> None:
    whole = (Evidence("b/1", "", spans=(Span(0, len(NOTES)),)),)
    computed = entry("Issued?", "3.0", answer_type="count")
    other_case = entry("What?", ["notes"])
    inside = entry("How many?", ["2"])  # of "2.0" it is a part
    file = write(tmp_path, context("b", NOTES, questions=[computed, other_case, inside]))
    assert [q.evidence for q in load(file).questions] == [whole] * 3


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("25", []),
        ("25.0", [45]),
        ("5.0", []),
        ("bank", [39]),
        ("ban", []),
        ("bank;", [39]),
        ("by the", [15, 32]),
    ],
)
def test_places(words: str, starts: list[int]) -> None:
    assert list(places(RATES, words)) == [Span(start, start + len(words)) for start in starts]


def test_only_number() -> None:
    found = only_number("$5 million, that is 5,000,000")
    assert found is not None
    assert (found.value, found.unit) == (5_000_000, "$")
    assert only_number("5 and 6") is None
    assert only_number("five or so") is not None
    assert only_number("") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[]", "none of its questions is answered from text"),
        ("{}", "is not a list"),
        ('["a"]', r"\[0\] is not an object"),
        (json.dumps([context("a", NOTES, questions=[TABLE])]), "none of its questions is answered from text"),
        (json.dumps([{**SECOND, "paragraphs": [{"order": 1, "text": 5}]}]), "text is not a string"),
        (
            json.dumps([{**SECOND, "paragraphs": [{"order": "1", "text": "a"}]}]),
            "order is not a whole number",
        ),
        (json.dumps([context("a", NOTES, questions=[entry("c?", [])])]), r"questions\[0\]\.answer is empty"),
        (json.dumps([context("a", NOTES, questions=[entry("c?", [5])])]), r"answer\[0\] is not a string"),
        (json.dumps([context("a", NOTES, questions=[entry("c?", " ")])]), "answer is empty"),
        (json.dumps([context("a", NOTES, questions=[entry("c?", True)])]), "answer is not a string"),
        (
            json.dumps([context("a", NOTES, questions=[entry("c?", ["e"], scale="dozen")])]),
            "is none of percent,",
        ),
        (
            json.dumps([context("a", NOTES, questions=[entry("c?", ["e"], scale=[])])]),
            "scale is not a string",
        ),
        (
            json.dumps([context("a", NOTES, questions=[entry("c?", ["e"], rel_paragraphs=["2"])])]),
            "of its context",
        ),
        (
            json.dumps([context("a", NOTES, questions=[entry("c?", ["e"], rel_paragraphs=[])])]),
            "of its context",
        ),
        (json.dumps([context("a", NOTES, questions=[TOTAL, TOTAL])]), "two questions have the id"),
        (json.dumps([SECOND, SECOND]), "two documents are called 'b/1'"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "tatqa.json"
    file.write_text(content)
    with pytest.raises(GoldError, match=said) as raised:
        load(file)
    assert "tatqa.json" in str(raised.value)
    assert "\n" not in str(raised.value)
