"""A conversation as programs send it, and as the assistant takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa.types import Turn

_MARKER = re.compile(r" ?\[\d{1,3}\]")


def as_turns(messages: Iterable[tuple[str, str]]) -> list[Turn]:
    """Each thing that the user said with what the assistant answered, from (role, content) in order.

    Other roles are left out: instructions are not followed, and no turn of the conversation. The short answer
    isn't known; the whole is taken for it, and is of use where it is short.
    """
    turns: list[Turn] = []
    for role, content in messages:
        if role == "user":
            turns.append(Turn(content, ""))
        elif role == "assistant" and turns:
            turns[-1] = Turn(turns[-1].question, content, _MARKER.sub("", content).strip())
    return turns
