"""Retrieval: whether the passages found hold the gold evidence, and how early.

The first four figures ask for whole gold places: a passage *finds* a part of the answer when it holds one of
the places that prove it, from its first character to its last. So they don't depend on how documents are cut,
and an answer's words standing elsewhere by chance count for nothing. The span figures count characters, which
tells also how much else was retrieved. ``ranked`` is best first; each figure is one question's, in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from eval.places import Parts, Place, holds, length, shared, united

_NOTHING_TO_FIND = "a question without evidence has no retrieval figures"


def recall_at(ranked: Sequence[Place], parts: Parts, k: int) -> float:
    """Recall@k: the share of the parts that the first ``k`` passages find."""
    return len(_ranks(ranked[:k], parts)) / len(parts)


def success_at(ranked: Sequence[Place], parts: Parts, k: int) -> float:
    """Success@k: 1 when one of the first ``k`` passages finds any part, else 0."""
    return float(bool(_ranks(ranked[:k], parts)))


def mrr(ranked: Sequence[Place], parts: Parts, k: int = 10) -> float:
    """1 / rank of the first passage that finds any part, 0 when none of the first ``k`` does.

    Its mean over questions is MRR@k. Source: Voorhees, "The TREC-8 question answering track report", 1999.
    """
    return 1 / min(_ranks(ranked[:k], parts), default=math.inf)


def ndcg(ranked: Sequence[Place], parts: Parts, k: int = 10) -> float:
    """nDCG@k by gold span: a part counts at the first passage that finds it, later ones gain nothing.

    The i-th part found, first found at rank r(i), gains 1 / log2(max(r(i), i) + 1); the sum is divided by
    the best there could be, Σ 1 / log2(i + 1) over the parts (k of them at most). The maximum matters where
    one passage finds several parts: they count as if each had a passage of its own, so that nothing exceeds
    1. Where each part has its own passage this is nDCG with a gain of 1 for each relevant document.
    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002.
    """
    found = sorted(_ranks(ranked[:k], parts))[:k]
    gained = sum(_discount(max(rank, i)) for i, rank in enumerate(found, start=1))
    return gained / sum(_discount(i) for i in range(1, min(len(parts), k) + 1))


def ndcg_graded(found: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """nDCG@k of documents by graded relevance, linear gain; 0 when no document is relevant.

    DCG is the sum of grade / log2(rank + 1), a negative grade counting as 0; it is divided by that of the
    best order there could be. Source: as for ``ndcg``.
    """
    ideal = _dcg(sorted(grades.values(), reverse=True)[:k])
    return _dcg([grades.get(id_, 0) for id_ in found[:k]]) / ideal if ideal else 0.0


def span_recall(ranked: Sequence[Place], golds: Sequence[Place]) -> float:
    """Token-level recall: characters of ``golds`` that were retrieved / characters of ``golds``.

    This and the next two are those of Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval",
    2024, as their code (chunking_evaluation) counts, "tokens" being characters: what is found counts once,
    though several passages or several gold places have it; the gold places are added up as they are.
    """
    return _found(ranked, golds) / length(golds)


def span_precision(ranked: Sequence[Place], golds: Sequence[Place]) -> float:
    """Token-level precision: characters of ``golds`` that were retrieved / characters retrieved.

    Below the line each passage counts whole: what two of them share counts twice, what one of them has of a
    document without gold places counts too. 0 when nothing was retrieved. Source: see ``span_recall``.
    """
    return _found(ranked, golds) / (length(ranked) or 1)


def span_iou(ranked: Sequence[Place], golds: Sequence[Place]) -> float:
    """Intersection over union: characters of ``golds`` that were retrieved / (retrieved + gold ones missed).

    Passages count below the line as for ``span_precision``. Source: see ``span_recall``.
    """
    missed = length(golds) - sum(length(united(shared(ranked, [gold]))) for gold in golds)
    return _found(ranked, golds) / (length(ranked) + missed)


def precision_omega(passages: Sequence[Place], golds: Sequence[Place]) -> float:
    """The intersection over union if just the passages with gold characters were retrieved.

    ``passages`` are all there are. It tells what cutting alone costs, whatever the search. Here each
    character counts once, and a passage that ends where a gold place begins belongs to those with gold
    characters, as in that code. Source: see ``span_recall``.
    """
    chosen = [passage for passage in passages if any(_touch(passage, gold) for gold in golds)]
    return _found(chosen, golds) / length(united([*chosen, *golds]))


def _ranks(ranked: Sequence[Place], parts: Parts) -> list[int]:
    """For each part that is found the rank, from 1, of the first passage that does."""
    if not parts:
        raise ValueError(_NOTHING_TO_FIND)
    firsts = (
        next((rank for rank, passage in enumerate(ranked, start=1) if _finds(passage, part)), None)
        for part in parts
    )
    return [rank for rank in firsts if rank is not None]


def _finds(passage: Place, part: Sequence[Place]) -> bool:
    return any(holds(passage, place) for place in part)


def _found(ranked: Sequence[Place], golds: Sequence[Place]) -> int:
    """The characters of ``golds`` that any passage has, each once."""
    if not golds:
        raise ValueError(_NOTHING_TO_FIND)
    return length(united(shared(ranked, golds)))


def _touch(a: Place, b: Place) -> bool:
    return a.source == b.source and a.start <= b.end and b.start <= a.end


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _dcg(grades: Sequence[int]) -> float:
    return sum(max(0, grade) * _discount(rank) for rank, grade in enumerate(grades, start=1))
