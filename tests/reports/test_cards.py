"""What a report shows of a question."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.given import Given, GivenPassage
from eval.gold import Evidence, GoldQuestion
from eval.reports.cards import AMISS, VERDICTS, Card, cards_of, verdict
from eval.reports.marks import Stretch
from eval.score import score
from tests.reports.runs import (
    CITIES,
    DEBT,
    GOLD,
    OUTCOMES,
    SOURCE,
    TEXT,
    TRADE,
    WITHHELD,
    columns,
    gold,
    reply,
    write_run,
)


def card_of(folder: Path, question: GoldQuestion, given: Given | None, withheld: Given | None = None) -> Card:
    run = write_run(folder, {question.id: (given, withheld, None if given else "no model")}, [question])
    [card] = cards_of(columns(run))
    return card


GREETING = gold("hello", kind="greeting")
SEARCH = gold("search", "", quote=DEBT, kind="search")
FAR = Given(tuple(GivenPassage("b.txt", at, at + 1, "x") for at in range(12)))
NEAR = replace(FAR, passages=(*FAR.passages[:2], GivenPassage(SOURCE, 0, len(TEXT), TEXT), *FAR.passages[2:]))


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        *(
            (each, OUTCOMES[each.id][0], name)
            for each, name in zip(
                GOLD, ("right", "wrong", "uncited", "missed", "invented", "withheld", "failed"), strict=True
            )
        ),
        (GREETING, replace(WITHHELD, reason="not_a_question"), "greeted"),
        (GREETING, WITHHELD, "mistaken"),
        (SEARCH, NEAR, "found"),
        (SEARCH, FAR, "lost"),
    ],
)
def test_verdicts(question: GoldQuestion, given: Given | None, expected: str) -> None:
    assert verdict(question, score(question, given)) == expected
    assert expected in VERDICTS


def test_what_went_wrong_is_what_is_not_grounded() -> None:
    for question in GOLD:
        judged = score(question, *OUTCOMES[question.id][:2])
        assert (verdict(question, judged) in AMISS) == (not judged.grounded)


def test_gold_and_citation_show_what_they_share(tmp_path: Path) -> None:
    question = gold("tour", "Najaf", quote="Najaf and Basra", kind="place")
    card = card_of(tmp_path, question, reply("He saw Najaf.", "Erbil, Najaf"))
    [evidence], [attempt] = card.evidence, card.attempts
    assert evidence.words == (Stretch("Najaf", marked=True), Stretch(" and Basra", marked=False))
    assert attempt is not None
    assert attempt.reply is not None
    [citation] = attempt.reply.quotes
    assert citation.words == (Stretch("Erbil, ", marked=False), Stretch("Najaf", marked=True))
    assert citation.told == "A title"


def test_passages_tell_which_holds_the_evidence_and_where_it_first_is(tmp_path: Path) -> None:
    [attempt] = card_of(tmp_path, SEARCH, NEAR).attempts
    assert attempt is not None
    assert attempt.found == 3
    assert [passage.holds for passage in attempt.passages] == [False, False, True] + [False] * 7
    assert attempt.retrieved == 13
    assert attempt.reply is None  # there is no answer to show


def test_whole_documents_as_evidence_are_found_by_any_passage_of_theirs(tmp_path: Path) -> None:
    evidence = tuple(Evidence(f"{at}.txt", "", grade=2) for at in range(25))
    question = replace(SEARCH, evidence=(*evidence[:24], Evidence("b.txt", "")))
    card = card_of(tmp_path, question, FAR)
    [attempt] = card.attempts
    assert attempt is not None
    assert attempt.found == 1
    assert (len(card.evidence), card.more_evidence) == (20, 5)
    assert card.evidence[0].told == "grade 2"


def test_what_was_withheld_says_what_would_have_come_of_it(tmp_path: Path) -> None:
    would = {
        "right and cited": (GOLD[3], reply("He saw Najaf.", CITIES)),
        "right, not cited": (GOLD[3], reply("He saw Najaf.", TRADE)),
        "wrong": (GOLD[4], reply("Iraq owes $11.5 billion.", DEBT)),
    }
    for at, (expected, (question, withheld)) in enumerate(would.items()):
        [attempt] = card_of(tmp_path / str(at), question, WITHHELD, withheld).attempts
        assert attempt is not None
        assert attempt.would_be == expected


def test_a_follow_up_names_the_question_before_it(tmp_path: Path) -> None:
    run = write_run(
        tmp_path,
        questions=[GOLD[0], gold("next", follows="debt")],
        outcomes={"debt": OUTCOMES["debt"], "next": OUTCOMES["gdp"]},
    )
    first, second = cards_of(columns(run))
    assert first.follows is None
    assert second.follows == (1, "What of debt?")
