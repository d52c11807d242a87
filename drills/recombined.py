"""Corpora of any size made of real ones, the same in every run.

Passages of about 150 words are made of whole sentences drawn at random (seeded) from one article each, 100
passages a document; so words stand together that people would not put together, and each sentence stands in
many passages, but words are as common as in the articles. Their vectors are those of real paragraphs of the
same article, turned in a random direction by an angle whose cosine is 0.9.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.squad import load_squad
from qa.types import Document, Passage, Span

if TYPE_CHECKING:
    from qa.types import FloatArray

_A_DOCUMENT = 100  # passages
_WORDS = 150
_FEWEST_SENTENCES = 50  # of an article that passages are made of
_QUESTIONS = 200
_COSINE = 0.9
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def load(files: Sequence[Path], chance: random.Random) -> tuple[dict[str, list[str]], list[str]]:
    """Each article's sentences by its title, and a sample of the questions."""
    articles: dict[str, list[str]] = defaultdict(list)
    questions = []
    for file in files:
        documents, asked = load_squad(file)
        questions += [question.question for question in asked]
        for document in documents:
            articles[document.title] += _SENTENCE_END.split(document.text.strip())
    long = {title: article for title, article in articles.items() if len(article) >= _FEWEST_SENTENCES}
    return long, chance.sample(questions, _QUESTIONS)


def paragraphs(files: Sequence[Path], titles: Mapping[str, object]) -> dict[str, list[str]]:
    """The paragraphs of each article of ``titles``."""
    found: dict[str, list[str]] = defaultdict(list)
    for document in (one for file in files for one in load_squad(file)[0]):
        if document.title in titles:
            found[document.title].append(document.text)
    return found


def documents(
    articles: Mapping[str, Sequence[str]], chance: random.Random
) -> Iterator[tuple[Document, list[Passage]]]:
    """Documents without end, whose source is their article's title; longer articles give more of them."""
    number = 0
    titles, lengths = list(articles), [len(article) for article in articles.values()]
    while True:
        [title] = chance.choices(titles, lengths)
        texts = [_text(articles[title], chance) for _ in range(_A_DOCUMENT)]
        passages, at = [], 0
        for text in texts:
            passages.append(Passage(at, at + len(text), text, (Span(at, at + len(text)),), tokens=200))
            at += len(text) + 1
        name = f"drill/{number}"
        yield Document(name, title, "", None, "\n".join(texts), name, "drill/1"), passages
        number += 1


def near(real: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """``count`` unit vectors, each at a cosine of 0.9 to one of the unit rows of ``real`` (n, d)."""
    base = real[rng.integers(len(real), size=count)]
    aside = rng.normal(size=base.shape)
    aside -= (aside * base).sum(axis=1, keepdims=True) * base
    aside *= np.sqrt(1 - _COSINE**2) / np.linalg.norm(aside, axis=1, keepdims=True)
    return (_COSINE * base + aside).astype(np.float32)


def _text(sentences: Sequence[str], chance: random.Random) -> str:
    chosen: list[str] = []
    while sum(len(sentence.split()) for sentence in chosen) < _WORDS:
        chosen.append(chance.choice(sentences))
    return " ".join(chosen)
