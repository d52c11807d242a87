"""A follow-up question and its conversation, made into a question that can be searched alone."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Turn
from qa.words import content_words, words

_POINTING = frozenset(
    "he him his she her hers it its they them their theirs this that these those there then one ones".split()
)
_CONTINUING = frozenset("and but also so or then why how".split())
_SHORT = 3  # content words; with fewer, a question that continues another can hardly stand alone


def contextualise(question: str, history: Sequence[Turn]) -> str:
    """``question`` itself when it stands alone, else with the question it follows put before it.

    A question leans on the one before when it points back ("he", "that") or only continues ("And …?").
    Chains are followed: what is put before is itself made to stand alone first.
    """
    chain = [question]
    for turn in reversed(history):
        if not _leans(chain[-1]):
            break
        chain.append(turn.question)
    return " ".join(reversed(chain))


def _leans(question: str) -> bool:
    all_words = words(question)
    if not all_words:
        return False
    continues = all_words[0] in _CONTINUING and len(content_words(question)) < _SHORT
    return continues or not _POINTING.isdisjoint(all_words)
