"""A conversation as Markdown: what was asked, what was answered, and each footnote. Pure.

Titles, questions, answers and quotes are shown, never obeyed: what Markdown could take for a mark is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qa.display import clean

_MARK = re.compile(r"[\\`*_\[\]<>#|&!$~]|:(?=//)|@|(?<=\bwww)\.", re.IGNORECASE)  # the latter: bare addresses
_LIST = re.compile(r"^(\d*)([-+.)])(?=[\s-]|$)")


def markdown(title: str, exchanges: Iterable[Mapping[str, Any]]) -> str:
    """``exchanges`` as JSON has them: ``question``, ``asked``, ``answer``, ``verdict`` and ``note``."""
    parts = [f"# {_plain(title) or 'Conversation'}"]
    for exchange in exchanges:
        parts += _exchange(exchange)
    return "\n\n".join(parts) + "\n"


def _exchange(exchange: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {_plain(exchange['question'])}"
    yield f"*{exchange['asked']}*"
    yield answered(exchange["answer"])
    if exchange["verdict"] or exchange["note"]:
        said = (exchange["verdict"] and f"Marked {exchange['verdict']}", _plain(exchange["note"]))
        yield f"Feedback: {'. '.join(filter(None, said))}"


def answered(answer: Mapping[str, Any]) -> str:
    """An answer with its footnotes, as JSON has it."""
    return "\n\n".join([_plain(answer["text"]), *map(_footnote, answer["citations"])])


def _footnote(citation: Mapping[str, Any]) -> str:
    page = f"page {citation['page']}" if citation["page"] else ""
    facts = (citation["title"], citation["published"], page, citation["heading"], citation["source"])
    described = " · ".join(dict.fromkeys(_plain(fact) for fact in facts if fact))
    where = f"characters {citation['start']:,}–{citation['end']:,}"
    return f"> \\[{citation['marker']}\\] {described}, {where}  \n> “{_plain(citation['quote'])}”"


def _plain(text: str) -> str:
    """Words for people on one line, in which Markdown finds no mark of its own."""
    escaped = _MARK.sub(r"\\\g<0>", clean(text).text)
    return _LIST.sub(r"\1\\\2", escaped)
