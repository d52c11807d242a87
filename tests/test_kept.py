"""Vectors that can be trusted: whatever is done to Chroma's files, every search is right, and it mends."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa import generation, kept, places
from qa.catalog import Catalog
from qa.check import Findings
from qa.errors import StoreError
from qa.exact import ExactVectors
from qa.kept import KeptVectors
from qa.places import Folders
from qa.vectors import Vectors
from tests import corpus

COUNT = 1_100  # Chroma writes its index files at every thousand
DAMAGES = (  # one of each kind; the drill has every file damaged in every way
    ("chroma.sqlite3", "overwritten"),
    ("*/data_level0.bin", "deleted"),
    ("*/link_lists.bin", "truncated"),
    ("*/index_metadata.pickle", "overwritten"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog and a generation of its vectors, closed in good order."""
    folder = tmp_path_factory.mktemp("kept") / "whole"
    folder.mkdir()
    with catalog_in(folder) as catalog:
        corpus.put(catalog, COUNT)
        vectors = KeptVectors(catalog, Folders(catalog, folder / "chroma"))
        assert vectors.settle(60)
        vectors.close()
    return folder


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged; times are kept, so that its seal is whole."""
    return Path(shutil.copytree(whole, tmp_path / "data"))


@contextmanager
def catalog_in(folder: Path) -> Iterator[Catalog]:
    catalog = Catalog(folder / "catalog.sqlite3")
    try:
        yield catalog
    finally:
        catalog.close()


@contextmanager
def opened(folder: Path, *, mending: bool = True) -> Iterator[KeptVectors]:
    with catalog_in(folder) as catalog:
        vectors = KeptVectors(catalog, Folders(catalog, folder / "chroma"), mending=mending)
        try:
            yield vectors
        finally:
            vectors.close(patience=60)


def in_force(folder: Path) -> Path:
    """The folder of the one generation that there is."""
    [found] = (folder / "chroma").iterdir()
    return found


def unseal(folder: Path) -> None:
    """As if the process had been killed."""
    with catalog_in(folder) as catalog:
        known = generation.load(catalog.state("vectors"))
        assert known is not None
        catalog.set_state("vectors", replace(known, seal=None).dump())


def assert_right(vectors: KeptVectors) -> None:
    """Every vector is its own nearest, and by other questions those found are the nearest there are."""
    catalog = vectors._catalog
    for ids, _, matrix in catalog.vectors():
        for id_, row in list(zip(ids, matrix, strict=True))[::10]:
            assert vectors.nearest(row, 1, None) == [id_]
    exact = ExactVectors(catalog)
    questions = corpus.vectors(20, seed=9)
    agreed = sum(len({*vectors.nearest(q, 10, None)} & {*exact.nearest(q, 10, None)}) for q in questions)
    assert agreed >= 196


def damage(file: Path, how: str) -> None:
    size = file.stat().st_size
    rng = np.random.default_rng(size)
    if how == "deleted":
        file.unlink()
    elif how == "truncated":
        with file.open("rb+") as opened_file:
            opened_file.truncate(int(rng.integers(size)))
    else:
        with file.open("rb+") as opened_file:
            opened_file.seek(int(rng.integers(max(1, size - 500))))
            opened_file.write(rng.bytes(500))


def test_what_was_closed_in_good_order_is_used_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "inspect", None)  # no child process: this is how every cold start goes
    monkeypatch.setattr(kept, "build", None)
    generations = []
    for _ in range(2):
        with opened(data) as vectors:
            assert vectors.state.by == "chroma"
            assert_right(vectors)
        generations.append(in_force(data))
    assert generations[0] == generations[1]


@pytest.mark.parametrize(("file", "how"), DAMAGES)
def test_a_damaged_file_is_noticed_and_every_search_is_right(data: Path, file: str, how: str) -> None:
    old = in_force(data)
    [target] = old.glob(file)
    damage(target, how)
    with opened(data) as vectors:
        assert_right(vectors)  # by exact search, most likely: the new index is being made
        assert vectors.settle(60)
        assert vectors.state.by == "chroma"
        assert_right(vectors)
        assert in_force(data) != old
    with opened(data) as vectors:
        assert vectors.state.by == "chroma"


@pytest.mark.parametrize("file", ["chroma.sqlite3", "*/data_level0.bin"])
def test_a_kill_and_damage_are_noticed_by_the_child(data: Path, file: str) -> None:
    unseal(data)
    [target] = in_force(data).glob(file)
    target.write_bytes(np.random.default_rng(0).bytes(target.stat().st_size))
    with opened(data) as vectors:
        assert vectors.state.by == "exact, mending"
        assert vectors.state.why == "it was not closed in good order"
        assert vectors.nearest(corpus.vectors(COUNT)[7], 1, None)
        assert vectors.settle(60)
        assert vectors.chroma is not None
        assert_right(vectors)


def test_a_kill_that_did_no_harm_costs_a_check_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unseal(data)
    old = in_force(data)
    with catalog_in(data) as catalog:  # and what came since is put in
        corpus.put(catalog, 5, "/documents/b.txt", seed=3)
    monkeypatch.setattr(kept, "build", None)
    with opened(data) as vectors:
        assert vectors.settle(60)
        assert vectors.chroma is not None
        assert vectors.chroma.count() == COUNT + 5
        assert in_force(data) == old
        assert_right(vectors)


def test_what_a_full_disk_cut_short_is_not_sealed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Chroma's last write had failed, which it does not tell: the files are short when it is closed."""
    close = Vectors.close

    def cut(vectors: Vectors) -> None:
        close(vectors)
        [file] = in_force(data).glob("*/data_level0.bin")
        file.write_bytes(file.read_bytes()[:100_000])

    with monkeypatch.context() as patch, opened(data) as vectors:
        assert vectors.state.by == "chroma"
        patch.setattr(Vectors, "close", cut)
    with opened(data) as vectors:
        assert vectors.state.why == "it was not closed in good order"
        assert vectors.settle(60)
        assert_right(vectors)


@pytest.mark.parametrize(("count", "checked"), [(400, 0), (1_000, 1)])
def test_only_a_graph_that_was_written_is_checked_at_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, checked: int
) -> None:
    """Chroma writes it at the thousandth record: in two sessions here, or never."""
    calls: list[str] = []

    def left_well(place: Folders, name: str, seen: object) -> bool:
        calls.append(name)
        return True

    monkeypatch.setattr(Folders, "left_well", left_well)
    for half in range(2):
        with opened(tmp_path) as vectors:
            change = corpus.put(vectors._catalog, count // 2, f"/documents/{half}.txt", seed=half)
            vectors.follow(change, corpus.vectors(count // 2, seed=half))
    with opened(tmp_path) as vectors:
        assert vectors.state.by == "chroma"  # it was sealed
        assert vectors.chroma is not None
        assert vectors.chroma.count() == count
    graphs = list(tmp_path.glob("chroma/*/*/index_metadata.pickle"))
    assert len(graphs) == checked
    assert bool(calls) == bool(checked)


def test_changes_and_searches_while_a_new_index_is_made(data: Path) -> None:
    shutil.rmtree(in_force(data))
    with opened(data) as vectors:
        for number in range(5):
            change = corpus.put(vectors._catalog, 3, f"/documents/{number}.txt", seed=number + 20)
            vectors.follow(change, corpus.vectors(3, seed=number + 20))
            found = vectors.nearest(corpus.vectors(3, seed=number + 20)[1], 1, None)
            assert found == [change.added[1]]
        gone = vectors._catalog.remove(change.document_id)
        vectors.follow(gone, None)
        assert vectors.settle(60)
        assert vectors.chroma is not None
        assert vectors.chroma.ids() == vectors._catalog.passage_ids()
        assert_right(vectors)


def test_a_chroma_that_fails_while_it_is_used_is_replaced(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreError("disk I/O error")

    old = in_force(data)
    with opened(data) as vectors:
        with monkeypatch.context() as patch:
            patch.setattr(Vectors, "nearest", fails)
            assert_right(vectors)
            assert vectors.settle(60)
        assert in_force(data) != old
        assert_right(vectors)


def test_what_changes_together_reaches_chroma_at_the_end_and_is_found_meanwhile(data: Path) -> None:
    with opened(data) as vectors:
        catalog, new = vectors._catalog, corpus.vectors(3, seed=7)
        before = vectors.chroma.count() if vectors.chroma else 0
        with vectors.together():
            first = corpus.put(catalog, 3, "/documents/b.txt", seed=7)
            vectors.follow(first, new)
            with vectors.together():
                again = corpus.put(catalog, 3, "/documents/c.txt", seed=8)
                vectors.follow(again, corpus.vectors(3, seed=8))
                vectors.follow(catalog.remove(again.document_id), None)
            assert vectors.chroma is not None
            assert vectors.chroma.count() == before  # nothing has reached it yet
            assert vectors.nearest(new[1], 1, None) == [first.added[1]]
        assert vectors.chroma.count() == before + 3
        assert vectors.state.by == "chroma"
        assert_right(vectors)
    with opened(data) as vectors:
        assert vectors.state.by == "chroma"  # it was sealed


def test_an_index_closed_in_the_midst_of_changes_has_them_all(data: Path) -> None:
    new = corpus.vectors(3, seed=7)
    with opened(data) as vectors:
        changing = vectors.together()
        changing.__enter__()
        added = corpus.put(vectors._catalog, 3, "/documents/b.txt", seed=7)
        vectors.follow(added, new)
    changing.__exit__(None, None, None)
    with opened(data) as vectors:
        assert vectors.state.by == "chroma"
        assert vectors.nearest(new[0], 1, None) == [added.added[0]]


def test_a_full_disk_leaves_exact_search(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("no space left on device")

    damage(in_force(data) / "chroma.sqlite3", "truncated")
    with monkeypatch.context() as patch:
        patch.setattr(Vectors, "put", full)
        with opened(data) as vectors:
            assert vectors.settle(60)
            assert vectors.state == kept.State("exact", "no space left on device")
            assert_right(vectors)
            with pytest.raises(StoreError, match="no space"):
                vectors.rebuild()
    assert in_force(data)  # nothing half-made is left beside it
    with opened(data) as vectors:
        assert vectors.settle(60)
        assert vectors.state.by == "chroma"


def test_mending_is_given_up_when_closed_and_taken_up_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = threading.Event()

    def inspect(*_: object, stop: threading.Event, **__: object) -> Findings:
        waiting.set()
        stop.wait(60)
        raise StoreError("closing")

    unseal(data)
    with monkeypatch.context() as patch:
        patch.setattr(places, "inspect", inspect)
        with catalog_in(data) as catalog:
            vectors = KeptVectors(catalog, Folders(catalog, data / "chroma"))
            assert waiting.wait(60)
            vectors.close()
            assert vectors.state.by == "exact"
    with opened(data) as vectors:
        assert vectors.settle(60)
        assert vectors.state.by == "chroma"


def test_what_a_killed_rebuild_left_is_deleted(data: Path) -> None:
    shutil.copytree(in_force(data), data / "chroma" / "generation-half")
    (data / "chroma" / "mine").mkdir()
    with opened(data):
        pass
    assert len(list((data / "chroma").iterdir())) == 2
    assert (data / "chroma" / "mine").exists()


def test_rebuilding_swaps_while_others_search(data: Path) -> None:
    old = in_force(data)
    with opened(data) as vectors:
        done = threading.Event()
        wrong: list[str] = []

        def search() -> None:
            for ids, _, matrix in vectors._catalog.vectors():
                for id_, row in zip(ids, matrix, strict=True):
                    wrong.extend(set(vectors.nearest(row, 1, None)) - {id_})
                    if done.is_set():
                        return

        searching = threading.Thread(target=search)
        searching.start()
        assert vectors.rebuild() == COUNT
        done.set()
        searching.join()
        assert not wrong
        assert in_force(data) != old
        assert_right(vectors)


# ── for a person who looks ───────────────────────────────────────────────────────────────────────


def test_examining_changes_nothing(data: Path) -> None:
    for _ in range(2):
        with opened(data, mending=False) as vectors:
            findings = vectors.examine()
            assert (findings.passages, findings.trouble) == (COUNT, "")
            assert findings.sampled > 1_000
            assert_right(vectors)
    with opened(data) as vectors:
        assert vectors.state.by == "chroma"


def test_examining_notices_what_a_seal_does_not(data: Path) -> None:
    """Bytes that change while size and time stay: a disk gone bad. What was found is remembered."""
    [file] = in_force(data).glob("*/data_level0.bin")
    with catalog_in(data) as catalog:
        known = generation.load(catalog.state("vectors"))
        assert known is not None
        damage(file, "overwritten")
        catalog.set_state("vectors", replace(known, seal=generation.seal(in_force(data))).dump())
    with opened(data, mending=False) as vectors:
        found = vectors.examine().trouble
        assert found
        assert vectors.examine().trouble == found
    with opened(data) as vectors:
        assert vectors.state.why in ("", found)  # "" if it was made again already
        assert vectors.settle(60)
        assert vectors.state.by == "chroma"
    with opened(data, mending=False) as vectors:
        assert vectors.examine().trouble == ""


def test_examining_where_there_is_none(tmp_path: Path) -> None:
    with opened(tmp_path, mending=False) as vectors:
        assert vectors.examine().trouble == ""
        corpus.put(vectors._catalog, 3)
        assert vectors.examine().trouble == "there is none yet"
        assert vectors.rebuild() == 3
    with opened(tmp_path, mending=False) as vectors:
        assert vectors.examine() == Findings(passages=3, sampled=3)


def test_a_record_from_elsewhere_is_no_record(data: Path) -> None:
    with catalog_in(data) as catalog:
        catalog.set_state("vectors", json.dumps({"name": 3}))
    with opened(data) as vectors:
        assert vectors.settle(60)
        assert vectors.state.by == "chroma"
        assert_right(vectors)
