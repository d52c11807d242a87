"""A run's folder: what is written can be read, gone on with, and is never half there."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.gold import Evidence, GoldQuestion
from eval.record import ANSWERS, QUESTIONS, TIMINGS, Record, load_run
from qa.errors import RunError
from qa.types import Span

ABOUT = {"suite": "two", "settings": {"reader": "sentence"}}
SO = Evidence("a.txt", "so", spans=(Span(2, 4),))
GOLD = (
    GoldQuestion("one", "Why?", ("so",), "why", (SO,), True, None, cluster="one"),
    GoldQuestion("two", "Who?", (), "name", (), False, "one", cluster="one"),
)
ANSWER = {
    "text": "So. [1]",
    "abstained": False,
    "reason": None,
    "confidence": 0.75,
    "short_answer": "So",
    "short_span": [0, 2],
    "sentences": [{"text": "So.", "markers": [1], "support": "verbatim"}],
    "citations": [
        {"marker": 1, "document_id": "d", "title": "A", "source": "a.txt", "published": "2024-09-16",
         "page": None, "heading": None, "start": 2, "end": 4, "quote": "so", "url": "/documents/d#x"}
    ],
    "passages": [{"document_id": "d", "source": "a.txt", "start": 0, "end": 9, "cosine": 0.5, "text": "x"}],
    "manifest": {"reader": "sentence"},
}  # fmt: skip


def line(id_: str, **changes: Any) -> dict[str, Any]:
    return {"id": id_, "answer": ANSWER, "withheld": None, "failure": None} | changes


def begun(folder: Path) -> Record:
    return Record(folder, ABOUT, GOLD)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    record = begun(tmp_path / "run")
    record.add(line("one"), 12.5)
    record.add(line("two", answer=None, failure="the model is gone"), 1.0)
    record.finish([{"title": "t", "figures": []}], {"p50_ms": 6.75})
    run = load_run(tmp_path / "run")
    assert (run.about, run.questions, run.speed) == (ABOUT, GOLD, {"p50_ms": 6.75})
    (first, one), (second, two) = run.asked
    assert (first.id, second.id) == ("one", "two")
    assert one.given is not None
    assert (one.given.text, one.given.short_span, one.milliseconds) == ("So. [1]", (0, 2), 12.5)
    assert one.given.citations[0].published == "2024-09-16"
    assert (two.given, two.failure) == (None, "the model is gone")


def test_an_interrupted_run_goes_on_after_the_last_whole_line(tmp_path: Path) -> None:
    begun(tmp_path).add(line("one"), 12.5)
    with (tmp_path / ANSWERS).open("a") as file:
        file.write('{"id": "two", "ans')  # the disk was full, or the process killed
    with (tmp_path / TIMINGS).open("a") as file:
        file.write('{"id": "two", "milliseconds": 3.0}\n')
    assert [*load_run(tmp_path).outcomes] == ["one"]
    record = begun(tmp_path)
    assert [*record.answers] == ["one"]
    record.add(line("two"), 4.0)
    assert [outcome.milliseconds for _, outcome in load_run(tmp_path).asked] == [12.5, 4.0]


def test_an_answer_without_its_time_is_asked_again(tmp_path: Path) -> None:
    begun(tmp_path).add(line("one"), 12.5)
    (tmp_path / TIMINGS).write_text("")
    assert begun(tmp_path).answers == {}


def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(RunError, match=r"holds a run of other things \(settings\)"):
        Record(tmp_path, ABOUT | {"settings": {"reader": "extractive"}}, GOLD)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all I have")
    with pytest.raises(RunError, match="holds other files"):
        begun(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("run.json", "{", "cannot be read"),
        (QUESTIONS, "{}\n", "is damaged: questions.jsonl: 0.id: Field required"),
        (QUESTIONS, '{"id": 1', "ends in the middle of a line"),
        (ANSWERS, "nonsense\n", r"answers\.jsonl:1: not JSON"),
        (ANSWERS, '{"answer": null}\n', "is damaged: 'id'"),
        (ANSWERS, json.dumps(line("one", answer={"text": 3})) + "\n", "is damaged: not an answer"),
    ],
)
def test_what_is_damaged_is_told_in_one_line(tmp_path: Path, name: str, content: str, told: str) -> None:
    begun(tmp_path).add(line("one"), 1.0)
    (tmp_path / name).write_text(content)
    with pytest.raises(RunError, match=told) as raised:
        load_run(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        load_run(tmp_path)


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="the run cannot be kept in"):
        begun(tmp_path / "file" / "run")
