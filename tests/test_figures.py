"""A run's figures, on outcomes whose shares can be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.figures import Scored, sections
from eval.gold import GoldQuestion
from eval.score import Cited, Retrieved, Said, Score
from eval.statistics import Figure

NOTHING = Score(False, False, False, False, 0.5, False, 4, None, None, None)
GIVEN = replace(NOTHING, said=Said(False, 0.5, False, 0.5, None, None))
GROUNDED = replace(GIVEN, right=True, touched=True, eager=True)
WITHHELD = replace(GIVEN, abstained=True, words=None)
FAILED = replace(GIVEN, failed=True, words=None)


def scored(
    score: Score, kind: str = "name", *, answerable: bool = True, follows: str | None = None
) -> Scored:
    gold = GoldQuestion("", "?", ("x",) if answerable else (), kind, (), answerable, follows)
    return Scored(gold, score if answerable else replace(score, said=None))


def figures(asked: Sequence[Scored]) -> dict[str, dict[str, Figure]]:
    """By section and name; each question is a cluster of its own."""
    apart = [replace(each, gold=replace(each.gold, cluster=str(at))) for at, each in enumerate(asked)]
    return {section.title: {f.name: f for f in section.figures} for section in sections(apart)}


ASKED = (
    *[scored(GROUNDED)] * 3,
    scored(replace(GIVEN, right=True), "number"),  # right, but citing something else
    scored(WITHHELD, "number", follows="a"),
    scored(replace(WITHHELD, right=True), answerable=False),
    scored(GIVEN, answerable=False),
    scored(FAILED),
)


def test_grounded_accuracy_counts_answers_with_their_evidence_and_what_is_rightly_withheld() -> None:
    counted = {name: (f.value, f.n) for name, f in figures(ASKED)["Grounded accuracy"].items()}
    assert counted == {
        "grounded accuracy": (4 / 8, 8),
        "answerable: right and cited": (3 / 6, 6),
        "answerable: right": (4 / 6, 6),
        "answerable: answered": (4 / 6, 6),
        "unanswerable: withheld": (1 / 2, 2),
        "right among the answered": (4 / 5, 5),
        "follow-ups: right and cited": (0, 1),
        "failed": (1 / 8, 8),
    }


def test_types_are_told_apart() -> None:
    by_type = figures(ASKED)["By type: right and cited"]
    # None of two: a share of up to 1 - 0.025 ** (1 / 2) would often show that.
    assert (by_type["number"].low, by_type["number"].high) == pytest.approx((0, 0.842), abs=1e-3)
    assert {name: (f.value, f.n) for name, f in by_type.items()} == {"name": (3 / 4, 4), "number": (0, 2)}


def test_greetings_are_no_questions() -> None:
    greeting = scored(replace(WITHHELD, right=True), "greeting", answerable=False)
    counted = figures([greeting, scored(GROUNDED)])["Grounded accuracy"]
    assert counted["greetings told from questions"].value == 1
    assert "unanswerable: withheld" not in counted
    assert not any(title.startswith("With ") for title in figures([greeting, scored(GROUNDED)]))


def test_risk_is_told_for_each_mix_of_unanswerable_questions() -> None:
    asked = [scored(GROUNDED)] * 6 + [scored(GIVEN)] * 2 + [scored(WITHHELD, answerable=False)] * 2
    asked = [*asked[:-1], scored(replace(GIVEN, sure=0.4), answerable=False)]
    asked[-2] = scored(replace(WITHHELD, right=True, sure=0.4), answerable=False)
    of_ten, of_four = figures(asked)["With 10% unanswerable"], figures(asked)["With 25% unanswerable"]
    # Answerable: 6 of 8 grounded; unanswerable: 1 of 2 withheld. 0.9 · 0.75 + 0.1 · 0.5 and 0.75 · 0.75 + …
    assert of_ten["grounded accuracy"].value == pytest.approx(0.725)
    assert of_four["grounded accuracy"].value == pytest.approx(0.6875)
    # Answered: 0.75 of weight answerable, a quarter of it wrong, and 0.125 unanswerable, all wrong.
    assert of_four["wrong among the answered"].value == pytest.approx((0.1875 + 0.125) / 0.875)
    # All with confidence 0.5 are answerable, 0.75 of them right; the others have 0.4 and none is right:
    # |0.5 - 0.75| · 0.75 + |0.4 - 0| · 0.25.
    assert of_four["ECE"].value == pytest.approx(0.25 * 0.75 + 0.4 * 0.25)
    assert of_four["AURC"].n == 10


def test_what_was_only_searched_has_retrieval_figures_alone() -> None:
    found = Retrieved(1.0, 0.5, 1.0, 0.25, 0.5)
    score = replace(NOTHING, words=None, retrieved=found)
    counted = figures([scored(score, "search")] * 2)
    assert {name: f.value for name, f in counted.pop("Retrieval").items()} == {
        "Success@5": 1,
        "Recall@5": 0.5,
        "Recall@10": 1,
        "MRR@10": 0.25,
        "nDCG@10": 0.5,
    }
    assert not counted


def test_squad_sets_have_squads_own_figures() -> None:
    said = Said(False, 0.0, True, 0.8, None, None)
    asked = [
        scored(replace(GROUNDED, said=said), "span"),
        scored(replace(WITHHELD, right=True), answerable=False),
    ]
    counted = figures(asked)["Answers, of what can be answered"]
    assert (counted["exact match"].value, counted["exact match as SQuAD counts"].value) == (0, 1)
    # Of both questions: 0.8 for the answer, 1 for rightly saying nothing.
    assert counted["token F1 as SQuAD 2.0 counts, of all"].value == pytest.approx(0.9)
    assert "exact match as SQuAD counts" not in figures(ASKED)["Answers, of what can be answered"]


def test_citations_are_of_what_was_answered() -> None:
    cited = Cited(0.5, 1.0, 1.0, None)
    asked = [scored(replace(GROUNDED, cited=cited)), scored(WITHHELD)]
    counted = figures(asked)["Citations, of what was answered"]
    assert {name: (f.value, f.n) for name, f in counted.items()} == {
        "precision": (0.5, 1),
        "recall": (1, 1),
        "sentences that stand word for word": (1, 1),
    }
