"""Hybrid retrieval: the nearest passages and the best lexical matches, fused by reciprocal rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from qa.centrality import central
from qa.index import Index
from qa.notation import other_notations
from qa.types import Filters, ScoredPassage
from qa.words import query_terms

if TYPE_CHECKING:
    from qa.types import FloatArray

_SPARE = 2  # passages that are read with the best, in case some of those have the same words
RRF_K = 60
"""The constant of reciprocal rank fusion, as in its paper."""


def retrieve(
    index: Index, question: str, *, k: int, candidates: int = 50, filters: Filters = Filters()
) -> list[ScoredPassage]:
    """The ``k`` passages that fit the question best, best first.

    Each of the two searches puts up ``candidates`` passages; passages of the same words count once.
    """
    documents = index.catalog.matching(filters)
    vector = index.embedder.embed_question(question)
    terms = [*query_terms(question), *other_notations(question)]
    dense = index.vectors.nearest(vector, candidates, documents)
    bm25 = dict(index.catalog.lexical(terms, candidates, documents, also=dense))
    rrf = fuse([dense, list(bm25)[:candidates]])
    scored = _read(index, vector, rrf, bm25, at_once=k + _SPARE)
    return list(islice(_distinct(scored), k))


def _read(
    index: Index, vector: FloatArray, rrf: Mapping[str, float], bm25: Mapping[str, float], *, at_once: int
) -> Iterator[ScoredPassage]:
    """The passages in the order of ``rrf``, a few at a time: reading all takes longer than either search."""
    ids = list(rrf)
    for start in range(0, len(ids), at_once):
        found = index.catalog.passages(ids[start : start + at_once])
        for id_ in ids[start : start + at_once]:
            if id_ in found:
                stored, own = found[id_]
                yield ScoredPassage(stored, float(vector @ own), bm25.get(id_, 0.0), rrf[id_])


def overview(index: Index, documents: Sequence[str], *, k: int) -> list[ScoredPassage]:
    """The ``k`` passages of these documents (ids) together that say most of what they say, in reading order.

    Each document is given its share of ``k``, at least one. Nothing was searched: a passage's cosine is the
    one to the middle of its document, and its rank the place in it.
    """
    wanted = max(1, k // max(1, len(documents)))
    scored: list[ScoredPassage] = []
    for document in documents:
        ids, vectors = index.catalog.vectors_of(document)
        middle = _unit(vectors.mean(axis=0)) if ids else vectors
        chosen = sorted(central(vectors, wanted))
        found = index.catalog.passages([ids[at] for at in chosen])
        scored.extend(
            ScoredPassage(found[ids[at]][0], float(vectors[at] @ middle), 0.0, 1 / (RRF_K + rank))
            for rank, at in enumerate(chosen, start=1)
            if ids[at] in found
        )
    return list(_distinct(scored))


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def fuse(rankings: Iterable[Sequence[str]]) -> Mapping[str, float]:
    """Reciprocal rank fusion: ids to the sum of 1 / (60 + rank) over the rankings, best first.

    Ranks count from 1; ties keep the order of first sight. Source: Cormack, Clarke and Büttcher,
    "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, start=1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _distinct(passages: Iterable[ScoredPassage]) -> Iterator[ScoredPassage]:
    """The first of each set of passages that have the same words, order kept."""
    seen = set()
    for scored in passages:
        words = " ".join(scored.passage.text.split())
        if words not in seen:
            seen.add(words)
            yield scored
