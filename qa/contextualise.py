"""A follow-up question and its conversation, made into a question that can be searched and read alone."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa.types import Span, Turn
from qa.words import STOP_WORDS, content_words, fold, words

_PRONOUNS = frozenset("he him his she her hers it its they them their theirs".split())
_DEMONSTRATIVE = "(?:this|that|these|those)"
_POINTING_BACK = re.compile(  # "that" alone means little: "the goal that Iran pursues", "are there bridges"
    rf"\b(?:{_DEMONSTRATIVE}|there|then|ones?)\W*$"
    rf"|^(?:\w+\s){{0,2}}(?:is|are|was|were|do|does|did)\s(?:\w+\s)?{_DEMONSTRATIVE}\b|^what['’]s\s{_DEMONSTRATIVE}\b"
    rf"|\b(?:of|in|at|on|by|for|from|during|after|before|about|with|to)\s{_DEMONSTRATIVE}\b"
    rf"|\b{_DEMONSTRATIVE}\s(?:document|report|paper|article|text|file|page|stud(?:y|ie))s?\b"
    rf"|^(?:why|how|who|when|where|and|but|so|or)\s(?:there|then|{_DEMONSTRATIVE})\b",
    re.IGNORECASE,
)
_CONTINUING = frozenset("and but also so or then why how".split())
_EMPTY = STOP_WORDS | {"many", "much"}
_SHORT = 3  # content words; with fewer, a question that continues another can hardly stand alone
_MOST_WORDS = 16  # of what a question takes along
_REFERRING = frozenset("any other others another else more also anything".split())
_KNOWN = re.compile(r"\bthe\s(?:[\w-]+\s)?[\w-]+", re.IGNORECASE)
_FEW = 4  # content words; a question with more tells what it is about
_DAYS = frozenset(name.casefold() for names in (calendar.month_name, calendar.day_name) for name in names)
_INSTEAD = re.compile(
    r"(?:and|but|or|(?:and\s)?(?:what|how)\sabout)\s"
    r"(?:(?P<link>in|to|from|by|with|for|at|on|of|during|after|before|under|since)\s)?(?P<other>[^?,;:]+)\?*",
    re.IGNORECASE,
)
_MOST_INSTEAD = 4  # words of what is named instead
_NO_NAME = _PRONOUNS | frozenset(
    """this that these those there then one ones who whom whose when where why which what how is are was were
    do does did has have had can could will would should may might not""".split()
)
_TOKEN = re.compile(r"[^\W_][\w.,’'-]*[^\W_]|[^\W_]")
_NAME_PART = re.compile(r"[^\W_][\w-]*")
_YEAR = re.compile(r"\b((?:in|of|by|during|since)\s)(?:1[5-9]|20)\d\d\b", re.IGNORECASE)
_ANY_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_YEAR_BEFORE = re.compile(r"(?:the )?(?:(?:previous|preceding|last) year|year before)", re.IGNORECASE)
_YEAR_AFTER = re.compile(r"(?:the )?(?:(?:next|following) year|year after)", re.IGNORECASE)


def contextualise(question: str, history: Sequence[Turn], *, continues: bool = False) -> str:
    """``question`` itself when it stands alone, else with what it leans on in the questions before.

    A question leans on the one before when it points back ("he", "that") or only continues ("And …?"; of one
    that is known to continue, ``continues``, it is enough to be short). One that only names another ("And
    Raisi?") is the question before, asked of that; any other takes along the words of content of the question
    before, and the name that answered it. Chains are followed. One that names nothing even so, or only refers
    ("Any other albums?"), takes along the name that was said most. Turns must be questions.
    """
    chain = [Turn(question, "")]
    for turn in reversed(history):
        if not _leans(chain[-1].question, continues=continues and len(chain) == 1):
            break
        chain.append(turn)
    chain.reverse()
    alone = chain[0].question
    for before, turn in pairwise(chain):
        alone = _instead(alone, turn.question) or _with_subject(alone, before.short_answer, turn.question)
    if _other_in(question) or not (_leans(question, continues=False) or _refers(question, history)):
        return alone
    topic = _topic(history)
    return f"{topic}: {alone}" if topic and fold(topic) not in fold(alone) else alone


def _leans(question: str, *, continues: bool) -> bool:
    all_words = words(question)
    if not all_words:
        return False
    short = len(content_words(question)) < _SHORT and not any(_names(question))
    if short and (continues or all_words[0] in _CONTINUING):
        return True
    pointing = _has_pronoun(question) or bool(_POINTING_BACK.search(question))
    return pointing or _other_in(question) is not None


def _refers(question: str, history: Sequence[Turn]) -> bool:
    """Whether a short question names nothing and speaks of something as known: "any others", "the album"."""
    if len(content_words(question)) > _FEW or any(_names(question)):
        return False
    if not _REFERRING.isdisjoint(words(question)):
        return True
    meant = {word for known in _KNOWN.findall(question) for word in content_words(known)}
    return any(not meant.isdisjoint(content_words(f"{turn.question} {turn.answer}")) for turn in history)


def _topic(history: Sequence[Turn]) -> str | None:
    """The name said most in a conversation, the latest of several; in a question it counts twice."""
    said: Counter[str] = Counter()
    for turn in reversed(history):
        for text, weight in ((turn.question, 2), (turn.answer, 1)):
            for name in dict.fromkeys(text[span.start : span.end] for span in _names(text)):
                if fold(name) not in _DAYS:
                    said[name] += weight
    return max(said, key=said.__getitem__) if said else None


def _has_pronoun(question: str) -> bool:
    """Whether a pronoun stands there that nothing before it in the question can be meant by."""
    found = next((m for m in _NAME_PART.finditer(question) if fold(m[0]) in _PRONOUNS), None)
    if found is None:
        return False
    before = question[: found.start()]
    meant = [word for word in content_words(before) if word not in _EMPTY]
    return len(meant) < _SHORT and not any(_names(before))


def _other_in(question: str) -> re.Match[str] | None:
    """What "And Raisi?" or "What about 2024?" name; nothing for a question with a verb of its own."""
    match = _INSTEAD.fullmatch(" ".join(question.split()))
    if match is None:
        return None
    named = words(match["other"])
    return match if 0 < len(named) <= _MOST_INSTEAD and _NO_NAME.isdisjoint(named) else None


def _instead(before: str, question: str) -> str | None:
    """The question before, asked of what ``question`` names instead; None when it isn't clear of what."""
    match = _other_in(question)
    if match is None:
        return None
    link, other = (match["link"] or "").lower(), match["other"].strip()
    year = _year_meant(before, link, other)
    if year:
        return _YEAR.sub(rf"\g<1>{year}", before)
    if _ANY_YEAR.fullmatch(other) or before.isupper():
        return None
    if link:
        return _linked(before, link, other)
    named = list(_names(before))
    if len({before[slice(*name)] for name in named}) != 1 or not _is_name(other):
        return None
    return f"{before[: named[0].start]}{other}{before[named[0].end :]}"


def _year_meant(before: str, link: str, other: str) -> str | None:
    """The year that is named, or counted from the one year of the question before."""
    known = _ANY_YEAR.findall(before)
    if len(known) != 1 or not _YEAR.search(before) or link in ("before", "after", "since", "from"):
        return None
    if _ANY_YEAR.fullmatch(other):
        return other
    apart = 1 if _YEAR_AFTER.fullmatch(other) else -1 if _YEAR_BEFORE.fullmatch(other) else 0
    return str(int(known[0]) + apart) if apart else None


def _linked(before: str, link: str, other: str) -> str | None:
    """``other`` in place of the name behind ``link`` ("ambassador to Peru"), or put at the end with it."""
    for name in _names(before):
        if before[: name.start].lower().endswith(f" {link} ") and _is_name(other):
            return f"{before[: name.start]}{other}{before[name.end :]}"
    if f" {link} " in before.lower():
        return None
    return f"{before.rstrip(' ?.!')} {link} {other}?"


def _with_subject(before: str, answer: str | None, question: str) -> str:
    """``question`` behind the name that answered the question before and the words of its content."""
    named = (
        answer if answer and any(map(str.isupper, answer)) and len(answer.split()) <= _MOST_INSTEAD else ""
    )
    said = set(words(question))
    taken: dict[str, str] = {}
    for token in _TOKEN.findall(f"{named} {before}"):
        own = words(token)
        if own and not _EMPTY.issuperset(own) and not said.issuperset(own):
            taken.setdefault(fold(token), token)
    subject = " ".join(list(taken.values())[:_MOST_WORDS])
    return f"{subject}: {question}" if subject else question


def _names(text: str) -> Iterator[Span]:
    """Where runs of words with a capital stand, the first word of the text and "I" left out."""
    run: Span | None = None
    for match in list(_NAME_PART.finditer(text))[1:]:
        if match[0] == "I" or not _is_name(match[0]):
            continue
        if run and text[run.end : match.start()] == " ":
            run = Span(run.start, match.end())
            continue
        if run:
            yield run
        run = Span(*match.span())
    if run:
        yield run


def _is_name(text: str) -> bool:
    """Whether every word begins with a capital, or has one behind a hyphen (*al-Jubouri*)."""
    parts = _NAME_PART.findall(text)
    return bool(parts) and all(any(piece[:1].isupper() for piece in part.split("-")) for part in parts)
