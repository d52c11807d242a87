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
    tenth = lines[: lines.index("with 25% unanswerable:")]
    figures = {line[:42].strip(): line[42:48].strip() for line in tenth if not line.startswith("with")}
    assert figures["answerable: answered and grounded"] == "0.500"
    assert figures["unanswerable: withheld"] == "0.750"
    # Where a tenth can't be answered: 0.9 × 2/4 + 0.1 × 3/4; of what is given, 0.9 × 3/4 + 0.1 × 1/4, wrong
    # are 0.9 × 1/4 + 0.1 × 1/4; the two surest, 0.9 × 2/4 of the questions, are right.
    assert figures["grounded accuracy"] == "0.525"
    assert figures["wrong among the answered"] == "0.357"
    assert figures["coverage at 10% risk"] == "0.450"
    # (1 - 0.9)², (1 - 0.8)², 0.7² and (1 - 0.4)², a mean of 0.225; 0.6², 0.3², 0.2² and 0.1², one of 0.125
    assert figures["Brier"] == "0.215"


def test_a_file_without_unanswerable_questions_has_no_mixes() -> None:
    lines = list(report([outcome(0, answerable=True, confidence=0.9, grounded=True)]))
    assert not any("unanswerable:" in line and line.startswith("with") for line in lines)
