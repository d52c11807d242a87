"""A follow-up takes along what it leans on; a question that stands alone is left alone."""

import pytest

from qa.contextualise import contextualise
from qa.types import Turn

FIRST = Turn("Where did Rouhani travel first?", "Rouhani chose Kyrgyzstan.")


@pytest.mark.parametrize(
    "question",
    [
        "And Raisi?",
        "Why did he go there?",
        "When was that?",
        "Why?",
        "how?",
        "and in 2011?",
        "What about those?",
    ],
)
def test_a_question_that_leans_is_searched_with_the_one_before(question: str) -> None:
    assert contextualise(question, [FIRST]) == f"Where did Rouhani travel first? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "How much does Iraq owe Iran?",
        "Which cities did Pezeshkian visit?",
        "Why has the trade volume between both countries declined?",
        "",
        "🙂",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert contextualise(question, [FIRST]) == question


def test_without_history_nothing_is_added() -> None:
    assert contextualise("And Raisi?", []) == "And Raisi?"


def test_chains_are_followed_to_a_question_that_stands_alone() -> None:
    history = [Turn("Who is Maliki?", ""), FIRST, Turn("And Raisi?", "Raisi began in Tajikistan.")]
    assert contextualise("When did he die?", history) == (
        "Where did Rouhani travel first? And Raisi? When did he die?"
    )


def test_a_conversation_may_be_as_long_as_it_likes() -> None:
    history = [FIRST, *[Turn("And then?", "")] * 5_000]
    assert contextualise("Why?", history) == f"{FIRST.question} {'And then? ' * 5_000}Why?"
