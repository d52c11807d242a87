"""Contradictions that can be told from the words alone, and what is none."""

import pytest

from qa.read.polarity import contradicts
from qa.read.roles import tells_the_reverse


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Prices rose in May.", "In May prices fell."),
        ("They did not sign it.", "They signed it."),
        ("They signed the treaty.", "They never signed the treaty."),
        ("They can't pay.", "They pay."),
        ("They refused to sign.", "They signed."),
        ("A majority voted for it.", "A minority voted for it."),
    ],
)
def test_contradictions(sentence: str, evidence: str) -> None:
    assert contradicts(sentence, evidence)


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("Prices rose, then fell.", "Prices fell."),
        ("They didn't sign it.", "They did not sign it."),
        ("They refused to sign.", "They did not sign."),
        ("It is not only old but large.", "It is old and large."),
        ("They sold it before June.", "They bought nothing else after June."),
        ("It is theirs.", "It is theirs, not mine."),
    ],
)
def test_no_contradictions(sentence: str, evidence: str) -> None:
    assert not contradicts(sentence, evidence)


@pytest.mark.parametrize(
    ("statement", "sentence", "expected"),
    [
        ("Peru owes Chile a billion.", "Chile owes Peru a billion.", True),
        ("Peru owes Chile a billion.", "Chile is owed a billion by Peru.", False),
        ("Peru owes Chile a billion.", "Peru still owes Chile a billion.", False),
        ("Peru owes Chile a billion.", "Brazil owes Chile a billion.", False),
        ("Peru trades with Chile.", "Chile trades with Peru.", False),
    ],
)
def test_statements_the_other_way_round(statement: str, sentence: str, expected: bool) -> None:
    assert tells_the_reverse(statement, sentence) is expected
