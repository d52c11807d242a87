"""Footnotes are numbered by first use, quote exactly, and never leave their passage."""

from dataclasses import replace
from datetime import date

import pytest

from qa.anchors import anchor
from qa.cite import cite, permalink
from qa.types import (
    Heading,
    Page,
    Passage,
    ReadAlternative,
    Reading,
    ReadSentence,
    ScoredPassage,
    Span,
    StoredPassage,
)

TEXT = "Iran is owed \\$11 billion. The [trade](#) fell. Nobody paid."
# Spans, counted by hand:  0..26                27..47        48..60
DEBT, TRADE, PAID = Span(100, 126), Span(127, 147), Span(148, 160)


def scored(document: str = "doc") -> ScoredPassage:
    passage = Passage(100, 160, TEXT, (DEBT, TRADE, PAID), 20, "Money", 3)
    stored = StoredPassage(
        "p", document, "report.txt", "Report", date(2024, 9, 16), "abcdef0123456789", passage
    )
    return ScoredPassage(stored, 0.5, 1.0, 0.03)


def reading(*sentences: tuple[str, tuple[tuple[int, Span], ...]]) -> Reading:
    return Reading(tuple(ReadSentence(text, cites) for text, cites in sentences), 0.9)


def test_quote_is_exact_and_text_is_for_people() -> None:
    short = replace(
        reading(("Iran is owed $11 billion.", ((0, DEBT),))), short_answer="$11 billion", short_start=13
    )
    cited = cite(short, [scored()])
    assert cited.text == "Iran is owed $11 billion. [1]"
    assert cited.citations[0].quote == "Iran is owed \\$11 billion."
    assert cited.short_span == Span(13, 24)
    assert cited.text[13:24] == "$11 billion"
    assert cited.sentences[0].support == "verbatim"
    assert (cited.citations[0].page, cited.citations[0].heading) == (3, "Money")


def test_a_quote_stands_under_the_nearest_heading_above_it() -> None:
    passage = replace(scored().passage, headings=(Heading("Payments", 1, 148, 154),))
    under = replace(scored(), stored=replace(scored().stored, passage=passage))
    cited = cite(reading(("The trade fell.", ((0, TRADE),)), ("Nobody paid.", ((0, PAID),))), [under])
    assert [c.heading for c in cited.citations] == ["Money", "Payments"]


def test_a_footnote_has_the_page_that_its_own_words_begin_on() -> None:
    both = reading(("The trade fell.", ((0, TRADE),)), ("Nobody paid.", ((0, PAID),)))
    pages = [Page(3, 90, PAID.start - 1), Page(4, PAID.start - 1, 900)]
    assert [c.page for c in cite(both, [scored()], lambda _: pages).citations] == [3, 4]
    assert [c.page for c in cite(both, [scored()], lambda _: []).citations] == [3, 3]
    assert [c.page for c in cite(both, [scored()]).citations] == [3, 3]


def test_markers_count_by_first_use_and_one_span_has_one() -> None:
    cited = cite(
        reading(
            ("Nobody paid.", ((0, PAID),)),
            ("The trade fell.", ((0, TRADE), (0, PAID))),
        ),
        [scored()],
    )
    assert cited.text == "Nobody paid. [1] The trade fell. [2] [1]"
    assert [(c.marker, c.quote) for c in cited.citations] == [
        (1, "Nobody paid."),
        (2, "The [trade](#) fell."),
    ]


def test_same_offsets_in_another_document_are_another_footnote() -> None:
    cited = cite(reading(("Nobody paid.", ((0, PAID), (1, PAID)))), [scored("one"), scored("two")])
    assert [(c.marker, c.document_id) for c in cited.citations] == [(1, "one"), (2, "two")]


def test_words_that_do_not_stand_in_the_quote_are_unsupported() -> None:
    cited = cite(reading(("Iran owes $11 billion.", ((0, DEBT),))), [scored()])
    assert cited.sentences[0].support == "unsupported"


def test_alternatives_are_cited_and_dated() -> None:
    other = ReadAlternative("nobody", (0, PAID))
    told = Reading((ReadSentence("The trade fell.", ((0, TRADE),)),), 0.5, alternatives=(other,))
    cited = cite(told, [scored()])
    assert cited.alternatives[0].marker == 2
    assert cited.alternatives[0].published == date(2024, 9, 16)
    assert cited.citations[1].quote == "Nobody paid."


@pytest.mark.parametrize("span", [Span(99, 126), Span(100, 161), Span(120, 120), Span(130, 120)])
def test_a_span_outside_its_passage_is_never_shown(span: Span) -> None:
    with pytest.raises(ValueError, match="does not lie in its passage"):
        cite(reading(("x", ((0, span),))), [scored()])


def test_permalink_names_place_and_version() -> None:
    where = permalink("d1", Span(3, 9), "ab" * 32, "– …")
    assert where == "/documents/d1?start=3&end=9&version=abababababab#cited"


def test_permalink_has_the_fingerprint_of_the_words() -> None:
    url = cite(reading(("Nobody paid.", ((0, PAID),))), [scored()]).citations[0].url
    assert (
        url == f"/documents/doc?start=148&end=160&version=abcdef012345&quote={anchor('Nobody paid.')}#cited"
    )


def test_an_abstention_cites_nothing() -> None:
    cited = cite(Reading((), 0.2, reason="not_in_documents"), [scored()])
    assert (cited.text, cited.citations, cited.short_span) == ("", (), None)
