"""An answer as a run's file holds it: what there is to judge, read back from the JSON of ``qa.wire``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from eval.places import Place
from qa.errors import GoldError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class GivenSentence:
    """A sentence of an answer; ``markers`` name the citations it stands on."""

    text: str
    markers: tuple[int, ...]
    support: str


@dataclass(frozen=True, slots=True)
class GivenCitation:
    """A footnote."""

    marker: int
    source: str
    title: str
    start: int
    end: int
    quote: str
    url: str
    published: str | None = None
    page: int | None = None
    heading: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """A passage that was read, or would have been."""

    source: str
    start: int
    end: int
    text: str

    @property
    def place(self) -> Place:
        return Place(self.source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one question: an answer, an abstention, or, where no more was asked, passages."""

    passages: tuple[GivenPassage, ...]
    text: str = ""
    searched: str = ""
    short_answer: str | None = None
    short_span: tuple[int, int] | None = None
    abstained: bool = False
    reason: str | None = None
    confidence: float = 0.0
    sentences: tuple[GivenSentence, ...] = ()
    citations: tuple[GivenCitation, ...] = ()

    @property
    def said(self) -> str:
        """What is judged: the short answer where one is marked, else the sentences without their markers."""
        if self.short_answer is not None:
            return self.short_answer
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def cited(self) -> list[Place]:
        """What its sentences stand on; other answers that were found have citations, too."""
        markers = {marker for sentence in self.sentences for marker in sentence.markers}
        return [citation.place for citation in self.citations if citation.marker in markers]

    @property
    def ranked(self) -> list[Place]:
        """Its passages, best first."""
        return [passage.place for passage in self.passages]

    def quotes(self, sentence: GivenSentence) -> list[str]:
        """What a sentence of it cites."""
        return [citation.quote for citation in self.citations if citation.marker in sentence.markers]


def as_given(value: Mapping[str, Any]) -> Given:
    """Read ``answer_to_dict``'s values back; what is not judged is left out. Raises GoldError."""
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(value)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False)
        raise GoldError(f"not an answer: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@cache
def _adapter() -> TypeAdapter[Given]:
    from pydantic import TypeAdapter

    return TypeAdapter(Given)
