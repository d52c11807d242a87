"""What is remembered of a generation, and what its seal notices."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from qa import generation
from qa.errors import StoreError
from qa.generation import Generation


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "generation-1"
    (made / "inner").mkdir(parents=True)
    (made / "chroma.sqlite3").write_bytes(b"a database")
    (made / "inner" / "data.bin").write_bytes(b"vectors")
    return made


def test_a_generation_is_remembered(folder: Path) -> None:
    sealed = Generation(folder.name, 7, generation.seal(folder))
    assert sealed.seal is not None
    assert sorted(sealed.seal) == ["chroma.sqlite3", "inner/data.bin"]
    assert generation.load(sealed.dump()) == sealed
    damaged = Generation(folder.name, 7, None, "it is broken")
    assert generation.load(damaged.dump()) == damaged


@pytest.mark.parametrize("text", [None, "", "null", "[]", "{}", "no JSON", '{"name": 1, "seal": 2}', '"x"'])
def test_what_cannot_be_understood_is_no_generation(text: str | None) -> None:
    assert generation.load(text) is None


def test_an_unbroken_seal(folder: Path) -> None:
    assert generation.broken_seal(folder, generation.seal(folder)) == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("deleted", "inner/data.bin is gone"),
        ("longer", "inner/data.bin has 8 bytes, not 7"),
        ("touched", "inner/data.bin was changed since"),
        ("one more", "inner/other was not there before"),
        ("all gone", "chroma.sqlite3 is gone"),
    ],
)
def test_a_broken_seal(folder: Path, damage: str, said: str) -> None:
    sealed = generation.seal(folder)
    file = folder / "inner" / "data.bin"
    if damage == "deleted":
        file.unlink()
    elif damage == "longer":
        file.write_bytes(b"vectors!")
    elif damage == "touched":
        os.utime(file, ns=(0, 0))
    elif damage == "one more":
        file.with_name("other").write_bytes(b"")
    else:
        folder.rename(folder.with_name("elsewhere"))
    assert generation.broken_seal(folder, sealed) == said


def test_a_folder_that_cannot_be_sealed_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="generation-1 cannot be read: No space left on device"):
        generation.seal(folder)


def test_only_other_generations_are_left_over(tmp_path: Path) -> None:
    assert generation.leftovers(tmp_path / "nothing", []) == []
    for name in ("generation-1", "generation-2", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "chroma.sqlite3").touch()
    assert generation.leftovers(tmp_path, ["generation-2"]) == [tmp_path / "generation-1"]
    assert len({generation.new_name() for _ in range(100)}) == 100
