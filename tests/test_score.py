"""What counts as right and as cited, on cases small enough to judge by eye."""

from dataclasses import replace

import pytest
from eval.judge import cites_evidence, evidence_found, is_right

from eval.gold import Evidence, GoldQuestion
from qa.types import Answer, Citation, Manifest, Passage, ScoredPassage, Sentence, StoredPassage, Timings

TEXT = "Iraq owes \\$11.5 billion. Trade was \\$9 billion. He saw Erbil, Najaf and Basra."
TEXTS = {"a.txt": TEXT}
DEBT, TRADE = "Iraq owes \\$11.5 billion.", "Trade was \\$9 billion."


def citing(quote: str, source: str = "a.txt") -> Citation:
    start = TEXT.index(quote)
    return Citation(1, "d", "A", source, None, None, None, start, start + len(quote), quote, "/documents/d")


def answered(text: str, *quotes: str, short: str | None = None) -> Answer:
    manifest = Manifest("r", "e", "i", "v", Timings(1, 1, 2))
    citations = tuple(citing(quote) for quote in quotes)
    return Answer("q", "q", text, short, None, False, None, 0.9, (), citations, (), (), manifest)


ABSTAINED = replace(answered("The documents do not answer this."), abstained=True, reason="not_in_documents")


def asked(*answers: str, quote: str = DEBT, kind: str = "number") -> GoldQuestion:
    return GoldQuestion("g", "?", answers, kind, (Evidence("a.txt", quote),), True, None)


UNANSWERABLE = GoldQuestion("u", "?", (), "number", (), False, None)
CITIES = GoldQuestion(
    "c",
    "?",
    ("Erbil and Basra",),
    "list",
    (Evidence("a.txt", "Erbil", (0,)), Evidence("a.txt", "Basra", (1,))),
    True,
    None,
    (("Erbil", "Arbil"), ("Basra",)),
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Iraq owes $11.5 billion. [1]", True),
        ("Iraq owes the $11.5 Billion", True),
        ("Iraq owes $115 billion.", False),
        ("Iraq owes $1 1.5 billion.", False),
        ("Iraq owes $11.5 million.", False),
    ],
)
def test_an_alias_counts_where_its_tokens_stand_in_a_row(text: str, right: bool) -> None:
    assert is_right(answered(text), asked("$11.5 billion"), TEXTS) is right


def test_the_short_answer_is_looked_at_where_there_is_one() -> None:
    answer = answered("Trade was $9 billion, the debt $11.5 billion.", short="$9 billion")
    assert not is_right(answer, asked("$11.5 billion"), TEXTS)


def test_unanswerable_means_withheld() -> None:
    assert is_right(ABSTAINED, UNANSWERABLE, TEXTS)
    assert not is_right(answered("Iraq owes $11.5 billion."), UNANSWERABLE, TEXTS)
    assert not is_right(ABSTAINED, asked("$11.5 billion"), TEXTS)


def test_a_list_needs_every_part() -> None:
    assert is_right(answered("Arbil, then Basra"), CITIES, TEXTS)
    assert not is_right(answered("Erbil, then Najaf"), CITIES, TEXTS)


def test_yes_no_is_decided_by_the_citation() -> None:
    gold = asked("Yes", kind="yes_no")
    assert is_right(answered("Iraq owes $11.5 billion.", DEBT), gold, TEXTS)
    assert not is_right(answered("Yes, trade was $9 billion.", TRADE), gold, TEXTS)


def test_citing_is_touching_the_quote_in_its_own_source() -> None:
    gold = asked("$11.5 billion", quote="\\$11.5 billion")
    assert cites_evidence(answered("", DEBT), gold, TEXTS)
    assert not cites_evidence(answered("", TRADE), gold, TEXTS)
    elsewhere = replace(answered(""), citations=(citing(DEBT, source="b.txt"),))
    assert not cites_evidence(elsewhere, gold, TEXTS)


def test_every_part_must_be_cited() -> None:
    assert not cites_evidence(answered("", "Erbil"), CITIES, TEXTS)
    assert cites_evidence(answered("", "Erbil, Najaf and Basra"), CITIES, TEXTS)


def test_evidence_is_found_when_it_stands_whole_in_a_passage() -> None:
    def passage(quote: str) -> ScoredPassage:
        start = TEXT.index(quote)
        cut = Passage(start, start + len(quote), quote, (), 5)
        return ScoredPassage(StoredPassage("p", "d", "a.txt", "A", None, "0", cut), 0, 0, 0)

    assert evidence_found([passage(DEBT)], asked("x"), TEXTS) == 1
    assert evidence_found([passage("Iraq owes")], asked("x"), TEXTS) == 0
    assert evidence_found([passage("He saw Erbil")], CITIES, TEXTS) == 0.5
    assert evidence_found([], CITIES, TEXTS) == 0


def test_a_summary_has_three_sentences_from_the_documents_meant_alone() -> None:
    gold = asked("a summary", kind="summary")
    three = (Sentence("One.", (1,), "verbatim"),) * 3
    summed = replace(answered("One.", DEBT), sentences=three)
    assert is_right(summed, gold, TEXTS)
    assert not is_right(replace(summed, sentences=three[:2]), gold, TEXTS)
    elsewhere = replace(summed, citations=(*summed.citations, citing(DEBT, "b.txt")))
    assert not is_right(elsewhere, gold, TEXTS)
    assert not is_right(ABSTAINED, gold, TEXTS)


def test_a_greeting_is_told_from_a_question() -> None:
    greeting = replace(UNANSWERABLE, type="greeting")
    assert is_right(replace(ABSTAINED, reason="not_a_question"), greeting, TEXTS)
    assert not is_right(ABSTAINED, greeting, TEXTS)
