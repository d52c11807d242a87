"""A run: every question is asked in its conversation, and all that is given is kept, with the figures."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Literal

from eval.figures import speed, summary
from eval.formats import FORMATS, Suite, twin
from eval.gold import SEARCH, GoldQuestion, conversation, placed
from eval.record import Record, Run, load_run
from qa import __version__
from qa.errors import ConfigError, FootnoteError, GoldError, StoreError
from qa.library import Library, State
from qa.types import Asking, Filters, Turn
from qa.wire import answer_to_dict, passage_to_dict

_LIBRARIES = ("chromadb", "llama-index-core", "onnxruntime", "numpy", "tiktoken", "tokenizers")
_SEARCHED = 50  # passages, where nothing is read
_EVERYTHING = 1.0  # accepted risk at which nothing is withheld

FollowUps = Literal["ours", "bare", "rewritten"]
Progress = Callable[..., Iterable[GoldQuestion]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is of: files of gold questions in one format, the reader, how many questions (None: all).

    ``follow_ups`` says how a question is asked that follows another: "ours", with the conversation; "bare",
    without it; "rewritten", as a person made it stand alone.
    """

    files: tuple[Path, ...]
    format: str = "gold"
    closed: bool = False
    reader: str | None = None
    limit: int | None = None
    follow_ups: FollowUps = "ours"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"files": [str(file) for file in self.files]}


def default_gold() -> Path:
    """The gold questions on the seeds."""
    return Path(str(resources.files("eval").joinpath("gold/seeds.jsonl")))


def plan_of(about: Mapping[str, Any]) -> Plan:
    """The plan that a run was begun with."""
    asked = about["plan"]
    return Plan(**asked | {"files": tuple(map(Path, asked["files"]))})


def load_suite(plan: Plan) -> Suite:
    """The questions of all files, and the documents they bring along. Raises GoldError."""
    suites = [FORMATS[plan.format](file, closed=plan.closed) for file in plan.files]
    questions = [question for suite in suites for question in suite.questions]
    if plan.follow_ups == "rewritten" and (alone := [q.id for q in questions if q.follows and not q.rewrite]):
        raise GoldError(f"question {alone[0]!r}: nobody has made it stand alone")
    documents = {document.source: document for suite in suites for document in suite.documents}
    if id_ := twin(question.id for question in questions):
        raise GoldError(f"two questions of the files have the id {id_!r}")
    name = "+".join(suite.name for suite in suites)
    return Suite(name, tuple(documents.values()), tuple(questions[: plan.limit]))


def run(
    library: Library, plan: Plan, suite: Suite, folder: Path, progress: Progress = lambda items, **_: items
) -> Run:
    """Ask what was not asked yet, and keep the run in ``folder``.

    Raises GoldError when questions and the indexed documents disagree, RunError when the folder holds
    another run or can't be written, StoreError. A question whose reader fails is counted as a failure.
    """
    state = library.state()
    plan = replace(plan, reader=plan.reader or str(state.settings["reader"]))
    ids = _ids(library)
    questions = placed(suite.questions, _texts(library, suite.questions, ids))
    record = Record(folder, _about(state, plan, suite), questions)
    for question in progress(questions, total=len(questions), label="Asking"):
        for turn in (*conversation(questions, question), question):
            if turn.id not in record.answers:
                asked = _as_planned(turn, plan)
                how = _how(asked, questions, record, ids)
                began = time.perf_counter()
                line = _asked(library, asked, how | {"reader": plan.reader})
                record.add(line, _milliseconds(line, began))
    done = load_run(folder)
    figures = summary(done)
    took = speed(done, in_this_process=library.state().process == os.getpid())
    record.finish(figures, took)
    return replace(done, summary=figures, speed=took)


def _as_planned(question: GoldQuestion, plan: Plan) -> GoldQuestion:
    """A question as it is asked: with its conversation, without, or in a person's words."""
    if plan.follow_ups == "ours" or question.follows is None:
        return question
    words = question.rewrite if plan.follow_ups == "rewritten" else question.question
    return replace(question, question=words, follows=None)


def _asked(library: Library, question: GoldQuestion, how: Asking) -> dict[str, Any]:
    """What is given for a question, as a line of the run's file."""
    line: dict[str, Any] = {"id": question.id, "answer": None, "withheld": None, "failure": None}
    try:
        if question.type == SEARCH:
            found = library.search(question.question, **how | {"k": _SEARCHED})
            return line | {"answer": {"passages": [passage_to_dict(scored) for scored in found]}}
        line["answer"] = answer = answer_to_dict(library.ask(question.question, **how))
    except (ConfigError, StoreError):
        raise
    except FootnoteError as error:
        return line | {"answer": None, "failure": str(error)}
    if answer["reason"] == "not_in_documents":
        line["withheld"] = _withheld(library, question, how)
    return line


def _withheld(library: Library, question: GoldQuestion, how: Asking) -> dict[str, Any] | None:
    """What would be said were nothing withheld; None where a reader has nothing to say, or fails at it."""
    try:
        eager = library.ask(question.question, **how | {"accepted_risk": _EVERYTHING})
    except (ConfigError, StoreError):
        raise
    except FootnoteError:
        return None
    return None if eager.abstained else _timeless(answer_to_dict(eager))


def _milliseconds(line: dict[str, Any], began: float) -> float:
    """How long the answer took; takes the timings out of the line, which is to be the same again."""
    if line["answer"] is None or "manifest" not in line["answer"]:
        return round(1_000 * (time.perf_counter() - began), 1)
    took: float = line["answer"]["manifest"]["timings_ms"]["total"]
    line["answer"] = _timeless(line["answer"])
    return took


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    manifest = {key: value for key, value in answer["manifest"].items() if key != "timings_ms"}
    return answer | {"manifest": manifest}


def _how(
    question: GoldQuestion, questions: Sequence[GoldQuestion], record: Record, ids: Mapping[str, str]
) -> Asking:
    earlier = conversation(questions, question)
    how: Asking = {"history": [_turn(each, record.answers[each.id]["answer"] or {}) for each in earlier]}
    if question.within:
        how["filters"] = Filters(documents=tuple(ids[source] for source in question.within))
    return how


def _turn(question: GoldQuestion, answer: Mapping[str, Any]) -> Turn:
    """What was said, by us, or, where nothing is read, by whoever answered in the set."""
    if "text" not in answer:
        return Turn(question.question, question.replied, question.replied)
    return Turn(question.question, answer["text"], answer.get("short_answer"))


def _ids(library: Library) -> dict[str, str]:
    """The documents' ids by their sources."""
    ids: dict[str, str] = {}
    for document in library.documents():
        if document.source in ids:
            raise GoldError(f"two documents are called {document.source!r}: evidence can't tell them apart")
        ids[document.source] = document.id
    return ids


def _texts(library: Library, questions: Sequence[GoldQuestion], ids: Mapping[str, str]) -> dict[str, str]:
    """The texts of all documents that the questions name."""
    named = {e.source for q in questions for e in q.evidence} | {s for q in questions for s in q.within}
    return {source: library.text(ids[source]) for source in sorted(named & ids.keys())}


def _about(state: State, plan: Plan, suite: Suite) -> dict[str, Any]:
    """What makes this run what it is: whoever has all of it can do it again."""
    return {
        "suite": suite.name,
        "plan": plan.as_dict(),
        "files": {file.name: _fingerprint(file) for file in plan.files},
        "settings": dict(state.settings),
        "embedder": state.embedder,
        "index": {"fingerprint": state.index, "documents": state.documents, "passages": state.passages},
        "footnote": __version__,
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
    }


def _fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes, or of all files in a folder with their names."""
    if path.is_file():
        return sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = [f"{file.relative_to(path)} {sha256(file.read_bytes()).hexdigest()}" for file in files]
    return sha256("\n".join(lines).encode()).hexdigest()
