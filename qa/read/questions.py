"""What a question asks for, told by its form. English only."""

from __future__ import annotations

import re

from qa.words import STOP_WORDS, fold, words

_ASKING = "what|who|whom|whose|when|where|which|why|how"
_AUXILIARIES = frozenset(
    """am are aren can could couldn did didn do does doesn don had hadn has hasn have haven is isn may might
    must shall should shouldn was wasn were weren will won would wouldn""".split()
)
_NEXT_PART = re.compile(rf"[,;?]?\s+(?:and|but)\s+(?=(?:\w+\s+)?(?:{_ASKING})\b)|\?\s+(?=\S)", re.IGNORECASE)
_NAME = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ADDRESSING = frozenset(
    """hello hi hey hiya greetings good morning afternoon evening day thanks thank you very much many so ok
    okay please bye goodbye welcome there all everyone help""".split()
)
_ABOUT_FOOTNOTE = re.compile(
    r"(?:what|which) (?:things |questions )?(?:can|could|may|should) (?:i|we) ask(?: you)?(?: about| here)?"
    r"|what can you (?:do|tell me|answer)|what do you know(?: about)?|who are you|what are you"
    r"|how (?:does this|do you) work|how are you|what is this|what(?: s| is) (?:in here|this about)"
)
_FEWEST_WORDS = 3  # of a part; with fewer it could not be read alone


def is_question(text: str) -> bool:
    """Whether the documents are asked something; a greeting, thanks or a call for help is not that."""
    said = [word for word in words(text) if word not in _ADDRESSING]
    return bool(said) and not _ABOUT_FOOTNOTE.fullmatch(" ".join(words(text)))


def is_yes_no(question: str) -> bool:
    """Whether the question is answered by yes or no: it begins with an auxiliary verb."""
    asked = words(question)
    return bool(asked) and asked[0] in _AUXILIARIES and not re.search(rf"\b(?:{_ASKING})\b", fold(question))


def parts_of(question: str) -> list[str]:
    """The questions that a question is made of; itself alone when it is one, or can't be cut cleanly.

    "How much is it now, and what was the target?" asks two things.
    """
    parts = [part.strip(" ,;") for part in _NEXT_PART.split(question)]
    parts = [part for part in parts if part]
    if len(parts) < 2 or any(len(words(part)) < _FEWEST_WORDS for part in parts):
        return [question]
    return parts


def tokens_of(text: str) -> frozenset[str]:
    """The words and numbers of a text, folded; "11.5" is one number."""
    return frozenset(_NAME.findall(fold(text)))


def names_of(question: str) -> frozenset[str]:
    """The names and numbers in a question, folded: what a passage must speak of to answer it.

    A name is a word with a capital that is no word of structure; in a question written all in capitals, or
    all small, names can't be told and only numbers are given.
    """
    found = [match[0] for match in _NAME.finditer(question)]
    told = any(word[0].islower() for word in found)
    return frozenset(
        fold(word)
        for word in found
        if word[0].isdigit() or (told and word[0].isupper() and fold(word) not in STOP_WORDS)
    )
