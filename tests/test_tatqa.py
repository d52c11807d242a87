"""A TAT-QA file of two contexts and three questions, and the judging of answers, by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats.tatqa import TatQuestion, load_tatqa
from eval.tatqa import ask_all, holds, judge, number_right, report
from qa.index import Index
from qa.read.calibration import Calibration
from qa.read.candidates import FEATURES, SHORT_FEATURES
from qa.read.extractive import ExtractiveReader
from qa.read.sentence import SentenceReader
from qa.types import Reading, ReadSentence, Span
from tests.conftest import FakeEmbedder
from tests.reading import Scripted, passage

INTEREST = "Net interest paid fell by a $539 million decrease in rates."
RATES = "Rates were set by the board and by the bank."
NOTES = "Notes of $2.0 million and $3.0 million were issued. Later $539 million were repaid."


def entry(question: str, answer: object, **others: object) -> dict[str, object]:
    made = {
        "uid": question,
        "answer_type": "span",
        "answer_from": "text",
        "rel_paragraphs": ["1"],
        "scale": "",
    }
    return {"question": question, "answer": answer, **made, **others}


def context(uid: str, *paragraphs: str, questions: list[dict[str, object]]) -> dict[str, object]:
    listed = [{"uid": f"p{order}", "order": order, "text": text} for order, text in enumerate(paragraphs, 1)]
    return {"table": {"uid": uid, "table": [[""]]}, "paragraphs": listed, "questions": questions}


CONTEXTS = [
    context(
        "a",
        INTEREST,
        RATES,
        questions=[
            entry("What was the decrease in interest paid?", ["$539"], scale="million"),
            entry("What was it in the table?", ["1"], answer_from="table"),
            entry("Who set the rates?", ["the board", "the bank"], rel_paragraphs=["2"]),
        ],
    ),
    context(
        "b",
        NOTES,
        questions=[
            entry("What was issued in total?", 5, scale="million", answer_type="arithmetic"),
        ],
    ),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "tatqa.json"
    made.write_text(json.dumps(CONTEXTS))
    return made


def eager() -> ExtractiveReader:
    """Gives what the script ranks first, and always marks it."""
    script = Scripted(**{"$539_million": 20.0, "the_board_and_by_the_bank": 10.0, "$3.0_million": 30.0})
    weighed = Calibration(FEATURES, (1.0, *[0.0] * 7), 0.0, (), "nothing")
    short = Calibration(SHORT_FEATURES, (*[0.0] * 8, 1.0, 0.0), 0.0, (), "nothing")
    return ExtractiveReader(
        script, FakeEmbedder(), SentenceReader(FakeEmbedder(), 1.0), 1.0, (weighed, short)
    )


def test_each_question_is_read_from_its_own_context(index: Index, file: Path) -> None:
    decrease, setters, total = ask_all(index, eager(), *load_tatqa(file))
    # "$539 million" is in both contexts, and "$3.0 million" above it in the other.
    assert (decrease.f1, decrease.exact, decrease.number) == (1.0, 1.0, True)
    assert (decrease.held, decrease.placed) == (True, True)
    # "$539 million" outranks it: none of "board bank" is in it, nor in its sentence.
    assert (setters.f1, setters.number, setters.held, setters.placed) == (0.0, None, False, False)
    # "$3.0 million" is one of the two to be added.
    assert (total.number, total.held, total.placed) == (False, None, True)
    assert total.f1 == pytest.approx(0.5)  # "30 million" and "5 million" share one word of two


def test_the_report_has_a_line_for_each_figure(index: Index, file: Path) -> None:
    lines = list(report(ask_all(index, eager(), *load_tatqa(file))))
    assert [" ".join(line.split("[")[0].split()) for line in lines] == [
        "token F1 0.500 n=3",  # 1, 0 and 1/2
        "exact 0.333 n=3",
        "numbers right 0.500 n=2",
        "numbers right, none computed 1.000 n=1",
        "evidence held 0.500 n=2",
        "evidence held, where it was seen 0.500 n=2",
    ]


def question(*golds: str, scale: str = "", **others: Any) -> TatQuestion:
    return TatQuestion("?", "a", golds, scale, others.get("computed", False), ("d.txt",), "q")


@pytest.mark.parametrize(
    ("gold", "scale", "said", "right"),
    [
        ("$11.5 million", "", "some $11,500,000", True),
        ("$11.5 million", "", "$115 million", False),
        ("$11.5 million", "", "$11.5", False),  # cut off
        ("$11.5 million", "million", "$11.5 million", True),
        ("$11.5 million", "", "€11.5 million", False),
        ("$11.5 million", "", "$11.5 million in 2019", False),  # two numbers
        ("$11.5 million", "", "nothing", False),
        ("$539", "million", "$539 million", True),
        ("88,848", "thousand", "$88,848", True),
        ("88,848", "thousand", "$88.848 million", True),
        ("-15.01", "percent", "(15.01%)", True),
        ("12", "percent", "12", True),
        ("12", "percent", "$12", False),
        ("Four", "", "four (4)", True),
        ("2 to 10 years", "", "2 to 10 years", None),
        ("the bank", "", "the bank", None),
        ("as is told in note 35 here", "", "35", None),  # of seven words
    ],
)
def test_number_right(gold: str, scale: str, said: str, right: bool | None) -> None:
    assert number_right(question(gold, scale=scale), said, said) is right


def test_a_number_whose_scale_was_cut_off_is_wrong() -> None:
    assert number_right(question("$539", scale="million"), "$539", "A $539 million decrease.") is False
    assert number_right(question("$539", scale="million"), "$539", "A $539 decrease.") is True


def test_several_parts_are_no_number() -> None:
    assert number_right(question("5", "6"), "5", "5") is None


def test_an_answer_is_its_short_one_or_its_sentences() -> None:
    there = passage(RATES)
    sentences = (ReadSentence(RATES, ((0, Span(0, len(RATES))),)),)
    both = question("the board", "the bank")
    # "rates were set by board and by bank" has 8 words, 2 of them gold ones: 2 · 2 / (8 + 2).
    whole = judge(both, Reading(sentences, 0.9), [there])
    assert whole.f1 == pytest.approx(0.4)
    assert (whole.exact, whole.held, whole.placed) == (0.0, True, True)
    short = judge(both, Reading(sentences, 0.9, short_answer="the board"), [there])
    assert short.f1 == pytest.approx(2 / 3)  # "board" of "board bank": 2 · 1 / (1 + 2)
    assert short.held is True
    elsewhere = judge(both, Reading(sentences, 0.9), [passage(RATES, document="e")])
    assert (elsewhere.held, elsewhere.placed) == (True, False)
    one_part = judge(question("the board", "the bees"), Reading(sentences, 0.9), [there])
    assert one_part.held is False


def test_an_abstention_holds_nothing() -> None:
    outcome = judge(question("5"), Reading((), 0.0, reason="not_in_documents"), [])
    assert (outcome.f1, outcome.exact, outcome.number, outcome.held, outcome.placed) == (
        0,
        0,
        False,
        False,
        False,
    )


def test_a_scale_may_be_said_or_not() -> None:
    for said in ("24 billion", "24"):
        outcome = judge(question("24", scale="billion"), Reading((), 0.9, short_answer=said), [])
        assert (outcome.f1, outcome.exact) == (1, 1)
    assert judge(question("24", scale="billion"), Reading((), 0.9, short_answer="24 years"), []).exact == 0


@pytest.mark.parametrize(
    ("text", "gold", "held"),
    [
        ("It is reviewed on an annual basis.", "Annual basis", True),
        ("A loss of US$15.9 million.", "$15.9 million,", True),
        ("In 2018.", "2018", True),
        ("In 2018.", "1", False),
        ("It was 10.5 or 5.15.", "5", False),
        ("It was 10,539.", "539", False),
        ("It was \\$5.", "$5", True),
        ("The banker.", "bank", False),
        ("Anything.", " . ", False),
    ],
)
def test_holds(text: str, gold: str, held: bool) -> None:
    assert holds(text, gold) is held
