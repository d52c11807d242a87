"""Full text search at size, on made passages of real sentences.

Texts are made of real ones (``drills.recombined``). Vectors have one dimension: they play no part.
For each size 200 questions of the files are searched by words, each beside embedding it, and beside the same
with every passage scored that has a word of the question, and beside putting right the question with an edit
in each of its names. Times are the thread's own on the processor (each of these runs in one thread), so that
other work on the machine matters less.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drills.drill import Drill, Row
from drills.recombined import documents, load
from eval.speed import resident_mb
from eval.spelling import misspell
from qa.catalog import Catalog
from qa.embed import BundledEmbedder
from qa.full_text import MOST_ROWS
from qa.spelling import Speller
from qa.words import query_terms

_FILES = ("squad1_44_articles.json", "squadshifts_new_wiki.json")
_CANDIDATES = 50
_EVERY_ROW = 10**9


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured with so many passages; times (median, 95th percentile) as ratios to embedding."""

    passages: int
    embedding_ms: float
    search: tuple[float, float]
    all_scored: tuple[float, float]
    put_right: tuple[float, float]
    resident_mb: float


def drill(folder: Path, count: int, seed: int, data: Path) -> Iterator[Size]:
    """Fill a catalog up to ``count`` passages, and measure at a hundredth and a tenth of it too."""
    chance = random.Random(seed)
    articles, questions = load([data / name for name in _FILES], chance)
    embedder = BundledEmbedder()
    folder.mkdir(parents=True)
    catalog = Catalog(folder / "catalog.sqlite3")
    made = documents(articles, chance)
    for size in (count // 100, count // 10, count):
        while catalog.count() < size:
            document, passages = next(made)
            vectors = np.zeros((len(passages), 1), np.float32)
            catalog.put(document, passages, vectors, chunker="drill")
        yield measure(catalog, questions, embedder.embed_question)
    catalog.close()


def measure(catalog: Catalog, questions: Sequence[str], embed: Callable[[str], object]) -> Size:
    """Search for each question in each way."""

    def search(question: str, most_rows: int) -> object:
        return catalog.lexical(query_terms(question), _CANDIDATES, None, most_rows=most_rows)

    speller, chance = Speller(catalog), random.Random(5)
    speller.correct("Wrogn")  # reads the list of English words
    ways: Mapping[str, Callable[[str], object]] = {
        "embed": embed,
        "search": lambda question: search(question, MOST_ROWS),
        "all": lambda question: search(question, _EVERY_ROW),
        "spell": lambda question: speller.correct(misspell(question, 1, chance)),
    }
    times: dict[str, list[float]] = defaultdict(list)
    for question in questions:
        for name, work in ways.items():
            began = time.thread_time()
            work(question)
            times[name].append(time.thread_time() - began)
    embedding = float(np.median(times["embed"]))

    def ratios(name: str) -> tuple[float, float]:
        median, high = np.percentile(times[name], (50, 95)) / embedding
        return float(median), float(high)

    return Size(
        passages=catalog.count(),
        embedding_ms=1_000 * embedding,
        search=ratios("search"),
        all_scored=ratios("all"),
        put_right=ratios("spell"),
        resident_mb=resident_mb(),
    )


def _rows(done: Sequence[Size]) -> list[Row]:
    def pair(ratios: tuple[float, float]) -> str:
        return f"{ratios[0]:.2f} / {ratios[1]:.2f}"

    return [
        (
            f"{one.passages:,}",
            f"{one.embedding_ms:.1f}",
            pair(one.search),
            pair(one.all_scored),
            pair(one.put_right),
            f"{one.resident_mb:.0f}",
        )
        for one in done
    ]


DRILL = Drill(
    name="lexical",
    title="Lexical search as the index grows",
    shows="200 questions, passages of about 150 words recombined from real sentences of 92 articles. Times"
    " are the thread's own on the processor, as ratios (median and 95th percentile) to the median time of"
    " embedding a question in the same run. All scored: every passage with any word of the question."
    " Put right: the same questions with an edit in each name.",
    count=100_000,
    does=lambda run: drill(run.folder, run.count, run.seed, run.data),
    rows=_rows,
    columns=("passages", "embedding, ms", "search", "all scored", "put right", "memory, MB"),
    files=_FILES,
)
