"""PDF → Document, by PDFium: text in reading order, pages, headings; what nobody can see is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load import pdf_outline as outline
from qa.load.files import File, shown
from qa.load.hidden import receipt
from qa.load.lines import MOST_CHARS, MOST_HEADINGS, first_sentence
from qa.load.pdf_page import frame, is_whole, opened, words
from qa.load.pdf_sight import seen
from qa.load.pdf_text import (
    PageLines,
    PageText,
    Running,
    Vocabulary,
    connected,
    continuation,
    ordered,
    page_lines,
    write,
)
from qa.types import Document, Page

if TYPE_CHECKING:
    import pypdfium2

EXTRACTOR = "footnote-pdf/1"

MOST_PAGES = 5_000
_MOST_PAGE_CHARS = 200_000
"""Characters of a page, of a document; what is beyond is left out, with a warning."""
_UNREADABLE = 0.2


class _Read:
    """What is gathered page by page."""

    def __init__(self) -> None:
        self.pages: list[PageLines] = []
        self.vocabulary = Vocabulary()
        self.hidden: dict[str, list[int]] = {}
        self.empty: list[int] = []
        self.chars = 0
        self.unreadable = 0
        self.cut = 0

    def take(self, page: pypdfium2.PdfPage, number: int) -> None:
        found = words(page, _MOST_PAGE_CHARS)
        visible, hidden = seen(page, found)
        for why in hidden:
            self.hidden.setdefault(why, []).append(number)
        made = page_lines(visible, frame(page).size)
        self.vocabulary.add(made)
        self.pages.append(made)
        here = sum(len(word.text) for word in visible)
        self.chars += here
        self.unreadable += sum(word.text.count("\ufffd") for word in visible)
        if not here:
            self.empty.append(number)


def read(file: File) -> Document:
    """The document in a PDF.

    Raises LoadError for what is no PDF, is damaged, wants a password, or has no text that can be seen.
    """
    name = shown(file.source)
    with opened(file.data, name) as pdf:
        found = _gather(pdf)
        if not found.chars:
            raise LoadError(_without_text(name, found))
        bookmarks = outline.bookmarks(pdf)
        metadata = pdf.get_metadata_dict(skip_empty=True)
        pages = len(pdf)
    written = _write(found)
    text = "".join(part for page in written for part in page.text)
    starts = _starts(written)
    blocks = [
        outline.Set(block, starts[at] + start, starts[at] + end, at)
        for at, page in enumerate(written)
        for block, start, end in page.blocks
    ]
    headings = tuple(islice(outline.headings(blocks, text, bookmarks), MOST_HEADINGS))
    return Document(
        path=str(file.path),
        source=file.source,
        title=outline.title(blocks, text, metadata.get("Title", ""))
        or first_sentence(text)
        or file.path.stem,
        published=outline.published(blocks, text, metadata),
        text=text,
        sha256=file.sha256,
        extractor=EXTRACTOR,
        headings=headings,
        pages=tuple(Page(at + 1, start, starts[at + 1]) for at, start in enumerate(starts[:-1])),
        warnings=(*_warnings(found, pages, file.data), *receipt(text, _places(found.hidden))),
    )


def _gather(pdf: pypdfium2.PdfDocument) -> _Read:
    import pypdfium2

    found = _Read()
    for at in range(min(len(pdf), MOST_PAGES)):
        if found.chars >= MOST_CHARS:
            found.cut = at
            break
        try:
            page = pdf[at]
        except pypdfium2.PdfiumError:  # damaged: the page counts as one without text
            found.pages.append(PageLines((1.0, 1.0), {}))
            found.empty.append(at + 1)
            continue
        try:
            found.take(page, at + 1)
        finally:
            page.close()
    return found


def _write(found: _Read) -> list[PageText]:
    running = Running(found.pages)
    pages = [connected(ordered(running.without(page))) for page in found.pages]
    written: list[PageText] = []
    for at, blocks in enumerate(pages):
        overleaf = pages[at + 1] if at + 1 < len(pages) else []
        goes_on = continuation(blocks[-1], overleaf) if blocks else None
        if goes_on is not None:
            overleaf.insert(
                0, overleaf.pop(goes_on)
            )  # what it goes on with is read before figures and tables
        written.append(write(blocks, found.vocabulary, None if goes_on is None else overleaf[0]))
    return written


def _starts(written: Sequence[PageText]) -> list[int]:
    """Where each page begins in the text, and where the last ends."""
    starts = [0]
    for page in written:
        starts.append(starts[-1] + page.length)
    return starts


def _without_text(name: str, found: _Read) -> str:
    if found.hidden:
        return f"{name} has no text that can be seen: all of it is hidden ({', '.join(found.hidden)})"
    pages = "its one page" if len(found.pages) == 1 else f"any of its {len(found.pages):,} pages"
    return f"{name} has no text on {pages} (scanned images?): run it through text recognition (OCR) first"


def _warnings(found: _Read, pages: int, data: bytes) -> list[str]:
    warnings: list[str] = []
    read = len(found.pages)
    if found.empty:
        have = "has" if len(found.empty) == 1 else "have"
        warnings.append(
            f"{len(found.empty):,} of {read:,} pages {have} no text (images?): {ranges(found.empty)}"
        )
    if read < pages:
        warnings.append(f"only the first {read:,} of {pages:,} pages are read: it is too long")
    if not is_whole(data):
        warnings.append("the file seems cut off: its end mark is missing; what could be found is read")
    if found.unreadable > _UNREADABLE * found.chars:
        warnings.append("much of the text can't be read: its fonts don't say which letters they draw")
    return warnings


def _places(hidden: dict[str, list[int]]) -> list[str]:
    return [f"{why}, page {ranges(pages)}" for why, pages in hidden.items()]


def ranges(numbers: Iterable[int], most: int = 10) -> str:
    """Numbers in order as people write them, such as "4, 7–8"; the rest of more than ``most`` as "…"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    shown = [str(run[0]) if run[0] == run[-1] else f"{run[0]}–{run[-1]}" for run in runs[:most]]
    return ", ".join([*shown, "…"] if len(runs) > most else shown)
