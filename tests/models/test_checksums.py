import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.embed import BUNDLED
from qa.errors import ModelError
from qa.models.checksums import verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights.bin").write_bytes(b"weights")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'weights').hexdigest()}  weights.bin\n")
    return tmp_path


def test_the_bundled_files_are_listed_and_whole() -> None:
    verify(BUNDLED)
    listed = {line.split()[1] for line in (BUNDLED / "SHA256SUMS").read_text().splitlines()}
    assert listed == {"model.onnx", "tokenizer.json"}


def test_whole_files_pass(folder: Path) -> None:
    verify(folder)


def alter(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"weightz")


def remove(folder: Path) -> None:
    (folder / "weights.bin").unlink()


def remove_list(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()


def empty_list(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("")


def garble_list(folder: Path) -> None:
    (folder / "SHA256SUMS").write_bytes(b"\xff\xfe nonsense")


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (alter, "weights.bin"),
        (remove, "weights.bin"),
        (remove_list, "SHA256SUMS"),
        (empty_list, "SHA256SUMS"),
        (garble_list, "SHA256SUMS"),
    ],
)
def test_anything_else_is_one_line_that_names_the_file(
    folder: Path, harm: Callable[[Path], None], named: str
) -> None:
    harm(folder)
    with pytest.raises(ModelError, match=named) as caught:
        verify(folder)
    assert "reinstall" in str(caught.value)
    assert "\n" not in str(caught.value)
