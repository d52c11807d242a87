"""Forgetting documents whose files are gone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qa.errors import NotFoundError
from qa.index import Index
from qa.load.files import shown
from qa.looks import is_gone, is_missing
from qa.types import StoredDocument


@dataclass(frozen=True, slots=True)
class Pruned:
    """The documents that were removed, and a line for each that is missing but may come back."""

    removed: tuple[StoredDocument, ...]
    kept: tuple[str, ...]


def prune(index: Index, folders: Sequence[Path]) -> Pruned:
    """Remove the documents of files that were under ``folders`` and are surely gone.

    A folder that is itself missing, or cannot be looked into, proves nothing, and neither does one on
    another disk than the files were on: theirs may just not be mounted. Failures of gone files go, too.
    """
    roots = [root for folder in folders if (root := _looked_into(folder))]
    removed: list[StoredDocument] = []
    kept: list[str] = []
    for document in index.catalog.documents():
        path = Path(document.path)
        if not any(path.is_relative_to(root) for root in roots) or not is_missing(path):
            continue
        if is_gone(path, index.catalog.look(document.path)):
            with suppress(NotFoundError):  # somebody else was faster
                removed.append(index.remove(document.id))
        else:
            kept.append(
                f"{shown(document.source)} is missing, but its disk may just not be mounted: it is kept;"
                f" footnote documents remove {document.id} removes it"
            )
    for failed in index.catalog.failures():
        path = Path(failed.path)
        if any(path.is_relative_to(root) for root in roots) and is_missing(path):
            index.catalog.forget_failure(failed.path)
    return Pruned(tuple(removed), tuple(kept))


def _looked_into(folder: Path) -> Path | None:
    try:
        root = folder.resolve(strict=True)
        list(root.iterdir())
    except (OSError, RuntimeError):  # the latter: a loop of symlinks, in Python 3.11 and 3.12
        return None
    return root
