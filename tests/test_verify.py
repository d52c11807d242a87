"""Support is a matter of the quote's words as people see them."""

import pytest

from qa.verify import support


@pytest.mark.parametrize(
    ("sentence", "quotes", "expected"),
    [
        ("Trade reached $15 billion.", ["Trade reached \\$15 billion."], "verbatim"),
        ("It follows in his footsteps.", ["It [follows](#) in\nhis footsteps."], "verbatim"),
        ("Trade fell.", ["Nothing.", "Trade fell. It rose."], "verbatim"),
        ("Trade reached $15 billion.", ["Trade reached \\$9 billion."], "unsupported"),
        ("Trade fell.", [], "unsupported"),
    ],
)
def test_support(sentence: str, quotes: list[str], expected: str) -> None:
    assert support(sentence, quotes) == expected
