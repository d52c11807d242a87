"""A follow-up question and its conversation, made into a question that can be searched and read alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.types import Turn
from qa.words import STOP_WORDS, content_words, fold, words

_POINTING = frozenset(
    "he him his she her hers it its they them their theirs this that these those there then one ones".split()
)
_CONTINUING = frozenset("and but also so or then why how".split())
_EMPTY = STOP_WORDS | {"many", "much"}
_SHORT = 3  # content words; with fewer, a question that continues another can hardly stand alone
_MOST_WORDS = 16  # of what a question takes along
_INSTEAD = re.compile(
    r"(?:and|but|or|(?:and )?(?:what|how) about)\s+"
    r"(?:(?P<link>in|to|from|by|with|for|at|on|of|during|after|before|under)\s+)?(?P<other>[^?,;:]+?)\s*\??",
    re.IGNORECASE,
)
_NAME = r"(?:the\s+)?(?:[a-z]+-)?[A-Z][\w-]*(?:\s+(?:(?:of|the|al|de|van|von)\s+)?[A-Z][\w-]*)*"
_NAMED = re.compile(rf"(?<=\s){_NAME}")  # not the first word, which has its capital anyway
_TOKEN = re.compile(r"[^\W_][\w.,’'-]*[^\W_]|[^\W_]")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_YEAR_BEFORE = re.compile(r"(?:the )?(?:(?:previous|preceding|last) year|year before)", re.IGNORECASE)
_YEAR_AFTER = re.compile(r"(?:the )?(?:(?:next|following) year|year after)", re.IGNORECASE)
_MOST_INSTEAD = 4  # words of what is named instead
_NO_NAME = _POINTING | frozenset(
    """what who whom whose when where why which how is are was were do does did has have had can could will
    would should may might""".split()
)


def contextualise(question: str, history: Sequence[Turn]) -> str:
    """``question`` itself when it stands alone, else with what it leans on in the questions before.

    A question leans on the one before when it points back ("he", "that") or only continues ("And …?"). One
    that only names another ("And Raisi?") is the question before, asked of that; any other takes along the
    words of content of the question before, and the name that answered it. Chains are followed.
    """
    chain = [Turn(question, "")]
    for turn in reversed(history):
        if not _leans(chain[-1].question):
            break
        chain.append(turn)
    chain.reverse()
    alone = chain[0].question
    for before, turn in pairwise(chain):
        alone = _instead(alone, turn.question) or _with_subject(alone, before.short_answer, turn.question)
    return alone


def _leans(question: str) -> bool:
    all_words = words(question)
    if not all_words:
        return False
    continues = all_words[0] in _CONTINUING and len(content_words(question)) < _SHORT
    return continues or not _POINTING.isdisjoint(all_words) or _other_in(question) is not None


def _other_in(question: str) -> re.Match[str] | None:
    """What "And Raisi?" or "What about 2024?" name; nothing for a question with a verb of its own."""
    match = _INSTEAD.fullmatch(question.strip())
    if match is None:
        return None
    named = words(match["other"])
    return match if 0 < len(named) <= _MOST_INSTEAD and _NO_NAME.isdisjoint(named) else None


def _instead(before: str, question: str) -> str | None:
    """The question before, asked of what ``question`` names instead; None when it can't be put in."""
    match = _other_in(question)
    if match is None:
        return None
    link, other = match["link"], match["other"]
    year = _year_meant(before, other)
    if year:
        return _YEAR.sub(year, before)
    if link:
        linked = re.compile(rf"(?<=\b{link} ){_NAME}")
        put = linked.sub(lambda _: other, before, count=1)
        return put if put != before else f"{before.rstrip(' ?.!')} {link} {other}?"
    if other.islower() or not _NAMED.search(before):
        return None
    return _NAMED.sub(lambda _: other, before, count=1)


def _year_meant(before: str, other: str) -> str | None:
    """The year that is named, or counted from the one in the question before, if that has one."""
    known = _YEAR.search(before)
    if known is None:
        return None
    if _YEAR.fullmatch(other):
        return other
    apart = 1 if _YEAR_AFTER.fullmatch(other) else -1 if _YEAR_BEFORE.fullmatch(other) else 0
    return str(int(known[0]) + apart) if apart else None


def _with_subject(before: str, answer: str | None, question: str) -> str:
    """``question`` behind the name that answered the question before and the words of its content."""
    named = answer if answer and not answer.islower() and len(answer.split()) <= _MOST_INSTEAD else ""
    said = set(words(question))
    taken: dict[str, str] = {}
    for token in _TOKEN.findall(f"{named} {before}"):
        own = words(token)
        if own and not _EMPTY.issuperset(own) and not said.issuperset(own):
            taken.setdefault(fold(token), token)
    subject = " ".join(list(taken.values())[:_MOST_WORDS])
    return f"{subject}: {question}" if subject else question
