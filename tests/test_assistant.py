"""The whole way of a question, over a small index."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.build import assistant as assemble
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.errors import ConfigError, QuestionError
from qa.index import Index
from qa.types import (
    Answer,
    Citation,
    Done,
    Filters,
    Heading,
    Manifest,
    Page,
    Searching,
    Sentence,
    Timings,
    Turn,
)
from qa.wire import answer_to_dict
from tests.conftest import make_document

BRIDGE = "The stone bridge was opened on 4 May 1931 by the mayor. It has \\$5 tolls in [summer](#).\n"
WELL = "The well of the village is forty metres deep. It was dug by hand.\n"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    config = Config(data=tmp_path_factory.mktemp("data"))
    with Index(config, BundledEmbedder()) as index:
        bridge = make_document(BRIDGE, "/d/bridge.txt", title="Bridge", published=date(2020, 1, 2))
        index.add(replace(bridge, headings=(Heading("Tolls", 1, len(BRIDGE) - 1, len(BRIDGE)),)))
        well = make_document(WELL, "/d/well.txt", title="Well")
        overleaf = WELL.index("It was")
        index.add(replace(well, pages=(Page(1, 0, overleaf), Page(2, overleaf, len(WELL)))))
        yield assemble(index, config)


def timeless(answer: Answer) -> Answer:
    return replace(answer, manifest=replace(answer.manifest, timings_ms=Timings(0, 0, 0)))


def test_an_answer_quotes_the_document_exactly(assistant: Assistant) -> None:
    answer = assistant.ask("When was the stone bridge opened?")
    assert not answer.abstained
    assert "4 May 1931" in answer.text
    cited = answer.citations[0]
    assert (cited.title, cited.source, cited.published) == ("Bridge", "bridge.txt", date(2020, 1, 2))
    assert assistant.index.catalog.text(cited.document_id)[cited.start : cited.end] == cited.quote
    assert answer.sentences[0].support == "verbatim"
    assert answer.sentences[0].markers == (1,)


def test_a_citation_has_the_page_of_its_words_though_the_passage_began_before(assistant: Assistant) -> None:
    deep = assistant.ask("How deep is the well of the village?", accepted_risk=1.0).citations[0]
    dug = assistant.ask("What was the well of the village dug by?", accepted_risk=1.0).citations[0]
    assert (deep.page, deep.quote) == (1, "The well of the village is forty metres deep.")
    assert (dug.page, dug.quote) == (2, "It was dug by hand.")


def test_misspelt_words_are_put_right_and_said(assistant: Assistant) -> None:
    question = "When was the stone brigde opened?"
    answer = assistant.ask(question)
    assert (answer.question, answer.searched) == (question, "When was the stone bridge opened?")
    assert "4 May 1931" in answer.text
    assert assistant.ask("Helo!").searched == "Helo!"


def test_text_is_cleaned_and_the_quote_is_not(assistant: Assistant) -> None:
    answer = assistant.ask("What tolls does the bridge have in summer?")
    assert "It has $5 tolls in summer. [1]" in answer.text
    assert answer.citations[0].quote == "It has \\$5 tolls in [summer](#)."


def test_streamed_and_unstreamed_are_one_answer(assistant: Assistant) -> None:
    question = "How deep is the well of the village?"
    events = list(assistant.stream(question))
    kinds = [type(event) for event in events]
    assert kinds == [
        Searching,
        *[Sentence] * kinds.count(Sentence),
        *[Citation] * kinds.count(Citation),
        Done,
    ]
    assert isinstance(events[-1], Done)
    assert timeless(events[-1].answer) == timeless(assistant.ask(question))
    assert tuple(e for e in events if isinstance(e, Sentence)) == events[-1].answer.sentences


def test_the_accepted_risk_of_one_question_withholds_nothing_or_more(assistant: Assistant) -> None:
    question = "Who won the chess championship in Reykjavik?"
    assert assistant.ask(question).reason == "not_in_documents"
    eager = assistant.ask(question, accepted_risk=1.0)
    assert eager.citations
    assert eager.confidence == assistant.ask(question).confidence
    sure = "When was the stone bridge opened?"
    assert not assistant.ask(sure).abstained
    assert assistant.ask(sure, accepted_risk=0.001).reason == "not_in_documents"
    with pytest.raises(QuestionError, match=r"accepted_risk must be between 0 and 1, not 1\.5"):
        assistant.ask(sure, accepted_risk=1.5)


def test_searching_gives_the_passages_that_would_be_read(assistant: Assistant) -> None:
    question = "How deep is the well, and when was the bridge opened?"
    found = assistant.search(question)
    assert {scored.stored.title for scored in found[:2]} == {"Bridge", "Well"}
    assert {s.stored.id for s in found} == {s.stored.id for s in assistant.ask(question).passages}
    assert len(assistant.search("How deep is the well?", k=1)) == 1


def test_what_is_not_there_is_withheld_with_the_nearest_passages(assistant: Assistant) -> None:
    answer = assistant.ask("Who won the chess championship in Reykjavik?")
    assert (answer.abstained, answer.reason) == (True, "not_in_documents")
    assert answer.text == "The documents do not answer this."
    assert answer.citations == ()
    assert len(answer.passages) == 2
    assert 0 <= answer.confidence < 0.5


@pytest.mark.parametrize("said", ["Hello!", "thanks", "What can I ask?", "Who are you?"])
def test_what_is_no_question_is_answered_by_what_can_be_asked(assistant: Assistant, said: str) -> None:
    answer = assistant.ask(said)
    assert (answer.abstained, answer.reason, answer.passages) == (True, "not_a_question", ())
    assert answer.text == "Ask about “Bridge”, “Well”. For example: Summarise “Bridge”."


def test_each_part_of_a_question_is_searched_answered_and_cited(assistant: Assistant) -> None:
    answer = assistant.ask("How deep is the well of the village, and who opened the stone bridge?")
    assert {c.title for c in answer.citations} == {"Bridge", "Well"}
    assert answer.searched == "How deep is the well of the village? who opened the stone bridge?"


def test_a_part_may_lean_on_the_one_before(assistant: Assistant) -> None:
    answer = assistant.ask("How deep is the well of the village, and how was it dug?")
    assert answer.searched == "How deep is the well of the village? deep well village: how was it dug?"


def test_a_part_that_is_not_answered_is_told(assistant: Assistant) -> None:
    answer = assistant.ask("How deep is the well of the village, and who won the chess championship?")
    assert answer.text.endswith("The documents do not answer: “who won the chess championship?”")
    assert {c.title for c in answer.citations} == {"Well"}


def test_greetings_do_not_break_a_conversation(assistant: Assistant) -> None:
    history = [Turn("How deep is the well of the village?", "Forty metres."), Turn("Thanks!", "")]
    assert assistant.ask("How was it dug?", history=history).searched == "deep well village: How was it dug?"
    greeted = [Turn("Hello", "Ask about …")]
    both = assistant.ask("Summarise this report", history=greeted)
    assert both.searched == "Summarise this report"


def test_this_document_is_the_one_the_conversation_is_about(assistant: Assistant) -> None:
    history = [Turn("How deep is the well of the village?", "Forty metres.")]
    answer = assistant.ask("Can you sum up that article?", history=history)
    assert {c.title for c in answer.citations} == {"Well"}


def test_what_cannot_be_summed_up_says_why(assistant: Assistant) -> None:
    nothing = Filters(after=date(2030, 1, 1))
    assert assistant.ask("Summarise this report", filters=nothing).reason == "no_documents"
    assert assistant.ask("Summarise the novel Moby Dick").reason == "not_in_documents"


def test_a_summary_is_made_of_cited_sentences(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the document about the bridge, please")
    assert {c.title for c in answer.citations} == {"Bridge"}
    assert (answer.manifest.reader, answer.confidence, answer.short_answer) == ("summary", 1.0, None)
    assert all(sentence.support == "verbatim" for sentence in answer.sentences)


def test_an_empty_index_is_told_apart(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    with Index(config, BundledEmbedder()) as index:
        for question in ("Anything?", "Summarise this report"):
            answer = assemble(index, config).ask(question)
            assert (answer.reason, answer.confidence, answer.passages) == ("no_documents", 0.0, ())


def test_filters_leave_documents_out(assistant: Assistant) -> None:
    question = "When was the stone bridge opened?"
    only_well = Filters(
        documents=(next(d.id for d in assistant.index.catalog.documents() if d.title == "Well"),)
    )
    assert {p.stored.title for p in assistant.ask(question, filters=only_well).passages} == {"Well"}
    assert assistant.ask(question, filters=Filters(documents=())).reason == "no_documents"
    assert assistant.ask(question, filters=Filters(after=date(2020, 1, 3))).reason == "no_documents"


def test_a_follow_up_is_searched_with_what_it_follows(assistant: Assistant) -> None:
    first = assistant.ask("How deep is the well of the village?")
    answer = assistant.ask("How was it dug?", history=[Turn(first.question, first.text)])
    assert answer.question == "How was it dug?"
    assert answer.searched == "deep well village: How was it dug?"


@pytest.mark.parametrize("question", ["", " \t\n", "\0"])
def test_an_empty_question_is_refused(assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        assistant.ask(question)


@pytest.mark.parametrize("k", [0, -1, 51])
def test_k_has_bounds(assistant: Assistant, k: int) -> None:
    with pytest.raises(QuestionError, match="k must be between 1 and 50"):
        assistant.ask("What?", k=k)


def test_k_is_how_many_passages_are_read(assistant: Assistant) -> None:
    assert len(assistant.ask("What?", k=1).passages) == 1


def test_an_unknown_reader_is_refused(assistant: Assistant) -> None:
    with pytest.raises(ConfigError, match="there is no reader 'oracle'; there are: extractive, sentence"):
        assistant.ask("What?", reader="oracle")


@pytest.mark.parametrize("question", ["\ud800", "🙂", "كم؟", '" OR NEAR( *', "a", "x" * 4_000])
def test_odd_questions_are_answered_or_withheld(assistant: Assistant, question: str) -> None:
    assert isinstance(assistant.ask(question), Answer)


def test_the_answer_as_json_has_the_keys_of_the_contract(assistant: Assistant) -> None:
    answer = assistant.ask("When was the stone bridge opened?")
    told = json.loads(json.dumps(answer_to_dict(answer), allow_nan=False))
    assert list(told) == [
        "question",
        "searched",
        "text",
        "short_answer",
        "short_span",
        "abstained",
        "reason",
        "confidence",
        "sentences",
        "citations",
        "alternatives",
        "passages",
        "manifest",
    ]
    assert told["citations"][0]["published"] == "2020-01-02"
    assert set(told["passages"][0]) == {
        "document_id",
        "title",
        "source",
        "published",
        "page",
        "heading",
        "start",
        "end",
        "cosine",
        "bm25",
        "rrf",
        "text",
        "url",
    }
    assert set(told["manifest"]) == {f.name for f in Manifest.__dataclass_fields__.values()}
    assert set(told["manifest"]["timings_ms"]) == {"retrieve", "read", "total"}
