"""Misspelt questions: ``python -m eval.spelling [--names SQUAD_FILE]``.

Without a file: the gold questions on the seeds are asked with one or two random edits in each of their
names, with and without putting them right, and the evidence is looked for among the first 5 passages (no
reader takes part). Conversations are resampled. Then whether any question as it stands is searched in other
words.

With a SQuAD file, on which the rule in ``qa/spelling.py`` was chosen: half of the articles are the documents.
Names of their questions are edited; words of the other half's questions that stand nowhere in the documents
are left as they are. Printed is how often each is put right, put wrong or, being right, changed.
"""

from __future__ import annotations

import argparse
import random
import re
import string
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval.gold import GoldQuestion, conversation, load_gold, placed
from eval.places import Place
from eval.retrieval import success_at
from eval.run import default_gold
from eval.squad import load_squad
from eval.statistics import Figure, mean_figure
from qa.assistant import Assistant
from qa.build import open_index
from qa.catalog import Catalog
from qa.config import Config
from qa.index import Index
from qa.ingest import find_all, ingest
from qa.read.sentence import SentenceReader
from qa.spelling import Speller
from qa.types import Event, Passage, Span, Turn
from qa.words import STOP_WORDS, content_words, fold, stems

_NAME = re.compile(r"(?<=\s)[A-Z][^\W\d_]{3,}")  # not the first word, which has its capital anyway
_SEEDS = Path("seeds")
_DRAWS = 5
_MOST_NAMES = 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=Path, metavar="SQUAD_FILE")
    options = parser.parse_args()
    for figure in measure_names(options.names) if options.names else measure_seeds():
        print(f"{figure.name:48} {figure.value:+.3f}  n={figure.n}  [{figure.low:+.3f}, {figure.high:+.3f}]")


def measure_seeds() -> Iterator[Figure]:
    """Success@5 with one and two edits a name, with and without suggestions, and their paired difference."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data=Path(folder), reader=SentenceReader.name)
        with open_index(config) as index:
            list(ingest(index, find_all([_SEEDS]), config))
            texts = {d.source: index.catalog.text(d.id) for d in index.catalog.documents()}
            gold = placed(load_gold(default_gold()), texts)
            yield from _misspelt(index, config, gold)
            yield _well_spelt(index, config, gold)


def _misspelt(index: Index, config: Config, gold: Sequence[GoldQuestion]) -> Iterator[Figure]:
    usual = _assistant(index, config)
    literal = _assistant(index, config, correct=lambda question: question)
    named = {question.cluster for question in gold if names(question.question)}
    for edits in (0, 1, 2):
        put_right, as_written, labels = [], [], []
        for draw in range(_DRAWS if edits else 1):
            chance = random.Random(f"{edits} {draw}")
            asked = [replace(q, question=misspell(q.question, edits, chance)) for q in gold]
            sought = [q for q in asked if q.answerable and q.cluster in named]
            put_right += [_finds(usual, asked, question) for question in sought]
            as_written += [_finds(literal, asked, question) for question in sought]
            labels += [question.cluster for question in sought]
        name = f"Success@5, {edits} edits a name"
        yield mean_figure(f"{name}, as written", as_written, labels)
        yield mean_figure(f"{name}, put right", put_right, labels)
        differences = [one - other for one, other in zip(put_right, as_written, strict=True)]
        yield mean_figure(f"{name}, difference", differences, labels)


def _well_spelt(index: Index, config: Config, gold: Sequence[GoldQuestion]) -> Figure:
    """The share of the gold questions that are searched in other words than they would be."""
    usual, literal = _assistant(index, config), _assistant(index, config, correct=lambda question: question)

    def searched(assistant: Assistant, question: GoldQuestion) -> Event:
        return next(assistant.stream(question.question, history=_history(gold, question)))

    changed = [float(searched(usual, q) != searched(literal, q)) for q in gold]
    return mean_figure("well-spelt questions changed", changed)


def _assistant(index: Index, config: Config, correct: Callable[[str], str] | None = None) -> Assistant:
    return Assistant(index, {config.reader: SentenceReader(index.embedder, 1.0)}, config, correct=correct)


def _finds(assistant: Assistant, asked: Sequence[GoldQuestion], question: GoldQuestion) -> float:
    """Whether the evidence is found; nothing is answered to the questions before, so only they tell."""
    found = assistant.search(question.question, history=_history(asked, question))
    ranked = [Place(s.stored.source, s.passage.start, s.passage.end) for s in found]
    return success_at(ranked, question.proofs, 5)


def _history(asked: Sequence[GoldQuestion], question: GoldQuestion) -> list[Turn]:
    return [Turn(earlier.question, "") for earlier in conversation(asked, question)]


def measure_names(file: Path) -> Iterator[Figure]:
    """What becomes of edited names, and of right words that the documents don't have."""
    documents, questions = load_squad(file)
    articles = sorted({document.title for document in documents})
    kept = frozenset(articles[::2])
    asked = {
        source: [
            q.question for q in questions if (q.source.split("/")[0].replace("_", " ") in kept) is source
        ]
        for source in (True, False)
    }
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Path(folder) / "catalog.sqlite3")
        for document in documents:
            if document.title in kept:
                passage = Passage(0, len(document.text), document.text, (Span(0, 1),), 1)
                catalog.put(document, [passage], np.zeros((1, 1), np.float32), chunker="whole")
        speller, chance = Speller(catalog), random.Random(1)
        there = sorted({n for q in asked[True] for n in names(q) if catalog.passages_with(n, 1)})
        chosen = chance.sample(there, min(len(there), _MOST_NAMES))
        for edits in (1, 2):
            pairs = [(name, speller.correct(edited(name, edits, chance))) for name in chosen]
            right = [float(stems(one) == stems(other)) for one, other in pairs]
            wrong = [
                float(stems(one) != stems(other) and catalog.passages_with(other, 1) > 0)
                for one, other in pairs
            ]
            yield mean_figure(f"{edits} edits: put right", right)
            yield mean_figure(f"{edits} edits: now another word", wrong)
        absent = {w for q in asked[False] for w in content_words(q) if w.isalpha() and len(w) > 3}
        unknown = sorted(word for word in absent if not catalog.passages_with(word, 1))
        changed = [float(speller.correct(word) != word) for word in unknown]
        yield mean_figure("right words that stand nowhere, changed", changed)
        catalog.close()


def names(question: str) -> list[str]:
    """Words with a capital inside the question, of four letters or more."""
    return [match[0] for match in _NAME.finditer(question) if fold(match[0]) not in STOP_WORDS]


def misspell(question: str, edits: int, chance: random.Random) -> str:
    """``question`` with so many random edits in each of its names."""
    wanted = set(names(question))
    return _NAME.sub(lambda m: edited(m[0], edits, chance) if m[0] in wanted else m[0], question)


def edited(word: str, edits: int, chance: random.Random) -> str:
    """``word`` with a letter left out, put in or changed, or two neighbours swapped, so many times."""
    for _ in range(edits):
        before = word
        while word == before:
            at = chance.randrange(len(word))
            head, letter, tail = word[:at], word[at], word[at + 1 :]
            other = chance.choice(string.ascii_lowercase)
            word = chance.choice(
                (
                    head + tail,
                    head + other + letter + tail,
                    head + other + tail,
                    head + tail[:1] + letter + tail[1:],
                )
            )
    return word


if __name__ == "__main__":
    main()
