"""Misspelt words of a question, put right from the words of the documents.

A word is taken for misspelt when it stands nowhere in the documents and is no common English word. It is put
right when one word of the documents alone is nearest: one edit away, or two if it is long. An edit is a
letter left out, put in or changed, or two neighbours swapped; four of five misspelt words are one away
(Damerau, "A technique for computer detection and correction of spelling errors", Comm. ACM 7:3, 1964).
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

import Stemmer

from qa.embed import BUNDLED
from qa.words import STOP_WORDS, fold

if TYPE_CHECKING:
    from qa.catalog import Catalog

_WORD = re.compile(r"[^\W\d_]+")
_ONE_EDIT, _TWO_EDITS = 4, 7  # letters from which on so many edits are looked for
_MOST_LETTERS = 40
_MOST_WORDS = 8  # that are put right: a question of more unknown ones is in another language, or none


class Speller:
    """Puts questions right from the words of one catalog. Safe to share between threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def correct(self, question: str) -> str:
        """``question`` with its misspelt words put right; itself when there are none."""
        composed = unicodedata.normalize("NFC", question)  # an accent must not cut a word in two
        unknown = {word for word in _WORD.findall(composed) if self._is_misspelt(fold(word))}
        if len(unknown) > _MOST_WORDS:
            return question
        right = {word: self._corrected(word) for word in unknown}
        corrected = _WORD.sub(lambda match: right.get(match[0], match[0]), composed)
        return question if corrected == composed else corrected

    def _corrected(self, written: str) -> str:
        found = self._nearest(fold(written))
        if found is None:
            return written
        if len(written) > 1 and written.isupper():
            return found.upper()
        return found.capitalize() if written[0].isupper() else found

    def _is_misspelt(self, word: str) -> bool:
        if not word.isalpha() or not _ONE_EDIT <= len(word) <= _MOST_LETTERS or word in STOP_WORDS:
            return False
        return not self._catalog.passages_with(word, 1) and _stem(word) not in self._english

    def _nearest(self, word: str) -> str | None:
        """The word of the documents that is nearest; None if there is none, or more of different stems."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= _TWO_EDITS else 1
        there = self._catalog.words_of_length(len(word) - most, len(word) + most)
        near = process.extract(word, there, scorer=OSA.distance, score_cutoff=most, limit=None)
        for edits in range(1, most + 1):
            alike = [found for found, distance, _ in near if distance == edits]
            standing = [found for found in alike if self._catalog.passages_with(found, 1)]
            if standing:
                return min(standing, key=len) if len({_stem(found) for found in standing}) == 1 else None
        return None

    @cached_property
    def _english(self) -> frozenset[str]:
        """The stems of common English words: those that the bundled embedder knows whole."""
        tokenizer = json.loads((BUNDLED / "tokenizer.json").read_text(encoding="utf-8"))
        pieces = [piece for piece in tokenizer["model"]["vocab"] if piece.isalpha()]
        return frozenset(Stemmer.Stemmer("porter").stemWords(pieces))


def _stem(word: str) -> str:
    """The stem by Porter's rules, as the full text search has them."""
    return str(Stemmer.Stemmer("porter").stemWord(word))
