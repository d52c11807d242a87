"""From a reading to its footnotes: markers, exact quotes, permalinks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from qa.anchors import anchor
from qa.types import Alternative, Citation, Page, Reading, ScoredPassage, Sentence, Span, StoredPassage
from qa.verify import support


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer's words and footnotes. ``short_span`` are offsets into ``text``."""

    text: str
    short_span: Span | None
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    alternatives: tuple[Alternative, ...]


Pages = Callable[[str], Sequence[Page]]
"""Where the pages of a document (by its id) stand in its text."""


def cite(reading: Reading, passages: Sequence[ScoredPassage], pages: Pages | None = None) -> Cited:
    """Number the footnotes by first use and quote each exactly. One span has one footnote.

    A passage can go on overleaf: with ``pages`` a footnote has the page that its own words begin on,
    without them the one that its passage begins on.

    Raises ValueError for a span that does not lie in its passage: a reader's fault, never to be shown.
    """
    notes = _Footnotes(passages, pages)
    sentences = []
    for read in reading.sentences:
        markers = tuple(dict.fromkeys(notes.marker(*where) for where in read.cites))
        quotes = [notes.citations[marker - 1].quote for marker in markers]
        sentences.append(Sentence(read.text, markers, support(read.text, quotes)))
    alternatives = tuple(
        Alternative(other.short_answer, notes.marker(*other.cite), passages[other.cite[0]].stored.published)
        for other in reading.alternatives
    )
    return Cited(
        with_markers(sentences), _short_span(reading), tuple(sentences), tuple(notes.citations), alternatives
    )


def with_markers(sentences: Iterable[Sentence]) -> str:
    """The sentences as one text, each followed by its markers."""
    return " ".join(" ".join([s.text, *(f"[{marker}]" for marker in s.markers)]) for s in sentences)


@dataclass(slots=True)
class _Footnotes:
    """Hands out markers from 1, the same one for the same span."""

    passages: Sequence[ScoredPassage]
    pages: Pages | None = None
    citations: list[Citation] = field(default_factory=list)

    def marker(self, at: int, span: Span) -> int:
        scored = self.passages[at]
        for citation in self.citations:
            if (citation.document_id, citation.start, citation.end) == (scored.stored.document_id, *span):
                return citation.marker
        self.citations.append(_citation(len(self.citations) + 1, scored, span, self.pages))
        return len(self.citations)


def _citation(marker: int, scored: ScoredPassage, span: Span, pages: Pages | None) -> Citation:
    stored, passage = scored.stored, scored.passage
    if not passage.start <= span.start < span.end <= passage.end:
        raise ValueError(f"{span} does not lie in its passage ({passage.start}, {passage.end})")
    return Citation(
        marker=marker,
        document_id=stored.document_id,
        title=stored.title,
        source=stored.source,
        published=stored.published,
        page=_page(stored, span, pages),
        heading=passage.heading_at(span.start),
        start=span.start,
        end=span.end,
        quote=passage.words_at(span),
        url=permalink(stored.document_id, span, stored.sha256, passage.words_at(span)),
    )


def _page(stored: StoredPassage, span: Span, pages: Pages | None) -> int | None:
    first = stored.passage.page
    if first is None or pages is None:
        return first
    above = [page.number for page in pages(stored.document_id) if page.start <= span.start]
    return above[-1] if above else first


def permalink(document_id: str, span: Span, sha256: str, quote: str) -> str:
    """Where a span can be seen in its document, whatever becomes of the document.

    Names the version that the offsets count in, and the fingerprint by which the quote is found in another.
    """
    words = f"&quote={made}" if (made := anchor(quote)) else ""
    return f"/documents/{document_id}?start={span.start}&end={span.end}&version={sha256[:12]}{words}#cited"


def _short_span(reading: Reading) -> Span | None:
    """Where the short answer stands in the answer's text, which begins with the first sentence."""
    if not reading.short_answer:
        return None
    return Span(reading.short_start, reading.short_start + len(reading.short_answer))
