"""The words of a text, as searching and reading compare them."""

from __future__ import annotations

import re
import unicodedata

import Stemmer

_WORD = re.compile(r"[^\W_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode calls default ignorable: it shows nothing, and must not cut a word in two."""

STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between both but by
    can could did do does doing done during each few for from further get had has have having he her here hers
    him his how i if in into is it its itself just let me more most my no nor not now of off on once only or
    other our ours out over own please same shall she should so some such tell than that the their theirs them
    then there these they this those through to too under until up us very was we were what when where which
    while who whom whose why will with would you your yours ll re s t ve""".split()
)
"""English words that carry structure rather than content; the words of asking; what apostrophes cut off."""

_MOST_TERMS = 64  # a pasted page must not become a query of a thousand words


def words(text: str) -> list[str]:
    """The words of ``text`` in order: case folded, accents removed, letters and digits only."""
    return _WORD.findall(fold(text))


def content_words(text: str) -> list[str]:
    """The words of ``text`` that are not stop words."""
    return [word for word in words(text) if word not in STOP_WORDS]


def fold(text: str) -> str:
    """``text`` with case, accents and variant forms folded away: *São* is *sao*, *CO₂* *co2*, *ﬁt* *fit*.

    Characters that show nothing, such as soft hyphens and zero-width spaces, are gone.
    """
    if text.isascii():
        return text.lower()
    text = _IGNORABLE.sub("", text)
    # Twice, because letters that decomposing brings out (℡ is TEL) have a case, and folding that can compose.
    folded = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    return _NOT_ASCII.sub(_without_accents, decomposed)


def _without_accents(found: re.Match[str]) -> str:
    return "".join(char for char in found[0] if not unicodedata.combining(char))


def query_terms(question: str) -> list[str]:
    """The words to search for: the question's distinct content words, or all its words if it has none."""
    terms = dict.fromkeys(content_words(question) or words(question))
    return list(terms)[:_MOST_TERMS]


def stems(text: str) -> frozenset[str]:
    """The words of ``text`` without their English inflection: *owed*, *owes* and *owe* are one."""
    # One made anew costs less than a microsecond, and a shared one isn't safe between threads.
    return frozenset(Stemmer.Stemmer("english").stemWords(words(text)))


def share(wanted: frozenset[str], there: frozenset[str], *, of_none: float) -> float:
    """The share in [0, 1] of ``wanted`` that is ``there``; ``of_none`` when nothing is wanted."""
    return len(wanted & there) / len(wanted) if wanted else of_none
