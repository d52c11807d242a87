"""Each example is a passage that can be read, and a sentence that a model might write of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.read.checker import WordingChecker
from qa.sentences import sentences
from qa.types import Heading, Passage, ScoredPassage, StoredPassage
from qa.verify import Checked, Checker

TEXT = (
    "Trade between Peru and Chile reached about \\$11.6 billion in 2014, the ministry said on 7 June 2015. "
    "Ministers of both countries had met in Lima in May. "
    "Copper made up more than 40% of the exports, and prices fell by a third within 15 months. "
    "Peru still owes Chile 300 million euros for the railway. "
    "The World Health Organization did not approve the mine. "
    "The bridge over the river is 12 kilometres long and was not paid for by the state."
)
OTHER = "Wheat is sown in autumn. The harvest of 1999 was the poorest in a decade, farmers in Kansas said."
CHECKER: Checker = WordingChecker()


def passage(text: str, title: str = "", published: date | None = None, document: str = "d") -> ScoredPassage:
    whole = Passage(0, len(text), text, tuple(sentences(text)), len(text.split()))
    return ScoredPassage(StoredPassage(document, document, "s", title, published, "0" * 64, whole), 0.5, 1, 1)


PASSAGES = [passage(TEXT), passage(OTHER, document="o")]


def check(sentence: str, *cited: int) -> Checked:
    return CHECKER.check(sentence, PASSAGES, cited or (0,))


def quotes(checked: Checked, passages: list[ScoredPassage] = PASSAGES) -> list[str]:
    return [passages[at].passage.words_at(span) for at, span in checked.cites]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ministers of both countries had met in Lima in May.",
        "Ministers of **both** countries had met in Lima in May.",
        "Trade between Peru and Chile reached about $11.6 billion in 2014, the ministry said on 7 June 2015.",
        "Peru still owes Chile 300 million euros for the railway. "
        "The World Health Organization did not approve the mine.",
    ],
)
def test_a_whole_sentence_is_verbatim(sentence: str) -> None:
    assert (check(sentence).support, check(sentence).probability) == ("verbatim", 1.0)


def test_a_part_of_a_sentence_is_not_verbatim() -> None:
    assert check("paid for by the state.").support != "verbatim"


@pytest.mark.parametrize(
    "sentence",
    [
        "Trade between Peru and Chile reached about $11.6 billion in 2014.",
        "Trade between Chile and Peru reached about 11,600 million dollars in 2014, the ministry said.",
        "In 2014, trade between Peru and Chile reached about $11.6bn.",
        "On June 7th, 2015, the ministry said that trade reached about $11.6 billion in 2014.",
        "Prices fell by a third within 15 months.",
        "Copper made up more than 40 per cent of Peru's exports.",
        "Peru owes Chile €300 million for the railway.",
        "Chile is still owed 300 million euros by Peru for the railway.",
        "The WHO did not approve the mine.",
        "The bridge over the river is 12 km long.",
        "The ministers of the two countries had met in Lima.",
    ],
)
def test_a_right_paraphrase_is_supported(sentence: str) -> None:
    checked = check(sentence)
    assert checked.support == "supported"
    assert checked.probability >= 0.5


@pytest.mark.parametrize(
    "sentence",
    [
        "Trade between Peru and Chile reached about $13.6 billion in 2014.",
        "Trade between Peru and Chile reached about $11.6 million in 2014.",
        "Trade between Peru and Chile reached about €11.6 billion in 2014.",
        "Trade between Peru and Chile reached about $11.6 billion in 2013.",
        "The ministry said so on 7 July 2015.",
        "The ministry said so on 8 June 2015.",
        "Prices fell by a third within 15 years.",
        "Copper made up less than 40% of the exports.",
        "Trade between Peru and Brazil reached about $11.6 billion in 2014.",
        "Bolivia still owes Chile 300 million euros for the railway.",
        "Chile still owes Peru 300 million euros for the railway.",
        "Prices rose by a third within 15 months.",
        "The World Health Organization approved the mine.",
        "Ministers of both countries had not met in Lima in May.",
        "The bridge over the river was paid for by the state.",
        "The bridge over the river is 12 miles long.",
        "Two bridges over the river were not paid for by the state.",
    ],
)
def test_a_fact_that_differs_makes_it_unsupported(sentence: str) -> None:
    checked = check(sentence)
    assert checked.support == "unsupported"
    assert checked.probability <= 0.1


@pytest.mark.parametrize(
    "sentence",
    [
        "Copper made up 40% of the exports.",
        "Trade between Peru and Chile reached $11.6 billion in 2014.",
        "Peru still owes Chile more than 300 million euros for the railway.",
    ],
)
def test_another_bound_is_partial_at_best(sentence: str) -> None:
    assert check(sentence).support == "partial"
    assert check(sentence).probability <= 0.25


def test_half_a_sentence_is_partial() -> None:
    checked = check("Ministers of both countries had met in Lima, and fireworks lit up crowded beaches.")
    assert checked.support == "partial"
    assert quotes(checked) == ["Ministers of both countries had met in Lima in May."]


def test_another_passage_supports_nothing() -> None:
    assert check("Prices fell by a third within 15 months.", 1).support == "unsupported"
    assert check("Ministers met.", 1) == Checked("unsupported", (), 0.0)


def test_all_that_is_cited_counts_and_each_sentence_is_quoted() -> None:
    checked = check(
        "Ministers of both countries met in Lima, and farmers in Kansas had a poor harvest.", 0, 1
    )
    assert {at for at, _ in checked.cites} == {0, 1}
    assert "Ministers of both countries had met in Lima in May." in quotes(checked)


def test_title_heading_and_date_count() -> None:
    text = "Report\n\nIt grew by 4% and employs 90 people."
    whole = passage(text, "Acme Holdings", date(2021, 3, 4))
    headed = replace(
        whole,
        stored=replace(
            whole.stored,
            passage=replace(whole.passage, heading="Oslo", headings=(Heading("Report", 1, 0, 6),)),
        ),
    )
    sentence = "Acme Holdings of Oslo employed 90 people in March 2021."
    assert CHECKER.check(sentence, [headed], [0]).support == "supported"
    assert CHECKER.check(sentence, [passage(text)], [0]).support == "unsupported"


def test_indices_beyond_the_passages_are_passed_over() -> None:
    sentence = "Prices fell by a third within 15 months."
    assert check(sentence, 0, 7, -1) == check(sentence, 0)
    assert check(sentence, 7) == Checked("unsupported", (), 0.0)
    assert CHECKER.check(sentence, [], [0]) == Checked("unsupported", (), 0.0)


def test_what_two_passages_share_is_cited_once() -> None:
    checked = CHECKER.check("Ministers of both countries met in Lima.", [PASSAGES[0], PASSAGES[0]], [1, 0])
    assert [at for at, _ in checked.cites] == [1]


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        " ",
        "…!",
        "\u200b" * 10_000,
        "word " * 2_000,
        "7 May " * 2_000,
        "1," * 5_000,
        "A. " * 3_000,
        "価格は下落した。",
    ],
)
def test_what_is_no_sentence_is_unsupported(sentence: str) -> None:
    assert check(sentence).support == "unsupported"


def test_other_scripts_stand_word_for_word() -> None:
    there = [passage("価格は下落した。銅は重要である。")]
    assert CHECKER.check("価格は下落した。", there, [0]).support == "verbatim"


def test_invisible_characters_change_nothing() -> None:
    plain = "Prices fell by a third within 15 months."
    assert check("Pri\u200bces fell by a thi\u200brd with\u200bin 15 mon\u200bths.") == check(plain)


def test_an_empty_passage_supports_nothing() -> None:
    assert CHECKER.check("Prices fell.", [passage("")], [0]) == Checked("unsupported", (), 0.0)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_of_whatever_text(sentence: str, text: str) -> None:
    there = [passage(text)]
    checked = CHECKER.check(sentence, there, [0])
    assert 0 <= checked.probability <= 1
    assert all(span in there[at].passage.sentences for at, span in checked.cites)
    if checked.support in ("verbatim", "supported"):
        assert checked.cites


@given(st.integers(13, 99_999).filter(lambda n: str(n) not in TEXT and n not in (300, 1999)))
@settings(max_examples=40, deadline=None)
def test_no_number_that_is_not_there_passes(number: int) -> None:
    assert check(f"Peru still owes Chile {number:,} million euros for the railway.").support == "unsupported"


@given(st.sampled_from(PASSAGES[0].passage.sentences))
@settings(max_examples=10, deadline=None)
def test_a_passages_own_sentences_are_verbatim(span: tuple[int, int]) -> None:
    checked = CHECKER.check(TEXT[slice(*span)], PASSAGES, [1, 0])
    assert (checked.support, checked.cites) == ("verbatim", ((0, span),))
