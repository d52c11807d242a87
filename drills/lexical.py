"""Full text search at size: ``python -m drills.lexical SQUAD_FILE… [--sizes N…]``.

Texts are made of real ones (``drills.recombined``). Vectors have one dimension: they play no part.
For each size 200 questions of the files are searched by words, each beside embedding it; printed are the 50th
and 95th percentiles as ratios to the median time of embedding, the same with every passage scored that has a
word of the question, the same of putting right the question with an edit in each of its names, and the memory
of this process. Times are the thread's own on the processor (each of these runs in one thread), so that other
work on the machine matters less.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from drills.recombined import documents, load
from eval.speed import resident_mb
from eval.spelling import misspell
from qa.catalog import Catalog
from qa.embed import BundledEmbedder
from qa.full_text import MOST_ROWS
from qa.spelling import Speller
from qa.words import query_terms

_SIZES = (1_000, 10_000, 100_000)
_CANDIDATES = 50
_EVERY_ROW = 10**9


def main() -> None:
    """Fill a catalog step by step, and measure at each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES)
    options = parser.parse_args()
    chance = random.Random(4)
    articles, questions = load(options.squad, chance)
    embedder = BundledEmbedder()
    columns = ("p50", "p95", "all p50", "all p95", "spell p50", "spell p95", "MB")
    print(f"{'passages':>9} {'embed ms':>9} {' '.join(f'{column:>9}' for column in columns)}")
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Path(folder) / "catalog.sqlite3")
        made = documents(articles, chance)
        for size in options.sizes:
            while catalog.count() < size:
                document, passages = next(made)
                vectors = np.zeros((len(passages), 1), np.float32)
                catalog.put(document, passages, vectors, chunker="drill")
            row = measure(catalog, questions, embedder.embed_question)
            print(f"{catalog.count():9,} {row}", flush=True)
        catalog.close()


def measure(catalog: Catalog, questions: Sequence[str], embed: Callable[[str], object]) -> str:
    """Milliseconds to embed a question (median), and the ratios to it."""

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
    ratios = [np.percentile(times[name], (50, 95)) / embedding for name in ("search", "all", "spell")]
    shown = " ".join(f"{ratio:9.2f}" for pair in ratios for ratio in pair)
    return f"{1_000 * embedding:9.2f} {shown} {resident_mb():9.0f}"


if __name__ == "__main__":
    main()
