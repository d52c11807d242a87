"""Asking gold questions of a small real index: histories, failures, going on, the same again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.formats import Suite
from eval.gold import Evidence, GoldQuestion
from eval.record import ABOUT, ANSWERS, QUESTIONS, SUMMARY, load_run
from eval.run import FollowUps, Plan, default_gold, load_suite, plan_of, run
from qa.assistant import Assistant
from qa.config import Config
from qa.errors import ConfigError, GoldError, ModelError, RunError
from qa.index import Index
from qa.library import OwnedLibrary
from qa.read.sentence import SentenceReader
from qa.types import Reading, ScoredPassage
from tests.conftest import FakeEmbedder, make_document

BRIDGE = "The stone bridge was opened on 4 May 1931 by the mayor. It has a toll of five euros.\n"
WELL = "The village well is forty metres deep. It was dug by hand.\n"
PLAN = Plan((Path("made.jsonl"),), reader="sentence")


class Failing(SentenceReader):
    """Fails on whatever asks for a toll, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(FakeEmbedder(), 0.5)
        self.asked: list[str] = []

    def read(
        self,
        question: str,
        passages: Sequence[ScoredPassage],
        *,
        today: date | None = None,
        accepted_risk: float | None = None,
    ) -> Reading:
        self.asked.append(question)
        if "toll" in question:
            raise ModelError("the model gives nonsense")
        return super().read(question, passages, today=today, accepted_risk=accepted_risk)


@pytest.fixture
def reader() -> Failing:
    return Failing()


@pytest.fixture
def library(tmp_path: Path, reader: Failing) -> Iterator[OwnedLibrary]:
    config = Config(data=tmp_path / "data", reader="sentence")
    with Index(config, FakeEmbedder()) as index:
        index.add(make_document(BRIDGE, "/d/bridge.txt", title="Bridge"))
        index.add(make_document(WELL, "/d/well.txt", title="Well"))
        yield OwnedLibrary(Assistant(index, {"sentence": reader}, config), config)


def gold(id_: str, question: str, quote: str = "", **changes: object) -> GoldQuestion:
    source = "bridge.txt" if quote in BRIDGE else "well.txt"
    evidence = (Evidence(source, quote),) if quote else ()
    answers = (quote,) if quote else ()
    asked = GoldQuestion(id_, question, answers, "fact", evidence, bool(quote), None, cluster=id_)
    return replace(asked, **changes)  # type: ignore[arg-type]


OPENED = gold("opened", "When was the stone bridge opened?", "opened on 4 May 1931")
BY_WHOM = gold("by-whom", "Who opened it?", "by the mayor", follows="opened", cluster="opened")
DEEP = gold("deep", "How deep is the village well?", "forty metres deep")
NOT_THERE = gold("chess", "Who won the chess championship in Reykjavik?")
TOLL = gold("toll", "How high is the toll?", "a toll of five euros")


def suite(*questions: GoldQuestion) -> Suite:
    return Suite("made", (), questions)


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made.jsonl").write_text("the file that the plan names\n")


def test_a_run_keeps_all_and_can_be_judged_from_its_folder(library: OwnedLibrary, tmp_path: Path) -> None:
    done = run(library, PLAN, suite(OPENED, DEEP, NOT_THERE), tmp_path / "run")
    assert [question.id for question, _ in done.asked] == ["opened", "deep", "chess"]
    assert done.questions[0].evidence[0].places == [("bridge.txt", 21, 41)]
    assert BRIDGE[21:41] == "opened on 4 May 1931"
    assert (done.about["suite"], plan_of(done.about)) == ("made", PLAN)
    assert done.about["index"]["documents"] == 2
    figures = json.loads((tmp_path / "run" / SUMMARY).read_text())[0]["figures"]
    assert [(f["name"], f["n"]) for f in figures[:2]] == [
        ("grounded accuracy", 3),
        ("answerable: right and cited", 2),
    ]
    assert done.speed["questions"] == 3
    assert done.speed["peak_memory_mb"] > 10


@pytest.mark.parametrize(
    ("follow_ups", "searched"),
    [
        ("ours", "stone bridge: Who opened it?"),
        ("bare", "Who opened it?"),
        ("rewritten", "Who opened the stone bridge?"),
    ],
)
def test_follow_ups_are_asked_as_is_planned(
    library: OwnedLibrary, reader: Failing, tmp_path: Path, follow_ups: FollowUps, searched: str
) -> None:
    by_whom = replace(BY_WHOM, rewrite="Who opened the stone bridge?")
    done = run(library, replace(PLAN, follow_ups=follow_ups), suite(OPENED, by_whom), tmp_path / "run")
    assert list(dict.fromkeys(reader.asked)) == [OPENED.question, searched]
    assert [question.question for question in done.questions] == [OPENED.question, BY_WHOM.question]


def test_the_same_again_is_the_same_to_the_byte(library: OwnedLibrary, tmp_path: Path) -> None:
    asked = suite(OPENED, BY_WHOM, DEEP, NOT_THERE)
    for name in ("one", "two"):
        run(library, PLAN, asked, tmp_path / name)
    for name in (ABOUT, QUESTIONS, ANSWERS, SUMMARY):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_follow_up_is_asked_after_what_it_follows(
    library: OwnedLibrary, reader: Failing, tmp_path: Path
) -> None:
    run(library, PLAN, suite(BY_WHOM, OPENED), tmp_path / "run")
    assert reader.asked[0] == OPENED.question
    assert reader.asked[1] != BY_WHOM.question
    assert "bridge" in reader.asked[1]
    assert [question.id for question, _ in load_run(tmp_path / "run").asked] == ["by-whom", "opened"]


def test_what_was_withheld_is_kept_beside_the_abstention(library: OwnedLibrary, tmp_path: Path) -> None:
    strict = replace(library.assistant._config, accepted_risk=0.0)
    reader = SentenceReader(FakeEmbedder(), 0.0)
    careful = OwnedLibrary(Assistant(library.assistant.index, {"sentence": reader}, strict), strict)
    ((_, outcome),) = run(careful, PLAN, suite(DEEP), tmp_path / "run").asked
    assert outcome.given is not None
    assert outcome.withheld is not None
    assert (outcome.given.abstained, outcome.withheld.abstained) == (True, False)
    assert "forty metres deep" in outcome.withheld.text
    assert outcome.given.confidence == outcome.withheld.confidence


def test_a_reader_that_fails_is_counted_as_a_failure(library: OwnedLibrary, tmp_path: Path) -> None:
    done = run(library, PLAN, suite(TOLL, DEEP), tmp_path / "run")
    (_, failed), (_, answered) = done.asked
    assert (failed.given, failed.failure) == (None, "the model gives nonsense")
    assert answered.given is not None
    grounded = json.loads((tmp_path / "run" / SUMMARY).read_text())[0]["figures"]
    assert {f["name"]: f["value"] for f in grounded}["failed"] == 0.5


def test_an_interrupted_run_asks_only_what_is_left(
    library: OwnedLibrary, reader: Failing, tmp_path: Path
) -> None:
    def two_at_most(items: Sequence[GoldQuestion], **_: object) -> Iterator[GoldQuestion]:
        yield from items[:2]
        raise KeyboardInterrupt

    asked = suite(OPENED, BY_WHOM, DEEP)
    with pytest.raises(KeyboardInterrupt):
        run(library, PLAN, asked, tmp_path / "run", two_at_most)
    assert len(load_run(tmp_path / "run").outcomes) == 2
    assert not (tmp_path / "run" / SUMMARY).exists()
    reader.asked.clear()
    run(library, PLAN, asked, tmp_path / "run")
    assert {*reader.asked} == {DEEP.question}
    run(library, PLAN, asked, tmp_path / "whole")
    assert (tmp_path / "run" / ANSWERS).read_bytes() == (tmp_path / "whole" / ANSWERS).read_bytes()


def test_a_run_is_not_gone_on_with_when_the_documents_changed(library: OwnedLibrary, tmp_path: Path) -> None:
    run(library, PLAN, suite(DEEP), tmp_path / "run")
    library.assistant.index.add(make_document("Another.", "/d/other.txt"))
    with pytest.raises(RunError, match=r"other things \(index\)"):
        run(library, PLAN, suite(DEEP), tmp_path / "run")


def test_questions_are_asked_of_what_they_are_within(library: OwnedLibrary, tmp_path: Path) -> None:
    within = replace(DEEP, within=("bridge.txt",))
    ((_, outcome),) = run(library, PLAN, suite(within), tmp_path / "run").asked
    assert outcome.given is not None
    assert {passage.source for passage in outcome.given.passages} == {"bridge.txt"}


def test_what_is_only_searched_is_not_read(library: OwnedLibrary, reader: Failing, tmp_path: Path) -> None:
    done = run(library, PLAN, suite(replace(DEEP, type="search", answers=())), tmp_path / "run")
    ((_, outcome),) = done.asked
    assert reader.asked == []
    assert outcome.given is not None
    assert outcome.given.passages[0].source == "well.txt"
    titles = [section["title"] for section in json.loads((tmp_path / "run" / SUMMARY).read_text())]
    assert titles == ["Retrieval"]


def test_evidence_that_is_not_indexed_is_told(library: OwnedLibrary, tmp_path: Path) -> None:
    missing = replace(DEEP, evidence=(Evidence("gone.txt", "forty"),))
    with pytest.raises(GoldError, match=r"question 'deep': the document 'gone\.txt' is not indexed"):
        run(library, PLAN, suite(missing), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_unknown_reader_stops_the_run(library: OwnedLibrary, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no reader 'nobody'"):
        run(library, replace(PLAN, reader="nobody"), suite(DEEP), tmp_path / "run")


def test_several_files_make_one_suite(tmp_path: Path) -> None:
    lines = default_gold().read_text(encoding="utf-8").splitlines()
    (tmp_path / "a.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("\n".join(lines[2:5]) + "\n", encoding="utf-8")
    both = load_suite(Plan((tmp_path / "a.jsonl", tmp_path / "b.jsonl"), limit=3))
    assert (both.name, len(both.questions)) == ("a+b", 3)
    with pytest.raises(GoldError, match="two questions of the files have the id 'debt'"):
        load_suite(Plan((tmp_path / "a.jsonl", tmp_path / "a.jsonl")))
