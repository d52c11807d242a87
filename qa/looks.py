"""What a file looked like when it was read: enough to tell, without reading it again, that it is the same."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from qa import __version__

_GRAIN_NS = 2_000_000_000
"""The coarsest clock of a common file system: FAT's. Later changes within it leave the time as it is."""

_POSITIVE = (1 << 63) - 1  # what a database holds of a number of 64 bits


@dataclass(frozen=True, slots=True)
class Look:
    """A file's size, time of change (ns), inode and disk; when it was looked at (ns), by which Footnote."""

    size: int
    mtime_ns: int
    inode: int
    device: int
    looked_ns: int
    version: str = __version__

    def still(self, now: Look) -> bool:
        """Whether the file is surely as it was: nothing has changed, nor could have without being seen.

        A file that was changed right before it was looked at may have changed again right after ("racily
        clean", as git calls it); then only reading it can tell. So it is after a change of Footnote itself.
        """
        same = (self.size, self.mtime_ns, self.inode, self.version)
        racy = self.mtime_ns + _GRAIN_NS > self.looked_ns
        return not racy and same == (now.size, now.mtime_ns, now.inode, now.version)


def look_at(path: Path) -> Look | None:
    """How a regular file looks now; None where there is none to be seen."""
    now = time.time_ns()  # before: what changes from here on is newer
    try:
        state = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    return Look(state.st_size, state.st_mtime_ns, state.st_ino & _POSITIVE, state.st_dev & _POSITIVE, now)


def is_missing(path: Path) -> bool:
    """Whether nothing is at ``path``; where a folder can't be looked into, that is not known."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_gone(path: Path, look: Look | None) -> bool:
    """Whether the file that was at ``path`` is surely no more: its disk may just not be mounted.

    It is where the nearest folder that there is lies on the disk that the file was on, or holds anything.
    """
    if not is_missing(path):
        return False
    for folder in path.parents:
        try:
            same_disk = look is not None and folder.stat().st_dev & _POSITIVE == look.device
            with os.scandir(folder) as entries:
                return same_disk or any(True for _ in entries)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return False
    return False
