"""Documents whose files are gone are forgotten, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.config import Config
from qa.index import Index
from qa.ingest import find_all, ingest
from qa.prune import prune


@pytest.fixture
def papers(index: Index, tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    for name in ("a.txt", "sub/b.txt", "sub/c.txt", "other/d.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"wheat {name}", encoding="utf-8")
    list(ingest(index, find_all([folder]), Config()))
    return folder


def sources(index: Index) -> list[str]:
    return [document.source for document in index.catalog.documents()]


def test_what_is_gone_is_forgotten_under_the_named_folders(index: Index, papers: Path) -> None:
    for name in ("a.txt", "sub/b.txt", "other/d.txt"):
        (papers / name).unlink()
    pruned = prune(index, [papers / "sub"])
    assert [document.source for document in pruned.removed] == ["sub/b.txt"]
    assert (sources(index), pruned.kept) == (["a.txt", "other/d.txt", "sub/c.txt"], ())
    assert [document.source for document in prune(index, [papers]).removed] == ["a.txt", "other/d.txt"]
    assert prune(index, [papers]).removed == ()


def test_a_folder_that_is_missing_proves_nothing(index: Index, papers: Path) -> None:
    papers.rename(papers.with_name("elsewhere"))
    assert prune(index, [papers, papers / "a.txt"]).removed == ()
    assert len(sources(index)) == 4


def test_a_disk_that_is_not_mounted_proves_nothing(index: Index, papers: Path) -> None:
    """Where it was mounted is an empty folder, on the disk of the folder above."""
    for name in ("b.txt", "c.txt"):
        path = papers / "sub" / name
        look = index.catalog.look(str(path))
        assert look
        index.catalog.note_look(str(path), replace(look, device=look.device + 1))
        path.unlink()
    pruned = prune(index, [papers])
    assert pruned.removed == ()
    assert [line.split(",")[0] for line in pruned.kept] == ["sub/b.txt is missing", "sub/c.txt is missing"]
    assert len(sources(index)) == 4


def test_failures_of_files_that_are_gone_are_forgotten(index: Index, papers: Path) -> None:
    for name in ("bad.txt", "worse.txt"):
        (papers / name).write_text("", encoding="utf-8")
    list(ingest(index, find_all([papers]), Config()))
    (papers / "bad.txt").unlink()
    prune(index, [papers])
    assert [failure.source for failure in index.catalog.failures()] == ["worse.txt"]
