"""Looks at files: what tells that one is unchanged, and that one is gone."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from qa.looks import Look, is_gone, is_missing, look_at

SECOND = 10**9
LOOK = Look(size=5, mtime_ns=100 * SECOND, inode=7, device=1, looked_ns=200 * SECOND)


def test_a_file_that_looks_the_same_is_the_same() -> None:
    assert LOOK.still(replace(LOOK, looked_ns=900 * SECOND))
    assert LOOK.still(replace(LOOK, device=2))  # disks get other numbers when a machine starts again
    for other in (replace(LOOK, size=6), replace(LOOK, mtime_ns=101 * SECOND), replace(LOOK, inode=8)):
        assert not LOOK.still(other)
    assert not LOOK.still(replace(LOOK, version="0.0"))


def test_one_that_was_changed_just_before_it_was_looked_at_is_in_doubt() -> None:
    racy = replace(LOOK, looked_ns=LOOK.mtime_ns + SECOND)
    assert not racy.still(LOOK)
    assert replace(racy, looked_ns=LOOK.mtime_ns + 2 * SECOND).still(LOOK)


def test_only_a_regular_file_can_be_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("wheat")
    (tmp_path / "link.txt").symlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    look = look_at(file)
    assert look
    assert (look.size, look.mtime_ns) == (5, file.stat().st_mtime_ns)
    assert look.looked_ns >= look.mtime_ns
    for name in ("link.txt", "pipe", "nothing", "a.txt/below"):
        assert look_at(tmp_path / name) is None
    assert look_at(tmp_path) is None


def test_a_file_is_gone_when_its_disk_is_there(tmp_path: Path) -> None:
    file = tmp_path / "disk" / "a.txt"
    (tmp_path / "disk").mkdir()
    file.write_text("wheat")
    look = look_at(file)
    assert look
    assert not is_missing(file)
    assert not is_gone(file, look)
    file.unlink()
    elsewhere = replace(look, device=look.device + 1)  # as when the disk is not mounted: an empty folder
    assert is_missing(file)
    assert is_gone(file, look)
    assert not is_gone(file, elsewhere)
    assert not is_gone(file, None)
    (tmp_path / "disk" / "b.txt").write_text("rye")
    assert is_gone(file, elsewhere)
    assert is_gone(tmp_path / "disk" / "b.txt" / "c.txt", look)  # a file stands where its folder was


def test_a_place_that_cannot_be_looked_at_proves_nothing(tmp_path: Path) -> None:
    assert not is_missing(tmp_path / ("x" * 300))
    assert not is_gone(tmp_path / ("x" * 300), LOOK)
