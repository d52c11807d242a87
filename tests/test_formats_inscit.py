"""An INSCIT file of one dialogue with four turns."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.inscit import load
from eval.gold import Evidence
from eval.run import Plan, load_suite
from qa.errors import GoldError
from qa.types import Span


def passage(id_: str, text: str, *titles: str) -> dict[str, Any]:
    return {"passage_id": id_, "passage_text": text, "passage_titles": list(titles)}


COWS = passage("Cheese:1", "Cows give milk.", "Cheese", "Milk")
GOATS = passage("Goat: an animal:2", "Goats, too.")
SHEEP = passage("Sheep:3", "Sheep.", "Sheep")


def label(kind: str, *passages: dict[str, Any]) -> dict[str, Any]:
    return {"responseType": kind, "response": "In own words.", "evidence": list(passages)}


def turn(context: str, *labels: dict[str, Any], earlier: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"context": context.split("|"), "prevEvidence": [list(earlier)], "labels": list(labels)}


TURNS = [
    turn("Milk?", label("directAnswer", COWS, GOATS), label("noAnswerButRelevantInfo", SHEEP)),
    turn("Milk?|Cows.|Which?", label("clarification", GOATS), label("directAnswer", GOATS), earlier=(COWS,)),
    turn("Milk?|Cows.|Which?|All.|Yaks?", label("noAnswerButRelevantInfo", COWS)),
    turn("Milk?|Cows.|Which?|All.|Yaks?|No.|Emus?", label("noAnswerNoRelevantInfo")),
]


def write(folder: Path, *turns: dict[str, Any]) -> Path:
    file = folder / "talks.json"
    file.write_text(json.dumps({"dial 1": {"seedArticle": {}, "turns": list(turns)}}))
    return file


def test_passages_are_documents_titled_by_their_article(tmp_path: Path) -> None:
    assert [(d.source, d.title, d.text) for d in load(write(tmp_path, *TURNS)).documents] == [
        ("Cheese:1", "Cheese", "Cows give milk."),
        ("Goat: an animal:2", "Goat: an animal", "Goats, too."),
        ("Sheep:3", "Sheep", "Sheep."),
    ]


def test_each_turn_follows_the_one_before(tmp_path: Path) -> None:
    questions = load(write(tmp_path, *TURNS)).questions
    assert [(q.id, q.question, q.follows) for q in questions] == [
        ("dial 1/1", "Milk?", None),
        ("dial 1/2", "Which?", "dial 1/1"),
        ("dial 1/3", "Yaks?", "dial 1/2"),
        ("dial 1/4", "Emus?", "dial 1/3"),
    ]
    assert {(q.type, q.cluster, q.answers) for q in questions} == {("search", "dial 1", ())}


def test_what_was_replied_is_kept(tmp_path: Path) -> None:
    replied = [question.replied for question in load(write(tmp_path, *TURNS)).questions]
    assert replied == ["Cows.", "All.", "No.", ""]


def test_what_nobody_rewrote_is_told(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="'dial 1/2': nobody has made it stand alone"):
        load_suite(Plan((write(tmp_path, *TURNS),), "inscit", follow_ups="rewritten"))


def test_evidence_is_of_those_who_found_an_answer(tmp_path: Path) -> None:
    cows = Evidence("Cheese:1", "", spans=(Span(0, 15),))
    goats = Evidence("Goat: an animal:2", "", spans=(Span(0, 11),))
    assert [(q.answerable, q.evidence) for q in load(write(tmp_path, *TURNS)).questions] == [
        (True, (cows, goats)),
        (True, (goats,)),
        (False, ()),
        (False, ()),
    ]


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (TURNS[1:], r"\['dial 1'\]\.turns\[0\]\.context is not that of the turn before"),
        ([TURNS[0], turn("Wool?|Sheep.|Which?")], r"turns\[1\]\.context is not that of the turn before"),
        ([turn("Milk?", label("guess", COWS))], "responseType is none of directAnswer, clarification"),
        (
            [turn("Milk?", label("directAnswer", COWS, {**COWS, "passage_text": "Else."}))],
            r"evidence\[1\] doesn't fit: passage 'Cheese:1' has another text or title above",
        ),
        ([{"context": ["Milk?"], "labels": []}], "prevEvidence is missing"),
        ([], "there is no question"),
    ],
)
def test_broken_files_are_told_by_place(tmp_path: Path, turns: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(GoldError, match=said) as raised:
        load(write(tmp_path, *turns))
    assert "talks.json" in str(raised.value)
