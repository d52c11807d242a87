"""What people thought of answers, as the chat keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eval.given import Given, as_given
from eval.published import Entry, read_lines
from qa.errors import GoldError
from qa.words import words

_KEYS = frozenset({"verdict", "note", "answer"})
_ANSWER_KEYS = ("text", "short_answer", "abstained", "reason", "sentences", "citations", "passages")


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thought of an answer. ``question`` stands alone, whatever was said before it."""

    question: str
    right: bool
    note: str
    given: Given


def read_feedback(path: Path) -> list[Feedback]:
    """Each answer that someone marked: a file of one JSON object a line.

    ``{"verdict": "right", "note": "…", "answer": {…}}``: ``verdict`` is "right" or "wrong", also of an
    abstention; ``note``, what the person wrote, may be null or left out; ``answer`` is the whole answer as
    ``qa.wire.answer_to_dict`` gives it. Raises GoldError, which names file and line.
    """
    feedback = [as_feedback(line) for line in read_lines(path)]
    if not feedback:
        raise GoldError(f"{path}: there is no feedback")
    return feedback


def as_feedback(line: Entry) -> Feedback:
    """One line of such a file. Raises GoldError."""
    for key, _ in line.fields():
        if key not in _KEYS:
            line.fail(f"key {key!r} is unknown")
    verdict, note = line["verdict"].text(), line.get("note")
    if verdict not in ("right", "wrong"):
        line.fail(f"verdict {verdict!r} is unknown, it is right or wrong")
    noted = "" if note is None or note.value is None else note.text(blank=True)
    return Feedback(_question(line["answer"]), verdict == "right", noted, _given(line["answer"]))


def _question(answer: Entry) -> str:
    """As it was typed, unless what was searched says more: then it leant on the question before."""
    typed, searched = answer["question"].text(), answer["searched"].text()
    return typed if set(words(searched)) <= set(words(typed)) else searched


def _given(answer: Entry) -> Given:
    for key in _ANSWER_KEYS:
        answer[key]  # says so where it is missing
    try:
        json.dumps(answer.value, ensure_ascii=False).encode("utf-8")
        return as_given(answer.value)
    except UnicodeEncodeError:
        answer.fail("has half a character in it")
    except GoldError as error:
        raise GoldError(f"{answer.file}: {error}") from error
