"""Which passages are scored when words are common, and that their scores don't depend on it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.catalog import Catalog
from qa.full_text import _queries
from qa.types import Passage, Span
from tests.conftest import make_document

WORDS = ["rye", "oats", "wheat", "maize", "millet", "barley"]
SHARES = [0.02, 0.05, 0.1, 0.3, 0.6, 0.9]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """300 passages in three documents; each word of ``WORDS`` stands in about its share of them."""
    opened = Catalog(tmp_path_factory.mktemp("full_text") / "catalog.sqlite3")
    chance = random.Random(7)
    for name in "abc":
        texts = [
            " ".join(["grain", *(w for w, s in zip(WORDS, SHARES, strict=True) if chance.random() < s)])
            for _ in range(100)
        ]
        passages = [Passage(100 * n, 100 * n + len(t), t, (Span(0, 1),), 1) for n, t in enumerate(texts)]
        opened.put(make_document(name, f"/{name}"), passages, np.zeros((100, 1), np.float32), chunker="test")
    yield opened
    opened.close()


def test_rare_words_put_up_passages_and_common_ones_add_to_scores() -> None:
    counted = [(3, "a"), (5, "b"), (900, "c"), (1001, "d")]
    assert _queries(counted, least=5, most=1000) == [
        '("a" OR "b" OR "c") AND ("d")',
        '"a" OR "b" OR "c"',
    ]
    assert _queries(counted, least=5, most=100) == [
        '("a" OR "b") AND ("c" OR "d")',
        '"a" OR "b"',
    ]
    assert _queries(counted, least=5, most=None) == ['"a" OR "b" OR "c" OR "d"']


def test_words_go_on_putting_up_passages_until_there_are_enough() -> None:
    assert _queries([(3, "a"), (101, "b")], least=50, most=100) == ['"a" OR "b"']
    assert _queries([(101, "a"), (101, "b")], least=50, most=100) == ['("a") AND ("b")', '"a"']
    assert _queries([], least=50, most=100) == []


@given(st.sets(st.sampled_from(WORDS), min_size=1), st.integers(1, 50), st.integers(1, 400))
def test_a_passage_has_the_same_score_however_few_are_scored(
    catalog: Catalog, terms: set[str], limit: int, most: int
) -> None:
    every = dict(catalog.lexical(sorted(terms), 300, None, most_rows=10**9))
    found = catalog.lexical(sorted(terms), limit, None, most_rows=most)
    assert {id_: every[id_] for id_, _ in found} == pytest.approx(dict(found))
    assert 0 < len(found) <= limit
    assert [bm25 for _, bm25 in found] == sorted((bm25 for _, bm25 in found), reverse=True)


def test_those_with_a_rare_word_are_scored_in_full(catalog: Catalog) -> None:
    """*rye* alone puts up passages; the first of them all has *rye* and more."""
    every = catalog.lexical(["rye", "maize", "barley"], 300, None, most_rows=10**9)
    few = catalog.lexical(["rye", "maize", "barley"], 1, None, most_rows=1)
    assert dict(few) == pytest.approx(dict(every[:1]))
    with_rye = catalog.passages_with("rye")
    ids = [id_ for id_, _ in every]
    assert len(catalog.lexical(["rye", "maize", "barley"], 1, None, also=ids, most_rows=1)) == with_rye


def test_a_filter_is_searched_to_its_end(catalog: Catalog) -> None:
    """Not only for the rare word, where that gives too few."""
    [document, *_] = catalog.documents()
    found = catalog.lexical(["rye", "barley"], 80, (document.id,), most_rows=1)
    every = catalog.lexical(["rye", "barley"], 80, (document.id,), most_rows=10**9)
    assert dict(found) == pytest.approx(dict(every))
    assert len(found) == 80


def test_passages_are_counted_up_to_a_bound(catalog: Catalog) -> None:
    assert catalog.passages_with("grain") == 300
    assert catalog.passages_with("Grains", 7) == 7
    assert catalog.passages_with("zebra", 7) == catalog.passages_with("?!", 7) == 0
