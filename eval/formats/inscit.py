"""INSCIT: conversations of people who look for information, each turn with the passages that answer it.

The corpus are all passages that the file names as evidence, a small part of the Wikipedia that they come
from. The last utterance of a turn's context is its question, asked after those of the turns before. The
annotators answered in their own words, which can't be matched: what counts is what is retrieved. A turn is
answerable when one of them found evidence for an answer or for a clarification; what was found when there was
no answer is none. Source: Wu et al., "INSCIT: Information-Seeking Conversations with Mixed-Initiative
Interactions", TACL 2023.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from eval.formats.suite import Suite, make_suite, refuse_closed
from eval.gold import Evidence, GoldQuestion
from eval.published import Entry, as_document, read_json
from qa.types import Document, Span

_ANSWERS = {
    "directAnswer": True,
    "clarification": True,
    "noAnswerButRelevantInfo": False,
    "noAnswerNoRelevantInfo": False,
}
"""Whether a type of response gives an answer."""


def load(path: Path, *, closed: bool = False) -> Suite:
    """The passages and turns of a file. Raises GoldError."""
    refuse_closed(path, closed=closed)
    corpus: dict[str, Document] = {}
    questions: list[GoldQuestion] = []
    for dialogue, entry in read_json(path, "an INSCIT file").fields():
        before: list[str] = []
        for number, turn in enumerate(entry["turns"].each(), start=1):
            context = [utterance.text() for utterance in turn["context"].each()]
            if len(context) != 2 * number - 1 or context[: len(before)] != before:
                turn["context"].fail("is not that of the turn before, its answer and a question")
            before = context
            if questions and number > 1:
                questions[-1] = replace(questions[-1], replied=context[-2])
            _add_passages(corpus, turn)
            questions.append(_question(dialogue, number, context[-1], _evidence(turn["labels"], corpus)))
    return make_suite(path, tuple(corpus.values()), questions)


def _question(dialogue: str, number: int, question: str, evidence: tuple[Evidence, ...]) -> GoldQuestion:
    return GoldQuestion(
        id=f"{dialogue}/{number}",
        question=question,
        answers=(),
        type="search",
        evidence=evidence,
        answerable=bool(evidence),
        follows=f"{dialogue}/{number - 1}" if number > 1 else None,
        cluster=dialogue,
    )


def _add_passages(corpus: dict[str, Document], turn: Entry) -> None:
    named = [*turn["prevEvidence"].each(), *(label["evidence"] for label in turn["labels"].each())]
    for passage in (passage for passages in named for passage in passages.each()):
        source, text = passage["passage_id"].text(), passage["passage_text"].text()
        titles = [title.text() for title in passage["passage_titles"].each()]
        title = titles[0] if titles else source.rpartition(":")[0]
        document = as_document(source, title, text, "inscit/1")
        if corpus.setdefault(source, document) != document:
            passage.fail(f"doesn't fit: passage {source!r} has another text or title above")


def _evidence(labels: Entry, corpus: dict[str, Document]) -> tuple[Evidence, ...]:
    """The passages that give an answer, each once."""
    found: dict[str, Evidence] = {}
    for label in labels.each():
        if (kind := label["responseType"].text()) not in _ANSWERS:
            label["responseType"].fail(f"is none of {', '.join(_ANSWERS)}")
        for passage in label["evidence"].each() if _ANSWERS[kind] else ():
            source = passage["passage_id"].text()
            found[source] = Evidence(source, "", spans=(Span(0, len(corpus[source].text)),))
    return tuple(found.values())
