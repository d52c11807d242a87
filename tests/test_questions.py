"""The forms of questions, on questions that people ask."""

import pytest

from qa.read.questions import (
    form_of,
    is_question,
    is_summary,
    is_yes_no,
    names_a_document,
    names_of,
    parts_of,
    subject_of_summary,
    tokens_of,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hello", False),
        ("good morning, everyone!", False),
        ("Thanks a lot, that is very clear", True),  # when in doubt, the documents are asked
        ("What can I ask?", False),
        ("How are you?", False),
        ("Hey, how are you?", False),
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
            ["How much trade is there now?", "what was the target?"],
        ),
        (
            "Who opened the bridge and in what year was it built?",
            ["Who opened the bridge?", "in what year was it built?"],
        ),
        ("When was it built? Who paid for it?", ["When was it built?", "Who paid for it?"]),
        ("What do France and Spain export?", ["What do France and Spain export?"]),
        ("Who and when?", ["Who and when?"]),
        *[
            (whole, [whole])
            for whole in (
                "During 1824 and 1825 who did Chopin stay with?",
                "How many people and how many horses died?",
                "In what year and in which city was the treaty signed?",
                "Who was the president who invaded Iraq and who later lost the election?",
                "What is the difference between what Iran says and what Iraq says?",
                'Who said "Why are we here? Nobody knows" in Baghdad?',
                "Who is he? Who is she? Who are they? Who are we? Who am I?",
            )
        ],
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


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Did the mayor open the bridge?", "yes_no"),
        ("Why was it closed?", "explanation"),
        ("How did they cross the river?", "explanation"),
        ("What is the reason for the delay?", "explanation"),
        ("How many bridges are there?", "fact"),
        ("How often is it cleaned?", "fact"),
        ("Which other towns joined?", "list"),
        ("Who were the founders?", "list"),
        ("Name three rivers.", "list"),
        ("What is the name of the species?", "fact"),
        ("Which news agency reported it?", "fact"),
        ("What does the glass cost?", "fact"),
        ("When was it built?", "fact"),
        ("", "fact"),
        ("ethanol", "fact"),
        ("The bridge: is it open?", "yes_no"),
        ("bridge Lima: why was it closed?", "explanation"),
        ("Is Dune: Part Two a good film?", "yes_no"),
    ],
)
def test_forms(question: str, form: str) -> None:
    assert form_of(question) == form


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("Summarise this report", ""),
        ("Can you give me a short summary of the nuclear talks, please?", "nuclear talks"),
        ("What is this document about?", ""),
        ("What are the main findings?", ""),
        ("TL;DR", ""),
        ("sum up the article on bridges", "bridges"),
    ],
)
def test_requests_for_a_summary_and_what_they_are_about(said: str, subject: str) -> None:
    assert is_summary(said)
    assert subject_of_summary(said) == subject


@pytest.mark.parametrize(
    "said",
    [
        "What is the main road?",
        "Who wrote the summary?",
        "What is the article on bridges called?",
        "Summary judgment was granted on what date?",
        "What is the main point of contention between Iraq and Kuwait?",
        "",
    ],
)
def test_questions_are_no_requests_for_a_summary(said: str) -> None:
    assert not is_summary(said)


def test_a_document_is_told_from_a_subject() -> None:
    assert names_a_document("Summarise the report on the bridge")
    assert not names_a_document("Summarise the talks")


def test_names_and_the_words_of_a_passage_meet() -> None:
    assert names_of("Did São Tomé pay 1,500.5 in May?") <= tokens_of("In may SAO TOME paid 1,500.5.")


def test_long_questions_take_no_time() -> None:
    assert parts_of("and what " * 20_000)
    assert parts_of("what?" + " " * 20_000 + "and what")
    assert names_of("a A1 " * 50_000) == {"a1"}
