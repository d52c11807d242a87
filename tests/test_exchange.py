"""What the chat page shows of an exchange: every value the answer's, all words escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from qa.anchors import anchor
from qa.talk import Conversation, Exchange
from qa.types import Alternative, Answer, Manifest, Sentence, Span, Timings
from qa.wire import answer_to_dict
from tests.test_render import EVIL, TEXT, made
from ui.exchange import (
    conversation_html,
    exchange_html,
    failed_html,
    pending_html,
    side_html,
    welcome_html,
)

ID = "0123456789abcdef" * 2


def shown(answer: Answer, **of: str) -> str:
    return exchange_html(Exchange(ID, answer.question, answer_to_dict(answer), "2024-09-16T09:30:00Z"), **of)


def test_a_marker_leads_to_its_source_beside_the_answer() -> None:
    html = shown(made())
    assert 'href="#x-0123456789ab-1" data-do="cite" aria-label="Source 1">[1]</a>' in html
    assert 'id="x-0123456789ab-1" tabindex="-1" aria-label="Source 1"' in html
    assert 'href="/documents/d?start=9#cited"' in html
    assert '<p class="fn-of">16 September 2024 · Economy</p>' in html


def test_the_quote_is_marked_in_its_passage_and_escaped() -> None:
    html = shown(made(title=EVIL))
    assert "<script" not in html
    assert "It fell. <mark>Trade was &lt;b&gt;$9 billion&lt;/b&gt;.</mark> It rose." in html


def test_the_short_answer_is_marked_in_the_answer_and_in_the_quote() -> None:
    text = made().sentences[0].text
    start = text.index("<b>")
    html = shown(replace(made(), short_answer=text[start : start + 13], short_span=Span(start, start + 13)))
    assert 'Trade was <strong class="fn-short">&lt;b&gt;$9 billion</strong>&lt;/b&gt;.' in html
    assert "<mark>Trade was <strong>&lt;b&gt;$9 billion</strong>&lt;/b&gt;.</mark>" in html


def test_a_long_passage_is_shown_around_its_quote_until_the_whole_is_wanted() -> None:
    answer = made()
    far = "far " * 100
    [scored] = answer.passages
    passage = replace(scored.passage, text=TEXT + far, end=len(TEXT + far))
    html = shown(replace(answer, passages=(replace(scored, stored=replace(scored.stored, passage=passage)),)))
    assert '<span class="fn-gap"> …</span><span class="fn-far"> ' in html
    assert "Whole passage" in html
    assert "Whole passage" not in shown(answer)


def test_confidence_is_told_in_words_and_as_a_number() -> None:
    html = shown(made())
    assert "Likely right · 70 %" in html
    assert "word for word in the source" in html
    assert "as of 16 September 2024" in html
    assert "sentence reader" in html


def test_each_sentence_tells_its_support_where_they_differ() -> None:
    answer = replace(made(), sentences=(*made().sentences, Sentence("It may fall.", (1,), "partial")))
    html = shown(answer)
    assert '<span class="fn-support fn-partial">partly supported</span>' in html
    assert '<span class="fn-support fn-verbatim">word for word in the source</span>' in html
    assert "fn-support fn-" not in shown(made())


def test_a_summary_claims_no_likelihood() -> None:
    answer = replace(made(), manifest=Manifest("summary", "e", "i", "1", Timings(1, 2, 3)), confidence=1.0)
    assert "%" not in shown(answer)


def test_sources_that_disagree_stand_side_by_side() -> None:
    others = (Alternative("$11 billion", 1, date(2024, 9, 16)), Alternative("$12 billion", 1, None))
    html = shown(replace(made(), short_answer="$9 billion", short_span=Span(13, 23), alternatives=others))
    assert "more than one answer" in html
    for answer in ("$9 billion", "$11 billion", "$12 billion"):
        assert f'<b dir="auto">{answer}</b>' in html
    assert "no date" in html


def test_an_abstention_says_why_and_opens_the_nearest_passages() -> None:
    html = shown(made(abstained=True))
    assert "right with a probability of 70 %" in html
    place = f"start=0&amp;end={len(TEXT)}&amp;version=00&amp;quote={anchor(TEXT)}"
    assert f'href="/documents/d?{place}#cited"' in html
    assert '<p class="fn-of">16 September 2024 · Economy</p>' in html


@pytest.mark.parametrize(
    ("reason", "said"), [("no_documents", "Take documents in first"), ("not_a_question", "")]
)
def test_without_passages_nothing_is_claimed_of_a_candidate(reason: str, said: str) -> None:
    html = shown(replace(made(abstained=True), reason=reason, passages=(), confidence=0.0))  # type: ignore[arg-type]
    assert said in html
    assert "%" not in html


def test_what_was_searched_is_shown_and_can_be_changed() -> None:
    html = shown(replace(made(), searched='How "large" was <trade>?'))
    assert 'data-do="edit" data-text="How &#34;large&#34; was &lt;trade&gt;?"' in html
    assert "Searched for" not in shown(made())


def test_what_is_copied_has_the_footnotes() -> None:
    html = shown(made())
    assert "[1]\n[1] Report · 16 September 2024 · Economy\n" in html
    assert "\\[1\\] Report · 2024-09-16 · Economy · report.txt, characters 9–38" in html


def test_what_could_not_be_kept_says_so_and_can_not_be_marked() -> None:
    answer = made()
    html = exchange_html(Exchange("", answer.question, answer_to_dict(answer), ""), "This is not kept.")
    assert '<p class="fn-notice" role="alert">This is not kept.</p>' in html
    assert 'data-do="mark"' not in html


def test_whatever_people_say_is_escaped() -> None:
    conversation = Conversation(ID, EVIL, "", "", 40)
    for html in (
        pending_html(EVIL, EVIL),
        failed_html(EVIL, EVIL),
        conversation_html(conversation, []),
        welcome_html([EVIL], 1, EVIL),
        side_html([conversation], current=ID, search=EVIL, more=True, user=EVIL),
    ):
        assert "<script" not in html
        assert "&lt;script" in html


def test_how_much_is_not_shown_is_told() -> None:
    assert "40 earlier questions" in conversation_html(Conversation(ID, "Trade", "", "", 40), [])
    assert "earlier questions" not in conversation_html(Conversation(ID, "Trade", "", "", 1), [], after=1)


def test_without_documents_it_says_how_to_take_some_in() -> None:
    assert "footnote index" in welcome_html([], 0)
