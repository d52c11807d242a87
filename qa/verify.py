"""How far a sentence is borne out by what it cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.display import clean
from qa.types import ScoredPassage, Span, Support


@dataclass(frozen=True, slots=True)
class Checked:
    """How a sentence stands to the passages that it cites.

    ``cites`` holds (index into the passages, span of that passage's document) of the sentences that support
    it best, the best first; empty when nothing does. ``probability`` in [0, 1] is that of the passages
    bearing out the whole sentence, calibrated.
    """

    support: Support
    cites: tuple[tuple[int, Span], ...]
    probability: float


class Checker(Protocol):
    """Tells how far a sentence is borne out by the passages it cites."""

    def check(self, sentence: str, passages: Sequence[ScoredPassage], cited: Sequence[int]) -> Checked:
        """How ``sentence``, without its markers, stands to ``passages[i]`` for every i of ``cited``.

        An index beyond the passages is passed over. Safe to call from several threads.
        """
        ...


def support(sentence: str, quotes: Sequence[str]) -> Support:
    """``verbatim`` when the sentence stands word for word in a quote, as people see it; else ``unsupported``.

    The grades between are given by readers' checkers that can tell substance from wording.
    """
    if any(sentence in clean(quote).text for quote in quotes):
        return "verbatim"
    return "unsupported"
