"""Answers that a language model writes: what is shown of them, and what answers when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from qa.assistant import Assistant
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.types import Answer, Citation, Done, Searching, Sentence, Timings, Turn, Waiting
from qa.wire import answer_from_dict, answer_to_dict
from tests.llms import Reply, endlessly, fails, question_of, says
from tests.servers import free_port, silent
from tests.writers import QUESTION, RIGHT, TOLLS, WRONG, assistant_with, take_in, writer


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(data=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def index(config: Config) -> Iterator[Index]:
    with Index(config, BundledEmbedder()) as opened:
        yield take_in(opened)


def quoted(index: Index, config: Config, question: str = QUESTION) -> Answer:
    """What the extractive reader says."""
    return assistant_with(index, config, "http://127.0.0.1:1").ask(question, reader="extractive")


def timeless(answer: Answer) -> Answer:
    return replace(answer, manifest=replace(answer.manifest, timings_ms=Timings(0, 0, 0)))


def test_what_is_borne_out_is_shown_with_exact_quotes(index: Index, config: Config) -> None:
    with writer(index, config, says(RIGHT, TOLLS)) as (assistant, _):
        answer = assistant.ask(QUESTION)
    assert answer.text == "The stone bridge was opened on 4 May 1931. [1] It has tolls of $5 in summer. [2]"
    assert [c.quote for c in answer.citations] == [
        "The stone bridge was opened on 4 May 1931 by the mayor.",
        "It has \\$5 tolls in [summer](#).",
    ]
    assert (answer.short_answer, answer.short_span) == ("4 May 1931", (31, 41))
    assert {sentence.support for sentence in answer.sentences} == {"supported"}
    assert (answer.notes, answer.manifest.reader) == ((), "llm")
    llm = answer.manifest.llm
    assert llm is not None
    assert (llm.model, llm.outcome, llm.withheld, llm.invented) == ("scripted", "written", 0, 0)
    assert answer_to_dict(answer_from_dict(answer_to_dict(answer))) == answer_to_dict(answer)


def test_confidence_is_the_mean_log_odds_of_both_judges(index: Index, config: Config) -> None:
    with writer(index, config, says(RIGHT)) as (assistant, _):
        answer = assistant.ask(QUESTION)
    before = quoted(index, config).confidence
    odds = (before / (1 - before) * 0.9 / 0.1) ** 0.5  # the checker says 0.9
    assert answer.confidence == pytest.approx(odds / (1 + odds), abs=1e-3)


def test_what_is_not_borne_out_is_dropped_and_counted(index: Index, config: Config) -> None:
    with writer(index, config, says(WRONG, RIGHT, "It is 70 km long [9]. ")) as (assistant, _):
        answer = assistant.ask(QUESTION)
    assert answer.text == "The stone bridge was opened on 4 May 1931. [1]"
    llm = answer.manifest.llm
    assert llm is not None
    assert (llm.withheld, llm.invented) == (2, 1)
    assert "Not shown: 2 sentences of the language model" in answer.notes[0]


def test_or_marked_where_that_is_set_but_never_alone(index: Index, config: Config) -> None:
    with writer(index, config, says(WRONG, RIGHT), llm_unsupported="mark") as (assistant, _):
        answer = assistant.ask(QUESTION)
    assert [(s.support, s.markers) for s in answer.sentences] == [("unsupported", ()), ("supported", (1,))]
    with writer(index, config, says(WRONG), llm_unsupported="mark") as (assistant, _):
        assert assistant.ask(QUESTION).sentences == quoted(index, config).sentences


def test_a_sentence_without_a_marker_is_checked_against_all(index: Index, config: Config) -> None:
    with writer(index, config, says("The stone bridge was opened on 4 May 1931.")) as (assistant, _):
        answer = assistant.ask(QUESTION)
    assert (answer.text, answer.citations[0].title) == (
        "The stone bridge was opened on 4 May 1931. [1]",
        "Bridge",
    )


@pytest.mark.parametrize(
    ("reply", "outcome", "note"),
    [
        (says(WRONG), "unsupported", "Nothing that the language model wrote is sure enough to be shown."),
        (says(), "failed", "The language model wrote nothing."),
        (says("<think>What?"), "failed", "The language model wrote nothing."),
        (fails(500), "failed", "The language model's server failed (500)."),
        (fails(429), "failed", "The language model's server is asked too much (429)."),
        (says("The", cut=True), "failed", "The language model's server broke off."),
        (says(60.0), "failed", "The language model did not answer in time."),
        (says(*["word "] * 2_000), "failed", "The language model writes without an end."),
        (
            says("See https://evil.example/?bridge [1]."),
            "unsupported",
            "Nothing that the language model wrote",
        ),
    ],
)
def test_where_nothing_is_left_the_extractive_reader_answers_and_says_so(
    index: Index, config: Config, reply: Reply, outcome: str, note: str
) -> None:
    with writer(index, config, reply, llm_seconds=2 if "in time" in note else 30) as (assistant, _):
        answer = assistant.ask(QUESTION)
    expected = quoted(index, config)
    assert (answer.text, answer.confidence) == (expected.text, expected.confidence)
    assert answer.notes[0].startswith(note)
    assert answer.notes[0].endswith("The passages were read without it.")
    assert answer.manifest.llm is not None
    assert answer.manifest.llm.outcome == outcome


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (says(RIGHT, "And th", cut=True), "the language model's server broke off"),
        (says(RIGHT, 60.0), "the language model did not answer in time"),
        (says(*[RIGHT] * 2_000), "the language model writes without an end"),
        (says(RIGHT, b"data: \xff\n\n"), "what answers at llm_url does not speak OpenAI's protocol"),
    ],
)
def test_what_was_borne_out_stays_when_the_rest_fails(
    index: Index, config: Config, reply: Reply, why: str
) -> None:
    with writer(index, config, reply, llm_seconds=2 if "in time" in why else 30) as (assistant, _):
        answer = assistant.ask(QUESTION)
    assert answer.text == "The stone bridge was opened on 4 May 1931. [1]"
    assert answer.notes[0].startswith(f"This answer may lack its end: {why}")
    assert answer.manifest.llm is not None
    assert answer.manifest.llm.outcome == "cut"


def test_i_do_not_know_is_an_abstention(index: Index, config: Config) -> None:
    with writer(index, config, says("The documents do not answer this.", " But the moon is blue.")) as (
        assistant,
        _,
    ):
        answer = assistant.ask(QUESTION)
        eager = assistant.ask(QUESTION, accepted_risk=1.0)
    assert (answer.abstained, answer.reason, answer.sentences) == (True, "not_in_documents", ())
    assert answer.confidence == quoted(index, config).confidence
    assert answer.passages
    assert (eager.text, eager.abstained) == (quoted(index, config).text, False)


def test_the_accepted_risk_is_obeyed(index: Index, config: Config) -> None:
    with writer(index, config, says(RIGHT)) as (assistant, _):
        assert assistant.ask(QUESTION, accepted_risk=0.001).reason == "not_in_documents"
        assert not assistant.ask(QUESTION).abstained


def test_a_stream_tells_each_sentence_with_its_footnotes_and_ends_with_what_ask_gives(
    index: Index, config: Config
) -> None:
    with writer(index, config, says(RIGHT, 3.0, WRONG, TOLLS)) as (assistant, _):
        events = list(assistant.stream(QUESTION))
        asked = assistant.ask(QUESTION)
    told = [event for event in events if not isinstance(event, Waiting)]
    assert [type(event) for event in told] == [Searching, Sentence, Citation, Sentence, Citation, Done]
    assert Waiting() in events
    assert isinstance(told[-1], Done)
    assert timeless(told[-1].answer) == timeless(asked)
    assert tuple(e for e in told if isinstance(e, Sentence)) == asked.sentences
    assert tuple(e for e in told if isinstance(e, Citation)) == asked.citations


def test_each_part_of_a_question_is_written_for_itself(index: Index, config: Config) -> None:
    def part(asked: dict[str, Any]) -> Reply:
        return says("The well is forty metres deep [1]." if "well" in question_of(asked) else WRONG)

    with writer(index, config, part) as (assistant, server):
        events = list(
            assistant.stream("How deep is the well of the village, and who opened the stone bridge?")
        )
    last = events[-1]
    assert isinstance(last, Done)
    assert len(server.asked) == 2
    assert last.answer.text.startswith(
        "The well is forty metres deep. [1] The stone bridge was opened on 4 May"
    )
    assert last.answer.manifest.llm is not None
    assert last.answer.manifest.llm.outcome == "unsupported"
    assert [e for e in events if isinstance(e, Sentence)] == list(last.answer.sentences)


def test_a_follow_up_is_condensed_by_the_model_and_shown(index: Index, config: Config) -> None:
    alone = "How deep is the well of the village?"

    def reply(asked: dict[str, Any]) -> Reply:
        return says(
            alone
            if "New question: How deep is it?" in asked["messages"][-1]["content"]
            else "The well is forty metres deep [1]."
        )

    history = [Turn("Where is the well of the village?", "There.")]
    with writer(index, config, reply) as (assistant, _):
        assert assistant.ask("How deep is it?", history=history).searched == alone
    for useless in (says("How deep is it since 1821?"), says(""), fails(500), says("a\nb"), says(9.0)):
        with writer(index, config, useless, llm_seconds=2) as (assistant, _):
            assert (
                assistant.ask("How deep is it?", history=history).searched == "well village: How deep is it?"
            )


def test_a_dead_server_costs_one_question_and_not_each(index: Index, config: Config) -> None:
    assistant = assistant_with(index, config, f"http://127.0.0.1:{free_port()}/v1")
    first, second = assistant.ask(QUESTION), assistant.ask(QUESTION)
    assert first.notes == second.notes == (
        "The language model's server cannot be reached at llm_url. The passages were read without it.",
    )  # fmt: skip
    with writer(index, config, fails(418)) as (assistant, server):
        for _ in range(5):
            assistant.ask(QUESTION)
    assert len(server.asked) == 3


def test_a_silent_server_holds_nobody_longer_than_is_set(index: Index, config: Config) -> None:
    with silent() as url:
        assistant = assistant_with(index, config, url, llm_seconds=1)
        started = time.monotonic()
        answer = assistant.ask(QUESTION)
    assert answer.notes[0].startswith("The language model did not answer in time.")
    assert time.monotonic() - started < 30  # nothing near the hour that a client would wait


def test_whoever_leaves_closes_the_connection(index: Index, config: Config) -> None:
    with writer(index, config, says(RIGHT, *endlessly("word "))) as (assistant, server):
        events = assistant.stream(QUESTION)
        while not isinstance(next(events), Citation):
            pass
        events.close()
        assert server.left.wait(20)


def test_no_more_are_asked_at_once_than_is_set(index: Index, config: Config) -> None:
    inside = most = 0
    lock = threading.Lock()

    def reply(_: dict[str, Any]) -> Reply:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.1)
        with lock:
            inside -= 1
        return says(RIGHT)

    with writer(index, config, reply, llm_at_once=2) as (assistant, server):
        asking = [threading.Thread(target=assistant.ask, args=(QUESTION,)) for _ in range(5)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert (most <= 2, len(server.asked)) == (True, 5)


def test_a_context_too_small_is_told(index: Index, config: Config) -> None:
    with writer(index, config, says(RIGHT), llm_context_tokens=512) as (assistant, server):
        answer = assistant.ask("When was the stone bridge opened? " + "Say when. " * 60)
    assert (
        "The language model's context is too small for one passage: raise llm_context_tokens"
        in answer.notes[0]
    )
    assert server.asked == []


def test_the_key_is_in_no_repr(index: Index, config: Config) -> None:
    assistant: Assistant = assistant_with(index, config, "http://127.0.0.1:1/v1", llm_key="sk-secret")
    answer = assistant.ask(QUESTION)
    assert "sk-secret" not in repr((answer, assistant.readers, vars(assistant), answer_to_dict(answer)))
