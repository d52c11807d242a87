"""The index: catalog and vectors kept in step, through changes, crashes and damage."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from qa.config import Config
from qa.errors import LockedError, NotFoundError, StoreError
from qa.index import Index
from qa.kept import KeptVectors
from qa.retrieve import retrieve
from qa.types import Document
from qa.vectors import Vectors
from qa.words import query_terms
from tests.conftest import FakeEmbedder, make_document


def dense(index: Index, text: str) -> list[str]:
    """The texts of all passages, nearest to ``text`` first."""
    ids = index.vectors.nearest(index.embedder.embed_question(text), 50, None)
    stored = index.catalog.passages(ids)
    assert set(stored) == set(ids), "passages were found that the catalog doesn't have"
    return [stored[id_][0].passage.text for id_ in ids]


def lexical(index: Index, text: str) -> list[str]:
    hits = [id_ for id_, _ in index.catalog.lexical(query_terms(text), 50, None)]
    stored = index.catalog.passages(hits)
    return [stored[id_][0].passage.text for id_ in hits]


def chroma(index: Index) -> Vectors:
    """Chroma itself, once it answers."""
    assert index.vectors.settle(120)
    assert index.vectors.chroma is not None, index.vectors.state
    return index.vectors.chroma


def in_step(index: Index) -> bool:
    return chroma(index).ids() == index.catalog.passage_ids()


def failing(*_: object) -> None:
    raise StoreError("no space left on device")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_document_is_found_both_ways(index: Index) -> None:
    receipt = index.add(make_document("Iraq owes Iran.", title="Debts"))
    assert (receipt.outcome, receipt.source, receipt.passages, receipt.characters) == (
        "added",
        "a.txt",
        1,
        15,
    )
    assert dense(index, "anything") == lexical(index, "Iran") == ["Iraq owes Iran."]
    [id_] = index.catalog.passage_ids()
    vector = index.catalog.passages([id_])[id_][1]
    assert vector.tolist() == index.embedder.embed_question("Debts\nIraq owes Iran.").tolist()


def test_adding_the_same_again_does_nothing(index: Index) -> None:
    first = index.add(make_document("wheat"))
    revision, fingerprint = index.catalog.revision, index.fingerprint
    again = index.add(make_document("wheat"))
    assert again.outcome == "unchanged"
    assert again.document_id == first.document_id
    assert (index.catalog.revision, index.fingerprint) == (revision, fingerprint)


def test_another_extractor_makes_another_version(index: Index) -> None:
    document = make_document("wheat")
    index.add(document)
    newer = Document(
        **{field: getattr(document, field) for field in document.__slots__} | {"extractor": "test/2"}
    )
    assert index.add(newer).outcome == "replaced"
    assert index.add(newer).outcome == "unchanged"


def test_a_changed_file_replaces_its_old_version(index: Index) -> None:
    added = index.add(make_document("wheat"))
    fingerprint = index.fingerprint
    replaced = index.add(make_document("zebra"))
    assert (replaced.outcome, replaced.document_id) == ("replaced", added.document_id)
    assert lexical(index, "wheat") == []
    assert lexical(index, "zebra") == dense(index, "wheat") == ["zebra"]
    assert in_step(index)
    assert index.fingerprint != fingerprint


def test_a_removed_document_is_found_by_neither_search(index: Index) -> None:
    kept = index.add(make_document("wheat", "/a.txt"))
    fingerprint = index.fingerprint
    gone = index.add(make_document("zebra", "/b.txt"))
    assert index.remove(gone.document_id).source == "b.txt"
    assert lexical(index, "zebra") == []
    assert dense(index, "zebra") == ["wheat"]
    assert [document.id for document in index.catalog.documents()] == [kept.document_id]
    assert index.fingerprint == fingerprint
    with pytest.raises(NotFoundError):
        index.remove(gone.document_id)


def test_a_document_of_white_space_is_kept_without_passages(index: Index) -> None:
    assert index.add(make_document(" \n")).passages == 0
    assert index.add(make_document("wheat")).outcome == "replaced"
    assert in_step(index)


def test_fingerprints_are_the_same_for_the_same_files_in_any_order(index: Index, tmp_path: Path) -> None:
    documents = [make_document("wheat", "/a.txt"), make_document("rye", "/b.txt")]
    with Index(Config(data=tmp_path / "other"), FakeEmbedder()) as other:
        for document in documents:
            index.add(document)
        for document in reversed(documents):
            other.add(document)
        assert index.fingerprint == other.fingerprint


def test_all_is_there_when_opened_again(config: Config) -> None:
    with Index(config, FakeEmbedder()) as first:
        first.add(make_document("wheat"))
        documents, fingerprint = first.catalog.documents(), first.fingerprint
    first.close()  # once more is fine
    with pytest.raises(StoreError):
        first.add(make_document("rye"))
    with Index(config, FakeEmbedder()) as again:
        assert (again.catalog.documents(), again.fingerprint) == (documents, fingerprint)
        assert dense(again, "x") == lexical(again, "wheat") == ["wheat"]


# ── crashes and damage ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["put", "remove"])
def test_what_chroma_fails_to_take_is_found_all_the_same(
    index: Index, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The catalog has it, so it is acknowledged; exact search answers until a new index is made."""
    index.add(make_document("wheat"))
    with monkeypatch.context() as patch:
        patch.setattr(Vectors, method, failing)
        assert index.add(make_document("zebra")).outcome == "replaced"
        assert dense(index, "x") == lexical(index, "zebra") == ["zebra"]
        index.vectors.settle(30)
        assert index.vectors.state.by == "exact"
        assert "no space left" in index.vectors.state.why
    assert index.vectors.rebuild() == 1
    assert in_step(index)
    assert dense(index, "x") == ["zebra"]


def test_a_crash_between_the_stores_is_mended_on_opening(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index(config, FakeEmbedder()) as first:
        first.add(make_document("wheat"))
        monkeypatch.setattr(KeptVectors, "follow", interrupted)
        with pytest.raises(KeyboardInterrupt):
            first.add(make_document("zebra"))
        assert dense(first, "x") == ["zebra"]  # Chroma is behind, and not asked
        monkeypatch.undo()
    with Index(config, FakeEmbedder()) as again:
        assert dense(again, "x") == lexical(again, "zebra") == ["zebra"]
        assert in_step(again)
        assert lexical(again, "wheat") == []
        assert dense(again, "x") == ["zebra"]


def test_a_change_that_was_cut_short_is_mended_by_the_next(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts are equal all the time: one passage is missing and one too many."""
    index.add(make_document("wheat", "/a.txt"))
    with monkeypatch.context() as patch:
        patch.setattr(KeptVectors, "follow", interrupted)
        with pytest.raises(KeyboardInterrupt):
            index.add(make_document("zebra", "/a.txt"))
    assert chroma(index).count() == index.catalog.count()
    index.add(make_document("rye", "/b.txt"))
    assert index.vectors.state.by == "chroma"
    assert in_step(index)
    assert set(dense(index, "x")) == {"zebra", "rye"}


def test_an_index_whose_chroma_folder_is_a_file_answers_and_leaves_it_alone(config: Config) -> None:
    config.data.mkdir()
    config.vectors_path.write_text("mine", encoding="utf-8")
    with Index(config, FakeEmbedder()) as index:
        index.add(make_document("wheat"))
        assert dense(index, "x") == ["wheat"]
        index.vectors.settle(30)
        assert index.vectors.state.by == "exact"
    assert config.vectors_path.read_text(encoding="utf-8") == "mine"


def test_another_embedder_is_refused(config: Config) -> None:
    other = FakeEmbedder()
    other.name = "fake-numbers"
    Index(config, FakeEmbedder()).close()
    with pytest.raises(StoreError, match="indexed with the embedder fake-letters, this one is fake-numbers"):
        Index(config, other)


@pytest.mark.parametrize("broken", ["catalog", "embedder"])
def test_an_opening_that_fails_leaves_nothing_open(config: Config, broken: str) -> None:
    embedder = FakeEmbedder()
    Index(config, FakeEmbedder()).close()
    whole = config.catalog_path.read_bytes()
    if broken == "catalog":
        config.catalog_path.write_bytes(b"no database" * 1_000)
    else:
        embedder.name = "other"
    with pytest.raises(StoreError):
        Index(config, embedder)
    # Chroma closes its own files a little later, in a thread of Rust's.
    ours = {str(config.catalog_path), str(config.data / "lock")}
    assert ours.isdisjoint(map(_target, Path("/proc/self/fd").iterdir()))
    config.catalog_path.write_bytes(whole)
    Index(config, FakeEmbedder()).close()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # the one that iterdir itself had open
        return ""


def test_a_locked_folder_is_not_touched(index: Index, config: Config) -> None:
    index.add(make_document("wheat"))
    with pytest.raises(LockedError):
        Index(config, FakeEmbedder())
    assert dense(index, "x") == ["wheat"]
    assert index.add(make_document("rye")).outcome == "replaced"


_FILL = """
import resource, sys
from pathlib import Path
from qa.config import Config
from qa.errors import StoreError
from qa.index import Index
from tests.conftest import FakeEmbedder, make_document

with Index(Config(data=Path(sys.argv[1])), FakeEmbedder()) as index:
    index.add(make_document("wheat", "/first.txt"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    try:
        for n in range(100):
            index.add(make_document(f"zebra {n} " * 5_000, f"/{n}.txt"))
    except StoreError as error:
        print(error)
    else:
        print("nothing failed")
"""


def test_a_full_disk_is_one_line_and_loses_nothing(config: Config) -> None:
    """Files may not grow past 500,000 bytes, which fails like a full disk but for the error's number."""
    command = [sys.executable, "-c", _FILL, str(config.data)]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1
    assert " cannot be used: " in done.stdout
    with Index(config, FakeEmbedder()) as again:
        assert in_step(again)
        assert lexical(again, "wheat") == ["wheat"]
        again.add(make_document("rye", "/last.txt"))
        assert lexical(again, "rye") == ["rye"]


_ENDLESS = """
import sys
from pathlib import Path
from qa.config import Config
from qa.index import Index
from tests.conftest import FakeEmbedder, make_document

with Index(Config(data=Path(sys.argv[1])), FakeEmbedder()) as index:
    for n in range(10_000):
        document = make_document(f"the zebra number {n} ends. " * 30, f"/{n}.txt")
        print(index.add(document).document_id, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(config: Config) -> None:
    command = [sys.executable, "-c", _ENDLESS, str(config.data)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(20)]
        process.kill()
    with Index(config, FakeEmbedder()) as again:
        assert set(acknowledged) <= {document.id for document in again.catalog.documents()}
        [asked] = again.catalog.vectors_of(acknowledged[7])[1][:1]
        assert again.vectors.nearest(asked, 1, None)  # by exact search at once
        assert in_step(again)
        stored = again.catalog.passages(again.vectors.nearest(asked, 1, None))
        assert [float(asked @ vector) for _, vector in stored.values()] == pytest.approx([1.0])


# ── folders that were copied, that are newer, that hold other things ─────────────────────────────


def test_a_folder_copied_while_it_is_written_answers_or_says_why(index: Index, config: Config) -> None:
    """As ``cp -r`` does: file by file, while documents go in. Whatever it caught, nobody is misled."""
    over = threading.Event()

    def write() -> None:
        for n in range(10_000):
            if over.is_set():
                return
            index.add(make_document(f"the zebra number {n} ends. " * 30, f"/{n % 20}.txt"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [_copied(config, n) for n in range(3)]
    finally:
        over.set()
        writer.join()
    for told in map(_answers, copies):
        assert told == "" or ("\n" not in told and "catalog" in told)


def _answers(copy: Config) -> str:
    """Empty when all that is there is whole and found, else what is said."""
    try:
        with Index(copy, FakeEmbedder()) as opened:
            found = opened.catalog.passages(opened.catalog.passage_ids())
            for stored, vector in found.values():
                passage = stored.passage
                text = opened.catalog.text(stored.document_id)
                assert text[passage.start : passage.end] == passage.text
                [nearest] = opened.catalog.passages(opened.vectors.nearest(vector, 1, None)).values()
                assert float(nearest[1] @ vector) > 0.999
            return ""
    except StoreError as error:
        return str(error)


def _copied(config: Config, number: int) -> Config:
    def copy(source: str, target: str) -> None:
        with suppress(FileNotFoundError):  # SQLite's journals come and go
            shutil.copyfile(source, target)

    data = config.data.parent / f"copy-{number}"
    with suppress(shutil.Error):
        shutil.copytree(config.data, data, copy_function=copy)
    return replace(config, data=data)


def test_a_foreign_chroma_is_left_alone(config: Config) -> None:
    foreign = Vectors(config.vectors_path)
    foreign.put(["mine"], ["d"], FakeEmbedder().embed_passages(["mine"]))
    foreign.close()
    with Index(config, FakeEmbedder()) as index:
        index.add(make_document("wheat"))
        assert dense(index, "x") == ["wheat"]
        index.renew()
        index.vectors.rebuild()
        assert dense(index, "x") == ["wheat"]
    again = Vectors(config.vectors_path)
    assert again.ids() == {"mine"}
    again.close()


@pytest.mark.parametrize("seconds", [-1_000_000_000, 0, 300_000_000_000])
def test_a_clock_that_jumps_loses_nothing(config: Config, seconds: int) -> None:
    """Files seem older than 1970 or of the far future: they are looked at anew, and that is all."""
    with Index(config, FakeEmbedder()) as index:
        index.add(make_document("wheat"))
    for path in [config.data, *config.data.rglob("*")]:
        os.utime(path, (seconds, seconds))
    with Index(config, FakeEmbedder()) as again:
        assert dense(again, "x") == ["wheat"]
        assert in_step(again)
        again.add(make_document("rye", "/b.txt"))
    with Index(config, FakeEmbedder()) as last:
        assert sorted(dense(last, "x")) == ["rye", "wheat"]


# ── threads ──────────────────────────────────────────────────────────────────────────────────────


def test_threads_may_search_and_add_at_once(index: Index) -> None:
    """Each thread adds, replaces and removes documents of its own, and searches all of them meanwhile."""

    def work(thread: int) -> None:
        for turn in range(6):
            word = f"word{chr(97 + thread)}{chr(97 + turn)}"
            receipt = index.add(make_document(f"{word} common", f"/{thread}.txt"))
            best, *_ = retrieve(index, word, k=5)
            assert best.stored.document_id == receipt.document_id
            assert best.passage.text == f"{word} common"
        if thread % 2:
            index.remove(receipt.document_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert in_step(index)
    assert sorted(document.source for document in index.catalog.documents()) == [
        "0.txt",
        "2.txt",
        "4.txt",
        "6.txt",
    ]


def test_only_one_of_many_threads_adds_a_version(index: Index) -> None:
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: index.add(make_document("wheat")), range(8)))
    assert sorted(receipt.outcome for receipt in receipts) == ["added", *["unchanged"] * 7]
    assert index.catalog.revision == 1
