"""Files into the index: the good ones are taken, and each bad one is one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.config import Config
from qa.index import Index, Receipt
from qa.ingest import Failure, find_all, ingest
from qa.load import Candidate


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
