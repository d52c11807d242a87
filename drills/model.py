"""The plain dictionary that an index is compared with, and the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drills.topics import TopicEmbedder
from qa.index import Index
from qa.words import query_terms

_AT_ONCE = 30  # passages that are searched for one by one; Chroma is asked for all
_BATCH = 500
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Text:
    """What the model knows of a document: its text, and where chunking it anew cuts it."""

    text: str
    spans: tuple[tuple[int, int], ...]

    def passages(self) -> list[str]:
        return [self.text[start:end] for start, end in self.spans]


Model = Mapping[str, Text]
"""Each document's text by its path."""


@dataclass(slots=True)
class Seen:
    """What comparing came to; the differences in words."""

    documents: int = 0
    passages: int = 0
    searches: int = 0
    differences: list[str] = field(default_factory=list)


def which(index: Index, models: Sequence[Model]) -> int | None:
    """The first of ``models`` that has the documents and texts of the index; None when none has."""
    catalog = index.catalog
    there = {document.path: catalog.text(document.id) for document in catalog.documents()}
    wanted = [{path: kept.text for path, kept in model.items()} for model in models]
    return wanted.index(there) if there in wanted else None


def compare(index: Index, model: Model, gone: Sequence[Text], rng: np.random.Generator) -> Seen:
    """Every passage's place and words, its vector, and searches by both ways for it and for what is gone."""
    seen = Seen(documents=len(model))
    texts: dict[str, str] = {}
    for document in index.catalog.documents():
        ids, matrix = index.catalog.vectors_of(document.id)
        passages = index.catalog.passages(ids)
        cuts = [passages[id_][0].passage for id_ in ids]
        kept = model[document.path]
        if tuple((cut.start, cut.end) for cut in cuts) != kept.spans:
            seen.differences.append(f"{document.path} is cut otherwise")
        if [cut.text for cut in cuts] != kept.passages():
            seen.differences.append(f"{document.path} has passages that are not its text")
        if not np.array_equal(matrix, TopicEmbedder().embed_passages([cut.text for cut in cuts])):
            seen.differences.append(f"{document.path} has vectors that are not its passages'")
        texts |= {id_: cut.text for id_, cut in zip(ids, cuts, strict=True)}
    seen.passages = len(texts)
    if texts.keys() != index.catalog.passage_ids():
        seen.differences.append("the catalog has passages of no document")
    ids = list(texts)
    for at in rng.permutation(len(ids))[:_AT_ONCE]:
        find(index, texts[ids[at]], ids[at], seen)
    words = [text for kept in gone for text in kept.passages()]
    for at in rng.permutation(len(words))[: _AT_ONCE // 2]:
        miss(index, words[at], texts, seen)
    return seen


def find(index: Index, text: str, id_: str, seen: Seen) -> None:
    """Search for a passage by its words and by its vector."""
    [by_words, *_] = [*index.catalog.lexical(query_terms(text), 1, None), ("nothing", 0.0)]
    by_vector = index.vectors.nearest(TopicEmbedder().embed_question(text), 1, None)
    seen.searches += 2
    if by_words[0] != id_:
        seen.differences.append(f"words found {by_words[0]}, not {id_}")
    if by_vector != [id_]:
        seen.differences.append(f"the vector found {by_vector}, not {id_} ({index.vectors.state})")


def miss(index: Index, text: str, texts: Mapping[str, str], seen: Seen) -> None:
    """Search for a passage that is gone, or came back: only what there is may be found."""
    by_words = [id_ for id_, _ in index.catalog.lexical(query_terms(text), 10, None)]
    by_vector = index.vectors.nearest(TopicEmbedder().embed_question(text), 10, None)
    seen.searches += 2
    if unknown := [id_ for id_ in (*by_words, *by_vector) if id_ not in texts]:
        seen.differences.append(f"found what is gone: {unknown} ({index.vectors.state})")


def compare_chroma(index: Index) -> Seen:
    """Once mended: Chroma has the catalog's passages and no others, and each finds itself."""
    seen = Seen()
    index.vectors.settle(_PATIENCE)
    chroma = index.vectors.chroma
    if chroma is None:
        seen.differences.append(f"Chroma does not answer: {index.vectors.state}")
        return seen
    wanted = index.catalog.passage_ids()
    there = chroma.ids()
    if there != wanted or chroma.count() != len(wanted):
        seen.differences.append(
            f"Chroma lacks {len(wanted - there)}, has {len(there - wanted)} too many, counts {chroma.count()}"
        )
    for ids, _, matrix in index.catalog.vectors(_BATCH):
        seen.searches += len(ids)
        if lost := _lost(ids, chroma.nearest_of_each(matrix, 1)):
            seen.differences.append(f"Chroma does not find {lost}")
    return seen


def _lost(ids: Sequence[str], hits: Sequence[Sequence[tuple[float, str]]]) -> list[str]:
    return [id_ for id_, hit in zip(ids, hits, strict=True) if not hit or hit[0][1] != id_]
