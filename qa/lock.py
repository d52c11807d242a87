"""One process owns a data folder: a lock that dies with its owner, and a note that says who it is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import LockedError, StoreError

_PATIENCE_SECONDS = 0.5
_NOTE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a data folder, as its note has it; a note that was left behind says so as well.

    ``port`` and ``token`` are of its door on 127.0.0.1, by which others come in; 0 and empty
    when it has none.
    ``page`` is the address of its chat page; empty when it shows none.
    """

    pid: int
    port: int = 0
    token: str = ""
    page: str = ""

    def __repr__(self) -> str:
        return f"Owner(pid={self.pid}, port={self.port})"  # the token is nobody's business


class FolderLock:
    """Holds the data folder until released. The operating system releases it if the process dies."""

    def __init__(self, folder: Path, patience: float = _PATIENCE_SECONDS) -> None:
        """Make the folder if need be, and take it, waiting ``patience`` seconds at most.

        Raises LockedError, StoreError.
        """
        self._folder = folder
        self._facts: dict[str, object] = {"pid": os.getpid()}
        # Not thread_local: a server may open in one thread and close in another.
        self._lock = FileLock(folder / "lock", thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=patience)
            self._note()
        except Timeout as error:
            raise LockedError(f"the data folder {folder} is in use by {_who(owner_of(folder))}") from error
        except OSError as error:
            self._lock.release()
            raise StoreError(f"the data folder {folder} cannot be used: {error.strerror or error}") from error

    def announce(self, **facts: str | int) -> None:
        """Add to the note what others need to know of its owner."""
        self._facts |= facts
        self._note()

    def _note(self) -> None:
        with suppress(OSError):  # on a full disk others are told less, and nothing else is worse
            _write(self._folder / _NOTE, self._facts)

    def release(self) -> None:
        """Give the folder back. More than once is fine."""
        if self._lock.is_locked:
            with suppress(OSError):  # a note that stays behind is told from a fresh one
                (self._folder / _NOTE).unlink(missing_ok=True)
            self._lock.release()


def owner_of(folder: Path) -> Owner | None:
    """What the note says; None where there is none. Whether that owner still lives is not told."""
    try:
        kept = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
        return Owner(
            int(kept["pid"]), int(kept.get("port", 0)), str(kept.get("token", "")), str(kept.get("page", ""))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, facts: Mapping[str, object]) -> None:
    """Whole or not at all, and for the eyes of this user only: it may hold a token."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(facts, file)
    temporary.replace(path)


def _who(owner: Owner | None) -> str:
    if owner is None:
        return "another Footnote: ask there, or stop it first"
    where = f" at {owner.page}" if owner.page else ""
    return f"another Footnote{where} (process {owner.pid}): ask there, or stop it first"
