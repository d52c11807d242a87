"""Who does it to whom."""

import pytest

from qa.read.roles import turned_round

DEBT = "Chile is owed approximately $11 billion by Peru for gas."


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("How much does Peru owe Chile?", DEBT, False),
        ("How much does Chile owe Peru?", DEBT, True),
        ("How much is Chile owed by Peru?", DEBT, False),
        ("How much is Peru owed by Chile?", DEBT, True),
        ("How much does Chile owe Peru?", "Peru owes Chile a billion.", True),
        ("How much does Peru owe Chile?", "Peru owes Chile a billion.", False),
        ("When did Peru defeat Chile?", "In 1880 Chile defeated Peru at Tacna.", True),
        ("When did Peru defeat Chile?", "In 1880 Chile was defeated by Peru at Tacna.", False),
        # Left alone: nobody on one side, another verb, mutual verbs, both on one side.
        ("How much does Chile owe?", DEBT, False),
        ("How much does Chile lend Peru?", DEBT, False),
        ("When did Peru meet Chile?", "Chile met Peru in May.", False),
        ("When did Peru and Chile sign it?", "Chile signed it with Peru.", False),
        ("What does Chile owe Peru?", "Peru, Chile and Bolivia owe each other little.", False),
        ("When did Pezeshkian visit Iraq?", "Iraq said the visit of Pezeshkian began.", False),
        ("How much did Iran sell to Iraq?", "Iraq remains the largest market of Iran.", False),
        ("What did Peru pay Chile?", "Chile praised the pay of Peru.", False),
        ("What does Peru owe Chile?", "Peru, which is rich, owes Chile a port.", False),
        ("HOW MUCH DOES CHILE OWE PERU?", DEBT, False),
        ("", DEBT, False),
        ("How much does Chile owe Peru?", "", False),
    ],
)
def test_turned_round(question: str, sentence: str, expected: bool) -> None:
    assert turned_round(question, sentence) is expected
