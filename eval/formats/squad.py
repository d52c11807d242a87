"""SQuAD 1.1 and 2.0: a crowd's questions on paragraphs, and the spans that answer them.

Each paragraph is a document titled by its article. Evidence is each of the crowd's answers where it stands;
any one will do. Sources: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text",
EMNLP 2016, and "Know What You Don't Know: Unanswerable Questions for SQuAD", ACL 2018.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from eval.formats.suite import Suite, make_suite
from eval.gold import Evidence, GoldQuestion
from eval.squad import SquadQuestion, load_squad
from qa.types import Span


def load(path: Path, *, closed: bool = False) -> Suite:
    """The paragraphs and questions of a file; ``closed`` asks each of its paragraph. Raises GoldError."""
    documents, questions = load_squad(path)
    texts = {document.source: document.text for document in documents}
    return make_suite(path, documents, [_question(each, texts[each.source], closed) for each in questions])


def _question(asked: SquadQuestion, text: str, closed: bool) -> GoldQuestion:
    places: dict[str, list[Span]] = defaultdict(list)
    for span in dict.fromkeys(asked.spans):
        places[text[slice(*span)]].append(span)
    return GoldQuestion(
        id=asked.id,
        question=asked.question,
        answers=tuple(places),
        type="span",
        evidence=tuple(Evidence(asked.source, words, spans=tuple(spans)) for words, spans in places.items()),
        answerable=bool(places),
        follows=None,
        within=(asked.source,) if closed else (),
        cluster=asked.source,
    )
