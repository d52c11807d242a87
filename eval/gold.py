"""Gold questions: what people ask, which answers are right, and the words that prove them.

A file holds one JSON object a line, with the keys ``id``, ``question``, ``answers``, ``type``,
``evidence``, ``answerable`` and ``follows``; ``parts``, ``tolerance`` and ``within`` may be left out.
Evidence names a document and quotes it, never a passage, so that chunking anew can't break it. Any one piece
of evidence proves the answer, except where the answer has parts (``parts``, for the types in
``TYPES_WITH_PARTS``): there each piece says with ``part`` which of them it proves, and it takes all parts to
be right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.places import Place
from qa.errors import GoldError
from qa.types import Span

TYPES = ("number", "name", "place", "date", "list", "why", "how", "yes_no", "two_part", "fact")
"""What a question asks for."""

REQUESTS = ("summary", "greeting")
"""What else people say: a request for a summary (its evidence names the documents meant), and no question."""

SPAN, SEARCH = "span", "search"
"""Types of public sets: an answer whose borders are one reader's choice, and what is only to be retrieved."""

TYPES_WITH_PARTS = frozenset({"list", "two_part"})
"""The types whose answer is right only when each of its parts is."""

_KEYS = frozenset({"id", "question", "answers", "type", "evidence", "answerable", "follows"})
_OPTIONAL_KEYS = frozenset({"parts", "tolerance", "within"})
_EVIDENCE_KEYS = frozenset({"source", "quote"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a document that prove an answer, or those ``parts`` of it (indices, from 0).

    An empty quote is the whole document. ``spans`` are where it stands, once the documents are there
    (``placed``); ``grade`` ≥ 1 is how relevant it is, where judges told.
    """

    source: str
    quote: str
    parts: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    grade: int = 1

    @property
    def places(self) -> list[Place]:
        """Where it stands."""
        return [Place(self.source, *span) for span in self.spans]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what is known of it.

    ``answers`` are equally right ways to say the whole answer; ``parts`` has such a tuple for each part.
    ``follows`` is the id of the question asked just before in the same conversation. ``tolerance`` ≥ 0 is how
    far a number may be off, relative to it. ``within`` are the sources that are asked; none: all. What has
    one ``cluster`` is resampled together: a paragraph's questions, or a conversation's. Of a conversation
    that people held, ``replied`` is what was answered there, ``rewrite`` the question made to stand alone.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    type: str
    evidence: tuple[Evidence, ...]
    answerable: bool
    follows: str | None
    parts: tuple[tuple[str, ...], ...] = ()
    tolerance: float = 0.0
    within: tuple[str, ...] = ()
    cluster: str = ""
    replied: str = ""
    rewrite: str = ""

    @property
    def proofs(self) -> list[list[Place]]:
        """For each part of the answer, of which there is one at least, the places any of which proves it."""
        parts = range(len(self.parts)) if self.parts else (None,)
        return [
            [place for e in self.evidence if part is None or part in e.parts for place in e.places]
            for part in parts
        ]


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """The questions of a gold file, in its order; ``GoldError`` names the file and the line at fault."""
    questions: list[GoldQuestion] = []
    lines: dict[str, int] = {}
    for number, raw in enumerate(_lines(path), start=1):
        try:
            question = _question(_object(raw))
            if question.id in lines:
                raise GoldError(f"id {question.id!r} stands already on line {lines[question.id]}")
        except GoldError as error:
            raise GoldError(f"{path}:{number}: {error}") from error
        lines[question.id] = number
        questions.append(question)
    _check_follows(path, questions, lines)
    return tuple(replace(each, cluster=_first(questions, each)) for each in questions)


def placed(gold: Iterable[GoldQuestion], texts: Mapping[str, str]) -> tuple[GoldQuestion, ...]:
    """The questions with the places of their evidence, which must stand word for word in its source.

    ``texts`` maps sources to their texts. Raises GoldError.
    """
    return tuple(_placed(question, texts) for question in gold)


def _placed(question: GoldQuestion, texts: Mapping[str, str]) -> GoldQuestion:
    for source in (*question.within, *(evidence.source for evidence in question.evidence)):
        if source not in texts:
            raise GoldError(f"question {question.id!r}: the document {source!r} is not indexed")
    return replace(
        question, evidence=tuple(_found(question, each, texts[each.source]) for each in question.evidence)
    )


def _found(question: GoldQuestion, evidence: Evidence, text: str) -> Evidence:
    if evidence.spans:
        return evidence
    spans = (
        tuple(Span(m.start(), m.end()) for m in re.finditer(re.escape(evidence.quote), text))
        if evidence.quote
        else (Span(0, len(text)),)
    )
    if not spans:
        raise GoldError(f"question {question.id!r}: {evidence.source!r} does not say {evidence.quote!r}")
    return replace(evidence, spans=spans)


def _first(questions: Sequence[GoldQuestion], question: GoldQuestion) -> str:
    """The id of the first question of its conversation."""
    return (*conversation(questions, question), question)[0].id


def conversation(gold: Sequence[GoldQuestion], question: GoldQuestion) -> tuple[GoldQuestion, ...]:
    """The questions asked before this one in its conversation, oldest first."""
    by_id = {each.id: each for each in gold}
    earlier: list[GoldQuestion] = []
    follows = question.follows
    while follows is not None:
        previous = by_id.get(follows)
        if previous is None:
            raise GoldError(f"question {question.id!r}: no question has the id {follows!r}")
        if previous.id == question.id or previous in earlier:
            raise GoldError(f"question {question.id!r}: its conversation is a circle")
        earlier.append(previous)
        follows = previous.follows
    return tuple(reversed(earlier))


def _lines(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GoldError(f"{path}: cannot be read ({error.strerror})") from error
    lines = content.removesuffix(b"\n").split(b"\n")
    if lines == [b""]:
        raise GoldError(f"{path}:1: there is no question")
    return lines


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_twins)
    except UnicodeDecodeError as error:
        raise GoldError(f"not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise GoldError(f"not JSON: {error.msg} (column {error.colno})") from error
    return _mapping(value, "a line")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's keys and values; of two equal keys JSON would silently keep the last."""
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise GoldError(f"key {key!r} stands twice")
    return dict(pairs)


def _question(value: dict[str, Any]) -> GoldQuestion:
    _check_keys(value, required=_KEYS, optional=_OPTIONAL_KEYS)
    if not isinstance(value["answerable"], bool):
        raise GoldError("'answerable' must be true or false")
    question = GoldQuestion(
        id=_text(value["id"], "'id'"),
        question=_text(value["question"], "'question'"),
        answers=_texts(value["answers"], "'answers'"),
        type=_type(value["type"]),
        evidence=tuple(_evidence(each) for each in _list(value["evidence"], "'evidence'")),
        answerable=value["answerable"],
        follows=None if value["follows"] is None else _text(value["follows"], "'follows'"),
        parts=tuple(_texts(each, "a part") for each in _list(value.get("parts", []), "'parts'")),
        tolerance=_tolerance(value.get("tolerance", 0)),
        within=_texts(value.get("within", []), "'within'"),
    )
    _check_answer(question)
    _check_parts(question)
    return question


def _evidence(value: object) -> Evidence:
    evidence = _mapping(value, "a piece of evidence")
    _check_keys(evidence, required=_EVIDENCE_KEYS, optional=frozenset({"part"}))
    return Evidence(
        source=_text(evidence["source"], "'source'"),
        quote=_text(evidence["quote"], "'quote'"),
        parts=_indices(evidence["part"]) if "part" in evidence else (),
    )


def _check_keys(value: dict[str, Any], required: frozenset[str], optional: frozenset[str]) -> None:
    if missing := sorted(required - value.keys()):
        raise GoldError(f"key {missing[0]!r} is missing")
    if unknown := sorted(value.keys() - required - optional):
        raise GoldError(f"key {unknown[0]!r} is unknown")


def _check_answer(question: GoldQuestion) -> None:
    if question.answerable and not (question.answers and question.evidence):
        raise GoldError("an answerable question needs answers and evidence")
    if not question.answerable and (question.answers or question.evidence or question.parts):
        raise GoldError("an unanswerable question has no answers, evidence or parts")


def _check_parts(question: GoldQuestion) -> None:
    wanted = question.answerable and question.type in TYPES_WITH_PARTS
    if wanted != bool(question.parts):
        raise GoldError(f"type {question.type!r} {'needs' if wanted else 'has no'} 'parts' here")
    if not all(question.parts):
        raise GoldError("a part needs at least one answer")
    if any(bool(evidence.parts) != wanted for evidence in question.evidence):
        raise GoldError("evidence names its 'part' where the answer has parts, and only there")
    proved = {index for evidence in question.evidence for index in evidence.parts}
    if proved != set(range(len(question.parts))):
        raise GoldError(
            f"evidence is for the parts {sorted(proved)}, of {len(question.parts)} counted from 0"
        )


def _check_follows(path: Path, questions: Sequence[GoldQuestion], lines: Mapping[str, int]) -> None:
    follows = {question.id: question.follows for question in questions}
    for question in questions:
        if question.follows is not None and question.follows not in follows:
            raise GoldError(f"{path}:{lines[question.id]}: no question has the id {question.follows!r}")
    for question in questions:
        if _comes_back(question.id, follows):
            raise GoldError(f"{path}:{lines[question.id]}: {question.id!r} follows itself in a circle")


def _comes_back(start: str, follows: Mapping[str, str | None]) -> bool:
    """Whether going back from question to question leads to ``start`` again."""
    seen: set[str] = set()
    previous = follows[start]
    while previous is not None and previous not in seen:
        seen.add(previous)
        previous = follows[previous]
    return start in seen


def _type(value: object) -> str:
    if not isinstance(value, str) or value not in (*TYPES, *REQUESTS):
        raise GoldError(f"type {value!r} is unknown, it is one of {', '.join((*TYPES, *REQUESTS))}")
    return value


def _tolerance(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise GoldError("'tolerance' must be a number from 0 to less than 1")
    return float(value)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise GoldError(f"{what} must be a string")
    if not value.strip():
        raise GoldError(f"{what} is empty")
    return value


def _texts(value: object, what: str) -> tuple[str, ...]:
    return tuple(_text(each, f"an entry of {what}") for each in _list(value, what))


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise GoldError(f"{what} must be a list")
    return value


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GoldError(f"{what} must be a JSON object")
    return value


def _indices(value: object) -> tuple[int, ...]:
    """Part numbers, given as one integer or as a list of them (``true`` is not a number here)."""
    indices = value if isinstance(value, list) else [value]
    if not indices or any(type(index) is not int for index in indices):
        raise GoldError("'part' must be an integer or a list of integers")
    if len(set(indices)) != len(indices):
        raise GoldError("'part' names a part twice")
    return tuple(indices)
