"""What nobody who asks is told: keys, wherever they put them, and what is wrong with this machine's files."""

from __future__ import annotations

import errno
import re

from qa.errors import BusyError, FootnoteError, FullError, ModelError, NotFoundError, StoreError

_KEY = re.compile(r"(fn_[0-9a-f]{10})_([A-Za-z0-9_-]+)", re.IGNORECASE)  # also one that was cut off
_UNREADABLE = "The store cannot be read or written now: the server's log tells why"
_FULL = "The server's disk is full: nothing new is kept until whoever runs it makes room; what is there stays"
FAILED = "Footnote failed: the server's log has more under the request's id"


def holds_key(text: str) -> bool:
    """Whether an API key of ours stands in it, so that it must not be told on."""
    return _KEY.search(text) is not None


def without_keys(text: str) -> str:
    """The text, as long as it is, with the secret part of each API key of ours blotted out."""
    return _KEY.sub(lambda key: key[1] + "_" + "*" * (len(key[2])), text)


def is_ours(error: FootnoteError) -> bool:
    """Whether it is the business of whoever runs the server: its line names places on this machine."""
    return isinstance(error, StoreError | ModelError) and not isinstance(error, NotFoundError)


def is_full(error: BaseException | None) -> bool:
    """Whether a file could not be written because the disk, or one's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def sentence_of(error: FootnoteError) -> str:
    """What is said of an error: its own line, as a sentence begins, unless ``is_ours``."""
    if isinstance(error, FullError):
        return _FULL
    if is_ours(error):
        return _UNREADABLE if isinstance(error, StoreError) else FAILED
    line = without_keys(str(error))
    return line[:1].upper() + line[1:]


def seconds_of(error: FootnoteError) -> int:
    """When it may be tried again, where trying again may help."""
    return error.seconds if isinstance(error, BusyError) else 5
