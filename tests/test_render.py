"""What people see: escaped everywhere, marked where cited, never HTML of a document's own."""

from dataclasses import replace
from datetime import date

from qa.types import (
    Alternative,
    Answer,
    Citation,
    Manifest,
    Passage,
    ScoredPassage,
    Sentence,
    Span,
    StoredDocument,
    StoredPassage,
    Timings,
)
from ui.render import (
    answer_text,
    certainty,
    describe,
    document_html,
    footer,
    long_date,
    percent,
)

QUOTE = "Trade was <b>\\$9 billion</b>."
TEXT = f"It fell. {QUOTE} It rose."
EVIL = '<script>alert("x")</script>\x1b[31m'


def made(title: str = "Report", abstained: bool = False) -> Answer:
    start = TEXT.index(QUOTE)
    passage = Passage(0, len(TEXT), TEXT, (), 12, "Economy")
    stored = StoredPassage("p", "d", "report.txt", title, date(2024, 9, 16), "00", passage)
    citation = Citation(
        marker=1,
        document_id="d",
        title=title,
        source="report.txt",
        published=date(2024, 9, 16),
        page=None,
        heading="Economy",
        start=start,
        end=start + len(QUOTE),
        quote=QUOTE,
        url="/documents/d?start=9#cited",
    )
    sentence = Sentence("Trade was <b>$9 billion</b>.", (1,), "verbatim")
    answer = Answer(
        question="How large was trade?",
        searched="How large was trade?",
        text=f"{sentence.text} [1]",
        short_answer=None,
        short_span=None,
        abstained=False,
        reason=None,
        confidence=0.7,
        sentences=(sentence,),
        citations=(citation,),
        alternatives=(),
        passages=(ScoredPassage(stored, 0.5, 1.0, 0.03),),
        manifest=Manifest("sentence", "e", "i", "1", Timings(10, 20, 30)),
    )
    if not abstained:
        return answer
    withheld = "The documents do not answer this."
    return replace(
        answer, text=withheld, abstained=True, reason="not_in_documents", sentences=(), citations=()
    )


def test_plain_text_has_answer_footnote_and_confidence() -> None:
    assert answer_text(made()).splitlines() == [
        "Trade was <b>$9 billion</b>. [1]",
        "",
        "[1] Report · 16 September 2024 · Economy",
        "    report.txt, characters 9–38",
        "    “Trade was <b>$9 billion</b>.”",
        "",
        "confidence 0.70 · sentence reader · 0.0 s",
    ]


def test_an_abstention_lists_the_nearest_passages() -> None:
    shown = answer_text(made(abstained=True))
    assert shown.startswith("The documents do not answer this.")
    assert "  · Report: It fell. Trade was <b>$9 billion</b>. It rose." in shown
    assert "best candidate 0.70 likely" in shown


def test_without_documents_no_likelihood_is_claimed() -> None:
    answer = replace(made(abstained=True), reason="no_documents", passages=(), confidence=0.0)
    assert footer(answer) == "sentence reader · 0.0 s"


def test_what_was_searched_is_said_where_it_differs() -> None:
    other = replace(made(), question="How larg was\n\ntrade?", searched="How large was\n\n\x1b<b>trade?")
    assert footer(other).endswith(" · searched: How large was <b>trade?")
    assert "searched" not in footer(made())


def test_a_heading_that_is_the_title_is_said_once() -> None:
    assert describe(made(title="Economy").citations[0]) == "Economy · 16 September 2024"


def test_no_control_character_reaches_a_terminal() -> None:
    assert "\x1b" not in answer_text(made(title=EVIL))


def test_other_answers_are_told_with_marker_and_date() -> None:
    answer = replace(made(), alternatives=(Alternative("$11 billion", 1, date(2024, 9, 16)),))
    assert "The documents also say: $11 billion [1] (16 September 2024)" in answer_text(answer)


def test_a_part_that_is_not_answered_is_told() -> None:
    told = "The documents do not answer: “who said so?”"
    answer = replace(made(), text=f"{made().text} {told}")
    assert told in answer_text(answer)


def test_a_document_keeps_its_text_to_the_letter() -> None:
    document = StoredDocument("d", "/r", "r.txt", EVIL, None, "00", "t/1", "c/1", len(TEXT), 1, (), "now")
    text = "first\n\n   second <i>\n"
    shown = document_html(document, text, Span(10, 16), None)
    assert '<pre dir="auto">first\n\n   <mark id="cited">second</mark> &lt;i&gt;\n</pre>' in shown
    assert "<script" not in shown
    assert "<mark" not in document_html(document, text, None, "It has changed.")


def test_confidence_in_words() -> None:
    words = [certainty(replace(made(), confidence=c)) for c in (0.9, 0.85, 0.7, 0.5, 0.1)]
    assert words == ["very likely right", "very likely right", "likely right", "may be right", "uncertain"]


def test_dates_are_written_out() -> None:
    assert long_date(date(2024, 9, 6)) == "6 September 2024"


def test_nothing_is_certain_nor_impossible() -> None:
    told = [percent(p) for p in (0, 0.009, 0.01, 0.874, 0.994, 0.995, 1)]
    assert told == [*["less than 1 %"] * 2, "1 %", "87 %", "99 %", *["more than 99 %"] * 2]
