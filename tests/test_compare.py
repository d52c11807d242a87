"""Two runs side by side, written by hand."""

from pathlib import Path
from typing import Any

import pytest

from eval.compare import compare
from eval.gold import Evidence, GoldQuestion
from eval.record import Record, Run, load_run
from qa.errors import RunError
from qa.types import Span


def gold(id_: str, at: int) -> GoldQuestion:
    evidence = Evidence("a.txt", id_, spans=(Span(at, at + 3),))
    return GoldQuestion(id_, f"{id_}?", (id_,), "name", (evidence,), True, None, cluster=id_)


GOLD = tuple(gold(id_, at) for at, id_ in enumerate(("one", "two", "six")))
CHESS = GoldQuestion("chess", "Who won?", (), "name", (), False, None, cluster="chess")


def answer(gold: GoldQuestion, text: str) -> dict[str, Any]:
    cited = [
        {"marker": 1, "source": "a.txt", "title": "A", "start": span.start, "end": span.end,
         "quote": gold.id, "url": "/documents/a"}
        for piece in gold.evidence
        for span in piece.spans
    ]  # fmt: skip
    sentences = [{"text": text, "markers": [1], "support": "verbatim"}]
    return {"text": text, "sentences": sentences, "citations": cited, "passages": [], "confidence": 0.5}


WITHHELD = {"text": "–", "abstained": True, "reason": "not_in_documents", "passages": [], "confidence": 0.1}


def made(folder: Path, answers: dict[str, Any], reader: str, questions: tuple[GoldQuestion, ...]) -> Run:
    record = Record(folder, {"plan": {"reader": reader}, "footnote": "1"}, questions)
    for id_, given in answers.items():
        failure = None if given else "failed"
        record.add({"id": id_, "answer": given, "withheld": None, "failure": failure}, 1.0)
    return load_run(folder)


@pytest.fixture
def first(tmp_path: Path) -> Run:
    one, two, six = GOLD
    answers = {
        "one": answer(one, "one"),
        "two": answer(two, "three"),
        "six": answer(six, "six"),
        "chess": WITHHELD,
    }
    return made(tmp_path / "first", answers, "sentence", (*GOLD, CHESS))


def test_what_flipped_and_what_was_changed(first: Run, tmp_path: Path) -> None:
    one, two, _ = GOLD
    answers = {
        "one": answer(one, "one"),
        "two": answer(two, "two"),
        "six": None,
        "chess": answer(CHESS, "Ann"),
    }
    found = compare(first, made(tmp_path / "second", answers, "extractive", (*GOLD, CHESS)))
    assert [(c.name, c.first, c.second) for c in found.changes] == [("plan.reader", "sentence", "extractive")]
    assert [(f.id, f.better, f.first, f.second) for f in found.flips] == [
        ("two", True, "three", "two"),
        ("six", False, "six", "failed"),
        ("chess", False, "–", "Ann"),
    ]
    assert (found.questions, found.answers_changed, found.left_out) == (4, 3, 0)
    assert found.grounded is not None
    paired = found.grounded
    assert (paired.both, paired.only_first, paired.only_second, paired.neither) == (1, 2, 1, 0)
    assert paired.p == 1  # two flips one way and one the other are as even as three can be
    differences = {difference.name: difference for difference in found.differences}
    assert differences["grounded accuracy"].value == pytest.approx(-1 / 4)
    assert (
        differences["answerable: right and cited"].value,
        differences["answerable: right and cited"].n,
    ) == (0, 3)
    assert differences["unanswerable: withheld"].value == -1


def test_a_run_beside_itself_has_no_difference(first: Run) -> None:
    found = compare(first, first)
    assert (found.changes, found.flips, found.answers_changed) == ((), (), 0)
    assert found.grounded is not None
    assert found.grounded.p == 1
    assert all(d.value == d.low == d.high == 0 and d.p == 1 for d in found.differences)


def test_only_questions_that_both_asked_are_compared(first: Run, tmp_path: Path) -> None:
    second = made(tmp_path / "second", {"one": answer(GOLD[0], "one")}, "sentence", (*GOLD, CHESS))
    found = compare(first, second)
    assert (found.questions, found.left_out) == (1, 3)
    with pytest.raises(RunError, match="no question in common"):
        compare(first, made(tmp_path / "third", {}, "sentence", (*GOLD, CHESS)))


def test_one_id_for_two_questions_is_refused(first: Run, tmp_path: Path) -> None:
    other = GoldQuestion(
        "one", "Something else?", ("one",), "name", GOLD[0].evidence, True, None, cluster="one"
    )
    second = made(tmp_path / "second", {"one": answer(other, "one")}, "sentence", (other,))
    with pytest.raises(RunError, match="question 'one' is not the same in both runs"):
        compare(first, second)
