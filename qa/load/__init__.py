"""load: one file → one Document, one module a format. Other formats join by a line in ``_READERS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from qa.errors import LoadError
from qa.load import converted, docx, html, markdown, pdf, text
from qa.load.files import Candidate, File, Found, find, read_file, shown
from qa.types import Document

__all__ = ["SUFFIXES", "Candidate", "Found", "find", "load", "parse", "refuse_unknown"]

_READERS: Mapping[str, Callable[[File], Document]] = {
    ".docx": docx.read,
    ".htm": html.read,
    ".html": html.read,
    ".markdown": markdown.read,
    ".md": markdown.read,
    ".pdf": pdf.read,
    ".txt": text.read,
    ".xhtml": html.read,
    **(dict.fromkeys(converted.SUFFIXES, converted.read) if find_spec(converted.CONVERTER) else {}),
}

SUFFIXES = tuple(sorted(_READERS))
"""The suffixes that can be read, in lower case; those of ``converted`` where its extra is installed."""


def load(path: Path, *, source: str | None = None, max_bytes: int) -> Document:
    """The document in ``path``, read by the module for its suffix (upper or lower case), in this process.

    ``source`` is how people see it (default: the file's name). Raises LoadError, in one line, for a
    suffix not in ``SUFFIXES``, more than ``max_bytes`` bytes, anything but a regular file, a file
    that cannot be read, is empty or is binary. Files that may be hostile are read by ``qa.load.workers``.
    """
    source = source or path.name
    refuse_unknown(path, source)
    return parse(read_file(path, source=source, max_bytes=max_bytes))


def parse(file: File) -> Document:
    """The document in a file's bytes. Raises LoadError."""
    refuse_unknown(file.path, file.source)
    return _READERS[file.path.suffix.lower()](file)


def refuse_unknown(path: Path, source: str) -> None:
    """Raises LoadError for a file whose suffix is not in ``SUFFIXES``."""
    suffix = path.suffix.lower()
    if suffix in converted.SUFFIXES and suffix not in _READERS:
        raise LoadError(f"{shown(source)}: for {suffix} files install the extra: {converted.INSTALL}")
    if suffix not in _READERS:
        kind = f"{shown(path.suffix)} files" if path.suffix else "files without a suffix"
        raise LoadError(f"{shown(source)}: {kind} cannot be read; supported: {', '.join(SUFFIXES)}")
