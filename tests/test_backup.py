"""Backups of a folder in use, and folders made from them; what is no backup is told in one line."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.backup import back_up, restore
from qa.catalog import Catalog
from qa.config import Config
from qa.errors import LockedError, StoreError
from qa.index import Index
from tests.conftest import FakeEmbedder, make_document
from tests.test_index import dense, in_step


@pytest.fixture
def other(config: Config, tmp_path: Path) -> Config:
    return replace(config, data=tmp_path / "other")


@pytest.fixture
def file(index: Index, config: Config, tmp_path: Path) -> Path:
    index.add(make_document("wheat"))
    back_up(config, tmp_path / "all.backup")
    return tmp_path / "all.backup"


def rewrite(file: Path, change: Callable[[dict[str, object]], object], catalog: bytes | None = None) -> None:
    """The backup with another manifest, or another catalog."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        kept = archive.read("catalog.sqlite3")
    change(manifest)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("catalog.sqlite3", kept if catalog is None else catalog)
        archive.writestr("manifest.json", json.dumps(manifest))


def test_a_folder_in_use_is_backed_up_and_restored(index: Index, config: Config, other: Config) -> None:
    index.add(make_document("wheat", "/a.txt"))
    index.add(make_document("rye", "/b.txt"))
    target = config.data.parent / "all.backup"
    made = back_up(config, target)
    index.add(make_document("later", "/c.txt"))
    assert (made.documents, made.passages, made.revision, made.embedder) == (2, 2, 2, "fake-letters")
    assert restore(other, target) == made
    with Index(other, FakeEmbedder()) as again:
        assert in_step(again)
        assert sorted(dense(again, "x")) == ["rye", "wheat"]
        assert again.catalog.documents() == index.catalog.documents()[:2]
    assert sorted(path.name for path in config.data.parent.iterdir()) == ["all.backup", "data", "other"]


def test_nothing_is_written_over_unless_told(file: Path, config: Config) -> None:
    before = file.read_bytes()
    with pytest.raises(StoreError, match="--force"):
        back_up(config, file)
    assert file.read_bytes() == before
    back_up(config, file, force=True)


def test_a_backup_is_not_written_into_the_data_folder(file: Path, config: Config) -> None:
    for target in (
        config.catalog_path,
        config.data / "b.zip",
        config.data / ".." / config.data.name / "b.zip",
    ):
        with pytest.raises(StoreError, match="in the data folder itself"):
            back_up(config, target, force=True)


def test_what_was_remembered_of_vectors_is_forgotten(index: Index, config: Config, other: Config) -> None:
    """Those in a folder as those on a server: the catalog goes back in time, and they don't."""
    server = "vectors at http://localhost:8000 default_tenant default_database"
    index.catalog.set_state(server, "x")
    index.catalog.set_state("unlike vectors", "y")
    back_up(config, other.data.with_name("b.zip"))
    restore(other, other.data.with_name("b.zip"))
    catalog = Catalog(other.catalog_path)
    assert [catalog.state(key) for key in ("vectors", server, "unlike vectors")] == [None, None, "y"]
    catalog.close()


def test_documents_make_way_only_when_told(file: Path, other: Config) -> None:
    with Index(other, FakeEmbedder()) as index:
        index.add(make_document("zebra", "/z.txt"))
        with pytest.raises(LockedError):
            restore(other, file, force=True)
    with pytest.raises(StoreError, match="holds 1 documents"):
        restore(other, file)
    with Index(other, FakeEmbedder()) as index:
        assert dense(index, "x") == ["zebra"]
    restore(other, file, force=True)
    with Index(other, FakeEmbedder()) as index:
        assert in_step(index)
        assert dense(index, "x") == ["wheat"]


def test_a_broken_catalog_is_put_aside_not_deleted(file: Path, other: Config) -> None:
    other.data.mkdir()
    other.catalog_path.write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError, match="cannot be used"):
        restore(other, file)
    restore(other, file, force=True)
    assert (other.data / "broken-catalog.sqlite3").read_bytes() == b"no database" * 1_000
    with Index(other, FakeEmbedder()) as index:
        assert dense(index, "x") == ["wheat"]


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-300])


def _flip(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    file.write_bytes(whole)


def _other_file(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../outside.txt", "x")


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no zip file": (lambda file: file.write_text("hello"), "damaged"),
    "cut off": (_cut, "damaged"),
    "a byte changed": (_flip, "damaged"),
    "another file in it": (_other_file, "holds other files"),
    "another catalog": (lambda file: rewrite(file, lambda m: None, b"x" * 100), "is damaged"),
    "a bomb": (lambda file: rewrite(file, lambda m: None, bytes(50_000_000)), "is damaged"),
    "less than nothing": (
        lambda file: rewrite(file, lambda m: m.update(bytes=-5)),
        "is damaged",
    ),
    "newer": (lambda file: rewrite(file, lambda m: m.update(schema=99)), "a newer Footnote"),
    "no manifest": (lambda file: rewrite(file, lambda m: m.clear()), "manifest cannot be read"),
    "a mistyped one": (lambda file: rewrite(file, lambda m: m.update(bytes="1")), "manifest cannot be read"),
    "gone": (lambda file: file.unlink(), "No such file"),
    "a folder": (_folder, "Is a directory"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_no_whole_backup_is_refused(file: Path, other: Config, how: str) -> None:
    spoil, said = SPOILT[how]
    spoil(file)
    with pytest.raises(StoreError, match=said) as told:
        restore(other, file)
    assert "\n" not in str(told.value)
    assert not other.catalog_path.exists()
    assert not list(other.data.glob("restoring*"))


def test_a_manifest_that_lies_about_the_schema_changes_nothing(file: Path, other: Config) -> None:
    with zipfile.ZipFile(file) as archive:
        archive.extract("catalog.sqlite3", file.parent)
    db = sqlite3.connect(file.parent / "catalog.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    newer = (file.parent / "catalog.sqlite3").read_bytes()
    import hashlib

    digest = hashlib.sha256(newer).hexdigest()
    rewrite(file, lambda m: m.update(sha256=digest, bytes=len(newer)), newer)
    with pytest.raises(StoreError, match="has schema 99"):
        restore(other, file)
    assert not other.catalog_path.exists()


def test_a_damaged_catalog_is_told_when_it_is_backed_up(config: Config, tmp_path: Path) -> None:
    with Index(config, FakeEmbedder()) as index:
        for n in range(20):
            index.add(make_document(f"the number {n} and wheat " * 200, f"/{n}.txt"))
    with config.catalog_path.open("rb+") as file:
        file.seek(8 * 4096)
        file.write(b"\xff" * 8 * 4096)
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        back_up(config, tmp_path / "all.backup")
    assert not (tmp_path / "all.backup").exists()


def test_what_cannot_be_backed_up_is_one_line(config: Config, other: Config, tmp_path: Path) -> None:
    Index(config, FakeEmbedder()).close()
    with pytest.raises(StoreError, match="nothing to back up"):
        back_up(other, tmp_path / "all.backup")
    with pytest.raises(StoreError, match="No such file"):
        back_up(config, tmp_path / "nowhere" / "all.backup")
    with pytest.raises(StoreError, match="name too long"):
        back_up(config, tmp_path / ("x" * 10_000))
    with pytest.raises(StoreError, match="name too long"):
        restore(other, tmp_path / ("x" * 10_000))
    if Path("/proc").is_dir():
        with pytest.raises(StoreError, match="cannot be written"):
            back_up(config, Path("/proc/all.backup"))


def test_a_disk_that_takes_no_writes_can_be_backed_up(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What SQLite would do there is tried on a folder that is said to take none."""
    with Index(config, FakeEmbedder()) as index:
        index.add(make_document("wheat"))
    copy = Path(shutil.copytree(config.data, tmp_path / "copy"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert back_up(replace(config, data=copy), tmp_path / "all.backup").documents == 1
    assert not list(copy.glob("catalog.sqlite3-*"))
