"""Exact search beside sorting all cosines, and batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa.catalog import Catalog
from qa.exact import ExactVectors
from tests import corpus


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def test_the_nearest_of_all_batches_come_first(catalog: Catalog) -> None:
    """2,300 vectors are three batches; the oracle sorts all of them."""
    added = np.array(corpus.put(catalog, 2_300).added)
    matrix = corpus.vectors(2_300)
    for question in corpus.vectors(20, seed=1):
        order = np.argsort(-(matrix @ question), kind="stable")[:50]
        assert ExactVectors(catalog).nearest(question, 50, None) == added[order].tolist()


def test_filtered_by_document(catalog: Catalog) -> None:
    first, second = corpus.put(catalog, 30), corpus.put(catalog, 20, "/documents/b.txt", seed=1)
    question = corpus.vectors(1, seed=2)[0]
    exact = ExactVectors(catalog)
    found = exact.nearest(question, 50, [second.document_id, "unknown"])
    assert sorted(found) == sorted(second.added)
    assert exact.nearest(question, 50, []) == exact.nearest(question, 50, ["unknown"]) == []
    assert set(exact.nearest(question, 50, None)) == {*first.added, *second.added}


def test_nothing_in_nothing_out(catalog: Catalog) -> None:
    assert ExactVectors(catalog).nearest(corpus.vectors(1)[0], 5, None) == []
