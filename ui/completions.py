"""An answer as OpenAI's clients get it: a chat completion, or the chunks of one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue

from qa import __version__
from qa.chunk import count_tokens
from qa.cite import with_markers
from qa.types import Answer, Sentence
from qa.wire import answer_to_dict
from ui.api.schema import AnswerModel
from ui.chat_requests import ChatRequest

EXAMPLE_OF_STREAM = """\
data: {"id": "chatcmpl-1f0c", "object": "chat.completion.chunk", …, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, …}]}

data: {…, "choices": [{"index": 0, "delta": {"content": "Iran is owed approximately $11 billion by Iraq. [1]"}, …}]}

data: {…, "choices": [{"index": 0, "delta": {"annotations": […], "footnote": {…}}, …}]}

data: {…, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop", …}]}

data: [DONE]
"""  # noqa: E501 - a line is an event


class _AsAnswer:
    """Has a field described as the answer's model is."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _: object, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(AnswerModel.__pydantic_core_schema__)


class UrlCitation(BaseModel):
    """``content[start_index:end_index]`` is the marker, such as ``[1]``; counted in Unicode code points."""

    start_index: int
    end_index: int
    title: str
    url: str = Field(description="where the quoted place can be seen in its document")


class Annotation(BaseModel):
    """A footnote of the text. One for each marker in it, in order."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Reply(BaseModel):
    """The answer, its footnotes, and all else that is known of it."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="says so where the documents do not answer")
    refusal: None = None
    annotations: list[Annotation]
    footnote: Annotated[dict[str, Any], _AsAnswer] = Field(
        description="the whole answer as POST /v1/ask gives it: quotes with their exact places, confidence,"
        " whether it abstained and why, the passages that were read"
    )


class Choice(BaseModel):
    """The one there is."""

    index: Literal[0] = 0
    message: Reply
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Tokens (cl100k_base) of all that the messages say, and of the answer's text."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """An answer as a chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="seconds since 1970")
    model: str
    system_fingerprint: str
    choices: list[Choice] = Field(min_length=1, max_length=1)
    usage: Usage


class Model(BaseModel):
    """A reader, as a model that can be asked for."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="when the server started, in seconds since 1970")
    owned_by: Literal["footnote"] = "footnote"


class Models(BaseModel):
    """Every model there is."""

    object: Literal["list"] = "list"
    data: list[Model]


@dataclass(frozen=True, slots=True)
class Telling:
    """How one request is replied to. ``base`` is the server's address, without a slash at its end."""

    asked: ChatRequest
    base: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> Completion:
        """The answer in one piece."""
        return Completion(
            **self._head(), choices=[Choice(message=self._reply(answer))], usage=self._usage(answer)
        )

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        """A piece of what the choice's message consists of."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._chunk([choice], {"usage": None} if self.asked.counts else {})

    def rest(self, answer: Answer, said: str) -> Iterator[dict[str, Any]]:
        """The chunks that end a stream in which ``said`` was told of the answer's text."""
        if said != answer.text:
            yield self.chunk({"content": answer.text.removeprefix(said)})
        yield self.chunk(self._reply(answer).model_dump(include={"annotations", "footnote"}))
        yield self.chunk({}, "stop")
        if self.asked.counts:
            yield self._chunk([], {"usage": self._usage(answer).model_dump()})

    def _chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
        return {"object": "chat.completion.chunk", **self._head(), "choices": choices, **usage}

    def _head(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "created": self.created,
            "model": self.asked.model,
            "system_fingerprint": f"footnote-{__version__}",
        }

    def _reply(self, answer: Answer) -> Reply:
        notes = list(url_citations(answer, self.base))
        return Reply(content=answer.text, annotations=notes, footnote=answer_to_dict(answer))

    def _usage(self, answer: Answer) -> Usage:
        prompt = sum(count_tokens(message.text) for message in self.asked.messages)
        completion = count_tokens(answer.text)
        return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def piece(sentence: Sentence, said: str) -> str:
    """What a sentence adds to an answer's text, of which ``said`` was told before."""
    return (" " if said else "") + with_markers([sentence])


def url_citations(answer: Answer, base: str) -> Iterator[Annotation]:
    """The markers of an answer's text, in order; what only alternatives cite has none there."""
    notes = {citation.marker: citation for citation in answer.citations}
    at = 0
    for sentence in answer.sentences:
        at += len(sentence.text) + 1
        for marker in sentence.markers:
            end = at + len(f"[{marker}]")
            note = notes[marker]
            title, url = note.title or note.source, base + note.url
            where = UrlCitation(start_index=at, end_index=end, title=title, url=url)
            yield Annotation(url_citation=where)
            at = end + 1
