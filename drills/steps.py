"""A random walk of adding, changing, removing, searching, reopening and crashing, beside a dictionary."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from drills.drill import Drill, Row
from drills.kills import kill_inside, unfinished
from drills.model import Model, Seen, Text, compare, compare_chroma, find, which
from drills.processes import Forked, fork
from drills.topics import TopicEmbedder
from drills.walk import Step, Walk
from qa.config import Config
from qa.index import Index

_MOMENTS = ("opening", "step", "step", "step", "writing", "closing")
_CLOSED, _CRASHED = "reopen", "crash"
_CUT = ("not at all", "whole")


@dataclass(frozen=True, slots=True)
class Session:
    """One process that had the index open: the steps it did, how it ended, what comparing came to."""

    steps: dict[str, int]
    killed: str
    """At which moment; empty if it was closed in good order."""
    inside: bool
    """Whether it was killed while Chroma wrote the files of its graph."""
    cut: str
    """What became of the step that the crash before cut short, if one was."""
    why: str
    """What was said of the vector index when it was opened."""
    remade: bool
    passages: int
    searches: int
    differences: list[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a session is to do: its steps, on whichever of ``models`` is true, and when it is killed."""

    models: Sequence[Model]
    steps: Sequence[Step]
    gone: Sequence[Text]
    seed: int
    wait: bool
    """Whether Chroma is waited for and compared before the steps, too."""
    moment: str


def drill(folder: Path, count: int, seed: int) -> Iterator[Session]:
    """Sessions until there were ``count`` steps; the last one is not killed, and compares everything."""
    rng = np.random.default_rng(seed)
    shutil.rmtree(folder, ignore_errors=True)
    config = Config(data=folder, passage_tokens=32, overlap_tokens=0)
    walk, done, last = Walk(rng), 0, False
    models: list[Model] = [{}]
    while not last:
        last = done >= count - 1
        moment = "" if last or rng.random() < 0.5 else str(rng.choice(_MOMENTS))
        steps = [] if last else walk.steps(models, moment == "writing")
        plan = _Plan(models, steps, walk.gone, int(rng.integers(2**31)), bool(rng.random() < 0.3), moment)
        before = _generations(config)
        told = _told(fork(_work(config, plan)), plan, config, rng)
        session = _session(told, plan, config, before)
        models = _models(told, plan)
        done += sum(session.steps.values())
        yield session


def _work(config: Config, plan: _Plan) -> Callable[[Callable[[object], None]], None]:
    """Open, compare, do the steps and compare again."""

    def work(tell: Callable[[object], None]) -> None:
        rng = np.random.default_rng(plan.seed)
        with Index(config, TopicEmbedder()) as index:
            at = which(index, plan.models)
            tell({"opened": at, "why": index.vectors.state.why})
            if at is None:
                tell(asdict(Seen(differences=["the documents are neither those before nor those after"])))
                return
            model = plan.models[at]
            tell(asdict(compare(index, model, plan.gone, rng)))
            if plan.wait:
                tell(asdict(compare_chroma(index)))
            for number, step in enumerate(plan.steps):
                tell({"begun": number})
                tell({"done": number, **asdict(_do(index, step, rng))})
                model = step.after(model)
            tell(asdict(compare(index, model, plan.gone, rng)))
            tell(asdict(compare_chroma(index)))
            tell({"closing": True})
        tell({"closed": True})

    return work


def _do(index: Index, step: Step, rng: np.random.Generator) -> Seen:
    seen = Seen()
    if step.kind == "search":
        ids = sorted(index.catalog.passage_ids())
        if ids:
            id_ = ids[int(rng.integers(len(ids)))]
            find(index, index.catalog.passages([id_])[id_][0].passage.text, id_, seen)
    elif step.text is None:
        known = index.catalog.document_at(step.path)
        if known is None:
            seen.differences.append(f"{step.path} is not there to be removed")
        else:
            index.remove(known.id)
    else:
        outcome = index.add(step.document()).outcome
        if outcome != step.outcome:
            seen.differences.append(f"{step.path} was {outcome}, not {step.outcome}")
    return seen


def _told(process: Forked, plan: _Plan, config: Config, rng: np.random.Generator) -> list[Any]:
    """All that a session told until it ended, or was killed."""
    told = []
    if plan.moment == "opening":
        time.sleep(float(rng.uniform(0.0, 0.4)))
        process.kill(signal.SIGKILL)
    elif plan.moment == "writing" and any(config.vectors_path.glob("*/*/")):
        kill_inside(process, config.vectors_path, int(rng.integers(1, 1_200)))
    fatal = int(rng.integers(max(1, len(plan.steps))))
    for line in process.told():
        told.append(line)
        if plan.moment == "step" and line.get("begun") == fatal:
            time.sleep(float(rng.uniform(0.0, 0.06)))
            process.kill(signal.SIGKILL)
        elif plan.moment == "closing" and "closing" in line:
            time.sleep(float(rng.uniform(0.0, 0.1)))
            process.kill(signal.SIGKILL)
    return told


def _models(told: Sequence[Any], plan: _Plan) -> list[Model]:
    """What there may be now: one model, or those before and after a step that was cut short."""
    opened = [line["opened"] for line in told if "opened" in line]
    if not opened or opened[0] is None:
        return list(plan.models)
    model = plan.models[opened[0]]
    done = sum("done" in line for line in told)
    for step in plan.steps[:done]:
        model = step.after(model)
    begun = sum("begun" in line for line in told)
    later = [step.after(model) for step in plan.steps[done:begun]]
    return [model, *(other for other in later if other != model)]


def _session(told: Sequence[Any], plan: _Plan, config: Config, before: set[str]) -> Session:
    """What a session told, summed up."""
    ended = any("closed" in line for line in told)
    nothing: Any = {"opened": None, "why": ""}
    opened = next((line for line in told if "opened" in line), nothing)
    seen = [line for line in told if "differences" in line]
    differences = [difference for line in seen for difference in line["differences"]]
    differences += [line["error"] for line in told if "error" in line]
    if not ended and not plan.moment:
        differences.append("the process ended")
    kinds = Counter(plan.steps[line["done"]].kind for line in told if "done" in line)
    kinds[_CLOSED if ended else _CRASHED] += 1
    return Session(
        steps=dict(kinds),
        killed="" if ended else plan.moment,
        inside=not ended and unfinished(config.vectors_path),
        cut=_CUT[opened["opened"]] if len(plan.models) > 1 and opened["opened"] is not None else "",
        why=opened["why"],
        remade=bool(before) and before != _generations(config),
        passages=sum(line["passages"] for line in seen),
        searches=sum(line["searches"] for line in seen),
        differences=differences,
    )


def _generations(config: Config) -> set[str]:
    return {path.name for path in config.vectors_path.glob("*")}


def _rows(done: Sequence[Session]) -> list[Row]:
    kinds = sum((Counter(session.steps) for session in done), Counter[str]())
    cut = Counter(session.cut for session in done if session.cut)
    killed = Counter(session.killed for session in done if session.killed)
    return [
        ("steps", f"{kinds.total():,}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())),
        ("crashes", ", ".join(f"{n} {_WHEN[moment]}" for moment, n in killed.most_common())),
        ("… while Chroma wrote the files of its graph", f"{sum(session.inside for session in done)}"),
        (
            "… that cut a step short",
            f"{cut.total()}: {cut['whole']} happened whole, {cut['not at all']} not at all",
        ),
        ("openings that doubted the vector index", f"{sum(bool(session.why) for session in done)}"),
        ("sessions in which it was made anew", f"{sum(session.remade for session in done)}"),
        ("passages compared", f"{sum(session.passages for session in done):,}"),
        ("searches", f"{sum(session.searches for session in done):,}"),
        ("**differences**", f"**{sum(len(session.differences) for session in done)}**"),
    ]


_WHEN = {
    "opening": "while opening",
    "step": "in a step",
    "writing": "by strace at a write to the graph",
    "closing": "while closing",
}

DRILL = Drill(
    name="steps",
    title="Random steps beside a dictionary",
    shows="Documents are added, changed, removed and searched at random, the index is reopened, and its"
    " process killed, beside a dictionary of what must be there. After each opening, and before each closing,"
    " documents, passages, vectors and searches are compared with it, and Chroma with the catalog once"
    " mended. A step that a crash cut short may have happened whole or not at all.",
    count=1_000,
    does=lambda run: drill(run.folder, run.count, run.seed),
    rows=_rows,
)
