"""Bytes → text: nothing is lost in silence, and every guess is told."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from qa.errors import LoadError
from qa.load.kinds import magic

_BOMS: tuple[tuple[bytes, str], ...] = (  # UTF-32 LE begins with UTF-16 LE's mark, so it comes first
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BINARY_SHARE = 0.05
"""More control characters than this and it isn't text; coloured logs stay below, random bytes don't."""
_SAMPLE = 1 << 16
_RUN = re.compile(r"\S+")
_LONGEST_RUN = 1_000_000
"""A longer stretch without white space is refused: even scripts without spaces break their lines before."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of some bytes, without the byte order mark, otherwise untouched; ``warnings`` are doubts."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, *, name: str) -> Decoded:
    """UTF-8, UTF-16 or UTF-32 by byte order mark or pattern; else repaired UTF-8 or cp1252, with a warning.

    Raises LoadError, its message beginning with ``name``, for what isn't text, is white space
    alone, or runs on for a million characters without any.
    """
    other = magic(data)
    if other:
        raise LoadError(f"{name} looks like {other}, not text")
    decoded = _by_mark(data) or _wide_without_mark(data) or _bytes(data)
    text = decoded.text
    if "\0" in text or len(_CONTROL.findall(text)) > _BINARY_SHARE * len(text):
        raise LoadError(f"{name} looks like binary data, not text")
    if not text or text.isspace():
        raise LoadError(f"{name} is empty")
    longest = _longest_run(text)
    if longest > _LONGEST_RUN:
        raise LoadError(
            f"{name} holds {longest:,} characters without a space, more than text has: is it encoded data?"
            " Leave it out, or break its lines"
        )
    return decoded


def _longest_run(text: str) -> int:
    """The length of the longest stretch without white space; 0 for a text too short to have a long one."""
    if len(text) <= _LONGEST_RUN:
        return 0
    return max(match.end() - match.start() for match in _RUN.finditer(text))


def _by_mark(data: bytes) -> Decoded | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            body = data[len(mark) :]
            if encoding == "utf-32-le" and not _decodes(body, encoding):
                continue  # UTF-16 LE whose first character is NUL: refused as binary further on
            return _strictly(body, encoding) or _repaired(body, encoding, len(mark))
    return None


def _wide_without_mark(data: bytes) -> Decoded | None:
    """UTF-16 that has no mark, where NUL bytes stand at every other place only: mostly Latin letters."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or not (even or odd) or (even and odd) or max(even, odd) * 4 < len(sample) // 2:
        return None
    decoded = _strictly(data, "utf-16-le" if odd else "utf-16-be")
    if decoded is None:
        return None
    warning = f"decoded as {decoded.encoding}, which is a guess: there is no byte order mark"
    return Decoded(decoded.text, decoded.encoding, (warning,))


def _bytes(data: bytes) -> Decoded:
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        first, reason = error.start, error.reason
    repaired = _repaired(data, "utf-8", 0)
    bad = repaired.text.count("\ufffd") - data.count("\ufffd".encode())
    good = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", repaired.text))
    cut_off = reason == "unexpected end of data" and len(data) - first > 1
    if good > bad or cut_off:
        return repaired
    # cp1252 leaves five bytes undefined; Latin-1 gives every byte a character.
    decoded = _strictly(data, "cp1252") or Decoded(data.decode("latin-1"), "latin-1")
    warning = (
        f"decoded as {decoded.encoding}, which is a guess: byte 0x{data[first]:02x} at {first} is not UTF-8"
    )
    return Decoded(decoded.text, decoded.encoding, (warning,))


def _strictly(data: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _repaired(data: bytes, encoding: str, skipped: int) -> Decoded:
    """Each undecodable stretch reads U+FFFD; the warning says how many there are and where the first is."""
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        first = error.start + skipped
    text = data.decode(encoding, errors="replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode(encoding))
    places = "1 place is" if bad == 1 else f"{bad:,} places are"
    return Decoded(
        text, encoding, (f"{places} not valid {encoding} and read U+FFFD, the first at byte {first}",)
    )


def _decodes(data: bytes, encoding: str) -> bool:
    return _strictly(data, encoding) is not None
