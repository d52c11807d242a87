"""TAT-QA: questions on financial reports, of which those that are answered from text.

Each is asked of the paragraphs of its own context, ``closed`` or not, since many could be asked of any
report. A gold answer of at most five words that is one number makes a "number", several spans make a "list",
all others are a "span". A scale that isn't in the gold answer's own words ("$539", million) is told by its
context: the answer is right with it and without it, even where it was cut off. Evidence is the answer where
it stands word for word in the paragraphs where the annotators saw it, else (it is computed, or in another
case) those paragraphs as a whole.

Source: Zhu et al., "TAT-QA: A Question Answering Benchmark on a Hybrid of Tabular and Textual Content in
Finance", ACL 2021; the files of NExTplusplus/TAT-QA are under CC BY 4.0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.formats.suite import Suite, make_suite
from eval.gold import Evidence, GoldQuestion
from eval.numbers import Number, numbers_in, same_number
from eval.published import Entry, as_document, read_json
from qa.errors import GoldError
from qa.types import Document, Span

SCALES: Mapping[str, float] = {"": 1.0, "percent": 1.0, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_MOST_WORDS = 5  # of a gold answer that is a number: "unrealized losses of $6.4 million"


@dataclass(frozen=True, slots=True)
class TatQuestion:
    """A question, its context, the parts of its answer, and the paragraphs where the annotators saw it.

    ``computed``: the answer is a sum, a difference or the like, and needn't stand in the text.
    """

    question: str
    context: str
    golds: tuple[str, ...]
    scale: str
    computed: bool
    sources: tuple[str, ...]
    id: str

    @property
    def says_scale(self) -> bool:
        """Whether the gold answer's own words tell its scale, or it has none."""
        return self.scale in " ".join(self.golds).casefold()

    @property
    def number(self) -> Number | None:
        """The gold answer where it is one number, of the scale that its own words tell."""
        if len(self.golds) > 1 or len(self.golds[0].split()) > _MOST_WORDS:
            return None
        return only_number(self.golds[0])


def load(path: Path, *, closed: bool = False) -> Suite:
    """The questions of a file answered from text, and the paragraphs of their contexts. Raises GoldError."""
    documents, asked = load_tatqa(path)
    contexts: dict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        contexts[context_of(document)][document.source] = document.text
    return make_suite(path, documents, [_gold(each, contexts[each.context]) for each in asked])


def load_tatqa(path: Path, limit: int | None = None) -> tuple[list[Document], list[TatQuestion]]:
    """The questions answered from text, and the paragraphs of their contexts. Raises GoldError.

    A paragraph's source is "context/order".
    """
    documents: list[Document] = []
    questions: list[TatQuestion] = []
    for entry in read_json(path, "a TAT-QA file").each():
        context = entry["table"]["uid"].text()
        own = [_paragraph(context, paragraph) for paragraph in entry["paragraphs"].each()]
        documents += own
        sources = {document.source for document in own}
        for question in entry["questions"].each():
            if question["answer_from"].text() == "text":
                questions.append(_question(context, question, sources))
    if not questions:
        raise GoldError(f"{path} is not a TAT-QA file, or none of its questions is answered from text")
    wanted = {question.context for question in questions[:limit]}
    return [document for document in documents if context_of(document) in wanted], questions[:limit]


def context_of(document: Document) -> str:
    """The context that a paragraph belongs to."""
    return document.source.rpartition("/")[0]


def only_number(text: str) -> Number | None:
    """The number of a text that holds one, however often; None for other texts."""
    found = numbers_in(text)
    return found[0] if found and all(same_number(found[0], other) for other in found) else None


def places(text: str, words: str) -> Iterator[Span]:
    """Where words stand in a text, not inside a longer word or number."""
    before = r"(?<!\w)(?<!\d[.,])" if words[:1].isalnum() else ""
    after = r"(?!\w|[.,]\d)" if words[-1:].isalnum() else ""
    for match in re.finditer(before + re.escape(words) + after, text):
        yield Span(*match.span())


def _paragraph(context: str, entry: Entry) -> Document:
    return as_document(f"{context}/{entry['order'].integer()}", "", entry["text"].text(), "tatqa/1")


def _question(context: str, entry: Entry, known: set[str]) -> TatQuestion:
    sources = tuple(f"{context}/{order.text()}" for order in entry["rel_paragraphs"].each())
    if not sources or not known.issuperset(sources):
        entry["rel_paragraphs"].fail("doesn't name paragraphs of its context")
    if (scale := entry["scale"].text(blank=True)) not in SCALES:
        entry["scale"].fail(f"is none of {', '.join(filter(None, SCALES))}")
    return TatQuestion(
        entry["question"].text(),
        context,
        _golds(entry["answer"]),
        scale,
        entry["answer_type"].text() in ("arithmetic", "count"),
        sources,
        entry["uid"].text(),
    )


def _golds(answer: Entry) -> tuple[str, ...]:
    if type(answer.value) in (int, float):
        return (str(answer.value),)
    golds = tuple(each.text() for each in answer.each()) if type(answer.value) is list else (answer.text(),)
    if not golds:
        answer.fail("is empty")
    return golds


def _gold(asked: TatQuestion, texts: Mapping[str, str]) -> GoldQuestion:
    kind = "list" if len(asked.golds) > 1 else "span" if asked.number is None else "number"
    parts = tuple(_ways(asked, gold) for gold in asked.golds) if kind == "list" else ()
    return GoldQuestion(
        id=asked.id,
        question=asked.question,
        answers=_ways(asked, ", ".join(asked.golds)),
        type=kind,
        evidence=tuple(
            piece
            for at, gold in enumerate(asked.golds)
            for piece in _evidence(asked, gold, (at,) if parts else (), texts)
        ),
        answerable=True,
        follows=None,
        parts=parts,
        within=tuple(texts),
        cluster=asked.context,
    )


def _ways(asked: TatQuestion, words: str) -> tuple[str, ...]:
    """The ways to say an answer: a scale that isn't in its words may be added."""
    return (words,) if asked.says_scale else (f"{words} {asked.scale}", words)


def _evidence(
    asked: TatQuestion, words: str, parts: tuple[int, ...], texts: Mapping[str, str]
) -> Sequence[Evidence]:
    seen = {source: texts[source] for source in asked.sources}
    found = {} if asked.computed else {source: tuple(places(text, words)) for source, text in seen.items()}
    return [Evidence(source, words, parts, spans) for source, spans in found.items() if spans] or [
        Evidence(source, "", parts, (Span(0, len(text)),)) for source, text in seen.items()
    ]
