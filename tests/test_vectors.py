"""The vector index alone, in a real Chroma."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa import vectors as module
from qa.errors import StoreError
from qa.vectors import Vectors, discard
from tests.conftest import FakeEmbedder

EMBEDDER = FakeEmbedder()
IDS = ["a", "b", "ab", "abb"]
DOCUMENTS = ["one", "one", "two", "three"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vectors]:
    vectors = Vectors(tmp_path_factory.mktemp("vectors") / "chroma")
    yield vectors
    vectors.close()


@pytest.fixture
def vectors(opened: Vectors) -> Vectors:
    """Four texts of *a* and *b*: each one's id is its text."""
    opened.remove(sorted(opened.ids()))
    opened.put(IDS, DOCUMENTS, EMBEDDER.embed_passages(IDS))
    return opened


def nearest(vectors: Vectors, text: str, limit: int = 10, documents: list[str] | None = None) -> list[str]:
    return vectors.nearest(EMBEDDER.embed_question(text), limit, documents)


def test_the_nearest_comes_first(vectors: Vectors) -> None:
    """To "b" (0, 1, 1)/√2: b 1, abb 3/√12 = 0.87, ab 2/√6 = 0.82, a 1/2."""
    assert nearest(vectors, "b") == ["b", "abb", "ab", "a"]
    assert nearest(vectors, "b", limit=2) == ["b", "abb"]


def test_filtered_by_document(vectors: Vectors) -> None:
    assert nearest(vectors, "b", documents=["two", "one"]) == ["b", "ab", "a"]
    assert nearest(vectors, "b", documents=["unknown"]) == []
    assert nearest(vectors, "b", documents=[]) == []


def test_a_filter_too_long_for_one_query(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts of two documents each, and in one that Chroma itself would not take."""
    assert nearest(vectors, "b", documents=["one", "two", "three", *map(str, range(40_000))]) == [
        "b",
        "abb",
        "ab",
        "a",
    ]
    monkeypatch.setattr(Vectors, "in_a_filter", 2)
    assert nearest(vectors, "b", limit=3, documents=["two", "unknown", "three", "one"]) == ["b", "abb", "ab"]


def test_put_replaces(vectors: Vectors) -> None:
    vectors.put(["a"], ["four"], EMBEDDER.embed_passages(["zzz"]))
    assert vectors.count() == 4
    assert nearest(vectors, "z", limit=1) == ["a"]
    assert nearest(vectors, "a", documents=["four"]) == ["a"]
    assert "a" not in nearest(vectors, "a", documents=["one"])


def test_remove(vectors: Vectors) -> None:
    vectors.remove(["b", "unknown"])
    vectors.remove([])
    assert vectors.ids() == {"a", "ab", "abb"}
    assert nearest(vectors, "b") == ["abb", "ab", "a"]


def test_more_than_one_batch(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RECORDS", 2)
    texts = ["c", "cc", "ccc", "cccc", "ccccc"]
    vectors.put(texts, ["four"] * 5, EMBEDDER.embed_passages(texts))
    assert nearest(vectors, "c", limit=1, documents=["four"]) == ["c"]
    assert vectors.count() == 9
    vectors.remove(texts)
    assert vectors.ids() == set(IDS)


def test_nothing_in_nothing_out(vectors: Vectors) -> None:
    vectors.remove(IDS)
    vectors.put([], [], EMBEDDER.embed_passages([]))
    assert nearest(vectors, "a") == []
    assert vectors.count() == 0
    assert vectors.ids() == set()


def test_a_vector_of_another_length_is_one_line(vectors: Vectors) -> None:
    with pytest.raises(StoreError, match=r"cannot be used: .*dimension") as caught:
        vectors.put(["x"], ["four"], np.ones((1, 5), np.float32))
    assert "\n" not in str(caught.value)


def test_kept_when_opened_again_and_refused_when_closed(tmp_path: Path) -> None:
    first = Vectors(tmp_path / "chroma")
    first.put(IDS, DOCUMENTS, EMBEDDER.embed_passages(IDS))
    first.close()
    first.close()  # twice is fine
    for use in (first.count, first.ids):
        with pytest.raises(StoreError, match="cannot be used"):
            use()
    again = Vectors(tmp_path / "chroma")
    assert nearest(again, "b") == ["b", "abb", "ab", "a"]
    again.close()


@pytest.mark.parametrize("damage", ["garbage", "half", "panic"])
def test_a_broken_index_is_refused_and_can_be_made_anew(tmp_path: Path, damage: str) -> None:
    """*panic* is text that isn't UTF-8 in Chroma's own table: Rust panics over it."""
    path = tmp_path / "chroma"
    Vectors(path).close()
    file = path / "chroma.sqlite3"
    if damage == "panic":
        with sqlite3.connect(file) as db:
            db.execute("UPDATE migrations SET sql = CAST(x'ff' AS TEXT)")
        db.close()
    else:
        whole = file.read_bytes()
        file.write_bytes(b"no database" * 1_000 if damage == "garbage" else whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="chroma cannot be used: ") as caught:
        Vectors(path)
    assert "\n" not in str(caught.value)
    discard(path)
    anew = Vectors(path)
    anew.put(IDS, DOCUMENTS, EMBEDDER.embed_passages(IDS))
    assert nearest(anew, "b", limit=1) == ["b"]
    anew.close()


def test_an_interrupt_is_no_damage(vectors: Vectors) -> None:
    with pytest.raises(KeyboardInterrupt), vectors._reporting():
        raise KeyboardInterrupt


def test_discard(tmp_path: Path) -> None:
    discard(tmp_path / "nothing")
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="file cannot be deleted: Not a directory"):
        discard(file)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(StoreError, match=r"link cannot be deleted: .*symbolic link"):
        discard(link)
    assert file.exists()


def test_a_deleted_folder_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "chroma"
    first = Vectors(path)
    first.put(IDS, DOCUMENTS, EMBEDDER.embed_passages(IDS))
    first.close()
    shutil.rmtree(path)
    again = Vectors(path)
    assert again.count() == 0
    again.close()
