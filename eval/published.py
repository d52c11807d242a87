"""What the readers of published question sets share: their files step by step, and documents made of texts.

Whatever is wrong with a file raises ``GoldError``: one line that names the file and the place in it, as in
"squad.json is not a SQuAD file: data[0].paragraphs[2].context is missing".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from qa.errors import GoldError
from qa.types import Document

_KINDS = {dict: "an object", list: "a list", str: "a string", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a JSON file; ``file`` begins each error, ``at`` is the value's place in it."""

    value: Any
    file: str
    at: str = ""

    def __getitem__(self, key: str) -> Entry:
        found = self.get(key)
        if found is None:
            raise GoldError(f"{self.file}: {self._under(key)} is missing")
        return found

    def get(self, key: str) -> Entry | None:
        """The value of a key that may be missing."""
        fields = self._as(dict)
        return Entry(fields[key], self.file, self._under(key)) if key in fields else None

    def fields(self) -> Iterator[tuple[str, Entry]]:
        """The keys of an object and their values."""
        for key, value in self._as(dict).items():
            if not _is_whole(key):
                self.fail(f"has a key with half a character in it, {key!r}")
            yield key, Entry(value, self.file, self._under(key))

    def each(self) -> Iterator[Entry]:
        """The values of a list."""
        for number, value in enumerate(self._as(list)):
            yield Entry(value, self.file, f"{self.at}[{number}]")

    def text(self, *, blank: bool = False) -> str:
        """A string, which says something unless it may be ``blank``."""
        text: str = self._as(str)
        if not blank and not text.strip():
            self.fail("is empty")
        if not _is_whole(text):
            self.fail("has half a character in it")
        return text

    def integer(self) -> int:
        number: int = self._as(int)
        return number

    def flag(self) -> bool:
        truth: bool = self._as(bool)
        return truth

    def fail(self, what: str) -> NoReturn:
        """Say what is wrong here."""
        raise GoldError(f"{self.file}: {f'{self.at} {what}' if self.at else what}")

    def _as(self, kind: type) -> Any:
        if type(self.value) is not kind:
            self.fail(f"is not {_KINDS[kind]}")
        return self.value

    def _under(self, key: str) -> str:
        if not key.isidentifier():
            return f"{self.at}[{key!r}]"
        return f"{self.at}.{key}" if self.at else key


def read_json(path: Path, kind: str) -> Entry:
    """A JSON file; ``kind`` is what it should be: "a SQuAD file"."""
    return parse(read_text(path), f"{path} is not {kind}")


def read_lines(path: Path) -> Iterator[Entry]:
    """A file of one JSON value a line; blank lines are left out."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield parse(line, f"{path}:{number}")


def read_text(path: Path) -> str:
    """A UTF-8 file as it is, its line ends, too, so that offsets into it stay true."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise GoldError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise GoldError(f"{path} is not UTF-8 at byte {error.start + 1}") from error


def parse(text: str, file: str) -> Entry:
    """JSON in which no key stands twice: the last would silently win."""
    try:
        return Entry(json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_number), file)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise GoldError(f"{file}: not JSON: {error.msg} ({place})") from error
    except RecursionError as error:
        raise GoldError(f"{file}: lists or objects are nested too deeply") from error
    except ValueError as error:
        raise GoldError(f"{file}: {error}") from error


def as_document(source: str, title: str, text: str, extractor: str) -> Document:
    """A document of a set, whose source is its name there."""
    return Document(source, source, title, None, text, hashlib.sha256(text.encode()).hexdigest(), extractor)


def _is_whole(text: str) -> bool:
    """Whether no character is half of a pair, which JSON can say but UTF-8 can't."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} stands twice in an object")
        found[key] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
