"""Sentences that are addressed to a language model, not to a reader: "ignore all previous instructions".

A short list of patterns that ordinary prose does not have, so that a flag means something. It is no
defence: other words, other languages and letters that only look alike get past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WHO = (
    r"(?:(?:ai )?(?:large )?language models?|(?:ai )?assistants?|ai (?:agents?|models?|systems?)|ai|llms?"
    r"|chat ?bots?|chatgpt|gpt|claude|copilot|gemini)"
)
_RULES = (
    r"(?:instructions?|prompts?|directions?|rules|guidelines|commands?|directives?|programming|constraints)"
)
_EARLIER = (
    r"(?:previous|prior|above|preceding|earlier|foregoing|existing|initial|original|former|system|past)"
)
_FORGET = r"(?:ignore|disregard|forget|override|bypass|do not follow|don['’]t follow|stop following)"
_WHICH = r"(?:(?:all|any|every|the|your|of|these|those|my|other) ){0,4}"
_SAY = r"(?:say|answer|respond|reply|tell (?:them|him|her))"
_PATTERNS = (
    rf"\b{_FORGET} {_WHICH}(?:{_EARLIER},? (?:and |or )?){{1,3}}{_RULES}",
    rf"\b{_FORGET} (?:all (?:of )?)?your (?:{_EARLIER} )?{_RULES}",
    r"\b(?:ignore|disregard|forget) (?:everything|anything|all) (?:that )?"
    r"(?:above|before this|you (?:were|have been|know|are) )",
    r"\b(?:reveal|print|repeat|output|leak|disclose|show|display) (?:me )?(?:your|the)"
    r" (?:entire |full |hidden |secret )?(?:system|initial|hidden|original) (?:prompt|instructions|message)",
    r"\b(?:attention|note|notice|message|instructions?|important|reminder)"
    rf"(?: (?:to|for) (?:all |any |every |the )?|[:,] ){_WHO}\s*[:,.!]",
    rf"\bif you are an? (?:\w+ )?{_WHO}\b",
    rf"\byou are (?:now|no longer) (?:\w+,? )?(?:an? |the )?(?:\w+ )?{_WHO}\b",
    rf"\bas an? (?:\w+ )?{_WHO}, (?:you (?:must|should|will|shall|are required)|always|never|ignore"
    rf"|do not|{_SAY})\b",
    r"\b(?:do not|don['’]t|never) (?:tell|inform|alert|warn|(?:mention|reveal|show) (?:this|it|that) to)"
    r" (?:the |any |your )?users?\b",
    r"\b(?:when|if|whenever) (?:the |a |any )?users? asks?\b[^.\n]{0,80},"
    rf" (?:you (?:must|should) |always )?{_SAY}\b",
    r"\bgive (?:this (?:paper|work|submission) )?a positive review\b|\bdo not highlight any negatives\b",
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id)\|>",
    r"\[/?INST\]|<</?SYS>>",
    r"^ {0,3}#{2,4} ?(?:system|instruction|new instructions?) ?: ?$",
    r"\bnew (?:system )?(?:instructions?|prompt) ?: ",
)
_ADDRESSED = re.compile(
    "|".join(_PATTERNS).replace("^ {0,3}", "^[ ]{0,3}").replace(" ?", r"\s?").replace(" ", r"\s+"),
    re.IGNORECASE | re.MULTILINE,
)
_HINTS = (
    *("ignore", "disregard", "forget", "override", "bypass", "follow", "prompt", "instruction", "message"),
    *("language model", "llm", "chatbot", "chat bot", "assistant", "gpt", "claude", "copilot", "gemini"),
    *(" ai ", " ai:", " ai,", " ai.", " ai!", "user", "positive review", "negatives", "<|", "inst]", "sys>>"),
    "system",
)
"""Each pattern has one of these: looking for them first is fifteen times as fast."""
_AROUND = 160
MOST_SEARCHED = 2_000_000
"""Characters around hints that are searched: a text full of them is nobody's prose."""


def addressed(text: str) -> Iterator[int]:
    """Where sentences to a model begin in ``text``, in order; characters that show nothing must be gone."""
    searched = 0
    for start, end in _worth_searching(text):
        yield from (match.start() for match in _ADDRESSED.finditer(text, start, end))
        searched += end - start
        if searched > MOST_SEARCHED:
            return


def _worth_searching(text: str) -> Iterator[tuple[int, int]]:
    """The stretches around the hints, those that overlap as one."""
    lower = text.lower()
    if len(lower) != len(text):  # "İ" becomes two characters
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    places: list[int] = []
    for hint in _HINTS:
        at = lower.find(hint)
        while at >= 0:
            places.append(at)
            at = lower.find(hint, at + _AROUND // 2)  # nearer ones are in the same stretch
    start = end = -1
    for at in sorted(places):
        if at - _AROUND > end:
            if end > 0:
                yield start, end
            start = max(at - _AROUND, 0)
        end = at + _AROUND
    if end > 0:
        yield start, end
