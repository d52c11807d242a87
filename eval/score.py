"""How one question came out, from what was given for it and what is known of it: every measure at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eval import citations, retrieval
from eval.answers import align, exact_match, items, says, squad_exact, squad_f1, token_f1
from eval.given import Given
from eval.gold import SEARCH, SPAN, GoldQuestion
from eval.numbers import number_right, numbers_in
from eval.places import length, united

FEW, MANY = 5, 10
"""Passages that retrieval figures look at."""

_YES_OR_NO = re.compile(r"\W*(yes|no)\s*(?:[,;:!–—]|\.(?!\s?\d)|\Z)", re.IGNORECASE)
_FEWEST_SENTENCES = 3  # of a summary
_MOST_WORDS, _MOST_FURTHER_WORDS = 80, 20  # of an answer, and for each further part of it
_MOST_CITED, _MOST_FURTHER_CITED = 2_000, 500  # characters, likewise
_ENOUGH_F1 = 0.5  # for an answer whose borders are one reader's choice


@dataclass(frozen=True, slots=True)
class Said:
    """The answer itself, of an answerable question; an abstention has said nothing.

    ``exact``, ``f1`` by whole numbers and words, ``squad_exact``, ``squad_f1`` by SQuAD's definition;
    ``list_f1`` for lists, ``number`` where the gold answer is one number, else None; ``words`` it has.
    """

    exact: bool
    f1: float
    squad_exact: bool
    squad_f1: float
    list_f1: float | None
    number: bool | None


@dataclass(frozen=True, slots=True)
class Cited:
    """The citations of an answer that was given: shares in [0, 1], None where nothing could be counted.

    ``precision`` and ``recall`` beside the gold evidence, ``verbatim`` and ``numbers`` of its sentences;
    ``characters`` are how many it cites.
    """

    precision: float | None
    recall: float | None
    verbatim: float | None
    numbers: float | None
    characters: int | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages, best first, beside the gold evidence.

    Where whole documents are judged (``graded``) Recall and nDCG are of documents, and the span figures None.
    """

    success: float
    recall: float
    recall_many: float
    mrr: float
    ndcg: float
    span_recall: float | None = None
    span_precision: float | None = None
    span_iou: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One question's outcome.

    ``right``: as it should be, also for what can't be answered; ``touched``: it cites the evidence of each
    part. ``sure`` in [0, 1] is how sure the reader was of its best answer, given or withheld, and ``eager``
    whether that one is right and cited.
    """

    failed: bool
    abstained: bool
    right: bool
    touched: bool
    sure: float
    eager: bool
    words: int | None
    said: Said | None
    cited: Cited | None
    retrieved: Retrieved | None

    @property
    def grounded(self) -> bool:
        """Right, and citing the evidence where there is any to cite: see ``score``."""
        return self.right and (self.touched or self.said is None)


def score(gold: GoldQuestion, given: Given | None, withheld: Given | None = None) -> Score:
    """Judge what was given; None is a failure, which is never right. ``withheld`` is what was kept back.

    An answer is grounded when it is right and cites gold evidence for each part (as KILT joins the two:
    Petroni et al., "KILT: a Benchmark for Knowledge Intensive Language Tasks", NAACL 2021); a question that
    can't be answered, when it was withheld.
    """
    if given is None:
        nothing = _said(gold, "") if _is_answered_in_words(gold) else None
        return Score(True, False, False, False, 0.0, False, None, nothing, None, None)
    best = withheld or given
    answered = not given.abstained and gold.type != SEARCH
    return Score(
        failed=False,
        abstained=given.abstained,
        right=is_right(gold, given),
        touched=cites_evidence(gold, given),
        sure=given.confidence,
        eager=gold.answerable and is_right(gold, best) and cites_evidence(gold, best),
        words=len(given.text.split()) if answered else None,
        said=_said(gold, "" if given.abstained else given.said) if _is_answered_in_words(gold) else None,
        cited=_cited(gold, given) if answered else None,
        retrieved=_retrieved(gold, given) if _is_sought(gold) else None,
    )


def is_right(gold: GoldQuestion, given: Given) -> bool:
    """Whether ``given`` says what the gold answers say.

    An unanswerable question is answered rightly by an abstention only. The short answer is looked at, where
    there is one, else the sentences. A number must have the value and unit, and no other beside it; a span
    of a public set's crowd, a SQuAD F1 of half and, where it says numbers, the crowd's; anything else, an
    alias's words in a row, so that "$115 billion" is not "$11.5 billion". Lists and questions of two parts
    need every part. A yes/no question is answered by the sentence that decides it, hence by what is cited,
    unless the answer begins with the wrong word. A summary has three different sentences or more, from the
    documents meant; a greeting is told from a question. Whoever says more than 80 words, and 20 for each
    further part, has not answered: a page that holds the answer is no answer.
    """
    if gold.type == "greeting":
        return given.reason == "not_a_question"
    if not gold.answerable or given.abstained:
        return given.abstained and not gold.answerable
    if gold.type == "yes_no":
        short = _is_short(gold, given.text) and not _says_the_other(gold, given.said)
        return short and cites_evidence(gold, given)
    if gold.type == "summary":
        sentences = {sentence.text for sentence in given.sentences}
        return len(sentences) >= _FEWEST_SENTENCES and cites_evidence(gold, given)
    said = _joined(given) if gold.parts else given.said
    return _is_short(gold, said) and _says_it(gold, given, said)


def cites_evidence(gold: GoldQuestion, given: Given) -> bool:
    """Whether the citations touch a gold quote; for a question of several parts, one for each part.

    Whoever cites more than 2,000 characters, and 500 for each further part, has shown all there is and cited
    nothing. The citations of a summary are from each document meant, and from no other.
    """
    if not gold.evidence or not given.cited:
        return False
    if gold.type == "summary":
        return {place.source for place in given.cited} == {piece.source for piece in gold.evidence}
    few = length(united(given.cited)) <= _MOST_CITED + _MOST_FURTHER_CITED * _further_parts(gold)
    return few and citations.recall(given.cited, gold.proofs) == 1


def _says_it(gold: GoldQuestion, given: Given, said: str) -> bool:
    if gold.type == "number":
        right = number_right(said, gold.answers, tolerance=gold.tolerance, asked=gold.question)
        if right is not None:
            return right
    if gold.type == SPAN and given.short_answer is not None:
        return any(_is_span(said, alias, gold.question) for alias in gold.answers)
    return all(any(says(said, alias) for alias in aliases) for aliases in gold.parts or (gold.answers,))


def _says_the_other(gold: GoldQuestion, said: str) -> bool:
    """Whether an answer begins with yes or no, by itself and not as in "No. 7", and the gold ones don't."""
    begun, wanted = (
        {match[1].lower() for text in texts if (match := _YES_OR_NO.match(text))}
        for texts in ([said], gold.answers)
    )
    return bool(begun and wanted) and begun.isdisjoint(wanted)


def _is_span(said: str, alias: str, asked: str) -> bool:
    """SQuAD's words leave out the points of numbers: F1 alone takes "$115 million" for "$11.5 million"."""
    if squad_f1(said, [alias]) < _ENOUGH_F1:
        return False
    return not numbers_in(said) or number_right(said, [alias], asked=asked) is not False


def _joined(given: Given) -> str:
    return " ".join(sentence.text for sentence in given.sentences)


def _is_short(gold: GoldQuestion, said: str) -> bool:
    return len(said.split()) <= _MOST_WORDS + _MOST_FURTHER_WORDS * _further_parts(gold)


def _further_parts(gold: GoldQuestion) -> int:
    return max(0, len(gold.parts) - 1)


def _is_answered_in_words(gold: GoldQuestion) -> bool:
    return gold.answerable and gold.type not in ("summary", "yes_no", SEARCH)


def _is_sought(gold: GoldQuestion) -> bool:
    return bool(gold.evidence) and gold.type != "summary"


def _said(gold: GoldQuestion, said: str) -> Said:
    return Said(
        exact=exact_match(said, gold.answers),
        f1=token_f1(said, gold.answers),
        squad_exact=squad_exact(said, gold.answers),
        squad_f1=squad_f1(said, gold.answers),
        list_f1=align(items(said), gold.parts).f1 if gold.type == "list" and gold.parts else None,
        number=number_right(said, gold.answers, tolerance=gold.tolerance, asked=gold.question)
        if gold.type == "number"
        else None,
    )


def _cited(gold: GoldQuestion, given: Given) -> Cited:
    quoted = [(sentence.text, given.quotes(sentence)) for sentence in given.sentences]
    numbers = [citations.numbers_supported(text, quotes) for text, quotes in quoted]
    return Cited(
        precision=citations.precision(given.cited, gold.proofs) if _is_sought(gold) else None,
        recall=citations.recall(given.cited, gold.proofs) if _is_sought(gold) else None,
        verbatim=_share([citations.verbatim(text, quotes) for text, quotes in quoted]),
        numbers=_share([each for each in numbers if each is not None]),
        characters=length(united(given.cited)),
    )


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _retrieved(gold: GoldQuestion, given: Given) -> Retrieved:
    ranked, proofs = given.ranked, gold.proofs
    if not all(evidence.quote for evidence in gold.evidence):
        return _retrieved_documents(gold, given)
    first, golds = ranked[:FEW], sorted({place for part in proofs for place in part})
    return Retrieved(
        success=retrieval.success_at(ranked, proofs, FEW),
        recall=retrieval.recall_at(ranked, proofs, FEW),
        recall_many=retrieval.recall_at(ranked, proofs, MANY),
        mrr=retrieval.mrr(ranked, proofs, MANY),
        ndcg=retrieval.ndcg(ranked, proofs, MANY),
        span_recall=retrieval.span_recall(first, golds),
        span_precision=retrieval.span_precision(first, golds),
        span_iou=retrieval.span_iou(first, golds),
    )


def _retrieved_documents(gold: GoldQuestion, given: Given) -> Retrieved:
    """A document's rank is that of its best passage."""
    found = list(dict.fromkeys(place.source for place in given.ranked))
    grades = {evidence.source: evidence.grade for evidence in gold.evidence}
    hits = [rank for rank, source in enumerate(found, start=1) if source in grades]

    def recall(k: int) -> float:
        return sum(rank <= k for rank in hits) / len(grades)

    return Retrieved(
        success=float(any(rank <= FEW for rank in hits)),
        recall=recall(FEW),
        recall_many=recall(MANY),
        mrr=1 / hits[0] if hits and hits[0] <= MANY else 0.0,
        ndcg=retrieval.ndcg_graded(found, grades, MANY),
    )
