"""CANARD: conversations on a section of a Wikipedia article, from QuAC.

An entry has its history (title, section, then questions and answers by turns) and the next question. The
answers are words of the section, which the file doesn't hold: each dialogue makes a document of the answers
that are known, a paragraph each. The evidence of a question is its answer there, and only what is retrieved
counts. A question that was answered by "I don't know." is not answerable; the last one of a dialogue, whose
answer no later entry tells, is left out. Every question was made to stand alone by a person. ``closed`` asks
each of its own dialogue's document.
Source: Elgohary et al., "Can You Unpack That? Learning to Rewrite Questions-in-Context", EMNLP 2019.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from eval.formats.suite import Suite, make_suite
from eval.gold import Evidence, GoldQuestion
from eval.published import Entry, as_document, read_json
from qa.types import Document, Span

_NO_ANSWERS = frozenset({"I don't know.", "CANNOTANSWER"})
_BETWEEN = "\n\n"


def load(path: Path, *, closed: bool = False) -> Suite:
    """The dialogues of a file, as documents and as questions. Raises GoldError."""
    dialogues: dict[str, list[Entry]] = defaultdict(list)
    for entry in read_json(path, "a CANARD file").each():
        dialogues[entry["QuAC_dialog_id"].text()].append(entry)
    documents: list[Document] = []
    questions: list[GoldQuestion] = []
    for dialogue, entries in dialogues.items():
        title, section, *turns = _said(entries)
        answers = [answer for answer in turns[1::2] if answer not in _NO_ANSWERS]
        text = _BETWEEN.join(dict.fromkeys(answers))
        if text:
            documents.append(as_document(dialogue, f"{title} – {section}", text, "canard/1"))
        rewrites = {entry["Question_no"].integer(): entry["Rewrite"].text() for entry in entries}
        made = _questions(dialogue, turns, _places(answers), closed=closed and bool(text))
        questions += [replace(each, rewrite=rewrites.get(n, "")) for n, each in enumerate(made, start=1)]
    return make_suite(path, documents, questions)


def _said(entries: Sequence[Entry]) -> list[str]:
    """All that is known of a dialogue: title, section, then questions and answers up to the last question."""
    known = [_said_until(entry) for entry in entries]
    longest = max(known, key=len)
    lengths: set[int] = set()
    for entry, said in zip(entries, known, strict=True):
        if said != longest[: len(said)]:
            entry.fail("doesn't fit the other entries of its dialogue")
        if len(said) in lengths:
            entry["Question_no"].fail("stands already in another entry of its dialogue")
        lengths.add(len(said))
    return longest


def _said_until(entry: Entry) -> list[str]:
    history = [each.text() for each in entry["History"].each()]
    number = entry["Question_no"].integer()
    if number < 1 or len(history) != 2 * number:
        entry["History"].fail("is not a title, a section, and the questions and answers before this one")
    return [*history, entry["Question"].text()]


def _places(answers: Sequence[str]) -> Mapping[str, Span]:
    """Where each answer stands in the document made of them."""
    places: dict[str, Span] = {}
    start = 0
    for answer in dict.fromkeys(answers):
        places[answer] = Span(start, start + len(answer))
        start += len(answer) + len(_BETWEEN)
    return places


def _questions(
    dialogue: str, turns: Sequence[str], places: Mapping[str, Span], *, closed: bool
) -> list[GoldQuestion]:
    questions = []
    for number, (question, answer) in enumerate(zip(turns[::2], turns[1::2], strict=False), start=1):
        known = answer in places
        questions.append(
            GoldQuestion(
                id=f"{dialogue}/{number}",
                question=question,
                answers=(),
                type="search",
                evidence=(Evidence(dialogue, answer, spans=(places[answer],)),) if known else (),
                answerable=known,
                follows=f"{dialogue}/{number - 1}" if number > 1 else None,
                within=(dialogue,) if closed else (),
                cluster=dialogue,
                replied=answer if known else "",
            )
        )
    return questions
