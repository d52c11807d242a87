"""Hybrid retrieval: fusion by hand, filters against a plain loop, hard questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.config import Config
from qa.index import Index
from qa.retrieve import fuse, retrieve
from qa.types import Filters, ScoredPassage
from qa.words import query_terms
from tests.conftest import FakeEmbedder, make_document

DAYS = (date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), None)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Eight documents of one passage each, two for each of ``DAYS``; the last two are the same words."""
    texts = ["wheat", "rye oats", "oats", "barley", "zebra", "maize rye", "same  words", "same\nwords"]
    with Index(Config(data=tmp_path_factory.mktemp("corpus") / "data"), FakeEmbedder()) as index:
        for n, text in enumerate(texts):
            index.add(make_document(text, f"/{n}.txt", published=DAYS[n % 4]))
        yield index


def texts(passages: list[ScoredPassage]) -> list[str]:
    return [scored.passage.text for scored in passages]


# ── fusion ───────────────────────────────────────────────────────────────────────────────────────


def test_fusion_by_hand() -> None:
    fused = fuse([["a", "b", "c"], ["b", "d"]])
    assert list(fused) == ["b", "a", "d", "c"]
    assert fused["b"] == pytest.approx(1 / 62 + 1 / 61)
    assert fused["a"] == pytest.approx(1 / 61)
    assert fused["d"] == pytest.approx(1 / 62)
    assert fused["c"] == pytest.approx(1 / 63)


def test_ties_keep_the_order_of_first_sight() -> None:
    assert list(fuse([["a", "b"], ["b", "a"]])) == ["a", "b"]
    assert list(fuse([["b"], ["a"]])) == ["b", "a"]
    assert fuse([[], []]) == fuse([]) == {}


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4))
def test_being_ranked_better_never_does_harm(rankings: list[list[str]]) -> None:
    fused = fuse(rankings)
    assert set(fused) == {id_ for ranking in rankings for id_ in ranking}
    assert sorted(fused.values(), reverse=True) == list(fused.values())
    for better, worse in zip(fused, list(fused)[1:], strict=False):
        ranks = [
            [ranking.index(id_) if id_ in ranking else 99 for ranking in rankings] for id_ in (worse, better)
        ]
        assert ranks[0] == ranks[1] or any(w > b for w, b in zip(*ranks, strict=True))


# ── retrieval ────────────────────────────────────────────────────────────────────────────────────


def test_scores_by_hand(corpus: Index) -> None:
    """For "oats": "oats" is the nearest, and first lexically too, being shorter than "rye oats"."""
    first, *others = retrieve(corpus, "oats", k=8)
    assert first.passage.text == "oats"
    assert first.cosine == pytest.approx(1)
    assert first.rrf == pytest.approx(1 / 61 + 1 / 61)
    assert first.bm25 > 0
    [rye] = [scored for scored in others if scored.passage.text == "rye oats"]
    # oats is (a 1, o 1, s 1, t 1, constant 1), rye oats that and (e 1, r 1, y 1): 5 / √(5 · 8)
    assert rye.cosine == pytest.approx(5 / np.sqrt(40))
    assert 0 < rye.bm25 < first.bm25
    assert all(scored.bm25 == 0 for scored in others if scored is not rye)
    assert [scored.rrf for scored in others] == sorted((s.rrf for s in others), reverse=True)


def test_each_search_puts_up_its_own(corpus: Index) -> None:
    """*maize* stands in "maize rye" alone, but with 20 more z "zebra" is nearer: 24 / √(6 · 446) against
    27 / √(11 · 446). Both are first once, 1/61, and the nearest goes before.
    """
    found = retrieve(corpus, "z" * 20 + " maize", k=8, candidates=1)
    assert texts(found) == ["zebra", "maize rye"]
    assert [scored.rrf for scored in found] == [1 / 61, 1 / 61]
    assert found[0].cosine == pytest.approx(24 / np.sqrt(6 * 446))
    assert found[1].cosine == pytest.approx(27 / np.sqrt(11 * 446))


def test_bm25_is_given_also_for_what_only_the_vectors_found(corpus: Index) -> None:
    """Two passages have *rye*, of two words each. The older is first lexically, the nearer in the other."""
    nearer, older = retrieve(corpus, "rye iiii", k=8, candidates=1)
    assert (nearer.passage.text, older.passage.text) == ("maize rye", "rye oats")
    assert nearer.bm25 == pytest.approx(older.bm25)
    assert nearer.bm25 > 0


def test_dates_and_amounts_are_found_in_other_notations(index: Index) -> None:
    for n, text in enumerate(["sept", "eleven", "due 11 billion"]):
        index.add(make_document(text, f"/{n}.txt"))
    found = {scored.passage.text: scored.bm25 for scored in retrieve(index, "11bn on September 1, 2024", k=8)}
    assert found["sept"] > 0
    assert found["due 11 billion"] > 0
    assert found["eleven"] == 0


def test_k_is_kept_to(corpus: Index) -> None:
    assert texts(retrieve(corpus, "rye", k=2)) == texts(retrieve(corpus, "rye", k=8))[:2]
    assert len(retrieve(corpus, "rye", k=50)) == 7


def test_the_same_words_count_once(corpus: Index) -> None:
    found = retrieve(corpus, "same words", k=8)
    assert len({" ".join(text.split()) for text in texts(found)}) == len(found) == 7
    assert " ".join(found[0].passage.text.split()) == "same words"


def test_an_empty_index_gives_nothing(index: Index) -> None:
    assert retrieve(index, "anything", k=8) == []


def test_what_only_chroma_has_is_left_out(index: Index) -> None:
    index.add(make_document("wheat"))
    chroma = index.vectors.chroma
    assert chroma is not None
    chroma.put(["stray"], ["x"], FakeEmbedder().embed_passages(["zebra"]))
    assert texts(retrieve(index, "zebra", k=8)) == ["wheat"]


# ── filters ──────────────────────────────────────────────────────────────────────────────────────


@given(
    st.none() | st.sets(st.integers(0, 9)),
    st.sampled_from(DAYS),
    st.sampled_from(DAYS),
    st.sampled_from(["rye", "oats", "same words", "the", "zzz"]),
    st.integers(1, 8),
)
def test_no_passage_outside_the_filter_comes_back(
    corpus: Index, chosen: set[int] | None, after: date | None, before: date | None, question: str, k: int
) -> None:
    documents = {int(d.source.split(".")[0]): d for d in corpus.catalog.documents()}
    ids = (
        None
        if chosen is None
        else tuple(documents[n].id if n in documents else f"unknown {n}" for n in chosen)
    )
    wanted = {
        d.id
        for n, d in documents.items()
        if (chosen is None or n in chosen)
        and (after is None or (d.published is not None and after <= d.published))
        and (before is None or (d.published is not None and d.published <= before))
    }
    found = retrieve(corpus, question, k=k, filters=Filters(ids, after, before))
    assert {scored.stored.document_id for scored in found} <= wanted
    same = {documents[6].id, documents[7].id}
    assert len(found) == min(k, len(wanted) - (same <= wanted))


# ── questions ────────────────────────────────────────────────────────────────────────────────────


def test_query_terms() -> None:
    assert query_terms("How much does Iraq owe Iran, and Iran Iraq?") == ["much", "iraq", "owe", "iran"]
    assert query_terms("What is it?") == ["what", "is", "it"]
    assert query_terms("?!") == []
    assert len(query_terms(" ".join(f"word{n}" for n in range(10_000)))) == 64


@pytest.mark.parametrize(
    "question",
    ["", "?", '"rye" AND (oats', "NEAR(rye, 3) *", "r", "rye " * 2_500, "العراق", "🙂", "\0", "\ud800"],
    ids=lambda question: ascii(question[:20]),
)
def test_any_question_gets_passages(corpus: Index, question: str) -> None:
    found = retrieve(corpus, question, k=3)
    assert len(found) == 3
    assert ("rye" in query_terms(question)) == any(scored.bm25 > 0 for scored in found)
