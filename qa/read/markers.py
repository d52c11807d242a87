"""What a language model writes, as it comes about → sentences without marks, each with its markers.

Nothing is let go before its sentence has ended and its markers are complete. Links, images, HTML and what a
model thinks aloud never come through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.display import clean
from qa.errors import LLMError
from qa.sentences import sentences
from qa.words import words

MOST_CHARACTERS = 4_000
"""Of an answer; a model that goes on is stopped."""
_MOST_FED = 400_000  # characters, of which most may be thoughts
_MOST_HELD = 2_500  # characters of a sentence
_MOST_REPEATED = 2
_MOST_IN_RANGE = 20

_OPEN, _CLOSE = r"[\[［【]", r"[\]］】]"
_NUMBERS = r"\d{1,3}(?:(?:\s{0,2}(?:,|;|，|、|&|and|-|–|—)\s{0,2}|\s{1,2})\d{1,3}){0,30}"
_MARKER = re.compile(
    rf"\s*{_OPEN}\s?\^?(?:(?:passages?|sources?|documents?|docs?)\s?)?(?P<numbers>{_NUMBERS})"
    rf"\s?(?:†[^\]］】]{{0,60}})?{_CLOSE}(?:\([^)\n]{{0,2000}}\))?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)\s*[-–—]\s*(\d+)")
_PARTIAL = re.compile(rf"\s*(?:!?{_OPEN}[^\]］】]{{0,80}}(?:{_CLOSE}\([^)\n]{{0,2000}})?)?\Z")
_ENDED_BY_MARKER = re.compile(rf"{_CLOSE}\s?[.!?。！？]+[\"”’»)]*(?=\s)")
_MAYBE_END = re.compile(r"[.!?:;…。！？\n\u061f\u06d4\u0964]")
_THINKS = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
_HAS_THOUGHT = re.compile(r"</(?:think|thinking|reasoning)>\s*", re.IGNORECASE)
_LONGEST_TAG = 16
_HALF_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>\n]{0,400})?\Z")
_IMAGE = re.compile(r"!\[[^\]\n]{0,400}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])?")
_LINK = re.compile(r"\[([^\[\]\n]{0,400})\]\([^)\n]{0,2000}\)")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>")
_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:javascript|data|mailto):", re.IGNORECASE)
_SPACE_BEFORE = re.compile(r"\s+(?=[.,;:!?。！？])")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a model, as people may see it.

    ``markers`` are numbers of passages, from 1; ``invented`` counts those that lead nowhere. ``links`` tells
    that an address stands in it.
    """

    text: str
    markers: tuple[int, ...]
    invented: int = 0
    links: bool = False


class Sentences:
    """Takes in what a model writes, piece by piece, and gives its sentences once each has ended."""

    def __init__(self, passages: int) -> None:
        """``passages`` is how many the model was given."""
        self._passages = passages
        self._held = ""
        self._thinking = False
        self._fed = 0
        self._written = 0
        self._before: set[str] = set()
        self._repeated = 0

    @property
    def full(self) -> bool:
        """Whether the model has written more than an answer has, or only repeats itself."""
        return self._written > MOST_CHARACTERS or self._repeated > _MOST_REPEATED

    def feed(self, piece: str) -> Iterator[Said]:
        """The sentences that have ended with ``piece``. Raises LLMError for what is no prose."""
        self._held += piece
        self._fed += len(piece)
        if self._fed > _MOST_FED:
            raise LLMError("the language model writes without an end")
        text = self._spoken()
        if text is None:
            return
        done = _end_of_sentences(text)
        yield from self._said(text, done)
        self._held = text[done:]
        if len(self._held) > _MOST_HELD:
            raise LLMError("the language model writes without an end")

    def end(self) -> Iterator[Said]:
        """The sentences that are left when no more comes; a marker that is not complete is dropped."""
        self._held = _HALF_TAG.sub("", self._held)
        text = self._spoken() or ""
        text = text[: (half.start() if (half := _PARTIAL.search(text)) else len(text))]
        self._held = ""
        yield from self._said(text, len(text))

    def _spoken(self) -> str | None:
        """What is held, without thoughts; None while the model thinks or a tag is open."""
        if self._thinking or "<" in self._held:
            end = max((close.end() for close in _HAS_THOUGHT.finditer(self._held)), default=0)
            self._held, self._thinking = self._held[end:], self._thinking and not end
            if self._thinking or _THINKS.search(self._held):
                self._thinking = True
                self._held = self._held[-_LONGEST_TAG:]
                return None
        return None if _HALF_TAG.search(self._held) else self._held

    def _said(self, text: str, end: int) -> Iterator[Said]:
        """The sentences of ``text[:end]``, which ends with one."""
        self._written += end
        text = text[:end]
        markers = list(_MARKER.finditer(text))
        plain = _masked(text, markers)
        spans = list(sentences(plain))
        for at, span in enumerate(spans):
            begin = span.start if at else 0
            until = spans[at + 1].start if at + 1 < len(spans) else end
            own = [marker for marker in markers if begin <= marker.start() < until]
            said = self._sentence(_without(text[begin:until], begin, own), own)
            if said is not None:
                yield said

    def _sentence(self, text: str, markers: list[re.Match[str]]) -> Said | None:
        """None for what says nothing, and for what was said before."""
        text = _shown(text)
        key = " ".join(words(text))
        if not key:
            return None
        if key in self._before:
            self._repeated += 1
            return None
        self._before.add(key)
        numbers = dict.fromkeys(number for marker in markers for number in _numbers(marker["numbers"]))
        known = tuple(number for number in numbers if 1 <= number <= self._passages)
        return Said(text, known, len(numbers) - len(known), bool(_URL.search(text)))


def spoken(text: str) -> str:
    """All that a model has written as one line, without thoughts, links and HTML."""
    parser = Sentences(0)
    return " ".join(said.text for said in (*parser.feed(text), *parser.end()))


def _end_of_sentences(text: str) -> int:
    """Up to where sentences have ended for sure, whatever comes next.

    One has when a marker and a full stop stand at its end, or when the first word of the next is there, and
    no marker that may still be its own.
    """
    ended = 0
    for match in _ENDED_BY_MARKER.finditer(text):
        ended = match.end()
    words_end = max(text.rfind(" "), text.rfind("\n"))
    if words_end <= ended or not _MAYBE_END.search(text, ended, words_end):
        return ended
    whole = text[:words_end]
    half = _PARTIAL.search(whole)
    whole = whole[: half.start()] if half else whole
    spans = list(sentences(_masked(whole, list(_MARKER.finditer(whole)))))
    return max(ended, spans[-1].start if len(spans) > 1 else 0)


def _masked(text: str, markers: list[re.Match[str]]) -> str:
    """``text`` with spaces for its markers and images: as long, so that places stay."""
    for marker in markers:
        text = text[: marker.start()] + " " * len(marker[0]) + text[marker.end() :]
    return _IMAGE.sub(lambda image: " " * len(image[0]), text)


def _without(text: str, begin: int, markers: list[re.Match[str]]) -> str:
    """A stretch of the text, from ``begin`` on, without its markers."""
    for marker in reversed(markers):
        text = text[: marker.start() - begin] + " " + text[marker.end() - begin :]
    return text


def _shown(text: str) -> str:
    """As people may see it: words alone, on one line."""
    text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    return _SPACE_BEFORE.sub("", clean(text).text).strip()


def _numbers(text: str) -> Iterator[int]:
    """The numbers of a marker; a range that is no range gives one that leads nowhere."""
    for low, high in _RANGE.findall(text):
        if 0 <= int(high) - int(low) < _MOST_IN_RANGE:
            yield from range(int(low), int(high) + 1)
        else:
            yield 0
    yield from map(int, re.findall(r"\d+", _RANGE.sub(" ", text)))
