"""The values that pass between the steps: frozen, plain, no I/O.

Every offset counts Unicode code points of ``Document.text``; a span is ``[start, end)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from typing_extensions import TypedDict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]

Support = Literal["verbatim", "supported", "partial", "unsupported"]
"""How a sentence stands to what it cites: word for word, in substance, in part, not at all."""

Reason = Literal["no_documents", "not_in_documents", "not_a_question"]
"""Why an answer was withheld. A failure is never a reason: it is an error."""


class Span(NamedTuple):
    """A stretch of text: ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document; ``level`` 1 is the outermost."""

    text: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and ends in the text; pages are numbered from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read. ``text`` is the file's own, decoded and otherwise untouched.

    ``path`` is where the file lies and says which document it is; ``source`` is how people see it;
    ``sha256`` is of the file's bytes and says which version it is. ``extractor`` names what made
    ``text`` from the bytes, and its version. ``warnings`` are one line each, for the receipt.
    """

    path: str
    source: str
    title: str
    published: date | None
    text: str
    sha256: str
    extractor: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def empty_pages(self) -> tuple[int, ...]:
        """The numbers of the pages without text."""
        return tuple(page.number for page in self.pages if not self.text[page.start : page.end].strip())


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document: ``document.text[start:end] == text``, always.

    ``sentences`` are spans of the *document*, in order, inside ``[start, end)``; headings among them.
    ``tokens`` counts cl100k_base tokens of ``text``. ``heading`` is the one that its first words stand
    under, ``page`` the one it begins on, ``headings`` those inside it.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    tokens: int
    heading: str | None = None
    page: int | None = None
    headings: tuple[Heading, ...] = ()

    def words_at(self, span: Span) -> str:
        """The stored words of a span of the document that lies in the passage."""
        return self.text[span.start - self.start : span.end - self.start]

    def heading_at(self, offset: int) -> str | None:
        """The nearest heading above a place in the passage."""
        inside = [heading.text for heading in self.headings if heading.start <= offset]
        return inside[-1] if inside else self.heading

    def is_heading(self, span: Span) -> bool:
        """Whether a sentence of the passage is a heading."""
        return any(h.start < span.end and span.start < h.end for h in self.headings)


@dataclass(frozen=True, slots=True)
class Filters:
    """What to search. ``documents`` are ids; an empty tuple matches nothing, ``None`` everything.

    ``after`` and ``before`` are inclusive and drop documents without a date.
    """

    documents: tuple[str, ...] | None = None
    after: date | None = None
    before: date | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What the catalog knows of a document, its text apart.

    ``id`` stays the same when the file's content changes; ``sha256`` tells the versions apart.
    ``extractor`` and ``chunker`` name what made its text and its passages.
    ``characters`` counts code points of the text, ``passages`` its passages, ``pages`` the pages that it
    states; ``empty_pages`` are the numbers of those without text.
    """

    id: str
    path: str
    source: str
    title: str
    published: date | None
    sha256: str
    extractor: str
    chunker: str
    characters: int
    passages: int
    warnings: tuple[str, ...]
    indexed_at: str
    pages: int = 0
    empty_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be taken in, why (in one line), and when that was tried last."""

    path: str
    source: str
    reason: str
    failed_at: str


@dataclass(frozen=True, slots=True)
class Twin:
    """A document that is like another.

    ``likeness`` is the share of their runs of four words that both have, estimated; 1 is the same text.
    """

    document_id: str
    source: str
    likeness: float


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as the catalog knows it, with what people need to know of its document."""

    id: str
    document_id: str
    source: str
    title: str
    published: date | None
    sha256: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage and how well it fits the question.

    ``cosine`` in [-1, 1]; ``bm25`` ≥ 0, 0 when the passage has none of the question's words (in a large
    index: none of its rarer words); ``rrf`` > 0, the sum of reciprocal ranks it was ordered by.
    """

    stored: StoredPassage
    cosine: float
    bm25: float
    rrf: float

    @property
    def passage(self) -> Passage:
        return self.stored.passage


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of an answer as a reader gives it: the display text, and the spans it stands on.

    ``cites`` holds (index into the passages that were read, span of that passage's document).
    ``support`` is how a checker has graded it; None for words that are the document's own.
    """

    text: str
    cites: tuple[tuple[int, Span], ...]
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class ReadAlternative:
    """Another answer that good evidence gives: its words, and where they stand."""

    short_answer: str
    cite: tuple[int, Span]


Outcome = Literal["written", "cut", "abstained", "unsupported", "failed"]
"""What became of what a language model wrote: it is the answer; it is, but broke off; it said that the
passages do not answer; nothing of it was borne out by them; it wrote nothing of use. In the last two cases
the answer is the extractive reader's."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a language model had to do with an answer.

    ``model`` is its name and ``prompt`` the version and hash of what it was told. ``withheld`` counts its
    sentences that were not shown, ``invented`` its markers of passages that there are not.
    """

    model: str
    prompt: str
    outcome: Outcome
    withheld: int = 0
    invented: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of the passages.

    An abstention has a ``reason`` and no sentences. ``probability`` in [0, 1] is that of the (best)
    answer being right, calibrated, whether or not it was given. ``short_answer`` stands word for word
    in the first sentence, from ``short_start`` on. ``order`` are the indices of the passages as reading
    has ranked them, best first; none when reading tells nothing about that. ``notes`` are sentences for
    people about how it came about; ``written`` is there when a language model was asked.
    """

    sentences: tuple[ReadSentence, ...]
    probability: float
    short_answer: str | None = None
    short_start: int = 0
    alternatives: tuple[ReadAlternative, ...] = ()
    order: tuple[int, ...] = ()
    reason: Reason | None = None
    notes: tuple[str, ...] = ()
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, the markers of the citations it stands on, and how it is supported."""

    text: str
    markers: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote: ``quote`` is exactly ``document.text[start:end]``."""

    marker: int
    document_id: str
    title: str
    source: str
    published: date | None
    page: int | None
    heading: str | None
    start: int
    end: int
    quote: str
    url: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer that the documents give, with the marker of its citation."""

    short_answer: str
    marker: int
    published: date | None


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of wall time for each step."""

    retrieve: float
    read: float
    total: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """What made an answer: enough to make it again. ``llm`` is there when a language model was asked."""

    reader: str
    embedder: str
    index: str
    version: str
    timings_ms: Timings
    llm: Written | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The one value that every face shows. ``short_span`` are offsets into ``text``.

    ``notes`` are sentences about how it came about, such as that a language model failed.
    """

    question: str
    searched: str
    text: str
    short_answer: str | None
    short_span: Span | None
    abstained: bool
    reason: Reason | None
    confidence: float
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    alternatives: tuple[Alternative, ...]
    passages: tuple[ScoredPassage, ...]
    manifest: Manifest
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation; ``short_answer`` as the answer had it."""

    question: str
    answer: str
    short_answer: str | None = None


class Asking(TypedDict, total=False):
    """How a question is asked: the keywords of every ``ask``; all may be left out.

    ``k`` is how many passages are read, ``reader`` the name of who reads them. ``accepted_risk`` in [0, 1]
    is the share of wrong answers that is put up with; at 1 nothing is withheld that a reader could say.
    """

    history: Sequence[Turn]
    filters: Filters
    k: int | None
    reader: str | None
    accepted_risk: float | None


@dataclass(frozen=True, slots=True)
class Searching:
    """Event: the question, made to stand alone and its misspelt words put right, is being searched."""

    searched: str


@dataclass(frozen=True, slots=True)
class Done:
    """Event: the answer, the same that ``Assistant.ask`` returns."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """Event: nothing new. It comes now and then while an answer is written, for whoever wants to stop."""


Event = Searching | Sentence | Citation | Waiting | Done


def told(answer: Answer) -> Iterator[Event]:
    """What is told of an answer that is there, in order; the last event is Done."""
    yield from answer.sentences
    yield from answer.citations
    yield Done(answer)
