"""``footnote eval``: a run of the benchmark, two of them compared, reports."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import RunError
from ui.terminal import print_json, print_table, progress

if TYPE_CHECKING:
    from eval.formats import Suite
    from eval.record import Run
    from eval.run import Plan
    from eval.statistics import Difference
    from qa.config import Config, Settings
    from qa.library import Library

_COLUMNS = ("value", "n", "95 % interval")
_MOST_FLIPS = 40  # shown on a terminal


def evaluate(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    """Measure, or look at what was measured."""
    return _VERBS[options.verb or "run"](settings, options, tell)


def _run(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    from eval.record import ABOUT, load_run
    from eval.run import load_suite, run

    plan = _plan(options)
    suite = load_suite(plan)
    folder = options.run or _new_folder(settings.config, suite, plan)
    try:
        with _library(settings.config, suite, folder, tell) as library:
            done = run(library, plan, suite, folder, progress)
    except KeyboardInterrupt:
        if not (folder / ABOUT).exists():
            raise
        tell(
            f"{len(load_run(folder).outcomes):,} of {len(suite.questions):,} questions are asked; to go on: "
            f"footnote eval --run {folder}"
        )
        raise
    _show(done, as_json=options.json)
    if not options.json:
        print(f"\nKept in {folder}")
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    """What is asked for; of a run that was begun, what it was begun with."""
    from eval.record import ABOUT, load_run
    from eval.run import Plan, default_gold, plan_of

    wanted = Plan(
        files=tuple(options.gold or [default_gold()]),
        format=options.format,
        closed=options.closed,
        reader=options.reader,
        limit=options.limit,
        follow_ups=options.follow_ups,
    )
    begun = options.run is not None and (options.run / ABOUT).exists()
    if not begun or wanted != Plan(files=(default_gold(),)):
        return wanted
    return plan_of(load_run(options.run).about)


def _new_folder(config: Config, suite: Suite, plan: Plan) -> Path:
    """A folder among the data folder's runs, named after what is asked and when."""
    reader = plan.reader or config.reader
    now = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    return config.data / "runs" / f"{suite.name[:60]}-{reader}-{now}"


@contextmanager
def _library(config: Config, suite: Suite, folder: Path, tell: Callable[[str], None]) -> Iterator[Library]:
    """What is asked: the documents that are indexed, or those of the set, indexed apart for the run."""
    from qa.build import open_assistant
    from qa.library import OwnedLibrary
    from ui.shared import SharedLibrary

    if not suite.documents:
        with SharedLibrary(config, tell) as shared:
            yield shared
        return
    own = replace(config, data=folder.with_name(f"{folder.name}.index"), chroma_url="")
    with open_assistant(own) as assistant:
        for document in progress(suite.documents, total=len(suite.documents), label="Indexing"):
            assistant.index.add(document)
        yield OwnedLibrary(assistant, own)
    _remove(own.data)


def _remove(folder: Path) -> None:
    import shutil

    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RunError(f"the index of the run, {folder}, cannot be removed: {error.strerror}") from error


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        print_json({"run": str(run.folder), "sections": run.summary, "speed": dict(run.speed)})
        return
    for section in run.summary:
        print_table((section["title"], *_COLUMNS), [_row(figure) for figure in section["figures"]])
        print()
    if any(_by_question(figure) for section in run.summary for figure in section["figures"]):
        print("* fewer than 20 conversations or paragraphs: questions are resampled")
    print(_speed(run))


def _row(figure: Mapping[str, Any]) -> tuple[str, str, str, str]:
    interval = f"{_number(figure['low'])} – {_number(figure['high'])}{' *' if _by_question(figure) else ''}"
    return figure["name"], _number(figure["value"]), f"{figure['n']:,}", interval


def _by_question(figure: Mapping[str, Any]) -> bool:
    """Whether questions were drawn although they come in clusters."""
    return bool(figure["resampled"] == "questions" and 0 < figure["clusters"] < figure["n"])


def _speed(run: Run) -> str:
    if not run.speed:
        return "No question was answered."
    memory = run.speed["peak_memory_mb"]
    return (
        f"{run.speed['p50_ms']:.0f} ms a question (median), {run.speed['p95_ms']:.0f} ms (95th percentile)"
        + (f", most memory {memory:,.0f} MB" if memory else "")
    )


def _compare(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    from eval.compare import compare
    from eval.record import load_run

    found = compare(load_run(options.first), load_run(options.second))
    if options.json:
        print_json(found.as_dict())
        return 0
    if found.left_out:
        tell(f"{found.left_out:,} questions are in one run alone, and left out")
    if found.changes:
        print_table(("changed", "first", "second"), [(c.name, c.first, c.second) for c in found.changes])
        print()
    print_table(
        ("second − first", *_COLUMNS, "p", "detectable"),
        [_paired(d) for d in found.differences],
    )
    if found.grounded is not None:
        paired = found.grounded
        print(
            f"\nRight and cited in the first alone: {paired.only_first:,}; in the second alone:"
            f" {paired.only_second:,}; in both: {paired.both:,}; in neither: {paired.neither:,}."
            f" McNemar's exact test: p = {paired.p:.3g}."
        )
    print(f"{found.answers_changed:,} of {found.questions:,} answers differ.")
    for flip in found.flips[:_MOST_FLIPS]:
        print(f"\n{'better' if flip.better else 'worse'}: {flip.question} ({flip.id})")
        print(f"  first:  {_line(flip.first)}\n  second: {_line(flip.second)}")
    if len(found.flips) > _MOST_FLIPS:
        print(f"\n… and {len(found.flips) - _MOST_FLIPS:,} more: see --json")
    return 0


def _report(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    from eval.record import load_run
    from eval.reports import REPORT, write_report

    runs = [load_run(folder) for folder in options.runs]
    for run in runs:
        if len(run.outcomes) < len(run.questions):
            tell(f"{run.folder}: {len(run.outcomes):,} of {len(run.questions):,} questions are asked")
    file = options.to or options.runs[0] / REPORT
    write_report(runs, file)
    print(f"Written to {file}")
    return 0


def _paired(d: Difference) -> tuple[str, ...]:
    interval = f"{_signed(d.low)} – {_signed(d.high)}"
    return d.name, _signed(d.value), f"{d.n:,}", interval, f"{d.p:.3g}", _number(d.smallest_detectable)


def _line(text: str) -> str:
    from qa.load.files import shown

    return shown(text.replace("\n", " "))


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _signed(value: float) -> str:
    return "–" if value != value else f"{value:+.3f}"


def _draft(settings: Settings, options: argparse.Namespace, tell: Callable[[str], None]) -> int:
    from eval.drafts import draft_files

    made = draft_files(options.feedback, options.to)
    print(f"{_line(str(made.file))}: {made.complete:,} gold questions drafted")
    if made.to_do:
        print(f"{_line(str(made.to_do_file))}: {made.to_do:,} for you to complete, then to be moved there")
    if made.known:
        tell(f"{made.known:,} left out: their questions are there already")
    return 0


_VERBS = {"run": _run, "compare": _compare, "report": _report, "draft": _draft}
