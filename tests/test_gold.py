"""The gold questions: the file that is shipped, and what the loader refuses."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.gold import (
    REQUESTS,
    TYPES,
    TYPES_WITH_PARTS,
    Evidence,
    GoldQuestion,
    conversation,
    load_gold,
    placed,
)
from qa.errors import GoldError

ROOT = Path(__file__).resolve().parent.parent
GOLD = load_gold(ROOT / "eval" / "gold" / "seeds.jsonl")
TEXTS = {path.name: path.read_bytes().decode("utf-8") for path in (ROOT / "seeds").glob("*.txt")}
BY_ID = {question.id: question for question in GOLD}
ANSWERABLE = [question for question in GOLD if question.answerable]


def row(**changes: Any) -> dict[str, Any]:
    """A sound question; ``changes`` replace its values, and ``...`` removes a key."""
    sound = {
        "id": "capital",
        "question": "What is the capital?",
        "answers": ["Paris"],
        "type": "place",
        "evidence": [{"source": "a.txt", "quote": "the capital, Paris"}],
        "answerable": True,
        "follows": None,
    }
    return {key: value for key, value in (sound | changes).items() if value is not ...}


def parted(**changes: Any) -> dict[str, Any]:
    """A sound question with an answer in two parts."""
    evidence = [
        {"source": "a.txt", "quote": "Paris", "part": 0},
        {"source": "a.txt", "quote": "Rome", "part": [1]},
    ]
    sound = {
        "type": "list",
        "answers": ["Paris and Rome"],
        "evidence": evidence,
        "parts": [["Paris"], ["Rome"]],
    }
    return row(**(sound | changes))


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    """A gold file of these rows; a string is written as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def clean(quote: str) -> str:
    """A quote as people see it: no escapes, no link stubs, straight quotation marks."""
    shown = re.sub(r"\[([^\]]*)\]\(#\)", r"\1", quote.replace("\\$", "$"))
    return shown.translate(str.maketrans("‘’“”", "''\"\"")).casefold()


# The shipped file


def test_every_quote_stands_in_its_seed() -> None:
    assert len(TEXTS) == 2
    placed(GOLD, TEXTS)


def test_every_quote_stands_there_once_so_that_it_has_one_place() -> None:
    for question in GOLD:
        for evidence in question.evidence:
            assert TEXTS[evidence.source].count(evidence.quote) == 1, (question.id, evidence.quote)


def test_the_file_is_utf8_with_a_final_newline_and_the_keys_in_order() -> None:
    content = (ROOT / "eval" / "gold" / "seeds.jsonl").read_text(encoding="utf-8")
    assert content.endswith("}\n")
    keys = ["id", "question", "answers", "type", "evidence", "answerable", "follows"]
    for line in content.removesuffix("\n").split("\n"):
        assert list(json.loads(line))[: len(keys)] == keys


def test_there_is_enough_of_everything() -> None:
    assert len(GOLD) >= 75
    assert len(GOLD) - len(ANSWERABLE) >= 20
    assert sum(question.follows is not None for question in GOLD) >= 10
    assert sum(question.follows is not None and not question.answerable for question in GOLD) >= 3
    assert set(Counter(question.type for question in ANSWERABLE)) == set(TYPES)


def test_each_seed_has_answers_of_its_own_and_some_answers_stand_in_both() -> None:
    sources = Counter(frozenset(each.source for each in question.evidence) for question in ANSWERABLE)
    for name in TEXTS:
        assert sources[frozenset({name})] >= 20
    assert sources[frozenset(TEXTS)] >= 3


def test_the_debt_question_is_the_one_of_the_design() -> None:
    assert BY_ID["debt"].question == "How much does Iraq owe Iran?"
    assert BY_ID["debt"].answers == ("approximately $11 billion", "$11 billion")
    assert BY_ID["debt"].evidence == (
        Evidence("003_a3cfdfbe2e5cec49.txt", "Iran is owed approximately \\$11 billion by Iraq"),
    )
    assert not BY_ID["debt-swapped"].answerable


def test_every_answer_stands_word_for_word_in_its_evidence() -> None:
    for question in ANSWERABLE:
        if question.type == "yes_no":
            continue
        for index, aliases in enumerate(question.parts or (question.answers,)):
            for evidence in question.evidence:
                if index in evidence.parts or not question.parts:
                    said = [alias for alias in aliases if clean(alias) in clean(evidence.quote)]
                    assert said, (question.id, index, evidence.quote)


def test_yes_or_no_is_answered_by_yes_or_no_and_both_occur() -> None:
    answers = Counter(question.answers for question in ANSWERABLE if question.type == "yes_no")
    assert set(answers) == {("Yes",), ("No",)}


def test_ids_are_kebab_case_and_questions_and_answers_are_not_repeated() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.id) for question in GOLD)
    opening = [question.question.casefold() for question in GOLD if question.follows is None]
    assert len(set(opening)) == len(opening)
    for question in GOLD:
        assert len(set(question.answers)) == len(question.answers), question.id


def test_no_question_says_its_own_answer() -> None:
    for question in ANSWERABLE:
        if question.type != "yes_no":
            for answer in question.answers:
                assert not re.search(rf"\b{re.escape(clean(answer))}\b", clean(question.question)), (
                    question.id
                )


def test_some_questions_are_typed_carelessly_or_the_british_way() -> None:
    questions = [question.question for question in GOLD]
    assert sum(not text.endswith("?") and text == text.lower() for text in questions) >= 3
    assert sum(bool(re.search(r"favour|authoris|metre|neighbour", text)) for text in questions) >= 3


# The other file


def test_what_is_no_question_has_a_file_of_its_own() -> None:
    forms = load_gold(ROOT / "eval" / "gold" / "forms.jsonl")
    placed(forms, TEXTS)
    assert {question.type for question in forms} >= set(REQUESTS)
    assert all(question.answerable == (question.type != "greeting") for question in forms)


# Loading


def test_a_sound_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", row(), parted(id="both", follows="capital"))
    capital, both = load_gold(path)
    assert capital == GoldQuestion(
        "capital",
        "What is the capital?",
        ("Paris",),
        "place",
        (Evidence("a.txt", "the capital, Paris"),),
        True,
        None,
        cluster="capital",
    )
    assert both.parts == (("Paris",), ("Rome",))
    assert [evidence.parts for evidence in both.evidence] == [(0,), (1,)]
    assert both.follows == "capital"


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(row(question="Which\u2028capital?"), ensure_ascii=False), encoding="utf-8")
    assert load_gold(path)[0].question == "Which\u2028capital?"


def test_an_unanswerable_question_may_have_any_type(tmp_path: Path) -> None:
    rows = [row(id=each, type=each, answerable=False, answers=[], evidence=[]) for each in TYPES]
    assert len(load_gold(write(tmp_path / "gold.jsonl", *rows))) == len(TYPES)


BROKEN: dict[str, tuple[dict[str, Any] | str, str]] = {
    "broken JSON": ('{"id": "x",', "not JSON"),
    "an empty line": ("", "not JSON"),
    "not an object": ("[1]", "a line must be a JSON object"),
    "a key twice": ('{"id": "x", "id": "y"}', "key 'id' stands twice"),
    "missing key": (row(follows=...), "key 'follows' is missing"),
    "unknown key": (row(answer="Paris"), "key 'answer' is unknown"),
    "missing evidence key": (row(evidence=[{"source": "a.txt"}]), "key 'quote' is missing"),
    "unknown evidence key": (
        row(evidence=[{"source": "a", "quote": "b", "page": 1}]),
        "key 'page' is unknown",
    ),
    "id is a number": (row(id=7), "'id' must be a string"),
    "question is empty": (row(question=" "), "'question' is empty"),
    "answers is a string": (row(answers="Paris"), "'answers' must be a list"),
    "an answer is a number": (row(answers=[11]), "an entry of 'answers' must be a string"),
    "an answer is empty": (row(answers=[""]), "an entry of 'answers' is empty"),
    "evidence is an object": (row(evidence={}), "'evidence' must be a list"),
    "evidence is a string": (row(evidence=["Paris"]), "a piece of evidence must be a JSON object"),
    "answerable is a number": (row(answerable=1), "'answerable' must be true or false"),
    "follows is a list": (row(follows=["capital"]), "'follows' must be a string"),
    "unknown type": (row(type="colour"), "type 'colour' is unknown"),
    "type is a list": (row(type=["place"]), r"type \['place'\] is unknown"),
    "empty quote": (row(evidence=[{"source": "a.txt", "quote": ""}]), "'quote' is empty"),
    "answerable without answers": (row(answers=[]), "answerable question needs answers and evidence"),
    "answerable without evidence": (row(evidence=[]), "answerable question needs answers and evidence"),
    "unanswerable with answers": (row(answerable=False, evidence=[]), "unanswerable question has no answers"),
    "unanswerable with evidence": (row(answerable=False, answers=[]), "unanswerable question has no answers"),
    "unanswerable with parts": (
        parted(answerable=False, answers=[], evidence=[]),
        "unanswerable question has no answers, evidence or parts",
    ),
    "unknown question followed": (row(follows="nobody"), "no question has the id 'nobody'"),
    "follows itself": (row(follows="capital"), "'capital' follows itself in a circle"),
    "list without parts": (row(type="list"), "type 'list' needs 'parts'"),
    "place with parts": (parted(type="place"), "type 'place' has no 'parts'"),
    "a part without answers": (parted(parts=[["Paris"], []]), "a part needs at least one answer"),
    "evidence without its part": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris"}]),
        "evidence names its 'part' where the answer has parts",
    ),
    "evidence with a part it cannot have": (
        row(evidence=[{"source": "a.txt", "quote": "Paris", "part": 0}]),
        "evidence names its 'part' where the answer has parts",
    ),
    "a part nobody proves": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris", "part": 0}]),
        r"evidence is for the parts \[0\], of 2",
    ),
    "a part that does not exist": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris", "part": [0, 1, 2]}]),
        r"evidence is for the parts \[0, 1, 2\], of 2",
    ),
    "a part that is true": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris", "part": [0, True]}]),
        "'part' must be an integer",
    ),
    "no part in the list": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris", "part": []}]),
        "'part' must be an integer or a list of integers",
    ),
    "the same part twice": (
        parted(evidence=[{"source": "a.txt", "quote": "Paris", "part": [0, 0, 1]}]),
        "'part' names a part twice",
    ),
}


@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_line_is_named(tmp_path: Path, broken: dict[str, Any] | str, message: str) -> None:
    path = write(tmp_path / "gold.jsonl", row(id="first"), broken, row(id="third"))
    with pytest.raises(GoldError, match=rf"gold\.jsonl:2: .*{message}") as caught:
        load_gold(path)
    assert "\n" not in str(caught.value)


def test_a_duplicate_id_is_named_with_both_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", row(), row(id="other"), row())
    with pytest.raises(GoldError, match=r"gold\.jsonl:3: id 'capital' stands already on line 1"):
        load_gold(path)


def test_a_circle_is_named_by_a_line_of_the_circle(tmp_path: Path) -> None:
    rows = [
        row(id="outside", follows="a"),
        row(id="a", follows="b"),
        row(id="b", follows="c"),
        row(id="c", follows="a"),
    ]
    with pytest.raises(GoldError, match=r"gold\.jsonl:2: 'a' follows itself in a circle"):
        load_gold(write(tmp_path / "gold.jsonl", *rows))


def test_an_unknown_id_is_named_by_the_line_that_uses_it(tmp_path: Path) -> None:
    rows = [row(id="a", follows="b"), row(id="b", follows="nobody")]
    with pytest.raises(GoldError, match=r"gold\.jsonl:2: no question has the id 'nobody'"):
        load_gold(write(tmp_path / "gold.jsonl", *rows))


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", row())
    path.write_bytes(path.read_bytes() + b'{"id": "caf\xe9"}\n')
    with pytest.raises(GoldError, match=r"gold\.jsonl:2: not UTF-8 at byte 12"):
        load_gold(path)


def test_an_empty_or_absent_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"gold\.jsonl:1: there is no question"):
        load_gold(write(tmp_path / "gold.jsonl"))
    with pytest.raises(GoldError, match=r"nowhere\.jsonl: cannot be read"):
        load_gold(tmp_path / "nowhere.jsonl")


# Quotes and conversations


def test_a_quote_that_is_not_in_its_source_is_named() -> None:
    debt = BY_ID["debt"]
    altered = dataclasses.replace(
        debt, evidence=(dataclasses.replace(debt.evidence[0], quote="Iran is owed $11"),)
    )
    with pytest.raises(GoldError, match=r"'debt': .*does not say 'Iran is owed \$11'"):
        placed([altered], TEXTS)


def test_a_quote_from_the_other_source_is_refused() -> None:
    first, second = sorted(TEXTS)
    with pytest.raises(GoldError, match="does not say"):
        placed(GOLD, {first: TEXTS[second], second: TEXTS[first]})


def test_a_source_that_is_not_there_is_named() -> None:
    with pytest.raises(GoldError, match=r"the document '003_\w+\.txt' is not indexed"):
        placed(GOLD, {name: text for name, text in TEXTS.items() if name.startswith("000_")})


def test_a_conversation_is_given_oldest_first_without_the_question_itself() -> None:
    earlier = conversation(GOLD, BY_ID["khatami-trip"])
    assert [question.id for question in earlier] == ["ahmadinejad-trip", "raisi-trip"]
    assert conversation(GOLD, BY_ID["ahmadinejad-trip"]) == ()


def test_a_conversation_that_cannot_be_followed_is_an_error() -> None:
    debt = BY_ID["debt"]
    with pytest.raises(GoldError, match="no question has the id 'nobody'"):
        conversation(GOLD, dataclasses.replace(debt, follows="nobody"))
    circle = [dataclasses.replace(debt, id="a", follows="b"), dataclasses.replace(debt, id="b", follows="a")]
    with pytest.raises(GoldError, match="circle"):
        conversation(circle, circle[0])
    with pytest.raises(GoldError, match="circle"):
        conversation(circle, dataclasses.replace(debt, id="c", follows="a"))


def test_only_answers_with_parts_have_parts() -> None:
    for question in GOLD:
        assert bool(question.parts) == (question.answerable and question.type in TYPES_WITH_PARTS)
