"""Questions rewritten, and a paragraph that is found by it."""

import pytest

from eval.notation import REWRITINGS, measure
from eval.squad import SquadQuestion
from qa.index import Index
from qa.types import Span
from tests.conftest import make_document


@pytest.mark.parametrize(
    ("name", "question", "rewritten"),
    [
        ("8 Mar 2007", "On September 8, 2007 who?", "On 8 Sept 2007 who?"),
        ("Mar 2007", "Who won in November 2003?", "Who won in Nov 2003?"),
        ("2007-03-08", "On March 8th, 2007 who?", "On 2007-03-08 who?"),
        ("50m", "Who owes $50 million?", "Who owes $50m?"),
        ("any", "Who?", "Who?"),
    ],
)
def test_rewriting(name: str, question: str, rewritten: str) -> None:
    assert REWRITINGS[name](question) == rewritten


def test_a_paragraph_that_is_found_by_the_other_notation(index: Index) -> None:
    for n in range(9):
        index.add(make_document("zoo 50" if n else "zoo 50 billion zebras", f"/d/{n}"))
    asked = [SquadQuestion("q", "zoo 50 billion", "0", (Span(0, 1),))]
    figures = {figure.name: figure for figure in measure(index, asked)}
    assert figures["50m, words, without"].value == 0
    assert figures["50m, words, difference"].value == 1
    assert figures["any, both, with"].n == 1
    assert figures["2007-03-08, words, with"].n == 0
