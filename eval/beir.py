"""Retrieval on a BEIR folder: ``python -m eval.beir FOLDER``.

The folder holds ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``. Documents go through the whole
way of ``footnote index``; a document's rank is that of its best passage. Prints nDCG@10 and Recall@10 with
95 % intervals (queries resampled) for dense, lexical and hybrid retrieval, and the paired difference of
hybrid to each; and of lexical retrieval to that which scores every passage with any word of the query.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from eval.formats.beir import read_documents, read_judgments, read_queries
from eval.retrieval import ndcg_graded
from eval.statistics import Figure, mean_figure
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.retrieve import retrieve
from qa.words import query_terms

CUTOFF = 10
_CANDIDATES = 50
_EVERY_ROW = 10**9
Search = Callable[[str], list[str]]


def main() -> None:
    """Index the corpus in a temporary folder, search it, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, open_index(Config(data=Path(data))) as index:
        for document in read_documents(options.folder):
            index.add(document)
        for figure in measure(index, options.folder):
            print(
                f"{figure.name:28} {figure.value:+.3f}  n={figure.n}  [{figure.low:+.3f}, {figure.high:+.3f}]"
            )


def measure(index: Index, folder: Path) -> Iterator[Figure]:
    """nDCG@10 and Recall@10 of each way to search, and how hybrid differs from the others."""
    judged = read_judgments(folder)
    queries = [(id_, text) for id_, text in read_queries(folder) if id_ in judged]
    scores: dict[str, list[float]] = {}
    for name, search in searches(index).items():
        found = {id_: search(text) for id_, text in queries}
        scores[name] = [ndcg_graded(found[id_], judged[id_], CUTOFF) for id_, _ in queries]
        yield mean_figure(f"{name} nDCG@{CUTOFF}", scores[name])
        yield mean_figure(f"{name} Recall@{CUTOFF}", [recall(found[id_], judged[id_]) for id_, _ in queries])
    for one, other in (("hybrid", "dense"), ("hybrid", "lexical"), ("lexical", "unpruned")):
        differences = [a - b for a, b in zip(scores[one], scores[other], strict=True)]
        yield mean_figure(f"{one} - {other} nDCG@{CUTOFF}", differences)


def searches(index: Index) -> dict[str, Search]:
    """Ways to search: each from a question to documents' sources, best first."""

    def sources(ids: Sequence[str]) -> list[str]:
        found = index.catalog.passages(ids)
        return list(dict.fromkeys(found[id_][0].source for id_ in ids if id_ in found))

    def dense(question: str) -> list[str]:
        return sources(index.vectors.nearest(index.embedder.embed_question(question), _CANDIDATES, None))

    def lexical(question: str) -> list[str]:
        return sources([id_ for id_, _ in index.catalog.lexical(query_terms(question), _CANDIDATES, None)])

    def unpruned(question: str) -> list[str]:
        found = index.catalog.lexical(query_terms(question), _CANDIDATES, None, most_rows=_EVERY_ROW)
        return sources([id_ for id_, _ in found])

    def hybrid(question: str) -> list[str]:
        return list(dict.fromkeys(s.stored.source for s in retrieve(index, question, k=_CANDIDATES)))

    return {"dense": dense, "lexical": lexical, "unpruned": unpruned, "hybrid": hybrid}


def recall(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """The share of the relevant documents among the first 10."""
    wanted = {source for source, grade in relevant.items() if grade > 0}
    return len(wanted & set(found[:CUTOFF])) / len(wanted) if wanted else 0.0


if __name__ == "__main__":
    main()
