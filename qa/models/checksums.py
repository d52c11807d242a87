"""Checks that a bundled model's files are the ones that were published with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qa.errors import ModelError

LIST = "SHA256SUMS"
"""The list beside the files, as ``sha256sum`` writes and checks it."""


def verify(folder: Path) -> None:
    """Holds every file that the folder's ``SHA256SUMS`` names to its checksum.

    Raises ModelError, in one line that names the file, if one is missing, unreadable or altered, or if the
    list itself is missing, empty or garbled.
    """
    for name, expected in _listed(folder / LIST).items():
        if digest(folder / name) != expected:
            raise ModelError(f"{folder / name} is not the file it should be (wrong checksum): {_REMEDY}")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises ModelError if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}): {_REMEDY}") from error


_REMEDY = "reinstall footnote-qa (pip install --force-reinstall --no-deps footnote-qa)"


def _listed(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot read {path}: {_REMEDY}") from error
    pairs = [line.split(maxsplit=1) for line in lines]
    if not pairs or any(len(pair) != 2 or len(pair[0]) != 64 for pair in pairs):
        raise ModelError(f"{path} is not a list of checksums: {_REMEDY}")
    return {name.lstrip("*"): expected for expected, name in pairs}
