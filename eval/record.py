"""A run's folder: what was asked and given, written line by line, so that nothing is lost.

``run.json``        what was asked, of which documents, by which settings
``questions.jsonl`` the gold questions, with the places of their evidence
``answers.jsonl``   for each question the whole ``Answer``, what was withheld, or the failure
``summary.json``    the figures; when it is there, the run is finished
``timings.jsonl``, ``speed.json``  what differs from one run to the next

The first four are the same to the byte whenever the same is run again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.given import Given, as_given
from eval.gold import GoldQuestion
from qa.errors import GoldError, RunError

ABOUT, QUESTIONS, ANSWERS, SUMMARY = "run.json", "questions.jsonl", "answers.jsonl", "summary.json"
TIMINGS, SPEED = "timings.jsonl", "speed.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was given for a question, and how long it took. ``failure`` says why nothing was.

    ``withheld`` is what would have been said, were nothing withheld; None where nothing was.
    """

    given: Given | None
    withheld: Given | None = None
    failure: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run read back. ``outcomes`` by question id, of those asked so far.

    ``summary`` are its figures (``eval.figures.summary``), none before it is finished.
    """

    folder: Path
    about: Mapping[str, Any]
    questions: tuple[GoldQuestion, ...]
    outcomes: Mapping[str, Outcome]
    summary: Sequence[Mapping[str, Any]]
    speed: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def asked(self) -> Iterator[tuple[GoldQuestion, Outcome]]:
        """The questions that have an outcome, in their order."""
        return ((q, self.outcomes[q.id]) for q in self.questions if q.id in self.outcomes)


class Record:
    """A run that is being written. Raises RunError when the folder holds another run, or can't be written."""

    def __init__(self, folder: Path, about: Mapping[str, Any], questions: Sequence[GoldQuestion]) -> None:
        """Begin a run, or go on with the one that is there."""
        self._folder = folder
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / ABOUT).exists():
                self._resume(about)
            elif any(folder.iterdir()):
                raise RunError(f"{folder} holds other files: name a new folder for the run")
            else:
                _write_lines(folder / QUESTIONS, map(asdict, questions))
                _write(folder / ABOUT, about)
        self.answers = {line["id"]: line for line in _read_lines(folder / ANSWERS)}

    def _resume(self, about: Mapping[str, Any]) -> None:
        """Check that it is the same run, and cut off what an interruption left half written."""
        before = _read(self._folder / ABOUT)
        if changed := sorted(k for k in {*before, *about} if before.get(k) != about.get(k)):
            raise RunError(
                f"{self._folder} holds a run of other things ({', '.join(changed)}): name a new folder"
            )
        kept = {name: list(_read_lines(self._folder / name, torn=True)) for name in (ANSWERS, TIMINGS)}
        both = {line["id"] for line in kept[ANSWERS]} & {line["id"] for line in kept[TIMINGS]}
        for name, lines in kept.items():
            _write_lines(self._folder / name, (line for line in lines if line["id"] in both))

    def add(self, line: Mapping[str, Any], milliseconds: float) -> None:
        """Keep what was given for one question, ``{"id": …, "answer": …, "withheld": …, "failure": …}``."""
        with _writing(self._folder):
            _append(self._folder / ANSWERS, line)
            _append(self._folder / TIMINGS, {"id": line["id"], "milliseconds": milliseconds})
        self.answers[line["id"]] = line

    def finish(self, summary: Any, speed: Any) -> None:
        """Keep the figures."""
        with _writing(self._folder):
            _write(self._folder / SPEED, speed)
            _write(self._folder / SUMMARY, summary)


def load_run(folder: Path) -> Run:
    """A run's folder read back, finished or not. Raises RunError."""
    if not (folder / ABOUT).exists():
        raise RunError(f"{folder} holds no run: footnote eval makes one")
    about = _read(folder / ABOUT)
    took = {line["id"]: line["milliseconds"] for line in _read_lines(folder / TIMINGS, torn=True)}
    try:
        questions = _questions(list(_read_lines(folder / QUESTIONS)))
        outcomes = {
            line["id"]: _outcome(line, took.get(line["id"], 0.0))
            for line in _read_lines(folder / ANSWERS, torn=True)
        }
    except (GoldError, KeyError, TypeError) as error:
        raise RunError(f"{folder} is damaged: {error}; run it again") from error
    finished = (folder / SUMMARY).exists()
    summary, speed = (_read(folder / SUMMARY), _read(folder / SPEED)) if finished else ([], {})
    return Run(folder, about, questions, outcomes, summary, speed)


def _outcome(line: Mapping[str, Any], milliseconds: float) -> Outcome:
    given = None if line["answer"] is None else as_given(line["answer"])
    withheld = None if line["withheld"] is None else as_given(line["withheld"])
    return Outcome(given, withheld, line["failure"] or "", milliseconds)


def _questions(lines: Sequence[Any]) -> tuple[GoldQuestion, ...]:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(tuple[GoldQuestion, ...]).validate_python(lines)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False)
        raise GoldError(f"{QUESTIONS}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"the run cannot be kept in {folder}: {error.strerror or error}") from error


def _dump(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False) + "\n"


def _write(path: Path, value: Any) -> None:
    _replace(path, _dump(value, indent=1))


def _write_lines(path: Path, lines: Iterable[Any]) -> None:
    _replace(path, "".join(map(_dump, lines)))


def _replace(path: Path, text: str) -> None:
    """All of it or nothing: a full disk leaves what was there."""
    coming = path.with_name(f".{path.name}")
    coming.write_text(text, encoding="utf-8")
    coming.replace(path)


def _append(path: Path, line: Any) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(_dump(line))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}): run it again") from error


def _read_lines(path: Path, *, torn: bool = False) -> Iterator[Any]:
    """The lines of a file, none if it isn't there. What was ``torn`` off at its end is left out."""
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error
    if lines[-1] and not torn:
        raise RunError(f"{path} ends in the middle of a line: run it again")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise RunError(f"{path}:{number}: not JSON: run it again") from error
