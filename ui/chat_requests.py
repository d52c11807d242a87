"""What OpenAI's clients post: a conversation, whose last message by the user is the question."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from qa.types import Asking
from ui.api.messages import as_turns
from ui.api.schema import FilterBy, Text

MODEL = "footnote"
"""The model that is the reader which is set; each reader is a model of its own, too."""

_LOOKED_BACK = 50  # messages before the question; what a follow-up leans on stands in the last few
_STRICT = ConfigDict(strict=True)
_BY_THE_USER: dict[str, Any] = {"properties": {"role": {"const": "user"}}, "required": ["role"]}
_EXAMPLE: dict[str, Any] = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "How much does Iraq owe Iran?"}],
    "footnote": {"k": 8, "filters": {"after": "2024-01-01"}},
}


class TextPart(BaseModel):
    """A part of a message; only text is read."""

    model_config = _STRICT
    type: Literal["text"]
    text: Text


Content = Annotated[
    Annotated[Text, Tag("string")] | Annotated[list[TextPart], Tag("parts")],
    Discriminator(lambda content: "parts" if isinstance(content, list) else "string"),
]
TAGS = ("string", "parts")
"""What pydantic names in an error besides what the client wrote."""


class ChatMessage(BaseModel):
    """What was said. What the system, a developer or a tool says is tolerated, and not followed."""

    model_config = _STRICT
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Options(BaseModel):
    """What only Footnote knows of; from OpenAI's clients as ``extra_body={"footnote": {…}}``."""

    model_config = _STRICT | ConfigDict(extra="forbid")
    k: int | None = Field(default=None, ge=1, le=50, description="how many passages are read")
    filters: FilterBy = FilterBy()
    accepted_risk: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="the share of wrong answers that is put up with",
    )


class StreamOptions(BaseModel):
    """What else is streamed."""

    model_config = _STRICT
    include_usage: bool | None = Field(None, description="a last chunk, without choices, counts the tokens")


class ChatRequest(BaseModel):
    """A conversation whose last message by the user is the question.

    Other parameters of OpenAI's (``temperature``, ``max_tokens``, ``tools`` …) are taken and change nothing.
    """

    model_config = _STRICT | ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    model: Text = Field(description="one of those that GET /v1/models lists")
    messages: list[ChatMessage] = Field(min_length=1, json_schema_extra={"contains": _BY_THE_USER})
    stream: bool | None = Field(default=False, description="the answer as server-sent events")
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=1, description="there is one answer to a question")
    footnote: Options | None = None

    @field_validator("messages")
    @classmethod
    def _has_a_question(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        if not any(message.role == "user" for message in messages):
            raise ValueError("no message is the user's, whose last one is the question")
        return messages

    @property
    def counts(self) -> bool:
        """Whether the tokens of a stream are to be counted."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def question(self, reader: str | None) -> tuple[str, Asking]:
        """The question, and how it is asked of ``reader``."""
        at = max(at for at, message in enumerate(self.messages) if message.role == "user")
        before = self.messages[max(0, at - _LOOKED_BACK) : at]
        options = self.footnote or Options()
        return self.messages[at].text, {
            "history": as_turns((message.role, message.text) for message in before),
            "filters": options.filters.as_filters(),
            "k": options.k,
            "accepted_risk": options.accepted_risk,
            "reader": reader,
        }
