"""The figures of the whole chain on a SQuAD file, from outcomes made by hand."""

from eval.squad import SquadQuestion
from eval.squad_open import Outcome, report
from qa.types import Span


def outcome(at: int, *, answerable: bool, confidence: float, grounded: bool) -> Outcome:
    spans = (Span(0, 1),) if answerable else ()
    question = SquadQuestion(str(at), "Who?", f"p{at}", spans)
    given = confidence >= 0.5
    return Outcome(
        question, given, given and grounded if answerable else not given, confidence, grounded, True
    )


def test_figures_by_hand() -> None:
    # Of four answerable three are given and two of them right; of four unanswerable one is given.
    outcomes = [
        outcome(0, answerable=True, confidence=0.9, grounded=True),
        outcome(1, answerable=True, confidence=0.8, grounded=True),
        outcome(2, answerable=True, confidence=0.7, grounded=False),
        outcome(3, answerable=True, confidence=0.4, grounded=True),
        outcome(4, answerable=False, confidence=0.6, grounded=False),
        outcome(5, answerable=False, confidence=0.3, grounded=False),
        outcome(6, answerable=False, confidence=0.2, grounded=False),
        outcome(7, answerable=False, confidence=0.1, grounded=False),
    ]
    lines = list(report(outcomes))
    figures = {line[:42].strip(): line[42:48].strip() for line in lines if not line.startswith("with")}
    assert figures["answerable: answered and grounded"] == "0.500"
    assert figures["unanswerable: withheld"] == "0.750"
    # The last mix printed is one half: (2 / 4 + 3 / 4) / 2; wrong are 2 of the 4 given;
    # the two surest, a quarter of the questions, are right.
    assert figures["grounded accuracy"] == "0.625"
    assert figures["wrong among the answered"] == "0.500"
    assert figures["coverage at 10% risk"] == "0.250"
