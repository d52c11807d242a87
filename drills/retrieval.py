"""Retrieval at size: ``python -m drills.retrieval SQUAD_FILE… [--sizes N…] [--page FILE]``.

Texts and vectors are made of real ones (``drills.recombined``); questions are real, embedded as they are. At
each size every question is retrieved as an assistant would; embedding it is timed apart, in turns with it.
Times are those of the processor, all threads of this process together, so that other work on the machine
matters less; waiting for a disk is not in them. Recall@10 is Chroma's against exact search.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drills.recombined import documents, load, near, paragraphs
from eval.speed import resident_mb
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.exact import ExactVectors
from qa.index import Index
from qa.retrieve import retrieve

if TYPE_CHECKING:
    from qa.types import FloatArray

_SIZES = (1_000, 10_000, 100_000)
_K, _READ, _EXACT_QUESTIONS = 10, 8, 50
_AIM = 3.0
_LINES = (("p50", "retrieval, p50"), ("p95", "retrieval, p95"), ("exact_p50", "exact search, p50"))
_PAGE = Path(__file__).parent.parent / "docs" / "retrieval.md"


@dataclass(frozen=True, slots=True)
class Row:
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


def drill(
    folder: Path, files: Sequence[Path], sizes: Sequence[int], *, real: int = 3_000, seed: int = 4
) -> Iterator[Row]:
    """Grow an index in ``folder``, and measure it at each of ``sizes`` (passages).

    ``real`` is how many real paragraphs are embedded.
    """
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    articles, questions = load(files, chance)
    embedder = Remembering(BundledEmbedder())
    known = _embedded(embedder, files, articles, chance, real)
    made, chroma = documents({title: articles[title] for title in known}, chance), 0.0
    with Index(Config(data=folder), embedder) as index:
        for size in sizes:
            while (count := index.catalog.count()) < size:
                document, passages = next(made)
                vectors = near(known[document.source], len(passages), rng)
                change = index.catalog.put(document, passages, vectors, chunker="drill")
                chroma += _seconds(partial(index.vectors.follow, change, vectors))
                if count % 10_000 == 0:
                    print(f"{count:,} passages", flush=True)
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


def _measure(index: Index, questions: Sequence[str], chroma_s: float) -> Row:
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
    return Row(
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


def plot(rows: Sequence[Row], file: Path) -> None:
    """Ratios and Recall@10 by size, as SVG or PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    sizes = [row.passages for row in rows]
    figure, (times, recall) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, label in (
        ("p50", "retrieval, p50"),
        ("p95", "retrieval, p95"),
        ("exact_p50", "exact search, p50"),
    ):
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


def page(rows: Sequence[Row], options: argparse.Namespace) -> str:
    """The figures as Markdown."""
    files = " ".join(file.name for file in options.squad)
    sizes = " ".join(map(str, options.sizes))
    names = [field.name for field in fields(Row)]
    cells = [[f"{row.passages:,}", *(f"{value:,.3f}" for value in astuple(row)[1:])] for row in rows]
    command = f"python -m drills.retrieval {files} --sizes {sizes} --real {options.real}"
    return (
        f"# Retrieval at size\n\nMade by `{command}`.\n\n{__doc__}\n"
        f"| {' | '.join(names)} |\n|{' --- |' * len(names)}\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in cells)
        + "\n![The same as a plot](retrieval.svg)\n"
    )


def main() -> None:
    """Measure, print, and write the page with its plot beside it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--real", type=int, default=3_000, help="paragraphs that are embedded")
    parser.add_argument("--page", type=Path, default=_PAGE)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in drill(Path(folder), options.squad, options.sizes, real=options.real):
            print(row, flush=True)
            rows.append(row)
            options.page.write_text(page(rows, options), encoding="utf-8")
            plot(rows, options.page.with_suffix(".svg"))


if __name__ == "__main__":
    main()
