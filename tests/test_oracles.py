"""Assistants whose figures are known beforehand get them, and nobody gains by dishonesty.

There are 48 questions: 36 answerable, four of each of nine kinds, and 12 open, which are 25 %. 32 are
answered in words, all but the four of yes or no. Eight have an amount of money for their answer. The three
parts of a list stand in one passage, those of a question with two parts in two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import cast

import pytest

from eval import statistics
from eval.formats import Suite
from eval.gold import SEARCH, GoldQuestion
from eval.record import SUMMARY
from eval.run import Plan, run
from qa.library import Library
from tests import oracles, sayings
from tests.bridges import BRIDGES
from tests.oracles import GOLD, Oracle, Rank, Say
from tests.sayings import Form, as_said

Figures = Mapping[str, Mapping[str, float]]
"""Of each section its figures."""

HEAD, TYPES, ANSWERS = "Grounded accuracy", "By type: right and cited", "Answers, of what can be answered"
CITATIONS, RETRIEVAL = "Citations, of what was answered", "Retrieval"
MIXES = ("With 10% unanswerable", MIX := "With 25% unanswerable", "With 50% unanswerable")


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Figures]:
    """What the summary of a run says of an assistant. The values are asked for here, not their intervals."""
    monkeypatch.setattr(statistics, "_FEWER_RESAMPLES", 2)
    monkeypatch.setattr(statistics, "_RESAMPLES", 2)

    def measured(say: Say, rank: Rank | None = None, gold: tuple[GoldQuestion, ...] = GOLD) -> Figures:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        run(cast("Library", Oracle(say, rank)), Plan(()), Suite("bridges", (), gold), folder)
        sections = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        return {s["title"]: {figure["name"]: figure["value"] for figure in s["figures"]} for s in sections}

    return measured


def sure(mix: Mapping[str, float]) -> tuple[float, ...]:
    """What is told of the confidence."""
    return mix["Brier"], mix["ECE"], mix["coverage at 10% risk"], mix["AURC"]


def test_always_right(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.right)
    assert set(found[HEAD].values()) == {1}
    assert set(found[TYPES].values()) == {1}
    assert len(found[TYPES]) == 7  # spans have no figure of their own
    assert {value for name, value in found[RETRIEVAL].items() if "characters" not in name} == {1}
    assert {value for name, value in found[ANSWERS].items() if "words" not in name} == {1}
    assert {value for name, value in found[CITATIONS].items() if "characters" not in name} == {1}
    # Sure of the 36 (1), and of the 12 not at all (0), of which none could be right: no error of confidence.
    # Answered by confidence: 0.75 without risk, then all at a risk of 0.25: AURC = 0.75 · 0 + 0.25 · 0.25.
    mix = found[MIX]
    assert (mix["grounded accuracy"], mix["wrong among the answered"]) == (1, 0)
    assert sure(mix) == pytest.approx((0, 0, 0.75, 0.0625))


def test_always_withheld(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.abstains)
    assert found[HEAD]["grounded accuracy"] == 12 / 48
    assert found[HEAD]["answerable: answered"] == 0
    assert found[HEAD]["unanswerable: withheld"] == 1
    assert (found[ANSWERS]["exact match"], found[ANSWERS]["token F1"]) == (0, 0)
    assert CITATIONS not in found
    assert found[RETRIEVAL]["Success@5"] == 1  # the passages that would have been read are told all the same
    for share in (0.10, 0.25, 0.50):
        mix = found[f"With {share:.0%} unanswerable"]
        assert mix["grounded accuracy"] == pytest.approx(share)
        assert mix["wrong among the answered"] is None
        # It is never sure and never right: no error of confidence, and nothing that could be answered.
        assert sure(mix) == pytest.approx((0, 0, 0, 1))


def test_never_withheld(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.never_abstains)
    assert found[HEAD]["grounded accuracy"] == 36 / 48
    assert found[HEAD]["unanswerable: withheld"] == 0
    assert found[HEAD]["right among the answered"] == 36 / 48
    # Sure of everything, and wrong in what is open: every measure of that is the share of what is open.
    for share in (0.10, 0.25, 0.50):
        mix = found[f"With {share:.0%} unanswerable"]
        assert mix["wrong among the answered"] == pytest.approx(share)
        assert sure(mix) == pytest.approx((share, share, 1 if share == 0.10 else 0, share))


def test_honest_with_eight_errors(figures: Callable[..., Figures]) -> None:
    """Of the 36, 30 are right and cited, one is right and cites other words, four are wrong, one withheld."""
    found = figures(sayings.honest)
    head, answers, cited, mix = found[HEAD], found[ANSWERS], found[CITATIONS], found[MIX]
    assert head["grounded accuracy"] == (30 + 10) / 48
    assert head["answerable: right and cited"] == 30 / 36
    assert head["answerable: right"] == 31 / 36
    assert head["answerable: answered"] == 35 / 36
    assert head["unanswerable: withheld"] == 10 / 12
    assert head["right among the answered"] == 31 / 37
    assert head["follow-ups: right and cited"] == 3 / 4
    assert found[TYPES] == {
        **dict.fromkeys(("date", "list", "name", "number", "two_part"), 3 / 4),
        **dict.fromkeys(("place", "yes_no"), 1),
    }
    # Words in common with the gold answer: "$2.7 million" has 2 of 3 ("$", "million"), F1 = 4/6; "Jarrow and
    # Kelby" 3 of 4, 6/7; "Max Arden" 2 of 4, 4/6; the wrong name and the withheld date none.
    assert answers["exact match"] == 27 / 32
    assert answers["token F1"] == pytest.approx((27 + 4 / 6 + 6 / 7 + 4 / 6) / 32)
    assert answers["numbers right"] == 3 / 4
    # Three of 35 cite other words; one cites but one of two parts.
    assert cited["precision"] == 32 / 35
    assert cited["recall"] == (31 + 1 / 2) / 35
    # Two of the 37 answers are not in what they cite: the one with two towns, and one that cites other words.
    assert cited["sentences that stand word for word"] == pytest.approx(35 / 37)
    # Sure 0.9 of 30, all right; 0.5 of 7, all wrong or wrongly cited; 0.1 of 11 withheld, of which the date
    # is right. Answered by confidence: 30 at risk 0, 37 at 7/37, 48 at 17/48.
    assert mix["coverage at 10% risk"] == 30 / 48
    assert mix["AURC"] == pytest.approx((7 * 7 / 37 + 11 * 17 / 48) / 48)
    assert mix["Brier"] == pytest.approx((30 * 0.1**2 + 7 * 0.5**2 + 10 * 0.1**2 + 0.9**2) / 48)
    assert mix["wrong among the answered"] == pytest.approx(7 / 37)
    # By confidence 48 / 10 = 4.8 questions are in a bin, five or four. At 0.1 the gap of each question is
    # 0.1 - 1/11, at 0.5 it is 0.5, at 0.9 it is -0.1. One bin has 0.5 four times and 0.9 once.
    assert mix["ECE"] == pytest.approx((11 * (0.1 - 1 / 11) + 3 * 0.5 + (4 * 0.5 - 0.1) + 29 * 0.1) / 48)


def test_at_random(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.at_random)
    # It withholds one in four, and says one of 56 sentences else: (3/4 · 3/4 · 1/56) + (1/4 · 1/4) = 0.07 is
    # what to expect. Its confidence says nothing: whatever share is answered, nearly all is wrong.
    assert found[HEAD]["grounded accuracy"] < 0.15
    assert found[HEAD]["answerable: right and cited"] < 0.1
    assert found[MIX]["AURC"] > 0.9
    assert found == figures(sayings.at_random)


@pytest.mark.parametrize("form", [sayings.cites_elsewhere, sayings.cites_another_document])
def test_right_with_citations_of_other_words(figures: Callable[..., Figures], form: Form) -> None:
    found = figures(as_said(sayings.right, form))
    assert found[HEAD]["answerable: right and cited"] == 0
    assert found[HEAD]["grounded accuracy"] == 12 / 48
    assert found[HEAD]["answerable: right"] == 32 / 36  # yes or no is decided by what is cited
    assert found[ANSWERS]["exact match"] == 1
    assert (found[CITATIONS]["precision"], found[CITATIONS]["recall"]) == (0, 0)
    # Sure of 36 answers that are right but not grounded.
    assert found[MIX]["wrong among the answered"] == 1
    assert sure(found[MIX]) == pytest.approx((0.75, 0.75, 0, 1))


@pytest.mark.parametrize("form", [sayings.whole_passages, sayings.whole_passages_as_short_answer])
def test_whole_passages(figures: Callable[..., Figures], form: Form) -> None:
    found = figures(as_said(sayings.right, form))
    assert found[HEAD]["grounded accuracy"] == 12 / 48
    assert found[HEAD]["answerable: right"] == 0
    assert found[HEAD]["unanswerable: withheld"] == 1
    assert found[ANSWERS]["exact match"] == 0
    assert found[ANSWERS]["token F1"] < 0.1
    assert found[ANSWERS]["words an answer"] > 130
    assert found[CITATIONS]["precision"] == 1  # what is cited whole touches the evidence as well


def test_the_most_frequent_gold_answer(figures: Callable[..., Figures]) -> None:
    found = figures(as_said(sayings.never_abstains, sayings.constant))
    # "Harrow" has three of the toll houses. Yes or no is decided by what is cited, here the right words.
    assert found[HEAD]["grounded accuracy"] == (3 + 4) / 48
    assert found[HEAD]["unanswerable: withheld"] == 0
    assert found[TYPES]["place"] == 3 / 4
    assert (found[ANSWERS]["exact match"], found[ANSWERS]["token F1"]) == (3 / 32, 3 / 32)
    assert found[ANSWERS]["numbers right"] == 0


@pytest.mark.parametrize("form", [sayings.wrong_scale, sayings.billions, sayings.conflicting_numbers])
def test_amounts_that_are_wrong_or_conflict(figures: Callable[..., Figures], form: Form) -> None:
    found = figures(as_said(sayings.right, form))
    assert found[TYPES]["number"] == 0
    assert found[ANSWERS]["numbers right"] == 0
    assert found[ANSWERS]["exact match"] == (32 - 8) / 32
    assert found[HEAD]["grounded accuracy"] == (48 - 8) / 48  # spans of a crowd as well
    assert found[CITATIONS]["precision"] == 1


def test_yes_to_everything(figures: Callable[..., Figures]) -> None:
    found = figures(as_said(sayings.right, sayings.says_yes))
    assert found[TYPES]["yes_no"] == 0  # all four are to be answered by no
    assert found[HEAD]["grounded accuracy"] == 44 / 48


def test_every_passage_cited(figures: Callable[..., Figures]) -> None:
    found = figures(as_said(sayings.right, sayings.shotgun))
    cited = found[CITATIONS]
    assert found[HEAD]["grounded accuracy"] == 12 / 48
    assert found[ANSWERS]["exact match"] == 1
    assert cited["characters an answer"] == sum(len(p) for b in BRIDGES for p in b.passages)
    # One of eight passages has the evidence of 32 questions, two that of the four with two parts.
    assert cited["precision"] == pytest.approx((32 * 1 / 8 + 4 * 2 / 8) / 36)
    assert cited["recall"] == 1


def test_failing_is_no_abstaining(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.fails_where(sayings.right, lambda asked: asked.gold.type == "name"))
    # Four names and four open questions fail; what is asked next in their conversations does not.
    assert found[HEAD]["failed"] == 8 / 48
    assert found[HEAD]["grounded accuracy"] == 40 / 48
    assert found[HEAD]["answerable: answered"] == 32 / 36
    assert found[HEAD]["unanswerable: withheld"] == 8 / 12
    assert found[HEAD]["follow-ups: right and cited"] == 1
    assert (found[TYPES]["name"], found[TYPES]["date"]) == (0, 1)
    assert found[ANSWERS]["exact match"] == 28 / 32
    # What failed is sure of nothing (0) and never right, as is what is open: 32 can be answered without risk,
    # and the other 16 together with them at a risk of 16/48.
    assert found[MIX]["grounded accuracy"] == pytest.approx(40 / 48)
    assert found[MIX]["wrong among the answered"] == 0
    assert sure(found[MIX]) == pytest.approx((0, 0, 32 / 48, 16 / 48 * 16 / 48))


def test_evidence_found_last(figures: Callable[..., Figures]) -> None:
    found = figures(sayings.right, oracles.evidence_last)
    # Of eight passages the last has it, of lists all three parts; of questions with two parts the last two.
    one, two, three = 1 / log2(9), 1 / log2(8) + 1 / log2(9), 3 / log2(9)
    best_two, best_three = 1 + 1 / log2(3), 1 + 1 / log2(3) + 1 / log2(4)
    assert found[RETRIEVAL] == pytest.approx(
        {
            **{f"characters: {figure}@5": 0 for figure in ("recall", "precision", "IoU")},
            "Success@5": 0,
            "Recall@5": 0,
            "Recall@10": 1,
            "MRR@10": (32 / 8 + 4 / 7) / 36,
            "nDCG@10": (28 * one + 4 * two / best_two + 4 * three / best_three) / 36,
        }
    )
    assert found[HEAD]["grounded accuracy"] == 1


def test_whole_documents_found_are_told_by_their_characters(figures: Callable[..., Figures]) -> None:
    cut = figures(sayings.abstains)[RETRIEVAL]
    whole = figures(sayings.abstains, oracles.whole_documents)[RETRIEVAL]
    assert (cut["Success@5"], whole["Success@5"], whole["Recall@5"]) == (1, 1, 1)
    assert (cut["characters: recall@5"], whole["characters: recall@5"]) == (1, 1)
    # Five of the eight passages, which are about as long as each other, are 5/8 of the documents.
    ratio = whole["characters: precision@5"] / cut["characters: precision@5"]
    assert ratio == pytest.approx(5 / 8, abs=0.01)


def test_what_is_only_searched_has_the_same_retrieval_figures(figures: Callable[..., Figures]) -> None:
    first = tuple(q for q in GOLD if q.follows is None)
    sought = tuple(replace(q, type=SEARCH) for q in first if q.answerable)
    assert figures(sayings.abstains, gold=sought) == {
        RETRIEVAL: figures(sayings.abstains, gold=first)[RETRIEVAL]
    }


FORMS = (
    sayings.cites_elsewhere,
    sayings.cites_another_document,
    sayings.whole_passages,
    sayings.whole_passages_as_short_answer,
    sayings.wrong_scale,
    sayings.billions,
    sayings.conflicting_numbers,
    sayings.constant,
    sayings.says_yes,
    sayings.shotgun,
)
OTHERS: tuple[Say, ...] = (
    sayings.at_random,
    sayings.abstains,
    lambda asked: sayings.honest(replace(asked, eager=True)),
    sayings.fails_where(sayings.honest, sayings.unsure),
    sayings.fails_where(sayings.honest, lambda asked: asked.gold.answerable and sayings.unsure(asked)),
)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_dishonesty_gains(figures: Callable[..., Figures], form: Form) -> None:
    """With the errors of the honest one, in any kind of question."""
    found, honest = figures(as_said(sayings.honest, form)), figures(sayings.honest)
    for title in (HEAD, *MIXES):
        assert found[title]["grounded accuracy"] < honest[title]["grounded accuracy"], title
    for kind in honest[TYPES]:
        assert found[TYPES][kind] <= honest[TYPES][kind], kind


@pytest.mark.parametrize("say", OTHERS)
def test_no_other_way_with_what_it_is_unsure_of_gains(figures: Callable[..., Figures], say: Say) -> None:
    """It withholds, says or fails on more than the honest one."""
    found, honest = figures(say), figures(sayings.honest)
    for title in (HEAD, *MIXES):
        assert found[title]["grounded accuracy"] <= honest[title]["grounded accuracy"] + 1e-9, title


def test_what_the_headline_does_not_see_is_told_beside_it(figures: Callable[..., Figures]) -> None:
    """A right name among others counts as said. Who says more than was asked for has a lower F1 for it."""
    honest = figures(sayings.honest)
    hedged = figures(as_said(sayings.honest, sayings.hedges))
    assert (honest[TYPES]["name"], hedged[TYPES]["name"]) == (3 / 4, 1)
    # Of "Anna Berg or Piet Lund" two of five words are right, F1 = 4/7, for all four names; three had 1.
    assert hedged[ANSWERS]["token F1"] == pytest.approx(honest[ANSWERS]["token F1"] + (4 * 4 / 7 - 3) / 32)
    # One of two citations is right for all four; three had one, which was.
    assert hedged[CITATIONS]["precision"] == pytest.approx(honest[CITATIONS]["precision"] + (4 / 2 - 3) / 35)
    shown = figures(as_said(sayings.honest, sayings.shows_a_window))
    assert shown[TYPES]["name"] == 1
    assert shown[ANSWERS]["token F1"] < honest[ANSWERS]["token F1"] - 0.25
    assert shown[ANSWERS]["words an answer"] > 1.5 * honest[ANSWERS]["words an answer"]
