"""Retrieval at size, on made passages of real sentences.

Texts and vectors are made of real ones (``drills.recombined``); questions are real, embedded as they are. At
each size every question is retrieved as an assistant would; embedding it is timed apart, in turns with it.
Times are those of the processor, all threads of this process together, so that other work on the machine
matters less; waiting for a disk is not in them. Recall@10 is Chroma's against exact search.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drills.drill import Drill, Row
from drills.recombined import documents, load, near, paragraphs
from eval.speed import resident_mb
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.exact import ExactVectors
from qa.index import Index
from qa.retrieve import retrieve

if TYPE_CHECKING:
    from qa.types import FloatArray

_FILES = ("squad1_44_articles.json", "squadshifts_new_wiki.json")
_REAL = 3_000  # paragraphs that are embedded
_K, _READ, _EXACT_QUESTIONS = 10, 8, 50
_AIM = 3.0
_LINES = (("p50", "retrieval, p50"), ("p95", "retrieval, p95"), ("exact_p50", "exact search, p50"))


@dataclass(frozen=True, slots=True)
class Size:
    """One size: times are ratios to embedding a question, of which the median is given in milliseconds."""

    passages: int
    embed_ms: float
    p50: float
    p95: float
    exact_p50: float
    recall: float
    resident_mb: float
    chroma_s: float
    """Seconds of the processor that Chroma took for all vectors so far."""


class Remembering:
    """Embeds each question once: what is asked again costs nothing."""

    def __init__(self, embedder: BundledEmbedder) -> None:
        self._embedder = embedder
        self._last = ("", np.empty(0, np.float32))
        self.name, self.dimension = embedder.name, embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return self._embedder.embed_passages(texts)

    def embed_question(self, text: str) -> FloatArray:
        if text != self._last[0]:
            self._last = (text, self._embedder.embed_question(text))
        return self._last[1]


def drill(folder: Path, count: int, seed: int, data: Path) -> Iterator[Size]:
    """Grow an index up to ``count`` passages, and measure at a hundredth and a tenth of it too."""
    files = [data / name for name in _FILES]
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    articles, questions = load(files, chance)
    embedder = Remembering(BundledEmbedder())
    known = _embedded(embedder, files, articles, chance, _REAL)
    made, chroma = documents({title: articles[title] for title in known}, chance), 0.0
    with Index(Config(data=folder), embedder) as index:
        for size in (count // 100, count // 10, count):
            while index.catalog.count() < size:
                document, passages = next(made)
                vectors = near(known[document.source], len(passages), rng)
                change = index.catalog.put(document, passages, vectors, chunker="drill")
                chroma += _seconds(partial(index.vectors.follow, change, vectors))
            yield _measure(index, questions, chroma)


def _embedded(
    embedder: Remembering,
    files: Sequence[Path],
    articles: dict[str, list[str]],
    chance: random.Random,
    most: int,
) -> dict[str, FloatArray]:
    """Vectors of real paragraphs by article."""
    every = [(title, text) for title, texts in paragraphs(files, articles).items() for text in texts]
    chosen = chance.sample(every, min(most, len(every)))
    vectors = embedder.embed_passages([text for _, text in chosen])
    titles = np.array([title for title, _ in chosen])
    return {title: vectors[titles == title] for title in dict.fromkeys(titles.tolist())}


def _measure(index: Index, questions: Sequence[str], chroma_s: float) -> Size:
    chroma, exact = index.vectors.chroma, ExactVectors(index.catalog)
    assert chroma is not None, index.vectors.state
    embedding, retrieving, searching, found = [], [], [], 0
    for number, question in enumerate(questions):
        embedding.append(_seconds(lambda q=question: index.embedder.embed_question(q)))  # type: ignore[misc]
        retrieving.append(_seconds(lambda q=question: retrieve(index, q, k=_READ)))  # type: ignore[misc]
        vector = index.embedder.embed_question(question)
        if number < _EXACT_QUESTIONS:
            searching.append(_seconds(lambda v=vector: exact.nearest(v, _K, None)))  # type: ignore[misc]
        found += len({*chroma.nearest(vector, _K, None)} & {*exact.nearest(vector, _K, None)})
    median = float(np.median(embedding))
    p50, p95 = np.percentile(retrieving, (50, 95)) / median
    return Size(
        passages=index.catalog.count(),
        embed_ms=1_000 * median,
        p50=float(p50),
        p95=float(p95),
        exact_p50=float(np.median(searching)) / median,
        recall=found / (_K * len(questions)),
        resident_mb=resident_mb(),
        chroma_s=chroma_s,
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def plot(rows: Sequence[Size], file: Path) -> None:
    """Ratios and Recall@10 by size, as SVG or PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    sizes = [row.passages for row in rows]
    figure, (times, recall) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, label in _LINES:
        times.plot(sizes, [getattr(row, name) for row in rows], marker="o", label=label)
    times.axhline(_AIM, color="grey", linestyle=":", label="aim at 100,000")
    times.set(xscale="log", yscale="log", xlabel="passages", title="time, in embeddings of a question")
    times.legend()
    recall.plot(sizes, [row.recall for row in rows], marker="o")
    recall.axhline(0.98, color="grey", linestyle=":")
    recall.set(
        xscale="log", xlabel="passages", title="Recall@10 of Chroma against exact search", ylim=(0.9, 1.005)
    )
    figure.savefig(file)
    pyplot.close(figure)


def _rows(done: Sequence[Size]) -> list[Row]:
    return [
        (
            f"{one.passages:,}",
            f"{one.embed_ms:.1f}",
            f"{one.p50:.2f} / {one.p95:.2f}",
            f"{one.exact_p50:.2f}",
            f"{one.recall:.3f}",
            f"{one.resident_mb:.0f}",
            f"{one.chroma_s:.0f}",
        )
        for one in done
    ]


DRILL = Drill(
    name="retrieval",
    title="Retrieval as the index grows",
    shows="200 real questions; passages of about 150 words, recombined from real sentences of 92 articles;"
    " vectors of real paragraphs of the same article, turned at random by an angle whose cosine is 0.9."
    " Retrieval is both searches, fused. Times are of the processor, as ratios (median and 95th percentile)"
    " to the median of embedding a question in the same run. Recall@10 is Chroma's beside exact search.",
    count=100_000,
    does=lambda run: drill(run.folder, run.count, run.seed, run.data),
    rows=_rows,
    columns=(
        "passages",
        "embedding, ms",
        "retrieval",
        "exact search alone",
        "Recall@10",
        "memory, MB",
        "Chroma's time so far, s",
    ),
    files=_FILES,
    plots=plot,
)
