"""Who does it to whom: a sentence that tells the reverse of what is asked does not answer.

"How much does Peru owe Chile?" is not answered by "Chile owes Peru a billion", though every word is there.
English only, and only where both sides are names and the verb is the same; anything else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.read.questions import names_of
from qa.words import STOP_WORDS, fold, stems

_WORD = re.compile(r"[^\W_]+|[.;:?!]")
_BEING = frozenset("is are was were be been being am get gets got".split())
_PARTICIPLE = ("ed", "en", "ght", "nt", "ld", "id")
_TIMES = frozenset(
    """january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday spring summer autumn fall winter""".split()
)
_ASKING = re.compile(r"\b(?:do|does|did|has|have|had|will|would|can|could|should|is|are|was|were)\b", re.I)
_DIRECTED = stems(
    """owe owes owed owing lend lends lent borrow borrows borrowed defeat defeats defeated beat beats
    beaten invade invades invaded conquer conquers conquered occupy occupies occupied annex annexes
    annexed kill kills killed murder murders murdered sue sues sued accuse accuses accused praise
    praises praised criticise criticised criticize criticized condemn condemns condemned appoint
    appoints appointed elect elected dismiss dismissed hire hired fire fired teach teaches taught
    succeed succeeds succeeded replace replaces replaced acquire acquires acquired buy buys bought sell
    sells sold pay pays paid fund funds funded finance finances financed own owns owned employ employs
    employed arrest arrests arrested rescue rescues rescued betray betrayed outlive outlived exceed
    exceeds exceeded precede precedes preceded surpass surpassed overtake overtook"""
)
"""Verbs whose doer and receiver can't change places, and that are seldom nouns."""
_NO_VERB_AFTER = frozenset(
    """a an the his her its their our my your this that these those first second last new of in on at for
    from under with""".split()
)
_NEAR = 3  # words of a question between the verb and its names
_MOST_BETWEEN = 5  # words between a form of "be" and its participle: "is still widely owed"


@dataclass(frozen=True, slots=True)
class Roles:
    """The names that a verb's doer and receiver are among; empty when not told."""

    doers: frozenset[str]
    receivers: frozenset[str]


def turned_round(question: str, sentence: str) -> bool:
    """Whether ``sentence`` tells, with the same verb and names, the reverse of what ``question`` asks."""
    names = _names_of_both(question, sentence)
    if len(names) < 2:
        return False
    asking = _ASKING.search(question)
    asked, told = _words(question[asking.start() :] if asking else ""), _words(sentence)
    return _turned(asked, told, names, _NEAR)


def tells_the_reverse(statement: str, sentence: str) -> bool:
    """Whether ``sentence`` tells, with the same verb and names, the reverse of what ``statement`` tells."""
    names = _names_of_both(statement, sentence)
    return len(names) > 1 and _turned(_words(statement), _words(sentence), names, None)


def _turned(one: Sequence[str], other: Sequence[str], names: frozenset[str], near: int | None) -> bool:
    return any(
        (a := _roles(one, verb, names, near=near)) and (b := _roles(other, verb, names)) and _reverse(a, b)
        for verb in _shared_verbs(one, other, names)
    )


def _names_of_both(one: str, other: str) -> frozenset[str]:
    shared = (names_of(one) & frozenset(_words(other))) - _TIMES
    return frozenset(name for name in shared if name.isalpha())


def _reverse(asked: Roles, told: Roles) -> bool:
    """Whether doer and receiver have changed places, with nobody on both sides."""
    known = asked.doers and asked.receivers and (told.doers or told.receivers)
    swapped = told.doers <= asked.receivers and told.receivers <= asked.doers
    return bool(known) and swapped


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]


def _shared_verbs(asked: Sequence[str], told: Sequence[str], names: frozenset[str]) -> frozenset[str]:
    """Stems of words of content that stand in both and could be a verb between two names."""
    here = {word for word in asked if word.isalpha() and word not in STOP_WORDS and word not in names}
    return stems(" ".join(here)) & stems(" ".join(told)) & _DIRECTED


def _roles(text: Sequence[str], verb: str, names: frozenset[str], near: int | None = None) -> Roles | None:
    """Who stands before and after the verb, the other way round in the passive; None without the verb.

    With ``near``, names farther from the verb than so many words do not count.
    """
    at = next((i for i, word in enumerate(text) if verb in stems(word)), None)
    if at is None or (at > 0 and text[at - 1] in _NO_VERB_AFTER):
        return None
    before = frozenset(text[max(0, at - near) if near else 0 : at]) & names
    after = text[at + 1 : at + 1 + near if near else None]
    if text[at].endswith(_PARTICIPLE) and not _BEING.isdisjoint(text[max(0, at - _MOST_BETWEEN) : at]):
        by = after.index("by") if "by" in after else len(after)
        return Roles(doers=frozenset(after[by:]) & names, receivers=before)
    return Roles(doers=before, receivers=frozenset(after) & names)
