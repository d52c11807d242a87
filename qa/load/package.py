"""The parts of a DOCX, PPTX, XLSX or EPUB, a ZIP archive of XML: measured before they are unpacked."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import TYPE_CHECKING

from qa.errors import LoadError
from qa.load.files import shown
from qa.load.kinds import kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MOST_BYTES = 1_000_000_000
"""All that an archive may unpack to, pictures too (they never are)."""
_MOST_PART = 64_000_000
_MOST_ENTRIES = 20_000
_MAIN = "word/document.xml"
_NO_DTD = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))


class Package:
    """An open archive. Every method may raise LoadError, its message beginning with the file's name."""

    def __init__(self, data: bytes, name: str, wanted: str) -> None:
        """``wanted`` is what it must be, as ``kind`` says it. Raises LoadError for anything else."""
        self._name = name
        what = kind(data)
        if what == "a password-protected Office document":
            raise LoadError(f"{name} is protected with a password: save a copy without one")
        if what == "a damaged ZIP archive":
            raise LoadError(f"{name} is cut off or damaged: its archive cannot be opened; get it again")
        if what != wanted:
            raise LoadError(
                f"{name} is {what or 'something else'}, not {wanted}: give it the suffix of what it is"
            )
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        entries = self._archive.infolist()
        total = sum(entry.file_size for entry in entries)
        if total > _MOST_BYTES or len(entries) > _MOST_ENTRIES:
            size = f"{total / 1e6:,.0f} MB in {len(entries):,} parts"
            raise LoadError(f"{name} would unpack to {size}, more than a document has")
        self.names = [entry.filename for entry in entries]
        self.main = self._main()

    def part(self, path: str) -> bytes | None:
        """The bytes of a part of XML without entities of its own; None when there is none."""
        data = self.raw(path)
        if data and any(mark in data for mark in _NO_DTD):
            raise LoadError(f"{self._name} declares entities, which no such document does: it is not read")
        return data

    def raw(self, path: str) -> bytes | None:
        """The bytes of a part, whatever they are; None when there is none."""
        try:
            entry = self._archive.getinfo(path)
        except KeyError:
            return None
        if entry.file_size > _MOST_PART:
            raise LoadError(
                f"{self._name} holds {entry.file_size / 1e6:,.0f} MB of XML, more than a document has"
            )
        try:
            return self._archive.read(entry)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise LoadError(
                f"{self._name} is cut off or damaged: {shown(path)} cannot be unpacked; get it again"
            ) from error

    def tree(self, path: str) -> Element | None:
        """A part beside the main one, as a tree; None when there is none or it is broken."""
        from lxml import etree

        data = self.part(path)
        if data is None:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            return None

    def beside(self, name: str) -> Element | None:
        """A part in the main one's folder."""
        return self.tree(posixpath.join(posixpath.dirname(self.main), name))

    def _main(self) -> str:
        relations = self.tree("_rels/.rels")
        if relations is not None:
            for each in relations:
                target = value(each, "Target")
                if target and (value(each, "Type") or "").endswith("/officeDocument"):
                    return posixpath.normpath(target.lstrip("/"))
        return _MAIN


def local(element: Element) -> str:
    """An element's name without its namespace (there are two for the same things); "" for a comment."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def value(element: Element | None, name: str = "val") -> str | None:
    """An attribute by its name without the namespace."""
    if element is None:
        return None
    return next((text for key, text in element.items() if key.rpartition("}")[2] == name), None)


def child(element: Element | None, *names: str) -> Element | None:
    """The first child of this name, and the first of that of the next name, and so on."""
    for name in names:
        if element is None:
            return None
        element = next((each for each in element if local(each) == name), None)
    return element


def is_on(element: Element | None) -> bool:
    """Whether a switch such as ``w:vanish`` is there and not off."""
    return element is not None and value(element) not in ("0", "false", "off", "none")
