"""Files of drafts, which only grow, and grow whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from eval.draft import Line, draft
from eval.feedback import read_feedback
from eval.gold import load_gold
from eval.published import read_lines
from qa.errors import RunError
from qa.words import content_words, words

_MOST_WORDS_OF_AN_ID = 6


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of feedback: how many questions are drafted, are to be completed, or were there already."""

    complete: int
    to_do: int
    known: int
    file: Path
    to_do_file: Path


def draft_files(files: Sequence[Path], to: Path) -> Drafted:
    """Add drafts of the feedback in ``files`` to the gold file ``to``, which may be there already.

    What a person must complete is added to a file beside it, ``.todo.jsonl``. Of one question only the first
    draft is taken. Raises GoldError when a file is broken, RunError when one can't be written; nothing is
    changed then.
    """
    feedback = [each for file in files for each in read_feedback(file)]
    beside = to.with_name(f"{to.name.removesuffix('.jsonl')}.todo.jsonl")
    complete, to_do = _complete_in(to), _to_do_in(beside)
    for each in feedback:
        line = draft(each)
        question, must_be_completed = _folded(each.question), "to_do" in line
        if question in complete.questions or (must_be_completed and question in to_do.questions):
            continue
        line["id"] = _id(each.question, complete.ids | to_do.ids)
        (to_do if must_be_completed else complete).add(question, line)
    _append({to: complete.lines, beside: to_do.lines})
    known = len(feedback) - len(complete.lines) - len(to_do.lines)
    return Drafted(len(complete.lines), len(to_do.lines), known, to, beside)


@dataclass(slots=True)
class _Questions:
    """The ids and questions that a file has, and the lines that it is to get."""

    ids: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)

    def add(self, question: str, line: Line) -> None:
        self.ids.add(line["id"])
        self.questions.add(question)
        self.lines.append(line)


def _complete_in(path: Path) -> _Questions:
    """Of a gold file. What leans on the question before it is none that stands alone."""
    gold = load_gold(path) if _holds_any(path) else ()
    alone = {_folded(each.question) for each in gold if each.follows is None}
    return _Questions({each.id for each in gold}, alone)


def _to_do_in(path: Path) -> _Questions:
    lines = list(read_lines(path)) if _holds_any(path) else []
    return _Questions(
        {line["id"].text() for line in lines}, {_folded(line["question"].text()) for line in lines}
    )


def _folded(question: str) -> str:
    """Questions that are alike in this are one."""
    return " ".join(words(question)) or question


def _id(question: str, taken: set[str]) -> str:
    """The first words of a question that say something, and a number if another has that id."""
    telling = content_words(question) or words(question)
    kept = [word for word in telling if re.fullmatch("[a-z0-9]{1,30}", word)][:_MOST_WORDS_OF_AN_ID]
    name = "-".join(kept) or f"question-{sha256(question.encode()).hexdigest()[:8]}"
    number, id_ = 1, name
    while id_ in taken:
        number += 1
        id_ = f"{name}-{number}"
    return id_


def _holds_any(path: Path) -> bool:
    try:
        return path.exists() and path.stat().st_size > 0
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error


def _append(lines: Mapping[Path, Sequence[Line]]) -> None:
    """Each file is written whole beside itself; then they take their places."""
    coming = {path.resolve(): path for path in lines if lines[path]}
    try:
        for path, name in coming.items():
            with _writing(name):
                _write_longer(path, lines[name])
        for path, name in coming.items():
            with _writing(name):
                _new(path).replace(path)
    finally:
        for path in coming:
            with suppress(OSError):
                _new(path).unlink(missing_ok=True)


def _new(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _write_longer(path: Path, lines: Sequence[Line]) -> None:
    before = path.read_bytes() if path.exists() else b""
    end = b"" if not before or before.endswith(b"\n") else b"\n"
    added = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    _new(path).write_bytes(before + end + added.encode("utf-8"))
    if path.exists():
        shutil.copymode(path, _new(path))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from error
