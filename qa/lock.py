"""One process owns a data folder: an exclusive lock that dies with its owner."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import LockedError, StoreError

_PATIENCE_SECONDS = 0.5


class FolderLock:
    """Holds the data folder until released. The operating system releases it if the process dies."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be, and take it. Raises LockedError, StoreError."""
        self._owner = folder / "owner.json"
        # Not thread_local: a server may open in one thread and close in another.
        self._lock = FileLock(folder / "lock", thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=_PATIENCE_SECONDS)
            with suppress(OSError):  # it helps another's error message; on a full disk it can't be told
                self._owner.write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
        except Timeout as error:
            raise LockedError(
                f"the data folder {folder} is in use by another Footnote{self._owned_by()}:"
                " ask there, or stop it first"
            ) from error
        except OSError as error:
            self._lock.release()
            raise StoreError(f"the data folder {folder} cannot be used: {error.strerror or error}") from error

    def release(self) -> None:
        self._owner.unlink(missing_ok=True)
        self._lock.release()

    def _owned_by(self) -> str:
        try:
            return f" (process {json.loads(self._owner.read_text(encoding='utf-8'))['pid']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""
