"""Whether an answer is right, and whether it cites the evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eval.answers import says
from eval.gold import Evidence, GoldQuestion
from qa.types import Answer, Citation, ScoredPassage, Span

_FEWEST_SENTENCES = 3  # of a summary


def is_right(answer: Answer, gold: GoldQuestion, texts: Mapping[str, str]) -> bool:
    """Whether ``answer`` says what the gold answers say.

    An unanswerable question is answered rightly by an abstention only. The short answer is looked at,
    where there is one, else the whole text; an alias counts where its tokens stand in a row, so that
    "$115 billion" is not "$11.5 billion". Lists and two-part questions need every part. A yes/no
    question is answered by the sentence that decides it, hence by what is cited. A summary has three
    sentences or more, all from the documents meant; a greeting is told from a question.
    """
    if gold.type == "greeting":
        return answer.reason == "not_a_question"
    if not gold.answerable or answer.abstained:
        return answer.abstained and not gold.answerable
    if gold.type == "yes_no":
        return cites_evidence(answer, gold, texts)
    if gold.type == "summary":
        return len(answer.sentences) >= _FEWEST_SENTENCES and cites_evidence(answer, gold, texts)
    said = answer.short_answer if answer.short_answer and not gold.parts else answer.text
    parts = gold.parts or (gold.answers,)
    return all(any(says(said, alias) for alias in aliases) for aliases in parts)


def cites_evidence(answer: Answer, gold: GoldQuestion, texts: Mapping[str, str]) -> bool:
    """Whether the citations touch a gold quote; for a question of several parts, one for each part.

    Those of a summary are from each document meant, and from no other.
    """
    if gold.type == "summary":
        return {c.source for c in answer.citations} == {piece.source for piece in gold.evidence}
    return all(
        any(_touches(citation, piece, texts) for piece in pieces for citation in answer.citations)
        for pieces in _by_part(gold)
    )


def evidence_found(passages: Sequence[ScoredPassage], gold: GoldQuestion, texts: Mapping[str, str]) -> float:
    """The share in [0, 1] of the question's parts whose evidence stands whole in one of ``passages``."""
    parts = _by_part(gold)
    found = [any(_holds(scored, piece, texts) for piece in pieces for scored in passages) for pieces in parts]
    return sum(found) / len(found)


def _by_part(gold: GoldQuestion) -> list[list[Evidence]]:
    if not gold.parts:
        return [list(gold.evidence)]
    return [[e for e in gold.evidence if part in e.parts] for part in range(len(gold.parts))]


def _touches(citation: Citation, piece: Evidence, texts: Mapping[str, str]) -> bool:
    return citation.source == piece.source and any(
        citation.start < span.end and span.start < citation.end for span in _places(piece, texts)
    )


def _holds(scored: ScoredPassage, piece: Evidence, texts: Mapping[str, str]) -> bool:
    return scored.stored.source == piece.source and any(
        scored.passage.start <= span.start and span.end <= scored.passage.end
        for span in _places(piece, texts)
    )


def _places(piece: Evidence, texts: Mapping[str, str]) -> list[Span]:
    return [
        Span(match.start(), match.end()) for match in re.finditer(re.escape(piece.quote), texts[piece.source])
    ]
