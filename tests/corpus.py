"""A catalog of many short passages with vectors of their own, made fast: nothing is chunked or embedded."""

from __future__ import annotations

import numpy as np

from qa.catalog import Catalog, Change
from qa.types import Passage
from tests.conftest import make_document

DIMENSION = 16
TOPICS = 40


def vectors(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Unit vectors (count, 16) around 40 topics: clustered, as the vectors of texts are."""
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(TOPICS, DIMENSION))
    made = topics[rng.integers(TOPICS, size=count)] + 0.4 * rng.normal(size=(count, DIMENSION))
    unit: np.ndarray[tuple[int, int], np.dtype[np.float32]] = made / np.linalg.norm(
        made, axis=1, keepdims=True
    )
    return unit.astype(np.float32)


def put(catalog: Catalog, count: int, path: str = "/documents/a.txt", seed: int = 0) -> Change:
    """A document of ``count`` passages, each a word of six characters."""
    text = "".join(f"{at:05} " for at in range(count))
    passages = [
        Passage(start=6 * at, end=6 * at + 5, text=text[6 * at : 6 * at + 5], sentences=(), tokens=1)
        for at in range(count)
    ]
    return catalog.put(make_document(text, path), passages, vectors(count, seed), chunker="test")
