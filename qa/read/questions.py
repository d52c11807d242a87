"""What a question asks for, told by its form. English only."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import dropwhile
from typing import Literal

from qa.words import STOP_WORDS, content_words, fold, words

Form = Literal["yes_no", "explanation", "list", "fact"]
"""What kind of answer a question wants: the sentence that decides, a statement, several things, one thing."""

_ASKING = "what|who|whom|whose|when|where|which|why|how"
_AUXILIARIES = frozenset(
    """am are aren can could couldn did didn do does doesn don had hadn has hasn have haven is isn may might
    must shall should shouldn was wasn were weren will won would wouldn""".split()
)
_LINK = "in|on|at|by|for|to|from|with|of|between|since|until"
_NEXT_PART = re.compile(
    rf"[,;]?\s(?:and|but)\s(?=(?:(?:{_LINK})\s)?(?:{_ASKING})\b)|(?<=\?)\s(?=\S)", re.IGNORECASE
)
_BEGINS = re.compile(rf"(?:(?:{_LINK})\s)?(?:{_ASKING})\b", re.IGNORECASE)
_QUOTES = re.compile(r"[\"“”]")
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
_DOCUMENT = "(?:document|report|paper|article|text|file|page|study)s?"
_SUMMARY = re.compile(
    r"(?:(?:please|can|could|would|will|you|give|write|make|show|tell|get|i|me|us|we|want|need|d|like|to|see"
    r"|have|a|an|the|short|brief|quick|concise|one paragraph|executive) )*"
    r"(?:(?:summar(?:y|ies)|overview|gist|tl ?dr)(?: (?:of|on|about|for|from|regarding|please)\b.*)?"
    r"|(?:summar(?:ise|ize)|sum up)\b.*)"
    rf"|what(?: s| is| are|s) (?:this|that|the|these|those)(?: \w+)? {_DOCUMENT} about"
    r"|what (?:is|are|were) the (?:main|key|central|most important|principal) "
    r"(?:points?|findings?|messages?|ideas?|takeaways?|conclusions?|themes?|topics?|arguments?)"
    rf"(?: (?:of|in|from|made in)\b.*\b{_DOCUMENT})?"
)
_ASKING_FOR_A_SUMMARY = frozenset(
    """please give write make show get want need like see short brief quick concise paragraph executive
    summary summaries summarise summarize overview gist tl tldr dr sum main key central important
    principal point points finding findings message messages idea ideas takeaway takeaways conclusion
    conclusions theme themes topic topics argument arguments document documents report reports paper
    papers article articles text texts file files page pages study studies whole entire sentence
    sentences words bullet bullets""".split()
)
_DOCUMENTS = frozenset("report document paper article text file page study".split())
_EXPLANATION = re.compile(
    r"why\b|for what reasons?\b|what (?:is|was|are|were) the (?:reasons?|causes?|purposes?)\b"
    r"|what (?:caused|explains)\b|explain\b|describe\b|how come\b|how (?!(?:much|many|long|old|far|big|large"
    r"|small|high|tall|deep|wide|fast|often|soon|late|early|heavy|hot|cold|frequently|likely|close|near)\b)"
)
_LIST = re.compile(r"(?:list|enumerate|name (?:the|all|two|three|four|five|some|several)|who (?:are|were))\b")
_NO_PLURAL = frozenset("was is does has this its news series species politics always perhaps towards".split())
_FEWEST_WORDS = (
    4  # of the part that the others may lean on; fewer are none: "In what year, and in which city …?"
)
_MOST_PARTS = 4


def is_question(text: str) -> bool:
    """Whether the documents are asked something; a greeting, thanks or a call for help is not that."""
    said = words(text)
    content = list(dropwhile(_ADDRESSING.__contains__, said))
    return not (_ADDRESSING.issuperset(said) or _ABOUT_FOOTNOTE.fullmatch(" ".join(content)))


def is_yes_no(question: str) -> bool:
    """Whether the question is answered by yes or no: it begins with an auxiliary verb.

    What stands before a colon says what the question is about, and does not count here.
    """
    asked = words(_asked(question))
    return (
        bool(asked)
        and asked[0] in _AUXILIARIES
        and not re.search(rf"\b(?:{_ASKING})\b", fold(_asked(question)))
    )


def form_of(question: str) -> Form:
    """What kind of answer the question wants, told by its first words."""
    if is_yes_no(question):
        return "yes_no"
    asked = " ".join(words(_asked(question)))
    if _EXPLANATION.match(asked):
        return "explanation"
    return "list" if _LIST.match(asked) or _asks_for_several(asked.split()) else "fact"


def _asked(question: str) -> str:
    """The question without what it is about, as in "the bridge: is it open?"."""
    asked = question.rpartition(": ")[2]
    first = words(asked)[:1]
    return asked if first and (first[0] in _AUXILIARIES or _BEGINS.match(asked)) else question


def _asks_for_several(asked: list[str]) -> bool:
    """Whether "which" or "what" is followed by a plural: *which other towns*, *what are the causes*."""
    if not asked or asked[0] not in ("which", "what", "whose"):
        return False
    near = [word for word in asked[1:5] if len(word) > 3 and word not in _NO_PLURAL]
    plural = [word.endswith("s") and not word.endswith(("ss", "us", "is")) for word in near]
    verb = next((at for at, word in enumerate(asked[1:5]) if word in _AUXILIARIES), 4)
    named = asked[1 : 1 + verb] if verb else asked[2:5]
    return any(p and word in named for p, word in zip(plural, near, strict=True))


def is_summary(text: str) -> bool:
    """Whether the documents, or one of them, are to be summed up."""
    return bool(_SUMMARY.fullmatch(" ".join(words(text))))


def subject_of_summary(text: str) -> str:
    """What is to be summed up, in the words of the request; empty when it names nothing but "this report"."""
    return " ".join(word for word in content_words(text) if word not in _ASKING_FOR_A_SUMMARY)


def names_a_document(text: str) -> bool:
    """Whether a request speaks of a document (*the report on …*), not of a subject."""
    return not _DOCUMENTS.isdisjoint(words(text))


def parts_of(question: str) -> list[str]:
    """The questions that a question is made of; itself alone when it is one, or can't be cut cleanly.

    "How much is it now, and what was the target?" asks two things. What stands in quotation marks, after a
    second asking word ("the man who came and who …") or in more than four parts is not cut.
    """
    quotes = [m.start() for m in _QUOTES.finditer(question)]
    places = [m for m in _NEXT_PART.finditer(question) if not bisect_left(quotes, m.start()) % 2]
    starts = [0, *(m.end() for m in places)]
    ends = [*(m.start() for m in places), len(question)]
    parts = [question[start:end].strip(" ,;?") for start, end in zip(starts, ends, strict=True)]
    parts = [f"{part}?" for part in dict.fromkeys(filter(None, parts))]
    if not 1 < len(parts) <= _MOST_PARTS or not all(map(_asks_one_thing, parts)):
        return [question]
    return parts if len(words(parts[0])) >= _FEWEST_WORDS else [question]


def _asks_one_thing(part: str) -> bool:
    """Whether a part is a whole question with one asking word, or one that is answered by yes or no."""
    asking = re.findall(rf"\b(?:{_ASKING})\b", part, re.IGNORECASE)
    return is_yes_no(part) if not asking else len(asking) == 1 and bool(_BEGINS.match(part))


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
