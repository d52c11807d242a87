"""A CANARD file of two dialogues."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.canard import load
from eval.gold import Evidence
from qa.errors import GoldError
from qa.types import Span

SAID = ["Frank Zappa", "Disbandment", "Who?", "The Mothers.", "When?", "I don't know.", "Why?", "Money."]
SAID += ["Really?", "The Mothers.", "Then?"]


def entry(number: int, said: list[str] | None = None, dialogue: str = "C_0") -> dict[str, Any]:
    said = said or SAID
    return {
        "History": said[: 2 * number],
        "QuAC_dialog_id": dialogue,
        "Question": said[2 * number],
        "Question_no": number,
        "Rewrite": "…",
    }


def write(folder: Path, *entries: object) -> Path:
    file = folder / "canard.json"
    file.write_text(json.dumps(entries))
    return file


def test_a_dialogue_is_a_document_of_its_answers(tmp_path: Path) -> None:
    suite = load(write(tmp_path, *(entry(number) for number in range(1, 6))))
    (document,) = suite.documents
    assert (document.source, document.title) == ("C_0", "Frank Zappa – Disbandment")
    assert document.text == "The Mothers.\n\nMoney."
    mothers = Evidence("C_0", "The Mothers.", spans=(Span(0, 12),))
    # "Then?" is the last question: no entry tells its answer.
    assert [(q.id, q.question, q.answerable, q.evidence, q.follows) for q in suite.questions] == [
        ("C_0/1", "Who?", True, (mothers,), None),
        ("C_0/2", "When?", False, (), "C_0/1"),
        ("C_0/3", "Why?", True, (Evidence("C_0", "Money.", spans=(Span(14, 20),)),), "C_0/2"),
        ("C_0/4", "Really?", True, (mothers,), "C_0/3"),
    ]
    assert {(q.type, q.cluster, q.within) for q in suite.questions} == {("search", "C_0", ())}


def test_what_was_replied_and_what_a_person_made_of_the_question_are_kept(tmp_path: Path) -> None:
    entries = [entry(number) | {"Rewrite": f"Rewritten {number}?"} for number in range(1, 4)]
    assert [(q.replied, q.rewrite) for q in load(write(tmp_path, *entries)).questions] == [
        ("The Mothers.", "Rewritten 1?"),
        ("", "Rewritten 2?"),
    ]


def test_closed_asks_of_the_own_dialogue(tmp_path: Path) -> None:
    unknown = ["Bees", "Honey", "Who?", "I don't know.", "Why?"]
    file = write(tmp_path, entry(2), entry(1), entry(1, unknown, "C_1"), entry(2, unknown, "C_1"))
    suite = load(file, closed=True)
    assert [document.source for document in suite.documents] == ["C_0"]
    assert [(q.id, q.within) for q in suite.questions] == [("C_0/1", ("C_0",)), ("C_1/1", ())]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(1), {**entry(2), "History": SAID[:2]}], r"\[1\]\.History is not a title, a section, and the"),
        ([{**entry(1), "Question_no": 0, "History": []}], r"\[0\]\.History is not a title"),
        (
            [{**entry(1), "Question": "Where?"}, entry(2)],
            r"\[0\] doesn't fit the other entries of its dialogue",
        ),
        ([entry(1), entry(1)], r"\[1\]\.Question_no stands already in another entry of its dialogue"),
        ([{**entry(1), "Question_no": "1"}], "Question_no is not a whole number"),
        ([{"History": []}], "QuAC_dialog_id is missing"),
        ([entry(1)], "there is no question"),
        ([], "there is no question"),
    ],
)
def test_broken_files_are_told_by_place(tmp_path: Path, entries: list[object], said: str) -> None:
    with pytest.raises(GoldError, match=said) as raised:
        load(write(tmp_path, *entries))
    assert "canard.json" in str(raised.value)
