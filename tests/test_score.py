"""What counts as right and as cited, on cases small enough to judge by eye."""

from dataclasses import replace

import pytest

from eval.given import Given, GivenCitation, GivenPassage, GivenSentence
from eval.gold import Evidence, GoldQuestion, placed
from eval.score import cites_evidence, is_right, score

TEXT = "Iraq owes \\$11.5 billion. Trade was \\$9 billion. He saw Erbil, Najaf and Basra."
DEBT, TRADE = "Iraq owes \\$11.5 billion.", "Trade was \\$9 billion."


def citing(quote: str, source: str = "a.txt") -> GivenCitation:
    start = TEXT.index(quote)
    return GivenCitation(1, source, "A", start, start + len(quote), quote, "/documents/d")


def found(quote: str, source: str = "a.txt") -> GivenPassage:
    start = TEXT.index(quote)
    return GivenPassage(source, start, start + len(quote), quote)


def answered(text: str, *quotes: str, short: str | None = None) -> Given:
    return Given(
        passages=(found(TEXT),),
        text=f"{text} [1]",
        short_answer=short,
        confidence=0.9,
        sentences=(GivenSentence(text, (1,), "verbatim"),),
        citations=tuple(citing(quote) for quote in quotes),
    )


ABSTAINED = Given((), "The documents do not answer this.", abstained=True, reason="not_in_documents")


def asked(*answers: str, quote: str = DEBT, kind: str = "number") -> GoldQuestion:
    gold = GoldQuestion("g", "How much?", answers, kind, (Evidence("a.txt", quote),), True, None)
    return placed([gold], {"a.txt": TEXT})[0]


UNANSWERABLE = GoldQuestion("u", "?", (), "number", (), False, None)
CITIES = placed(
    [
        GoldQuestion(
            "c",
            "?",
            ("Erbil and Basra",),
            "list",
            (Evidence("a.txt", "Erbil", (0,)), Evidence("a.txt", "Basra", (1,))),
            True,
            None,
            (("Erbil", "Arbil"), ("Basra",)),
        )
    ],
    {"a.txt": TEXT},
)[0]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Iraq owes $11.5 billion.", True),
        ("Iraq owes the $11.5 Billion", True),
        ("Iraq owes USD 11,500 million", True),
        ("Iraq owes $115 billion.", False),
        ("Iraq owes $11.5 million.", False),
        ("Iraq owes $11.5 billion, or $9 billion.", False),
    ],
)
def test_a_number_has_the_value_and_no_other_beside_it(text: str, right: bool) -> None:
    assert is_right(asked("$11.5 billion"), answered(text)) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [("It was the Mayor of Basra.", True), ("The mayor opened Basra.", False), ("Mayors of Basra", False)],
)
def test_an_alias_counts_where_its_tokens_stand_in_a_row(text: str, right: bool) -> None:
    assert is_right(asked("the mayor of Basra", kind="name"), answered(text)) is right


def test_the_short_answer_is_looked_at_where_there_is_one() -> None:
    answer = answered("Trade was $9 billion, the debt $11.5 billion.", short="$9 billion")
    assert not is_right(asked("$11.5 billion"), answer)


def test_a_crowd_span_needs_half_of_the_tokens() -> None:
    gold = asked("the old stone bridge", kind="span")
    # SQuAD drops articles: 3 gold tokens. "stone bridge": F1 = 2 · 2 / (2 + 3) = 0.8; "bridge of the river
    # Po": 2 · 1 / (4 + 3) = 0.29.
    assert is_right(gold, answered("x", short="stone bridge"))
    assert not is_right(gold, answered("x", short="bridge of the river Po"))
    assert is_right(gold, answered("They crossed the old stone bridge at night."))


@pytest.mark.parametrize(
    ("short", "right"),
    [
        ("$11.5 million", True),
        ("almost $11.5 million", True),
        ("$115 million", False),  # SQuAD's F1 is 1
        ("$11.5 billion", False),  # 0.5
        ("$11.5 million or $1.2 million", False),  # 0.57
    ],
)
def test_a_crowd_span_that_is_a_number_has_its_value(short: str, right: bool) -> None:
    assert is_right(asked("$11.5 million", kind="span"), answered("x", short=short)) is right


def test_a_number_in_a_longer_crowd_span_need_not_be_said() -> None:
    gold = asked("a trip through all sites of at most 10 km", kind="span")
    assert is_right(gold, answered("x", short="a trip through all sites"))
    assert not is_right(gold, answered("x", short="a trip through all sites of at most 20 km"))


def test_who_says_a_page_has_not_answered() -> None:
    gold = asked("Basra", kind="place")
    assert is_right(gold, answered("Basra " + "and " * 79))
    assert not is_right(gold, answered("Basra " + "and " * 80))
    assert is_right(CITIES, answered("Erbil Basra " + "and " * 98))
    assert not is_right(CITIES, answered("Erbil Basra " + "and " * 99))


def test_unanswerable_means_withheld() -> None:
    assert is_right(UNANSWERABLE, ABSTAINED)
    assert not is_right(UNANSWERABLE, answered("Iraq owes $11.5 billion."))
    assert not is_right(asked("$11.5 billion"), ABSTAINED)


def test_a_list_needs_every_part() -> None:
    assert is_right(CITIES, answered("Arbil, then Basra"))
    assert not is_right(CITIES, answered("Erbil, then Najaf"))


def test_yes_no_is_decided_by_the_citation() -> None:
    gold = asked("Yes", kind="yes_no")
    assert is_right(gold, answered("Iraq owes $11.5 billion.", DEBT))
    assert not is_right(gold, answered("Yes, trade was $9 billion.", TRADE))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Yes, Iraq owes it.", True),
        ("yes", True),
        ("No, Iraq owes nothing.", False),
        ("No.", False),
        ("No debt is older than this.", True),  # a sentence of the document, which decides it
        ("No. 7 of the debts.", True),
    ],
)
def test_yes_no_is_wrong_where_the_answer_begins_with_the_other_word(text: str, right: bool) -> None:
    assert is_right(asked("Yes", kind="yes_no"), answered(text, DEBT)) is right


def test_citing_is_touching_the_quote_in_its_own_source() -> None:
    gold = asked("$11.5 billion", quote="\\$11.5 billion")
    assert cites_evidence(gold, answered("", DEBT))
    assert not cites_evidence(gold, answered("", TRADE))
    elsewhere = replace(answered(""), citations=(citing(DEBT, source="b.txt"),))
    assert not cites_evidence(gold, elsewhere)


def test_every_part_must_be_cited() -> None:
    assert not cites_evidence(CITIES, answered("", "Erbil"))
    assert cites_evidence(CITIES, answered("", "Erbil, Najaf and Basra"))


def test_who_cites_everything_has_cited_nothing() -> None:
    gold = asked("$11.5 billion")
    start = TEXT.index(DEBT)
    longest = replace(citing(DEBT), start=start, end=start + 2_000)
    assert cites_evidence(gold, replace(answered(""), citations=(longest,)))
    assert cites_evidence(gold, replace(answered(""), citations=(longest, longest, citing(DEBT))))
    longer = replace(longest, end=longest.end + 1)
    assert not cites_evidence(gold, replace(answered(""), citations=(longer,)))


def test_what_no_sentence_stands_on_is_not_cited() -> None:
    gold = asked("$11.5 billion")
    alternative = replace(citing(DEBT), marker=2)
    answer = answered("", TRADE)
    assert not cites_evidence(gold, replace(answer, citations=(*answer.citations, alternative)))
    scored = score(
        gold, replace(answered("", DEBT), citations=(citing(DEBT), replace(citing(TRADE), marker=2)))
    )
    assert scored.cited is not None
    assert (scored.cited.precision, scored.cited.characters) == (1, len(DEBT))


def test_a_summary_has_three_sentences_from_the_documents_meant_alone() -> None:
    gold = asked("a summary", kind="summary")
    three = tuple(GivenSentence(text, (1,), "verbatim") for text in ("One.", "Two.", "Three."))
    summed = replace(answered("One.", DEBT), sentences=three)
    assert is_right(gold, summed)
    assert not is_right(gold, replace(summed, sentences=three[:2]))
    assert not is_right(gold, replace(summed, sentences=three[:1] * 3))
    elsewhere = replace(summed, citations=(*summed.citations, citing(DEBT, "b.txt")))
    assert not is_right(gold, elsewhere)
    assert not is_right(gold, ABSTAINED)


def test_a_greeting_is_told_from_a_question() -> None:
    greeting = replace(UNANSWERABLE, type="greeting")
    assert is_right(greeting, replace(ABSTAINED, reason="not_a_question"))
    assert not is_right(greeting, ABSTAINED)


def test_every_measure_of_a_right_answer() -> None:
    gold = asked("$11.5 billion")
    scored = score(gold, answered("Iraq owes $11.5 billion.", DEBT, TRADE, short="$11.5 billion"))
    assert (scored.right, scored.touched, scored.grounded, scored.eager) == (True, True, True, True)
    assert (scored.sure, scored.words) == (0.9, 5)
    assert scored.said is not None
    assert (scored.said.exact, scored.said.f1, scored.said.number) == (True, 1.0, True)
    assert scored.cited is not None
    # One of the two citations touches the evidence; the sentence stands in the first, its number, too.
    assert (scored.cited.precision, scored.cited.recall) == (0.5, 1.0)
    assert (scored.cited.verbatim, scored.cited.numbers) == (1.0, 1.0)
    assert scored.retrieved is not None
    assert (scored.retrieved.success, scored.retrieved.mrr, scored.retrieved.ndcg) == (1.0, 1.0, 1.0)


def test_right_without_the_evidence_is_not_grounded() -> None:
    scored = score(asked("$11.5 billion"), answered("Iraq owes $11.5 billion.", TRADE))
    assert (scored.right, scored.grounded) == (True, False)


def test_what_was_withheld_counts_for_the_curves_alone() -> None:
    withheld = answered("Iraq owes $11.5 billion.", DEBT)
    scored = score(asked("$11.5 billion"), replace(ABSTAINED, confidence=0.2), withheld)
    assert (scored.right, scored.grounded, scored.eager, scored.sure) == (False, False, True, 0.2)
    assert scored.said is not None
    assert scored.said.f1 == 0
    assert scored.cited is None
    unanswerable = score(UNANSWERABLE, replace(ABSTAINED, confidence=0.2), withheld)
    assert (unanswerable.grounded, unanswerable.eager) == (True, False)


def test_a_failure_is_never_an_abstention() -> None:
    for gold in (asked("$11.5 billion"), UNANSWERABLE):
        scored = score(gold, None)
        assert (scored.failed, scored.abstained, scored.right, scored.grounded) == (True, False, False, False)
    failed = score(asked("$11.5 billion"), None)
    assert failed.said is not None
    assert failed.said.f1 == 0


def test_documents_judged_whole_are_ranked_by_their_best_passage() -> None:
    gold = GoldQuestion(
        "q", "?", (), "search", (Evidence("a.txt", "", grade=2), Evidence("b.txt", "")), True, None
    )
    gold = placed([gold], {"a.txt": TEXT, "b.txt": "B."})[0]
    passages = (found(TRADE, "c.txt"), found(DEBT), found(TRADE), found(DEBT, "c.txt"))
    scored = score(gold, Given(passages))
    assert scored.retrieved is not None
    # Documents in order c, a: one of two relevant found, at rank 2. DCG = 2 / log2(3) = 1.262, the best
    # 2 / log2(2) + 1 / log2(3) = 2.631.
    assert (scored.retrieved.recall, scored.retrieved.mrr) == (0.5, 0.5)
    assert scored.retrieved.ndcg == pytest.approx(1.262 / 2.631, abs=1e-3)
    assert (scored.words, scored.said, scored.cited) == (None, None, None)


def test_passages_of_a_search_are_counted_in_characters_too() -> None:
    gold = replace(asked("x", quote=DEBT), type="search")
    scored = score(gold, Given((found(DEBT + " " + TRADE),)))
    assert scored.retrieved is not None
    assert scored.retrieved.span_recall == 1
    assert scored.retrieved.span_precision == pytest.approx(len(DEBT) / (len(DEBT) + 1 + len(TRADE)))
