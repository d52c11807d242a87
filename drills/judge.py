"""Whether a data folder has what was acknowledged, and answers rightly: at once, and once it has mended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from drills.drill import Row
from drills.topics import TopicEmbedder
from qa.config import Config
from qa.index import Index
from qa.vectors import Vectors

if TYPE_CHECKING:
    from qa.types import FloatArray

_AT_ONCE, _SEARCHED, _QUESTIONS, _K, _BATCH = 20, 1_000, 40, 10, 500
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What opening a folder after a fault showed. Counts of passages and of searches."""

    passages: int
    missing: int
    """Passages that were acknowledged and are not in the catalog."""
    out_of_step: int
    """Passages that Chroma lacks, or has too many, once mended."""
    searches: int
    wrong: int
    """Searches for a passage's own vector that another one answered."""
    recall: float
    """Recall@10 of Chroma against exact search."""
    by: str
    why: str
    """What was said to be wrong when it was opened; empty when nothing."""
    opening: float
    mending: float
    """Seconds, and seconds until Chroma answered again."""


def judge(
    config: Config, acknowledged: Mapping[str, int], rng: np.random.Generator
) -> Callable[[Callable[[object], None]], None]:
    """Work for a process of its own, which tells a Verdict. ``acknowledged`` has documents' passages."""

    def work(tell: Callable[[object], None]) -> None:
        began = time.perf_counter()
        with Index(config, TopicEmbedder()) as index:
            opening = time.perf_counter() - began
            state = index.vectors.state
            ids, matrix = _all(index)
            wrong = _wrong(index, ids, matrix, rng.permutation(len(ids))[:_AT_ONCE])
            settled = index.vectors.settle(_PATIENCE)
            mending = time.perf_counter() - began
            chroma = index.vectors.chroma if settled else None
            there = set() if chroma is None else chroma.ids()
            rows = _some(len(ids), rng)
            wrong += len(rows) if chroma is None else _unfound(chroma, ids, matrix, rows)
            counts = {d.id: d.passages for d in index.catalog.documents()}
            verdict = Verdict(
                passages=len(ids),
                missing=sum(max(0, n - counts.get(id_, 0)) for id_, n in acknowledged.items()),
                out_of_step=len(there ^ set(ids)),
                searches=min(_AT_ONCE, len(ids)) + len(rows),
                wrong=wrong,
                recall=_recall(index, ids, matrix, rng),
                by=index.vectors.state.by,
                why=state.why,
                opening=opening,
                mending=mending,
            )
        tell(asdict(verdict))

    return work


def crashed(acknowledged: Mapping[str, int]) -> Verdict:
    """The verdict on a folder that broke the process that opened it."""
    lost = sum(acknowledged.values())
    return replace(_NOTHING, missing=lost, searches=1, wrong=1, why="opening it ended the process")


_NOTHING = Verdict(0, 0, 0, 0, 0, 0.0, "", "", 0.0, 0.0)


def judged(verdicts: Sequence[Verdict]) -> list[Row]:
    """What verdicts come to, for a drill's table."""
    searches = sum(verdict.searches for verdict in verdicts)
    passages = sum(verdict.passages for verdict in verdicts)
    mending = [verdict.mending for verdict in verdicts]
    rate = 10_000 * sum(mending) / max(1, passages)
    return [
        ("… acknowledged passages missing", f"{sum(verdict.missing for verdict in verdicts)}"),
        ("… passages that Chroma lacks or has too many", f"{sum(v.out_of_step for v in verdicts)}"),
        ("… wrong searches", f"{sum(verdict.wrong for verdict in verdicts)} of {searches:,}"),
        ("… Recall@10 beside exact search, least", f"{min(verdict.recall for verdict in verdicts):.3f}"),
        ("… folders that Chroma answers from again", f"{sum(v.by == 'chroma' for v in verdicts)}"),
        ("… seconds until questions are answered, most", f"{max(v.opening for v in verdicts):.2f}"),
        ("… seconds until Chroma answers, median and most", f"{median(mending):.1f} and {max(mending):.1f}"),
        ("… the same per 10,000 passages, all together", f"{rate:.1f}"),
    ]


def _all(index: Index) -> tuple[list[str], FloatArray]:
    batches = list(index.catalog.vectors())
    ids = [id_ for batch, _, _ in batches for id_ in batch]
    return ids, np.concatenate(
        [np.empty((0, TopicEmbedder.dimension), np.float32), *(m for _, _, m in batches)]
    )


def _wrong(index: Index, ids: list[str], matrix: FloatArray, rows: Iterable[int]) -> int:
    return sum(index.vectors.nearest(matrix[row], 1, None) != [ids[row]] for row in rows)


def _some(count: int, rng: np.random.Generator) -> list[int]:
    """Rows to search for: the newest, which a fault hurts most, and as many others."""
    newest = range(max(0, count - _SEARCHED // 2), count)
    return [*newest, *rng.permutation(newest.start)[: _SEARCHED // 2].tolist()]


def _unfound(chroma: Vectors, ids: list[str], matrix: FloatArray, rows: Sequence[int]) -> int:
    """How many vectors of ``rows`` Chroma doesn't find as their own nearest."""
    wrong = 0
    for at in range(0, len(rows), _BATCH):
        part = list(rows[at : at + _BATCH])
        hits = chroma.nearest_of_each(matrix[part], 1)
        wrong += sum(not hit or hit[0][1] != ids[row] for row, hit in zip(part, hits, strict=True))
    return wrong


def _recall(index: Index, ids: list[str], matrix: FloatArray, rng: np.random.Generator) -> float:
    """Questions lie between two passages each."""
    if len(ids) < _K:
        return 1.0
    found = 0
    for one, other in rng.choice(len(ids), (_QUESTIONS, 2)):
        question = matrix[one] + matrix[other]
        question /= np.linalg.norm(question)
        nearest = {ids[at] for at in np.argsort(-(matrix @ question))[:_K]}
        found += len(nearest & set(index.vectors.nearest(question, _K, None)))
    return found / (_QUESTIONS * _K)
