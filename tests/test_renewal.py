"""Documents cut and embedded anew beside the old: all at once, while questions and changes go on."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa import rebuild
from qa.catalog import Catalog
from qa.config import Config
from qa.errors import StoreError
from qa.index import Index
from qa.renewal import Renewal, beside
from tests.conftest import FakeEmbedder, make_document
from tests.test_index import chroma, dense, failing, in_step, interrupted, lexical

if TYPE_CHECKING:
    from qa.types import FloatArray

TEXT = " ".join(f"The number {n} stands in this sentence among many other words." for n in range(12))


class Turned(FakeEmbedder):
    """Another embedder of the same dimension: vectors turned by one place."""

    name = "fake-turned"

    def embed_question(self, text: str) -> FloatArray:
        return super().embed_question(text)[[*range(1, 27), 0]]


class Shorter(FakeEmbedder):
    """One of another dimension."""

    name = "fake-shorter"
    dimension = 5

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return np.array([self.embed_question(text) for text in texts], np.float32).reshape(-1, 5)

    def embed_question(self, text: str) -> FloatArray:
        vector = super().embed_question(text)[:5] + 1
        return vector / np.float32(np.linalg.norm(vector))


def fill(index: Index) -> list[str]:
    receipts = [index.add(make_document(f"{word}. {TEXT}", f"/{word}.txt")) for word in ("rye", "oats")]
    return [receipt.document_id for receipt in receipts]


def of_one_making(index: Index) -> bool:
    """Whether every passage has the vector that the embedder now gives, in the catalog and in Chroma."""
    found = index.catalog.passages(index.catalog.passage_ids())
    kept_ids, kept = chroma(index).stored(sorted(found))
    return (
        sorted(kept_ids) == sorted(found)
        and all(
            abs(index.embedder.embed_question(stored.passage.text) - vector).max() < 1e-5
            for stored, vector in found.values()
        )
        and all(abs(found[id_][1] - row).max() < 1e-5 for id_, row in zip(kept_ids, kept, strict=True))
    )


@pytest.mark.parametrize("other", [Turned, Shorter])
def test_what_was_held_for_chroma_is_not_put_into_an_index_of_another_making(
    index: Index, other: type[FakeEmbedder]
) -> None:
    with index.vectors.together():
        fill(index)
        index.renew(other())
    assert index.vectors.settle(60)
    assert index.vectors.state.by == "chroma"
    assert index.vectors.state.why == ""
    assert of_one_making(index)


@pytest.mark.parametrize("other", [Turned, Shorter])
def test_another_embedder_takes_over(config: Config, other: type[FakeEmbedder]) -> None:
    with Index(config, FakeEmbedder()) as index:
        fill(index)
        before, fingerprint = index.catalog.documents(), index.fingerprint
        told: list[str] = []

        def each(ids: Sequence[str]) -> Iterable[str]:
            told.extend(ids)
            return ids

        assert index.renew(other(), each=each) == 2
        assert sorted(told) == sorted(document.id for document in before)
        assert index.catalog.documents() == before
        assert index.fingerprint != fingerprint
        assert index.vectors.state.by == "chroma"
        assert of_one_making(index)
        assert not beside(config.catalog_path).exists()
    with pytest.raises(StoreError, match="footnote index --renew"):
        Index(config, FakeEmbedder())
    with Index(config, other()) as again:
        assert again.vectors.state.by == "chroma"
        assert len(dense(again, "rye")) == again.catalog.count()


def test_other_passages_take_over(config: Config) -> None:
    small = replace(config, passage_tokens=32, overlap_tokens=0)
    with Index(config, FakeEmbedder()) as index:
        fill(index)
        count = index.catalog.count()
    with Index(small, FakeEmbedder()) as index:
        assert index.outdated == 2
        index.renew()
        assert index.outdated == 0
        assert index.catalog.count() > count
        assert in_step(index)
        assert len(lexical(index, "number")) == index.catalog.count()
        assert index.add(make_document(f"rye. {TEXT}", "/rye.txt")).outcome == "unchanged"
        assert set(index.catalog.words_of_length(3, 3)) >= {"rye", "the"}


def test_a_folder_of_another_embedder_is_opened_for_renewing_alone(config: Config) -> None:
    with Index(config, FakeEmbedder()) as index:
        fill(index)
    with Index(config, Turned(), renewing=True) as index:
        with pytest.raises(StoreError, match="--renew"):
            index.add(make_document("wheat"))
        with pytest.raises(StoreError, match="--renew"), index.reading():
            pass
        index.renew()
        index.add(make_document("wheat"))
        assert of_one_making(index)


def test_what_changes_meanwhile_is_in_it(index: Index) -> None:
    """One document is replaced, one removed and one added after all were made, before the change-over."""
    rye, oats = fill(index)

    def each(ids: Sequence[str]) -> Iterable[str]:
        yield from ids
        assert dense(index, "x")  # the old ones answer
        index.add(make_document("Rye was replaced.", "/rye.txt"))
        index.remove(oats)
        index.add(make_document("Wheat is new.", "/wheat.txt"))

    index.renew(Turned(), each=each)
    assert {document.source for document in index.catalog.documents()} == {"rye.txt", "wheat.txt"}
    assert index.catalog.document(rye).passages == 1
    assert of_one_making(index)
    assert sorted(dense(index, "x")) == ["Rye was replaced.", "Wheat is new."]


def test_a_question_in_flight_sees_one_state(index: Index) -> None:
    """Readers compare the embedder's vector with a stored one while it is renewed, there and back again."""
    fill(index)
    text = next(iter(dense(index, "x")))
    over, torn, seen = threading.Event(), [], set()

    def read() -> None:
        while not over.is_set():
            with index.reading():
                asked = index.embedder.embed_question(text)
                ids = index.vectors.nearest(asked, 1, None)
                [(stored, vector)] = index.catalog.passages(ids).values()
                seen.add(index.embedder.name)
                if float(asked @ vector) < 0.9999 or stored.passage.text != text:
                    torn.append(index.embedder.name)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for embedder in (Turned(), FakeEmbedder(), Shorter()):
            index.renew(embedder)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert torn == []
    assert len(seen) > 1


@pytest.mark.parametrize("moment", ["copying", "committing"])
def test_a_renewal_cut_short_leaves_the_old_whole(
    config: Config, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    with Index(config, FakeEmbedder()) as index:
        fill(index)
        with monkeypatch.context() as patch:
            if moment == "copying":
                patch.setattr("qa.renewal._COPY", ("DELETE FROM passages", "DELETE FROM nothing"))
            else:
                patch.setattr("qa.renewal._commit", interrupted)
            with pytest.raises((StoreError, KeyboardInterrupt)):
                index.renew(Turned())
        assert index.embedder.name == "fake-letters"
        assert of_one_making(index)
        assert beside(config.catalog_path).exists()
    with Index(config, FakeEmbedder()) as again:
        assert of_one_making(again)
        assert not list(config.data.glob("catalog-renewed*"))
        [_] = config.vectors_path.iterdir()


def test_what_an_unfinished_renewal_made_is_taken_up_again(config: Config) -> None:
    with Index(config, FakeEmbedder()) as index:
        ids = fill(index)
        renewal = Renewal(index.catalog, Turned.name, index._chunker)
        document = index.catalog.whole(ids[0])
        renewal.put(ids[0], document, *index._cut(document, Turned()))
        renewal.close()
    told: list[str] = []
    with Index(config, Turned(), renewing=True) as index:
        index.renew(each=lambda ids: told.extend(ids) or ids)  # type: ignore[func-returns-value]
        assert told == [ids[1]]
        assert of_one_making(index)


def test_where_chroma_cannot_be_made_exact_search_answers(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index)
    monkeypatch.setattr("qa.kept.build", failing)
    index.renew(Turned())
    index.vectors.settle(30)
    assert index.vectors.state.by == "exact"
    assert len(dense(index, "rye")) == index.catalog.count()
    monkeypatch.setattr("qa.kept.build", rebuild.build)
    index.vectors.rebuild()
    assert of_one_making(index)


def test_another_process_that_reads_sees_it_before_or_after(index: Index, tmp_path: Path) -> None:
    fill(index)
    other = Catalog(index.catalog.path)
    names = [other.state("embedder")]
    index.renew(Turned())
    names.append(other.state("embedder"))
    assert names == ["fake-letters", "fake-turned"]
    assert other.passage_ids() == index.catalog.passage_ids()
    other.close()
