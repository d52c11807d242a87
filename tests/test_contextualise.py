"""A follow-up takes along what it leans on; a question that stands alone is left alone."""

import pytest

from qa.contextualise import contextualise
from qa.types import Turn

FIRST = Turn("Where did Rouhani travel first?", "Rouhani chose Kyrgyzstan.", "Kyrgyzstan")


@pytest.mark.parametrize(
    "question", ["Why did he go there?", "When was that?", "Why?", "how?", "What about those?"]
)
def test_a_question_that_leans_takes_the_words_of_the_one_before_and_its_answer(question: str) -> None:
    assert contextualise(question, [FIRST]) == f"Kyrgyzstan Rouhani travel first: {question}"


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("Where did Rouhani travel first?", "And Raisi?", "Where did Raisi travel first?"),
        (
            "Where did Rouhani travel first?",
            "What about Ebrahim Raisi?",
            "Where did Ebrahim Raisi travel first?",
        ),
        ("Who is Peru's ambassador to Chile?", "And to Bolivia?", "Who is Peru's ambassador to Bolivia?"),
        (
            "What did Lima ship in 2023?",
            "And in 2024?",
            "What did Lima ship in 2024?",
        ),
        ("What was shipped in 2023?", "And the year before?", "What was shipped in 2022?"),
        ("What was shipped in 2023?", "and the next year?", "What was shipped in 2024?"),
        (
            "Where can she be reached?",
            "And by phone?",
            "Where can she be reached by phone?",
        ),
        ("Where is al-Jubouri now?", "And Noor Zuhair?", "Where is Noor Zuhair now?"),
        ("Where is Élodie now?", "And Ana?", "Where is Ana now?"),
        ("Who is ambassador to Chile?", "And to Chile?", "Who is ambassador to Chile?"),
        # where it isn't clear of what, the words of content go along
        ("When did Pezeshkian visit Baghdad?", "And Erbil?", "Pezeshkian visit Baghdad: And Erbil?"),
        ("What was shipped between 2019 and 2023?", "And in 2024?", "shipped 2019 2023: And in 2024?"),
        ("What happened in 2023?", "And before 2020?", "happened 2023: And before 2020?"),
        ("Who shipped 1500 tonnes in 2023?", "And in 2024?", "shipped 1500 tonnes 2023: And in 2024?"),
        ("WHERE DID HE TRAVEL?", "AND RAISI?", "TRAVEL: AND RAISI?"),
        ("Can I see the plan of Peru?", "And population?", "see plan Peru: And population?"),
        ("what was shipped?", "And gold?", "shipped: And gold?"),
        ("What was shipped?", "And the year before?", "shipped: And the year before?"),
    ],
)
def test_what_names_another_is_the_question_before_asked_of_that(
    before: str, question: str, expected: str
) -> None:
    assert contextualise(question, [Turn(before, "")]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How much does Iraq owe Iran?",
        "Which cities did Pezeshkian visit?",
        "Why has the trade volume between both countries declined?",
        "And who opened the bridge over the river in May?",
        "How many provinces are there in Iran?",
        "What is the goal that Iran pursues in Iraq?",
        "When did Huguenots flee to their last bastion?",
        "Which one of the bridges is the oldest of all?",
        "",
        "🙂",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert contextualise(question, [FIRST]) == question


def test_without_history_nothing_is_added() -> None:
    assert contextualise("And Raisi?", []) == "And Raisi?"


def test_chains_are_followed_to_a_question_that_stands_alone() -> None:
    history = [
        Turn("Who is Maliki?", ""),
        FIRST,
        Turn("And Raisi?", "Raisi began in Tajikistan.", "Tajikistan"),
    ]
    assert contextualise("When did he die?", history) == "Tajikistan Raisi travel first: When did he die?"


def test_only_a_name_is_taken_from_the_answer() -> None:
    before = Turn("How many soldiers were killed?", "Three of them.", "three of them")
    assert contextualise("How did they die?", [before]) == "soldiers killed: How did they die?"


def test_a_part_that_is_short_leans_on_the_part_before() -> None:
    before = [Turn("How much does Iraq owe Iran?", "")]
    assert contextualise("who says so?", before) == "who says so?"
    assert contextualise("who says so?", before, continues=True) == "Iraq owe Iran: who says so?"
    assert contextualise("who is Sistani of Najaf?", before, continues=True) == "who is Sistani of Najaf?"


def test_blanks_take_no_time() -> None:
    assert contextualise("and" + " " * 20_000 + "x,y", [FIRST])


def test_a_conversation_may_be_as_long_as_it_likes() -> None:
    history = [FIRST, *[Turn("And then?", "")] * 5_000]
    assert contextualise("Why?", history) == "Kyrgyzstan Rouhani travel first: Why?"


BAND = [
    Turn("What group disbanded?", "Zappa and the Mothers of Invention disbanded in June."),
    Turn("Why?", "Because Zappa was tired of audiences. He left on Monday."),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Any other reasons?", "Zappa: Any other reasons?"),  # said twice, the Mothers once
        ("What did the audiences say?", "Zappa: What did the audiences say?"),  # those just spoken of
        ("When did he die?", "Zappa: group disbanded: When did he die?"),
        ("What did the drummer say?", "What did the drummer say?"),  # of no drummer was spoken
        ("What else did Captain Beefheart record?", "What else did Captain Beefheart record?"),
        ("Any other reasons why Zappa left?", "Any other reasons why Zappa left?"),
        (
            "Any other reasons for long tours of small clubs?",
            "Any other reasons for long tours of small clubs?",
        ),
    ],
)
def test_a_question_that_refers_takes_the_name_that_was_said_most(question: str, expected: str) -> None:
    assert contextualise(question, BAND) == expected


def test_of_names_said_as_often_the_last_is_meant_and_no_day() -> None:
    history = [
        Turn("Who left?", "Then Zappa left in June."),
        Turn("Who came?", "On Monday we saw Ana in June."),
    ]
    assert contextualise("Any others?", history) == "Ana: Any others?"


def test_another_that_is_named_is_not_lost_behind_the_name_said_most() -> None:
    history = [Turn("Where did Rouhani travel?", "Rouhani chose Kyrgyzstan.", "Kyrgyzstan")]
    assert contextualise("And Raisi?", history) == "Where did Raisi travel?"
