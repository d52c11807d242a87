"""Indexing real texts beside the bare embedder, and beside LlamaIndex, each in a process of its own."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from drills import llama
from drills.drill import Drill, Row, ratio
from eval.squad import load_squad
from qa.chunk import chunk, embedding_text
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.types import Document

_FILES = (
    "squad1_44_articles.json",
    "squadshifts_new_wiki.json",
    "squadshifts_amazon.json",
    "squadshifts_reddit.json",
)
_PARAGRAPHS = 40  # of a document
_BARE, _FOOTNOTE, _LLAMA = "bare embedder", "Footnote", "LlamaIndex"
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Took:
    """What one way took for one document, in seconds; without a document, what closing took."""

    way: str
    document: str
    passages: int
    seconds: float
    embedding: float
    """Of them in the embedder."""
    peak_mb: float
    """The most memory that its process had until then."""


class TimedEmbedder:
    """The bundled embedder, and the seconds spent in it."""

    name = BundledEmbedder.name
    dimension = BundledEmbedder.dimension

    def __init__(self) -> None:
        self._embedder = BundledEmbedder()
        self.seconds = 0.0

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        began = time.perf_counter()
        vectors = self._embedder.embed_passages(texts)
        self.seconds += time.perf_counter() - began
        return vectors

    def embed_question(self, text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return self._embedder.embed_question(text)


def drill(folder: Path, count: int, data: Path) -> Iterator[Took]:
    """Each way takes each document, by turns, until the bare embedder had ``count`` passages."""
    ways = [_BARE, _FOOTNOTE, *([_LLAMA] if llama.installed() else [])]
    if _LLAMA not in ways:
        print(f"drills: {llama.PACKAGE} is not installed, so LlamaIndex is left out", file=sys.stderr)
    passages = 0
    with ExitStack() as stack:
        workers = {way: stack.enter_context(_worker(way, folder / way)) for way in ways}
        for number, document in enumerate(_documents(data)):
            turn = number % len(ways)
            for way in (*ways[turn:], *ways[:turn]):
                workers[way].send(document)
                took: Took = workers[way].recv()
                passages += took.passages if way == _BARE else 0
                yield took
            if passages >= count:
                break
        for worker in workers.values():
            worker.send(None)
            yield worker.recv()


def _documents(data: Path) -> Iterator[Document]:
    """The articles of the files in documents of some pages each."""
    for name in _FILES:
        articles: dict[str, list[str]] = defaultdict(list)
        for paragraph in load_squad(data / name)[0]:
            articles[paragraph.title].append(paragraph.text.strip())
        for title, texts in articles.items():
            for at in range(0, len(texts), _PARAGRAPHS):
                text = "\n\n".join(texts[at : at + _PARAGRAPHS])
                sha256 = hashlib.sha256(text.encode()).hexdigest()
                source = f"{name}/{title}/{at}"
                yield Document(source, source, title, None, text, sha256, "drill/1")


@contextmanager
def _worker(way: str, folder: Path) -> Iterator[Connection]:
    """A process that takes each document it is sent, and says what that took; after None it closes."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(there, way, folder))
    process.start()
    try:
        there.close()
        yield here
    finally:
        here.close()
        process.join(_PATIENCE)
        process.kill()


def _work(connection: Connection, way: str, folder: Path) -> None:
    embedder = TimedEmbedder()
    began = before = 0.0
    try:
        with _WAYS[way](folder, embedder) as take:
            while (document := connection.recv()) is not None:
                before, began = embedder.seconds, time.perf_counter()
                passages = take(document)
                seconds, embedding = time.perf_counter() - began, embedder.seconds - before
                seconds = embedding if way == _BARE else seconds
                connection.send(Took(way, document.source, passages, seconds, embedding, peak_mb()))
            began = time.perf_counter()
        connection.send(Took(way, "", 0, time.perf_counter() - began, 0.0, peak_mb()))
    except EOFError:  # the time was over
        return


Take = Callable[[Document], int]


@contextmanager
def _bare(folder: Path, embedder: TimedEmbedder) -> Iterator[Take]:
    """Only what is spent in the embedder is counted, not the cutting."""
    config = Config()

    def take(document: Document) -> int:
        passages = chunk(document, max_tokens=config.passage_tokens, overlap_tokens=config.overlap_tokens)
        return len(
            embedder.embed_passages([embedding_text(document.title, p.heading, p.text) for p in passages])
        )

    yield take


@contextmanager
def _footnote(folder: Path, embedder: TimedEmbedder) -> Iterator[Take]:
    with Index(Config(data=folder), embedder) as index:
        yield lambda document: index.add(document).passages


@contextmanager
def _llama(folder: Path, embedder: TimedEmbedder) -> Iterator[Take]:
    yield llama.pipeline(folder, embedder)


_WAYS = {_BARE: _bare, _FOOTNOTE: _footnote, _LLAMA: _llama}


def peak_mb() -> float:
    """The most memory that this process had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1_000


def _rows(done: Sequence[Took]) -> list[Row]:
    ways = {way: [one for one in done if one.way == way] for way in _WAYS}
    bare = {one.document: one.seconds for one in ways[_BARE]}

    def each(what: Callable[[list[Took]], str]) -> Row:
        return tuple(what(those) if those else "not installed" for those in ways.values())

    def total(those: list[Took]) -> float:
        return sum(one.seconds for one in those if one.document)

    def passages(those: list[Took]) -> int:
        return sum(one.passages for one in those)

    return [
        ("documents", *each(lambda those: f"{sum(bool(one.document) for one in those)}")),
        ("passages", *each(lambda those: f"{passages(those):,}")),
        ("passages a second", *each(lambda those: f"{passages(those) / total(those):.1f}")),
        ("throughput beside the bare embedder, closing included", *each(lambda those: _ratio(those, bare))),
        ("share of the time in the embedder", *each(lambda those: f"{_embedding(those) / total(those):.3f}")),
        ("closing, s", *each(lambda those: f"{sum(one.seconds for one in those if not one.document):.1f}")),
        ("peak memory, MB", *each(lambda those: f"{max(one.peak_mb for one in those):.0f}")),
    ]


def _embedding(those: Sequence[Took]) -> float:
    return sum(one.embedding for one in those)


def _ratio(those: Sequence[Took], bare: dict[str, float]) -> str:
    """Bare seconds to seconds, over the documents that both took."""
    pairs = np.array([(bare[one.document], one.seconds) for one in those if one.document in bare])
    return ratio(pairs)


DRILL = Drill(
    name="throughput",
    title="Indexing throughput",
    shows="Articles of SQuAD and SQuADShifts are indexed (cut, embedded, stored in SQLite and Chroma) and,"
    " document by document by turns, put through the bare embedder and through LlamaIndex's"
    " `IngestionPipeline` into `ChromaVectorStore` with the same embedder; each in a process of its own. Wall"
    " time; intervals resample documents.",
    count=10_000,
    does=lambda run: drill(run.folder, run.count, run.data),
    rows=_rows,
    columns=("", _BARE, _FOOTNOTE, _LLAMA),
    files=_FILES,
)
