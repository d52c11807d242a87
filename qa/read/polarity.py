"""Whether a sentence denies what another one says, or says the opposite: "rose" and "fell".

English only, by a closed table and the nearest words after a negation. What it finds is nearly always a
contradiction; what it doesn't find may be one too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import Stemmer

from qa.words import STOP_WORDS, words

_DENYING = frozenset(
    """not no never neither nor cannot without none nobody nothing t fail fails failed failing refuse refuses
    refused deny denies denied lack lacks lacked unable hardly""".split()
)
_FORTIFYING = frozenset("only just merely simply".split())  # "not only" denies nothing
_PASSED_OVER = STOP_WORDS - frozenset("no not nor t".split())
_REACH = 7  # words after a negation, among which it is looked for what is denied
_OPPOSITES = (
    (
        """rise rises rose risen rising increase increases increased increasing grow grows grew grown growth
        gain gained""",
        """fall falls fell fallen falling decrease decreases decreased decreasing decline declines declined
        drop drops dropped shrink shrank shrunk reduced reduction""",
    ),
    ("more greater higher larger bigger", "less fewer lower smaller"),
    ("highest largest biggest most maximum greatest", "lowest smallest least minimum fewest"),
    ("first earliest oldest", "last latest newest"),
    ("profit profits profitable surplus", "loss losses unprofitable deficit"),
    ("accept accepts accepted approve approves approved", "reject rejects rejected"),
    ("allow allows allowed permit permits permitted", "ban bans banned prohibit prohibits prohibited"),
    ("win wins won", "lose loses lost"),
    ("import imports imported", "export exports exported"),
    ("include includes included including", "exclude excludes excluded excluding"),
    ("majority", "minority"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("positive positively", "negative negatively"),
    ("legal", "illegal"),
    ("possible", "impossible"),
    ("supports supported", "opposes opposed"),
)
"""No converses: *lends* and *borrows*, *before* and *after* may tell the same from either side."""
_PAIRS = tuple((frozenset(one.split()), frozenset(other.split())) for one, other in _OPPOSITES)


def contradicts(sentence: str, evidence: str) -> bool:
    """Whether ``sentence`` denies what ``evidence`` affirms, the reverse, or has the opposite of its words.

    Both must speak of the same for that to mean anything.
    """
    said, there = words(sentence), words(evidence)
    return _opposed(frozenset(said), frozenset(there)) or _denied(said, there) or _denied(there, said)


def _opposed(said: frozenset[str], there: frozenset[str]) -> bool:
    return any(
        said & mine and there & theirs and not (said & theirs or there & mine)
        for pair in _PAIRS
        for mine, theirs in (pair, pair[::-1])
    )


def _denied(one: list[str], other: list[str]) -> bool:
    """Whether something that ``one`` denies, and nowhere affirms, is affirmed in ``other``."""
    denied = set(_under_negation(one))
    return bool(denied) and bool(denied & _affirmed(other) - _affirmed(one))


def _affirmed(text: list[str]) -> set[str]:
    """Stems of the words that no negation stands closely before."""
    stemmed = _stemmed(text)
    negations = [at for at in range(len(text)) if _denies(text, at)]
    shadow = {at for negation in negations for at in range(negation, negation + _REACH + 1)}
    return {stem for at, stem in enumerate(stemmed) if at not in shadow}


def _under_negation(text: list[str]) -> Iterator[str]:
    """Stems of the words of content, no adverbs, that come next after a negation."""
    stemmed = _stemmed(text)
    for at in range(len(text)):
        if not _denies(text, at):
            continue
        after = range(at + 1, min(at + 1 + _REACH, len(text)))
        yield from islice((stemmed[i] for i in after if _is_denied(text[i])), 1)


def _denies(text: list[str], at: int) -> bool:
    """Whether a word denies what follows: "not only" doesn't, nor does a "t" that no "isn't" ends with."""
    if text[at] == "t":
        return at > 0 and text[at - 1].endswith("n")
    return text[at] in _DENYING and (at + 1 == len(text) or text[at + 1] not in _FORTIFYING)


def _is_denied(word: str) -> bool:
    return word not in _PASSED_OVER and not word.endswith("ly")


def _stemmed(text: list[str]) -> list[str]:
    return list(Stemmer.Stemmer("english").stemWords(text))
