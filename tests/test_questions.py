"""The forms of questions, on questions that people ask."""

import pytest

from qa.read.questions import is_question, is_yes_no, names_of, parts_of, tokens_of


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hello", False),
        ("good morning, everyone!", False),
        ("Thanks a lot, that is very clear", True),  # when in doubt, the documents are asked
        ("What can I ask?", False),
        ("How are you?", False),
        ("🙂", False),
        ("", False),
        ("Hello, who opened the bridge?", True),
        ("What can I ask the mayor for?", True),
        ("ethanol", True),
        ("كم المبلغ؟", True),
    ],
)
def test_what_is_a_question(said: str, expected: bool) -> None:
    assert is_question(said) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Did the mayor open the bridge?", True),
        ("is the well deep", True),
        ("Doesn't the toll rise in summer?", True),
        ("How deep is the well?", False),
        ("Which bridge did the mayor open?", False),
        ("Can you tell me who opened the bridge?", False),
        ("", False),
        ("?!", False),
        ("Willow trees by the well", False),
    ],
)
def test_yes_no(question: str, expected: bool) -> None:
    assert is_yes_no(question) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How much trade is there now, and what was the target?",
            ["How much trade is there now", "what was the target?"],
        ),
        (
            "Who opened the bridge and in what year was it built?",
            ["Who opened the bridge", "in what year was it built?"],
        ),
        ("When was it built? Who paid for it?", ["When was it built", "Who paid for it?"]),
        ("What do France and Spain export?", ["What do France and Spain export?"]),
        ("Who and when?", ["Who and when?"]),
        ("Why?", ["Why?"]),
        ("", [""]),
    ],
)
def test_parts(question: str, expected: list[str]) -> None:
    assert parts_of(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How much does Peru owe Chile?", {"peru", "chile"}),
        ("What happened in 2011 in São Tomé?", {"2011", "sao", "tome"}),
        ("Did trade reach 11.5 billion?", {"11.5"}),
        ("HOW MUCH DOES PERU OWE?", set()),
        ("how much does peru owe?", set()),
        ("🙂", set()),
    ],
)
def test_names(question: str, expected: set[str]) -> None:
    assert names_of(question) == expected


def test_names_and_the_words_of_a_passage_meet() -> None:
    assert names_of("Did São Tomé pay 1,500.5 in May?") <= tokens_of("In may SAO TOME paid 1,500.5.")


def test_long_questions_take_no_time() -> None:
    assert parts_of("and what " * 20_000)
    assert names_of("a A1 " * 50_000) == {"a1"}
