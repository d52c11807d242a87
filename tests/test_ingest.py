"""Files into the index: the good ones are taken, and each bad one is one line."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qa.catalog import Catalog
from qa.config import Config
from qa.errors import StoreError
from qa.index import Index, Receipt
from qa.ingest import Failure, find_all, ingest
from qa.load import Candidate, load
from qa.load.workers import Workers
from qa.survey import survey
from qa.types import Document, Twin
from tests.conftest import FakeEmbedder

if TYPE_CHECKING:
    from qa.types import FloatArray


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(index: Index, *paths: Path) -> tuple[dict[str, str], list[str]]:
    """Source and outcome of what was taken; reasons for what was not."""
    results = list(ingest(index, find_all(paths), Config()))
    taken: dict[str, str] = {
        result.source: result.outcome for result in results if isinstance(result, Receipt)
    }
    return taken, [result.reason for result in results if isinstance(result, Failure)]


def sources(*paths: Path) -> list[str]:
    return [found.source for found in find_all(paths) if isinstance(found, Candidate)]


def reasons(*paths: Path) -> list[str]:
    return [found.reason for found in find_all(paths) if isinstance(found, Failure)]


def test_good_files_are_taken_beside_bad_ones(index: Index, papers: Path, tmp_path: Path) -> None:
    write(papers / "good.txt", "Iraq owes Iran.")
    write(papers / "sub" / "good.md", "# Wheat\n\nIt grows.")
    write(papers / "empty.txt", "")
    write(papers / "table.xyz", "something")
    (papers / "binary.txt").write_bytes(bytes(range(256)) * 50)
    (papers / "out.txt").symlink_to(write(tmp_path / "secret.txt", "secret"))
    (papers / "nowhere.txt").symlink_to(papers / "gone.txt")
    os.mkfifo(papers / "pipe.txt")
    taken, failed = run(index, papers, tmp_path / "missing")
    assert taken == {"good.txt": "added", "sub/good.md": "added"}
    assert len(failed) == 6
    for name in ("empty.txt", "binary.txt", "out.txt", "nowhere.txt", "pipe.txt", "missing"):
        [line] = [line for line in failed if name in line]
        assert "\n" not in line
    assert index.catalog.count() == 2


def test_the_second_time_all_is_unchanged_but_what_has_changed(index: Index, papers: Path) -> None:
    write(papers / "a.txt", "wheat")
    write(papers / "b.txt", "rye")
    run(index, papers)
    write(papers / "b.txt", "zebra")
    write(papers / "c.txt", "oats")
    assert run(index, papers) == ({"a.txt": "unchanged", "b.txt": "replaced", "c.txt": "added"}, [])
    (papers / "b.txt").unlink()
    assert run(index, papers / "a.txt") == ({"a.txt": "unchanged"}, [])


def test_a_file_that_goes_away_meanwhile_is_one_failure(index: Index, papers: Path) -> None:
    gone = write(papers / "a.txt", "wheat")
    write(papers / "b.txt", "rye")
    found = find_all([papers])
    gone.unlink()
    first, second = ingest(index, found, Config())
    assert first == Failure("a.txt cannot be read: no such file or directory", "a.txt")
    assert index.catalog.failures() == []  # it is not there to be tried again
    assert isinstance(second, Receipt)


def test_a_file_larger_than_allowed_is_one_failure(index: Index, papers: Path) -> None:
    write(papers / "large.txt", "x" * 1_000_001)
    [failure] = ingest(index, find_all([papers]), Config(max_file_mb=1))
    assert isinstance(failure, Failure)
    assert "1,000,000" in failure.reason
    assert "max_file_mb" in failure.reason


def test_what_the_ignore_file_names_is_left_out(papers: Path) -> None:
    for name in ("keep.txt", "draft.txt", "old/a.txt", "old/keep.txt", "sub/draft.txt"):
        write(papers / name, "text")
    write(papers / ".footnoteignore", "# not yet\ndraft.txt\n/old/*\n!old/keep.txt\n")
    assert sources(papers) == ["keep.txt", "old/keep.txt"]
    assert sources(papers / "draft.txt") == ["draft.txt"]  # named by itself, it is wanted


def test_an_ignore_file_that_cannot_be_read_stops_its_folder_alone(papers: Path) -> None:
    """Taking in what somebody meant to keep out would be worse than taking nothing."""
    write(papers / "one" / "a.txt", "text")
    write(papers / "two" / "b.txt", "text")
    (papers / "one" / ".footnoteignore").write_bytes(b"caf\xe9")
    assert sources(papers / "one", papers / "two") == ["b.txt"]
    [line] = reasons(papers / "one", papers / "two")
    assert ".footnoteignore cannot be read: " in line
    assert "\n" not in line


def test_a_bad_pattern_is_one_line(papers: Path) -> None:
    write(papers / "a.txt", "text")
    write(papers / ".footnoteignore", "!\n")
    [line] = reasons(papers)
    assert ".footnoteignore cannot be read: " in line
    assert "\n" not in line


def test_folders_without_documents_say_so(papers: Path) -> None:
    assert reasons(papers) == [f"{papers} holds no documents"]
    write(papers / "draft.txt", "text")
    write(papers / ".footnoteignore", "*\n")
    assert reasons(papers) == [f"{papers} holds no documents"]


def test_names_are_fit_for_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "evil\x1b[31m\nname"
    folder.mkdir()
    [empty] = reasons(folder)
    assert empty.endswith(r"evil\x1b[31m\nname holds no documents")
    (folder / ".footnoteignore").write_bytes(b"caf\xe9")
    [unreadable] = reasons(folder)
    assert r"evil\x1b[31m\nname/.footnoteignore cannot be read" in unreadable


def test_a_file_named_twice_is_taken_once(papers: Path) -> None:
    file = write(papers / "a.txt", "text")
    assert sources(papers, file, papers) == ["a.txt"]


def test_nothing_given_nothing_found(index: Index) -> None:
    assert find_all([]) == []
    assert list(ingest(index, [], Config())) == []


# ── what is not read again ────────────────────────────────────────────────────────────────────────


def age(path: Path, seconds: int = 60) -> None:
    """As if the file had been written some time ago: what was written just now may change unseen."""
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - seconds * 10**9))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, and whether that was for their digest alone (?)."""
    seen: list[str] = []
    read = Workers.read

    def noted(self: Workers, file: Candidate, *, max_bytes: int, known: str = "") -> Document | None:
        document = read(self, file, max_bytes=max_bytes, known=known)
        seen.append(f"{file.source}{'' if document else '?'}")
        return document

    monkeypatch.setattr(Workers, "read", noted)
    return seen


def test_an_unchanged_file_is_looked_at_only(index: Index, papers: Path, reads: list[str]) -> None:
    age(write(papers / "a.txt", "wheat"))
    age(write(papers / "b.txt", "rye"))
    run(index, papers)
    age(write(papers / "b.txt", "oat"))  # as long as before
    assert run(index, papers)[0] == {"a.txt": "unchanged", "b.txt": "replaced"}
    assert run(index, papers)[0] == {"a.txt": "unchanged", "b.txt": "unchanged"}
    assert sorted(reads[:2]) == ["a.txt", "b.txt"]
    assert reads[2:] == ["b.txt"]


def test_a_file_in_doubt_is_read_for_its_digest(index: Index, papers: Path, reads: list[str]) -> None:
    file = write(papers / "a.txt", "wheat")  # so new that it could change without its time changing
    run(index, papers)
    state = file.stat()
    file.write_text("ryeee", encoding="utf-8")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert run(index, papers)[0] == {"a.txt": "replaced"}
    age(file, 100)  # touched
    assert run(index, papers)[0] == {"a.txt": "unchanged"}
    assert run(index, papers)[0] == {"a.txt": "unchanged"}
    assert reads == ["a.txt", "a.txt", "a.txt?"]


def test_another_version_of_footnote_reads_all_again(index: Index, papers: Path, reads: list[str]) -> None:
    file = write(papers / "a.txt", "wheat")
    age(file)
    run(index, papers)
    look = index.catalog.look(str(file))
    assert look
    index.catalog.note_look(str(file), replace(look, version="0.0"))
    assert run(index, papers)[0] == {"a.txt": "unchanged"}
    assert reads == ["a.txt", "a.txt"]


def test_other_passages_are_cut_of_an_unchanged_file(config: Config, papers: Path) -> None:
    age(write(papers / "a.txt", "wheat"))
    with Index(config, FakeEmbedder()) as index:
        run(index, papers)
    with Index(replace(config, passage_tokens=100), FakeEmbedder()) as index:
        assert run(index, papers)[0] == {"a.txt": "replaced"}
        assert run(index, papers)[0] == {"a.txt": "unchanged"}


def test_a_moved_file_keeps_its_identity(index: Index, papers: Path) -> None:
    old = write(papers / "old.txt", "The harvest of wheat was good.")
    other = write(papers / "other.txt", "rye")
    run(index, papers)
    [before] = index.catalog.with_content(sha256(old.read_bytes()).hexdigest())
    passages = index.catalog.passage_ids()
    (papers / "sub").mkdir()
    old.rename(papers / "sub" / "new.txt")
    assert run(index, papers)[0] == {"other.txt": "unchanged", "sub/new.txt": "moved"}
    moved = index.catalog.document(before.id)
    assert (moved.path, moved.source) == (str(papers / "sub" / "new.txt"), "sub/new.txt")
    assert index.catalog.passage_ids() == passages
    assert index.vectors.nearest(FakeEmbedder().embed_question("x"), 9, None)
    write(papers / "copy.txt", other.read_text())
    assert run(index, papers)[0]["copy.txt"] == "added"  # the other is still there


def test_two_copies_of_a_file_that_is_gone_are_one_move(index: Index, papers: Path) -> None:
    old = write(papers / "old.txt", "The harvest of wheat was good.")
    run(index, papers)
    write(papers / "a.txt", old.read_text())
    old.rename(papers / "b.txt")
    assert run(index, papers)[0] == {"a.txt": "moved", "b.txt": "added"}
    assert len(index.catalog.documents()) == 2


# ── failures ──────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_is_kept_and_not_tried_again_until_that_is_wanted(
    index: Index, papers: Path, reads: list[str]
) -> None:
    file = write(papers / "a.txt", "")
    age(file)
    assert run(index, papers)[1] == ["a.txt is empty"]
    [kept] = index.catalog.failures()
    assert (kept.path, kept.source, kept.reason) == (str(file), "a.txt", "a.txt is empty")
    (file_,) = find_all([papers])
    assert isinstance(file_, Candidate)
    assert [*ingest(index, [replace(file_, again=True)], Config())] == [Failure("a.txt is empty", "a.txt")]
    write(file, "wheat")
    assert run(index, papers) == ({"a.txt": "added"}, [])
    assert index.catalog.failures() == []


def test_an_unchanged_bad_file_is_not_read_again(index: Index, papers: Path, reads: list[str]) -> None:
    (papers / "a.txt").write_bytes(b"\0\1\2" * 100)
    age(papers / "a.txt")
    first, second = run(index, papers)[1] + run(index, papers)[1]
    assert second == f"{first} (it has not changed since; --retry-failed reads it again)"
    assert [failure.reason for failure in index.catalog.failures()] == [first]
    assert reads == []  # the first one raised


def test_a_good_document_stays_when_its_file_goes_bad(index: Index, papers: Path) -> None:
    file = write(papers / "a.txt", "wheat")
    age(file)
    run(index, papers)
    file.write_bytes(b"\0\1\2" * 100)
    age(file, 30)
    assert run(index, papers)[1]
    assert index.catalog.count_documents() == 1
    age(write(file, "wheat"))
    assert run(index, papers) == ({"a.txt": "unchanged"}, [])
    assert index.catalog.failures() == []


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_tells_what_was_read(index: Index, papers: Path) -> None:
    text = " ".join(f"word{number}" for number in range(300))
    write(papers / "a.txt", f"{text}\f \f{text}")
    write(papers / "b.txt", f"{text}\f \f{text}")
    write(papers / "c.txt", f"{text}\f \f{text} more")
    receipts = [one for one in ingest(index, find_all([papers]), Config()) if isinstance(one, Receipt)]
    first, same, near = receipts
    assert (first.pages, first.empty_pages, first.extractor) == (3, (2,), "footnote-text/1")
    assert (first.duplicate_of, first.near_duplicates) == (None, ())
    assert same.duplicate_of == Twin(first.document_id, "a.txt", 1.0)
    assert near.duplicate_of is None
    assert [(twin.source, twin.likeness > 0.9) for twin in near.near_duplicates] == [
        ("a.txt", True),
        ("b.txt", True),
    ]
    again = [one for one in ingest(index, find_all([papers]), Config()) if isinstance(one, Receipt)]
    assert (again[0].pages, again[0].empty_pages) == (3, (2,))


# ── several things at once ────────────────────────────────────────────────────────────────────────


def test_many_files_come_out_in_their_order_as_one_by_one(config: Config, papers: Path) -> None:
    for number in range(40):
        write(papers / f"{number:02}.txt", "wheat and rye. " * (number % 7) + f"number {number}")
    write(papers / "13.txt", "")
    files = find_all([papers])
    with Index(config, FakeEmbedder()) as index:
        together = list(ingest(index, files, Config(load_processes=3)))
        found = {d.source: index.catalog.vectors_of(d.id) for d in index.catalog.documents()}
    assert [one.source for one in together] == [f"{number:02}.txt" for number in range(40)]
    with Index(replace(config, data=config.data / "other"), FakeEmbedder()) as index:
        for file in files:
            assert isinstance(file, Candidate)
            if file.source != "13.txt":
                id_ = index.add(load(file.path, source=file.source, max_bytes=1_000)).document_id
                ids, vectors = found[file.source]
                assert ids == index.catalog.vectors_of(id_)[0]
                assert np.array_equal(vectors, index.catalog.vectors_of(id_)[1])


def test_breaking_off_keeps_what_is_done_and_ends_what_was_begun(index: Index, papers: Path) -> None:
    for number in range(200):
        write(papers / f"{number:03}.txt", f"wheat {number}")
    taking = ingest(index, find_all([papers]), Config())
    done = [next(taking) for _ in range(5)]
    taking.close()
    assert not [
        thread.name for thread in threading.enumerate() if thread.name.startswith(("reading", "ahead"))
    ]
    assert index.catalog.count_documents() == len(done) == 5
    taken, failed = run(index, papers)
    assert (list(taken.values()).count("added"), failed) == (195, [])


def test_an_index_that_fails_ends_it_all(index: Index, papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        write(papers / f"{number:02}.txt", f"wheat {number}")
    put = Catalog.put
    room = iter(range(3))

    def full(self: Catalog, *rest: Any, **more: Any) -> Any:
        if next(room, None) is None:
            raise StoreError("the disk is full")
        return put(self, *rest, **more)

    monkeypatch.setattr(Catalog, "put", full)
    taken: list[Receipt | Failure] = []
    with pytest.raises(StoreError, match="the disk is full"):
        taken.extend(ingest(index, find_all([papers]), Config()))
    assert index.catalog.count_documents() == 3
    monkeypatch.undo()
    assert set(run(index, papers)[0].values()) == {"added", "unchanged"}


def test_two_indexers_at_once_take_each_file_once(index: Index, papers: Path) -> None:
    for number in range(60):
        write(papers / f"{number:02}.txt", f"wheat {number}")
    results: list[dict[str, str]] = []
    both = [threading.Thread(target=lambda: results.append(run(index, papers)[0])) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    first, second = results
    assert all({first[name], second[name]} == {"added", "unchanged"} for name in first)
    assert index.catalog.count_documents() == 60


def test_a_folder_that_changes_meanwhile_costs_what_changed_alone(index: Index, papers: Path) -> None:
    for number in range(40):
        write(papers / f"{number:02}.txt", f"wheat {number}")
    files = find_all([papers])
    (papers / "03.txt").unlink()
    write(papers / "05.txt", "other")
    (papers / "07.txt").unlink()
    (papers / "07.txt").symlink_to(papers / "08.txt")
    (papers / "09.txt").unlink()
    (papers / "09.txt").mkdir()
    results = list(ingest(index, files, Config()))
    failed = [one.reason for one in results if isinstance(one, Failure)]
    assert failed == [
        "03.txt cannot be read: no such file or directory",
        "07.txt cannot be read: it is a symlink; name its target",
        "09.txt is a folder, not a file",
    ]
    assert index.catalog.count_documents() == 37
    taken, failed = run(index, papers)
    assert set(taken.values()) == {"unchanged"}
    assert failed == []


def test_a_renewal_meanwhile_leaves_no_vector_of_the_old_making(index: Index, papers: Path) -> None:
    for number in range(150):
        write(papers / f"{number:03}.txt", f"wheat {number}")

    class Other(FakeEmbedder):
        name = "other-letters"

        def embed_question(self, text: str) -> FloatArray:
            return -super().embed_question(text)

    taking = ingest(index, find_all([papers]), Config())
    for _ in range(5):
        next(taking)
    index.renew(Other())
    list(taking)
    signs = {float(np.sign(row.sum())) for _, _, rows in index.catalog.vectors() for row in rows}
    assert (signs, index.catalog.count()) == ({-1.0}, 150)


def test_files_of_other_kinds_are_counted_in_folders_and_refused_by_name(index: Index, papers: Path) -> None:
    for name in ("a.txt", "b.png", "c.PNG", "sub/d.zip", "sub/none"):
        write(papers / name, "text")
    found = survey([papers])
    assert [file.source for file in found.files] == ["a.txt"]
    assert (found.left_out, found.failures) == ({".png": 2, ".zip": 1, "": 1}, ())
    [reason] = run(index, papers / "b.png")[1]
    assert reason.startswith("b.png: .png files cannot be read; supported: ")
    (papers / "a.txt").unlink()
    assert [failure.reason for failure in survey([papers]).failures] == [f"{papers} holds no documents"]


def test_a_large_document_tells_how_far_it_is(index: Index, papers: Path) -> None:
    write(
        papers / "a.txt",
        "\n\n".join(f"Sentence {number} says that wheat grows here." for number in range(3_000)),
    )
    told: list[tuple[str, int, int]] = []
    [receipt] = ingest(index, find_all([papers]), Config(threads=1), lambda *part: told.append(part))
    assert isinstance(receipt, Receipt)
    assert told[-1] == ("a.txt", receipt.passages, receipt.passages)
    assert len(told) == -(-receipt.passages // 16)
