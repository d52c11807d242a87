"""What a file really is, by its first bytes and, for archives, by the names inside: for clear refusals."""

from __future__ import annotations

import io
import re
import zipfile

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (or DOCX, XLSX, EPUB)"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
)
DOCX = "a Word document (DOCX)"
XLSX = "an Excel workbook (XLSX)"
PPTX = "a PowerPoint presentation (PPTX)"
EPUB = "an EPUB book"
_INSIDE: tuple[tuple[str, str], ...] = (
    ("word/document", DOCX),
    ("xl/workbook", XLSX),
    ("ppt/presentation", PPTX),
    ("META-INF/container.xml", EPUB),
    ("content.xml", "an OpenDocument file"),
)
_HTML = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_BOM = b"\xef\xbb\xbf"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def magic(data: bytes) -> str | None:
    """The kind that the first bytes tell of a file that isn't plain text, such as "a PDF"; else None."""
    return next((kind for start, kind in _MAGIC if data.startswith(start)), None)


def kind(data: bytes) -> str | None:
    """As ``magic``, and HTML, what a ZIP archive holds, an Office document's lock; None for plain text."""
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    if data.startswith(_OLD_OFFICE) and _ENCRYPTED in data:
        return "a password-protected Office document"
    head = data[:2_000].removeprefix(_BOM)
    return magic(data) or ("an HTML page" if _HTML.match(head) else None)


def _archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return "a damaged ZIP archive"
    found = (kind for start, kind in _INSIDE if any(name.startswith(start) for name in names))
    return next(found, "a ZIP archive")
