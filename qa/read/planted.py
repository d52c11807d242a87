"""Passages that speak to a language model rather than to people: they are not shown to it, nor do they vouch.

By the phrases that such texts are made of; English. It is one line of defence of several: a model has no
tools, its links and markers don't come through, and what it writes must stand in the other passages.
"""

from __future__ import annotations

import re

from qa.display import clean
from qa.types import ScoredPassage

_WHOM = r"(?:ai|a\.i\.|llms?|chatgpt|chat ?bots?|bots?|ai assistants?|assistants?|language models?|copilots?)"
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directives|constraints)"
_SAY = r"(?:say|answer|reply|respond|write|print|output|include|insert|append|cite|tell|reveal|repeat|obey)"
_PHRASES = (
    rf"(?:ignore|disregard|forget|override|bypass|discard) [^.\n]{{0,60}}\b{_RULES}",
    r"(?:system|developer) (?:prompt|message|instructions?)",
    r"(?:hidden|initial|secret|previous|prior) (?:prompt|instructions?)",
    rf"(?:instructions?|notes?|messages?|attention|hints?) (?:to|for) (?:the |any |all |every )?{_WHOM}",
    rf"(?:dear|hello|hey|attention),? (?:the |any |all |every )?{_WHOM}",
    rf"you are (?:now |from now on )?(?:an? |the )?(?:\w+ ){{0,2}}{_WHOM}",
    rf"(?:if|when|while|as) (?:you are |you're )?(?:an? |the |any )?{_WHOM}\b[^.\n]{{0,60}}\b{_SAY}",
    r"(?:if|when|while) (?:you are )?(?:answering|summari[sz]ing|reading this|processing)"
    rf"[^.\n]{{0,80}}\b{_SAY}",
    rf"{_WHOM} (?:reading|processing|answering|summari[sz]ing)\b[^.\n]{{0,60}}\b(?:must|should|shall|{_SAY})",
    r"(?:in|to|into|of|with) (?:the end of )?your (?:next )?"
    r"(?:answers?|repl(?:y|ies)|responses?|outputs?|summary)",
    r"(?:print|reveal|output|repeat|leak|disclose|exfiltrate|show)[^.\n]{0,40}\b(?:your|its) (?:\w+ ){0,2}"
    r"(?:keys?|passwords?|credentials?|secrets?|tokens?|prompt)",
)
_PLANTED = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
_MARKS = re.compile(
    r"</?(?:system|assistant|instructions?|passage)\b|\[/?(?:INST|SYSTEM)\]|<\|[a-z_]+\|>", re.I
)
_ROLE = re.compile(r"(?mi)^\s*(?:\#+\s*)?(?:system|assistant|user|human)\s*:")


def speaks_to_models(scored: ScoredPassage) -> bool:
    """Whether a passage, or its document's title, holds what can only be meant for a language model."""
    raw = f"{scored.stored.title}\n{scored.passage.text}"
    return bool(_PLANTED.search(clean(raw).text) or _MARKS.search(raw) or _ROLE.search(scored.passage.text))
