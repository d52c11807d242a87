"""Answers that people marked become gold questions: what is told by them, and what a person must say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.draft import draft, kind_of
from eval.drafts import draft_files
from eval.feedback import read_feedback
from eval.gold import load_gold, placed
from qa.assistant import Assistant
from qa.config import Config
from qa.errors import GoldError, RunError
from qa.index import Index
from qa.read.sentence import SentenceReader
from qa.types import Turn
from qa.wire import answer_to_dict
from tests.conftest import FakeEmbedder, make_document
from ui.cli import main

BRIDGE = (
    "The stone bridge cost \\$11.5 million. Anna Berg opened the stone bridge on 4 May 1931."
    " It joins Ashby, Brent and Corley."
)
COST, OPENED, TOWNS = (f"{sentence}." for sentence in BRIDGE.removesuffix(".").split(". "))


def answer(question: str, *said: tuple[str, str], short: str | None = None, **more: Any) -> dict[str, Any]:
    """An answer of sentences, each with its quote, as JSON has it."""
    quotes = list(dict.fromkeys(quote for _, quote in said))
    return {
        "question": question,
        "searched": question,
        "text": " ".join(f"{text} [{quotes.index(quote) + 1}]" for text, quote in said),
        "short_answer": short,
        "short_span": None,
        "abstained": False,
        "reason": None,
        "confidence": 0.9,
        "sentences": [
            {"text": text, "markers": [quotes.index(quote) + 1], "support": "verbatim"}
            for text, quote in said
        ],
        "citations": [
            {
                "marker": at,
                "source": "a.txt",
                "title": "",
                "start": BRIDGE.index(quote),
                "end": BRIDGE.index(quote) + len(quote),
                "quote": quote,
                "url": "/documents/a",
            }
            for at, quote in enumerate(quotes, start=1)
        ],
        "passages": [],
    } | more


def withheld(question: str, reason: str = "not_in_documents") -> dict[str, Any]:
    return answer(question, text="The documents do not answer this.", abstained=True, reason=reason)


RIGHT = answer(
    "How much did the bridge cost?", ("The stone bridge cost $11.5 million.", COST), short="$11.5 million"
)


def write(path: Path, *lines: Any) -> Path:
    """A file of feedback: an answer alone was right; a string is written as it is."""
    rows = [each if isinstance(each, str) else json.dumps(marked(each)) for each in lines]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def marked(value: dict[str, Any], verdict: str = "right", **more: Any) -> dict[str, Any]:
    return value if "verdict" in value else {"verdict": verdict, "answer": value, **more}


def drafted(tmp_path: Path, *lines: Any) -> dict[str, Any]:
    [feedback] = read_feedback(write(tmp_path / "feedback.jsonl", *lines))
    return draft(feedback)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# What is drafted


def test_real_answers_become_gold_questions_whose_evidence_stands_there(
    index: Index, config: Config, tmp_path: Path
) -> None:
    index.add(make_document(BRIDGE, title="Bridge"))
    assistant = Assistant(index, {"extractive": SentenceReader(FakeEmbedder(), 1.0)}, config)
    told = assistant.ask("Who opened the stone bridge?")
    leaning = assistant.ask("When was it opened?", history=[Turn("Who opened the stone bridge?", told.text)])
    greeting = assistant.ask("Hello")
    file = write(tmp_path / "feedback.jsonl", *map(answer_to_dict, (told, leaning, greeting)))
    made = draft_files([file], tmp_path / "gold.jsonl")
    assert (made.complete, made.to_do, made.known) == (3, 0, 0)
    gold = load_gold(made.file)
    assert [(q.id, q.type, q.answerable) for q in gold] == [
        ("opened-stone-bridge", "name", True),
        ("berg-stone-bridge-opened", "date", True),
        ("hello", "greeting", False),
    ]
    assert gold[1].question == leaning.searched != leaning.question  # as it stands alone
    for question in placed(gold, {"a.txt": BRIDGE})[:2]:
        assert question.answers[0].startswith("Anna Berg opened the stone bridge")
        assert [BRIDGE[start:end] for _, start, end in question.proofs[0]] == [OPENED]


def test_a_short_answer_is_proved_by_what_says_it(tmp_path: Path) -> None:
    said = answer("How much did the bridge cost?", ("It cost a lot.", COST), ("It is stone.", OPENED))
    line = drafted(tmp_path, said | {"short_answer": "$11.5 million"})
    assert line == {
        "id": "",
        "question": "How much did the bridge cost?",
        "answers": ["$11.5 million"],
        "type": "number",
        "evidence": [{"source": "a.txt", "quote": COST}],  # as it is stored, with its backslash
        "answerable": True,
        "follows": None,
    }


def test_without_a_short_answer_the_sentences_are_the_answer(tmp_path: Path) -> None:
    line = drafted(tmp_path, answer("Why was it built?", ("One.", COST), ("Two.", TOWNS)))
    assert (line["type"], line["answers"]) == ("why", ["One. Two."])
    assert [each["quote"] for each in line["evidence"]] == [COST, TOWNS]


def test_what_no_sentence_stands_on_proves_nothing(tmp_path: Path) -> None:
    other = answer("?", ("x", OPENED))["citations"][0] | {"marker": 2}
    line = drafted(tmp_path, RIGHT | {"citations": [*RIGHT["citations"], other]})
    assert [each["quote"] for each in line["evidence"]] == [COST]


def test_a_list_has_its_items_as_parts(tmp_path: Path) -> None:
    said = answer("Which towns does it join?", (TOWNS, TOWNS), short="Ashby, Brent and Corley")
    line = drafted(tmp_path, said)
    assert line["parts"] == [["Ashby"], ["Brent"], ["Corley"]]
    assert line["evidence"] == [{"source": "a.txt", "quote": TOWNS, "part": [0, 1, 2]}]
    one = drafted(tmp_path, said | {"short_answer": "Ashby"})
    assert (one["type"], one["answers"]) == ("fact", ["Ashby"])
    elsewhere = drafted(tmp_path, said | {"short_answer": "Ashby and Harrow"})
    assert (elsewhere["type"], "parts" in elsewhere) == ("fact", False)


def test_each_part_of_a_question_has_its_sentence(tmp_path: Path) -> None:
    asked = "Who opened the stone bridge, and how much did the bridge cost?"
    said = answer(asked, (OPENED, OPENED), ("It cost $11.5 million.", COST), short="Anna Berg")
    line = drafted(
        tmp_path, said | {"searched": "Who opened the stone bridge? how much did the bridge cost?"}
    )
    assert (line["question"], line["type"]) == (asked, "two_part")
    assert line["parts"] == [[OPENED], ["It cost $11.5 million."]]
    assert [(each["quote"], each["part"]) for each in line["evidence"]] == [(OPENED, [0]), (COST, [1])]
    left_open = said["text"] + " The documents do not answer: “how much did the bridge cost?”"
    for changes in ({"text": left_open}, {"sentences": said["sentences"][:1], "text": f"{OPENED} [1]"}):
        assert "put in the parts" in drafted(tmp_path, said | changes)["to_do"]["missing"]


def test_a_summary_is_of_the_documents_that_it_cites(tmp_path: Path) -> None:
    line = drafted(tmp_path, answer("Summarise this report", ("a.", COST), ("b.", OPENED), ("c.", TOWNS)))
    assert (line["type"], line["answers"]) == ("summary", ["a summary"])
    assert line["evidence"] == [{"source": "a.txt", "quote": COST}]


def test_what_was_rightly_withheld_is_unanswerable(tmp_path: Path) -> None:
    line = drafted(tmp_path, withheld("Which towns are to be joined?"))
    assert (line["type"], line["answerable"], line["answers"]) == ("list", False, [])
    assert drafted(tmp_path, withheld("Thanks!", "not_a_question"))["type"] == "greeting"
    assert "no document" in drafted(tmp_path, withheld("Who?", "no_documents"))["to_do"]["missing"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much does Iraq owe Iran?", "number"),
        ("And in which year was it opened?", "date"),
        ("In which town was he born?", "place"),
        ("the stone bridge: where was it built?", "place"),
        ("With whom did he meet?", "name"),
        ("Which towns did he visit?", "list"),
        ("Is the bridge open?", "yes_no"),
        ("Why was it closed?", "why"),
        ("What is the reason for it?", "why"),
        ("How did they cross?", "how"),
        ("Describe the bridge", "fact"),
        ("What is the bridge made of?", "fact"),
        ("How often is it painted?", "fact"),
        ("Who built the old bridge and when was it opened?", "two_part"),
        ("Summarise the report", "summary"),
    ],
)
def test_the_type_is_told_by_the_form(question: str, kind: str) -> None:
    assert kind_of(question) == kind


# What a person must complete


def test_what_was_wrong_waits_for_a_person(tmp_path: Path) -> None:
    feedback = marked(RIGHT, "wrong", note="That is the old estimate.")
    made = draft_files([write(tmp_path / "f.jsonl", feedback)], tmp_path / "gold.jsonl")
    assert (made.complete, made.to_do) == (0, 1)
    assert not made.file.exists()
    assert made.to_do_file == tmp_path / "gold.todo.jsonl"
    [line] = rows(made.to_do_file)
    assert (line["id"], line["type"], line["answerable"]) == ("much-bridge-cost", "number", None)
    assert line["to_do"] == {
        "missing": "the answer was wrong: put in what is right, and its evidence",
        "note": "That is the old estimate.",
        "given": "The stone bridge cost $11.5 million. [1]",
        "short_answer": "$11.5 million",
        "cited": [{"source": "a.txt", "quote": COST}],
    }
    with pytest.raises(GoldError, match=r"gold\.todo\.jsonl:1: key 'to_do' is unknown"):
        load_gold(made.to_do_file)
    evidence = [{"source": "a.txt", "quote": COST}]
    completed = line | {"answerable": True, "answers": ["$9 million"], "evidence": evidence}
    del completed["to_do"]
    made.file.write_text(json.dumps(completed), encoding="utf-8")
    assert load_gold(made.file)[0].answers == ("$9 million",)


def test_what_was_wrongly_withheld_is_answerable(tmp_path: Path) -> None:
    line = drafted(tmp_path, marked(withheld("How much?"), "wrong"))
    assert (line["answerable"], line["to_do"]["given"]) == (True, "The documents do not answer this.")


def test_a_right_answer_that_cites_nothing_needs_its_evidence(tmp_path: Path) -> None:
    said = RIGHT["sentences"][0] | {"markers": []}
    assert "evidence" in drafted(tmp_path, RIGHT | {"sentences": [said]})["to_do"]["missing"]


# Files


def test_drafts_are_added_and_what_is_there_stays(tmp_path: Path) -> None:
    to = tmp_path / "gold.jsonl"
    draft_files([write(tmp_path / "f.jsonl", RIGHT)], to)
    before = to.read_text(encoding="utf-8").removesuffix("\n")
    to.write_text(before, encoding="utf-8")  # as some editors leave it
    other = RIGHT | {
        "question": "How much did that bridge cost?",
        "searched": "How much did that bridge cost?",
    }
    again = RIGHT | {"question": "how much did the bridge cost", "searched": "how much did the bridge cost"}
    wrong = marked(RIGHT, "wrong")
    made = draft_files([write(tmp_path / "f.jsonl", other), write(tmp_path / "g.jsonl", again, wrong)], to)
    assert (made.complete, made.to_do, made.known) == (1, 0, 2)
    assert to.read_text(encoding="utf-8").startswith(f"{before}\n")
    assert [question.id for question in load_gold(to)] == ["much-bridge-cost", "much-bridge-cost-2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.jsonl", "g.jsonl", "gold.jsonl"]


def test_what_waits_already_is_not_added_again_but_may_be_answered(tmp_path: Path) -> None:
    to, wrong = tmp_path / "gold", marked(RIGHT, "wrong")
    draft_files([write(tmp_path / "f.jsonl", wrong)], to)
    made = draft_files([write(tmp_path / "f.jsonl", wrong, RIGHT)], to)
    assert (made.complete, made.to_do, made.known) == (1, 0, 1)
    assert [line["id"] for line in (*rows(made.to_do_file), *rows(to))] == [
        "much-bridge-cost",
        "much-bridge-cost-2",
    ]


def test_a_question_that_leans_on_another_is_no_twin(tmp_path: Path) -> None:
    to = tmp_path / "gold.jsonl"
    draft_files([write(tmp_path / "f.jsonl", RIGHT)], to)
    leaning = rows(to)[0] | {
        "id": "much-bridge-cost-2",
        "follows": "much-bridge-cost",
        "question": "How much?",
    }
    to.write_text(to.read_text(encoding="utf-8") + json.dumps(leaning) + "\n", encoding="utf-8")
    how_much = RIGHT | {"question": "How much?", "searched": "How much?"}
    assert draft_files([write(tmp_path / "f.jsonl", how_much)], to).complete == 1


def test_ids_are_made_of_any_words(tmp_path: Path) -> None:
    asked = ["Où est le café?", "他在哪里?", "???"]
    lines = [answer(text, (COST, COST)) for text in asked]
    made = draft_files([write(tmp_path / "f.jsonl", *lines)], tmp_path / "gold.jsonl")
    ids = [question.id for question in load_gold(made.file)]
    assert ids[0] == "ou-est-le-cafe"
    assert all(id_.startswith("question-") for id_ in ids[1:])
    assert len(set(ids)) == 3


def test_a_link_stays_one_and_the_rights_are_kept(tmp_path: Path) -> None:
    to, link = tmp_path / "real.jsonl", tmp_path / "gold.jsonl"
    to.touch(mode=0o640)
    to.chmod(0o640)
    link.symlink_to(to)
    draft_files([write(tmp_path / "f.jsonl", RIGHT)], link)
    assert link.is_symlink()
    assert len(load_gold(to)) == 1
    assert to.stat().st_mode & 0o777 == 0o640


# Bad input


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"f\.jsonl:2: not JSON"),
        ("[]", r"f\.jsonl:2: is not an object"),
        (json.dumps({"answer": RIGHT}), r"f\.jsonl:2: verdict is missing"),
        (json.dumps(marked(RIGHT, "maybe")), r"f\.jsonl:2: verdict 'maybe' is unknown, it is right or wrong"),
        (json.dumps(marked(RIGHT, user="me")), r"f\.jsonl:2: key 'user' is unknown"),
        (json.dumps({"verdict": "right"}), r"f\.jsonl:2: answer is missing"),
        (json.dumps(marked({"question": "a"})), r"f\.jsonl:2: answer\.searched is missing"),
        (json.dumps(marked(RIGHT | {"question": " "})), r"f\.jsonl:2: answer\.question is empty"),
        (json.dumps(marked(RIGHT | {"citations": 1})), r"f\.jsonl:2: not an answer: citations"),
        (json.dumps(marked(RIGHT | {"text": "\ud800"})), r"f\.jsonl:2: answer has half a character in it"),
        (json.dumps(marked(RIGHT, note=1)), r"f\.jsonl:2: note is not a string"),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_written(tmp_path: Path, line: str, message: str) -> None:
    file = write(tmp_path / "f.jsonl", RIGHT, line)
    with pytest.raises(GoldError, match=message):
        draft_files([file], tmp_path / "gold.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["f.jsonl"]


def test_a_note_may_be_null(tmp_path: Path) -> None:
    [feedback] = read_feedback(write(tmp_path / "f.jsonl", marked(RIGHT, note=None)))
    assert feedback.note == ""


def test_no_feedback_is_told(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"f\.jsonl: there is no feedback"):
        read_feedback(write(tmp_path / "f.jsonl"))
    with pytest.raises(GoldError, match=r"none\.jsonl cannot be read"):
        read_feedback(tmp_path / "none.jsonl")


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.todo.jsonl"])
def test_a_file_that_is_no_gold_file_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a diary\n", encoding="utf-8")
    with pytest.raises(GoldError, match=rf"{name}:1: not JSON"):
        draft_files([write(tmp_path / "f.jsonl", RIGHT)], tmp_path / "gold.jsonl")
    assert (tmp_path / name).read_text(encoding="utf-8") == "a diary\n"


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "f.jsonl", RIGHT, marked(withheld("Who?"), "wrong"))
    with pytest.raises(RunError, match=r"gold\.jsonl cannot be written: No such file or directory"):
        draft_files([file], tmp_path / "none" / "gold.jsonl")

    write_bytes = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "todo" in path.name:
            write_bytes(path, content[:10])
            raise OSError(28, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RunError, match=r"gold\.todo\.jsonl cannot be written: No space left on device"):
        draft_files([file], tmp_path / "gold.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["f.jsonl"]


def test_the_command_says_what_is_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "f.jsonl", RIGHT, RIGHT, marked(withheld("Who was it?"), "wrong"))
    to = tmp_path / "gold.jsonl"
    assert main(["--data", str(tmp_path / "data"), "eval", "draft", str(file), "--to", str(to)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        f"{to}: 1 gold questions drafted",
        f"{tmp_path / 'gold.todo.jsonl'}: 1 for you to complete, then to be moved there",
    ]
    assert "1 left out: their questions are there already" in printed.err
    file.write_text("{", encoding="utf-8")
    assert main(["--data", str(tmp_path / "data"), "eval", "draft", str(file), "--to", str(to)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "data").exists()
