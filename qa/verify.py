"""How far a sentence is borne out by what it cites."""

from __future__ import annotations

from collections.abc import Sequence

from qa.display import clean
from qa.types import Support


def support(sentence: str, quotes: Sequence[str]) -> Support:
    """``verbatim`` when the sentence stands word for word in a quote, as people see it; else ``unsupported``.

    The grades between are given by readers' checkers that can tell substance from wording.
    """
    if any(sentence in clean(quote).text for quote in quotes):
        return "verbatim"
    return "unsupported"
