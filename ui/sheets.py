"""Pages of PDFs as pictures: drawn in processes of their own, a few at once, and the latest kept."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from threading import Lock
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from qa import __version__
from qa.config import Config
from qa.errors import BusyError, LoadError, NotFoundError
from qa.load import Candidate
from qa.load.files import read_file
from qa.load.pdf_sheet import Sheet
from qa.load.workers import ChangedError, UnreadableError, Workers
from qa.looks import Look, look_at
from qa.models.runtime import cores
from qa.types import Page, Span, StoredDocument

WIDTHS = (400, 800, 1_200, 1_600)
"""In pixels. Few, so that what is drawn for one is of use to others."""

_MOST_AT_ONCE = 2
_MOST_WAITING = 30
_WAITING_SECONDS = 20
_MOST_BYTES = 50_000_000  # of the pictures that are kept
_MOST_FAILED, _FAILED_SECONDS = 1_000, 300.0  # before a page that could not be drawn is tried again
_MOST_FILES = 1_000  # whose digests are known


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def is_paged(document: StoredDocument) -> bool:
    """Whether its pages can be shown as pictures."""
    return bool(document.pages) and Path(document.source).suffix.lower() == ".pdf"


def page_at(pages: Sequence[Page], offset: int) -> int:
    """The number of the page on which a character of the text stands."""
    return pages[max(0, bisect_right([page.start for page in pages], offset) - 1)].number


def sheet_of(  # noqa: PLR0913 - all that a picture depends on
    document: StoredDocument,
    text: str,
    pages: Sequence[Page],
    number: int,
    cited: Span | None,
    width: int,
    *,
    close: bool = False,
) -> Sheet:
    """What is drawn of page ``number``, the part of ``cited`` on it boxed. Raises NotFoundError."""
    page = next((page for page in pages if page.number == number), None)
    if page is None:
        raise NotFoundError(f"this document has no page {number:,}: its last is {len(pages):,}")
    spans: tuple[Span, ...] = ()
    if cited and (here := overlap(cited, page)):
        spans = (Span(here.start - page.start, here.end - page.start),)
    wide = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
    return Sheet(document.sha256, number, text[page.start : page.end], spans, wide, close)


def overlap(span: Span, page: Page) -> Span | None:
    """The part of a span that stands on a page."""
    start, end = max(span.start, page.start), min(span.end, page.end)
    return Span(start, end) if start < end else None


def tag(sheet: Sheet) -> str:
    """What tells a picture from all others."""
    return hashlib.sha256(repr((__version__, astuple(sheet))).encode("utf-8", "replace")).hexdigest()[:32]


class Sheets:
    """Draws pages, and remembers the latest, and those that could not be drawn."""

    def __init__(self, config: Config) -> None:
        self._readers = Workers(seconds=config.load_seconds, memory_mb=config.load_memory_mb)
        self._most_bytes = config.max_file_mb * 1_000_000
        self._turns = anyio.Semaphore(max(1, min(_MOST_AT_ONCE, cores() // 2)))
        self._kept: OrderedDict[str, bytes] = OrderedDict()  # used by the event loop's thread alone
        self._failed: OrderedDict[tuple[str, int], tuple[str, float]] = OrderedDict()
        self._digests: OrderedDict[str, tuple[Look, str]] = OrderedDict()
        self._looking = Lock()

    def close(self) -> None:
        self._readers.close()

    def refusal(self, document: StoredDocument) -> str:
        """Why a document's pages can't be shown, in a sentence; "" if they can. Reads the file if need be."""
        path, look = Path(document.path), look_at(Path(document.path))
        if look is None:
            return "Its file is no longer where it was, so its text is shown without its pages."
        with self._looking:
            known = self._digests.get(document.path)
            if known is None or not known[0].still(look):
                try:
                    file = read_file(path, source=document.source, max_bytes=self._most_bytes)
                except LoadError:
                    return "Its file cannot be read now, so its text is shown without its pages."
                known = (look, file.sha256)
                _remember(self._digests, document.path, known, _MOST_FILES)
        if known[1] != document.sha256:
            return "Its file has changed since it was indexed, so its text is shown without its pages."
        return ""

    async def picture(self, document: StoredDocument, sheet: Sheet) -> bytes:
        """The picture as a PNG.

        Raises ChangedError, UnreadableError for a file that is gone, BusyError, and LoadError for a page
        that can't be drawn.
        """
        key, page = tag(sheet), (sheet.sha256, sheet.number)
        if (made := self._known(key, page)) is not None:
            return made
        await self._wait()
        try:
            made = self._known(key, page)
            if made is None:
                made = await run_sync(lambda: self._draw(document, sheet))
        finally:
            self._turns.release()
        self._keep(key, made)
        return made

    def _draw(self, document: StoredDocument, sheet: Sheet) -> bytes:
        file = Candidate(Path(document.path), document.source)
        try:
            return self._readers.picture(file, sheet, max_bytes=self._most_bytes)
        except (ChangedError, UnreadableError):
            raise
        except LoadError as error:
            failed = (str(error), time.monotonic() + _FAILED_SECONDS)
            _remember(self._failed, (sheet.sha256, sheet.number), failed, _MOST_FAILED)
            raise

    def _known(self, key: str, page: tuple[str, int]) -> bytes | None:
        """A picture that is kept. Raises LoadError for a page that could not be drawn a while ago."""
        why, until = self._failed.get(page, ("", 0.0))
        if time.monotonic() < until:
            raise LoadError(why)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: str, made: bytes) -> None:
        self._kept[key] = made
        while sum(map(len, self._kept.values())) > _MOST_BYTES:
            self._kept.popitem(last=False)

    async def _wait(self) -> None:
        busy = "many pages are being drawn: try again in a moment"
        if not self._turns.value and self._turns.statistics().tasks_waiting >= _MOST_WAITING:
            raise BusyError(busy)
        try:
            with anyio.fail_after(_WAITING_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise BusyError(busy, 5) from error


def _remember(kept: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
