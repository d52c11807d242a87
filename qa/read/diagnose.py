"""What is wrong with the language model that is set, if anything is, told in a few seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from qa.errors import LLMError
from qa.read.model import Listed, Model
from qa.read.prompts import Prompt, answering
from qa.types import Passage, ScoredPassage, Span, StoredPassage

if TYPE_CHECKING:
    from qa.config import Config

_SECONDS = 10.0
_MOST_NAMED = 5


def diagnose(config: Config) -> str:
    """How the model answers a question about one passage of full size. Raises LLMError: what is wrong.

    No more of the answer is waited for than its first word.
    """
    model = Model(config)
    model.load()
    started = time.monotonic()
    try:
        with model.asked(_prompt(config), _SECONDS) as pieces:
            if not any(pieces):
                raise LLMError("the language model wrote nothing")
    except LLMError as error:
        raise LLMError(_with_names(str(error), model)) from None
    seconds = time.monotonic() - started
    for listed in _listed(model):
        if listed.name == config.llm_model and listed.context and listed.context < config.llm_context_tokens:
            raise LLMError(
                f"the language model's context has {listed.context:,} tokens:"
                f" lower llm_context_tokens, which is {config.llm_context_tokens:,}"
            )
    return f"{config.llm_model} answers ({seconds:.1f} s to its first word)"


def _with_names(line: str, model: Model) -> str:
    """The line, with the models that there are where the one that is set is not known."""
    names = [listed.name for listed in _listed(model)] if "does not know the model" in line else []
    return f"{line}; it has: {_some(names)}" if names else line


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _listed(model: Model) -> Sequence[Listed]:
    """The models that the server lists; none when it does not."""
    try:
        return model.listed(_SECONDS)
    except LLMError:
        return ()


def _prompt(config: Config) -> Prompt:
    """A question about a passage of as many tokens as one has at most."""
    text = "The bridge was opened in May. " + "Many of us came to see it. " * (config.passage_tokens // 8)
    passage = Passage(0, len(text), text, (Span(0, len(text)),), config.passage_tokens)
    stored = StoredPassage("", "", "bridge.txt", "Bridge", None, "", passage)
    question = "When was the bridge opened?"
    scored = [ScoredPassage(stored, 1.0, 1.0, 1.0)]
    return answering(question, scored, today=date.today(), context_tokens=config.llm_context_tokens)
