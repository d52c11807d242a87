"""What a reading process answers, as bytes: plain JSON and text, so that nothing in it can act.

An answer is two lengths of four bytes, some JSON, and a document's text in UTF-8 or a picture. Whoever reads
it believes none of it: a hostile file may have taken over the process that wrote it.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from qa.errors import LoadError
from qa.load.files import Candidate, shown
from qa.load.pdf_sheet import MOST_BYTES as MOST_PICTURE
from qa.types import Document

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MOST_CHARS = 50_000_000
"""Characters of a document's text: more than that is refused."""
MOST_BYTES = (128_000_000, 4 * MOST_CHARS)
"""Bytes of an answer's JSON, and of its text or picture."""

LENGTHS = struct.Struct(">II")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_TITLE = 10_000
_LONGEST_LINE = 1_000
_MOST_WARNINGS = 100


def pack(said: Mapping[str, Any], text: str = "", picture: bytes = b"") -> tuple[bytes, ...]:
    """An answer as bytes, in parts. Raises UnicodeEncodeError for half a surrogate pair."""
    facts, rest = json.dumps(said, default=str).encode(), picture or text.encode()
    return LENGTHS.pack(len(facts), len(rest)), facts, rest


def plain(document: Document) -> dict[str, Any]:
    """A document's facts, its text apart, as what JSON can hold."""
    return asdict(replace(document, text=""))


def document_of(facts: object, text: bytes, file: Candidate) -> Document:
    """The document that an answer tells of. Raises ValueError where no reader could have made it.

    Where it lies and what it is called are ``file``'s; what is said about that counts for nothing.
    """
    words = text.decode()
    read = _documents().validate_python(facts)
    spans = [(each.start, each.end) for each in read.headings]
    spans += [(each.start, each.end) for each in read.pages]
    if not all(0 <= start <= end <= len(words) for start, end in spans):
        raise ValueError("a heading or page lies outside of the text")
    if not words.strip() or not _SHA256.fullmatch(read.sha256) or len(read.title) > _LONGEST_TITLE:
        raise ValueError("there is no text, no digest or no end of the title")
    warnings = tuple(line(warning) for warning in read.warnings[:_MOST_WARNINGS])
    return replace(read, path=str(file.path), source=file.source, text=words, warnings=warnings)


def picture_of(said: Mapping[str, Any], picture: bytes) -> bytes:
    """The picture that an answer brings. Raises ValueError for what no reader could have made."""
    if "picture" in said and picture.startswith(_PNG) and len(picture) <= MOST_PICTURE:
        return picture
    raise ValueError("not a picture")


def line(said: object) -> str:
    """What a process says, fit for one line of a message."""
    return shown(" ".join(str(said).split()))[:_LONGEST_LINE]


def refuse_long(document: Document) -> None:
    """Raises LoadError for more text than is taken."""
    if len(document.text) > MOST_CHARS:
        raise LoadError(f"{shown(document.source)} has more than {MOST_CHARS:,} characters of text: split it")


@cache
def _documents() -> TypeAdapter[Document]:
    from pydantic import TypeAdapter

    return TypeAdapter(Document)
