"""What the API takes and gives, as models: made from the domain's types, so that they can't drift apart."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import date
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from qa import types
from qa.index import Receipt
from qa.types import Filters, StoredDocument
from ui.api.examples import ANSWER, PASSAGE

MOST_MESSAGES = 200
MOST_DOCUMENTS = 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STRICT = ConfigDict(extra="forbid", strict=True)


def whole(text: str) -> str:
    """Half a surrogate pair is no character: no store takes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text has half a character (a lone surrogate): leave it out") from None
    return text


def _iso(day: object) -> object:
    """A day is written as text only: a number would be taken for seconds since 1970."""
    return date.fromisoformat(day) if isinstance(day, str) and _DAY.fullmatch(day) else day


Text = Annotated[str, AfterValidator(whole)]
Day = Annotated[date, BeforeValidator(_iso)]


class Message(BaseModel):
    """One thing said before: by the user, or by the assistant."""

    model_config = _STRICT
    role: Annotated[str, Field(pattern="^(user|assistant|system|developer|tool)$")]
    content: Text


class FilterBy(BaseModel):
    """What to search: documents by id (an empty list: none of them), and by date, both inclusive."""

    model_config = _STRICT
    documents: Annotated[list[Text], Field(max_length=MOST_DOCUMENTS)] | None = None
    after: Day | None = Field(
        default=None, description="published on that day or later; drops what has no date"
    )
    before: Day | None = Field(
        default=None, description="published on that day or earlier; drops what has no date"
    )

    def as_filters(self) -> Filters:
        documents = None if self.documents is None else tuple(self.documents)
        return Filters(documents, self.after, self.before)


class SearchRequest(BaseModel):
    """What to search for, and where."""

    model_config = _STRICT | ConfigDict(
        json_schema_extra={"examples": [{"question": "How much does Iraq owe Iran?"}]}
    )
    question: Text = Field(
        pattern=r"\S", description="as a person would ask it; the bundled models read English"
    )
    k: int | None = Field(None, ge=1, le=50, description="how many passages")
    filters: FilterBy = FilterBy()


class AskRequest(SearchRequest):
    """A question, and how it is to be answered."""

    reader: Text | None = Field(None, description="which reader answers; GET /v1/models has them")
    accepted_risk: float | None = Field(
        None, ge=0, le=1, allow_inf_nan=False, description="the share of wrong answers that is put up with"
    )
    conversation_id: Text | None = Field(
        None, description="the conversation it goes on; the exchange is added to it"
    )
    messages: Annotated[list[Message], Field(max_length=MOST_MESSAGES)] = Field(
        default=[], description="what was said before, where no conversation is kept"
    )
    stream: bool = Field(default=False, description="server-sent events; also by Accept: text/event-stream")


class PassageModel(BaseModel):
    """A passage, where it stands, and how well it fits: by meaning, by words, and both."""

    model_config = ConfigDict(title="Passage", json_schema_extra={"examples": [PASSAGE]})
    document_id: str
    title: str
    source: str
    published: date | None
    page: int | None
    heading: str | None
    start: int
    end: int
    cosine: float
    bm25: float
    rrf: float
    text: str
    url: str = Field(description="its place on Footnote's page of the document")


class Found(BaseModel):
    """The passages that fit best, best first."""

    passages: list[PassageModel]


def _model(
    kind: type, *, without: tuple[str, ...] = (), example: dict[str, Any] | None = None, **other: Any
) -> type[BaseModel]:
    """A model with the fields of a dataclass; ``other`` has another type for some, ``without`` leaves out."""
    hints = get_type_hints(kind) | other
    taken: dict[str, Any] = {
        f.name: (hints[f.name], ... if f.default is MISSING else f.default)
        for f in fields(kind)
        if f.name not in without
    }
    shown = ConfigDict(json_schema_extra={"examples": [example]}) if example else ConfigDict()
    return create_model(kind.__name__, __config__=shown, __doc__=kind.__doc__, **taken)


AnswerModel = _model(types.Answer, passages=list[PassageModel], example=ANSWER)
DocumentModel = _model(StoredDocument, without=("path",))  # where a file lies is the server's own affair
ReceiptModel = _model(Receipt)
