"""An answer as markup and as plain text. Pure; whatever comes from a document is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from qa.cite import permalink, with_markers
from qa.display import clean
from qa.types import Answer, Citation, ScoredPassage, Span, StoredDocument

_NEAREST = 3  # passages shown under an abstention


def answer_text(answer: Answer) -> str:
    """The answer for a terminal or a pipe: text, footnotes, and how sure it is."""
    return "\n".join([answer.text, "", *_notes(answer), footer(answer)])


def _notes(answer: Answer) -> Iterator[str]:
    if answer.alternatives:
        yield f"The documents also say: {others(answer)}"
        yield ""
    yield from footnotes(answer)
    if answer.abstained and answer.passages:
        yield "Nearest passages:"
        for scored in answer.passages[:_NEAREST]:
            yield f"  · {_printable(scored.stored.title)}: {excerpt(scored)}"
        yield ""


def footnotes(answer: Answer) -> Iterator[str]:
    """Each footnote in lines of text, and an empty one behind it."""
    for citation in answer.citations:
        yield f"[{citation.marker}] {describe(citation)}"
        yield f"    {location(citation)}"
        yield f"    “{clean(citation.quote).text}”"
        yield ""


def others(answer: Answer) -> str:
    """Other answers that the documents give, each with its marker and date."""
    told = (
        f"{other.short_answer} [{other.marker}]"
        + (f" ({long_date(other.published)})" if other.published else "")
        for other in answer.alternatives
    )
    return ", ".join(told)


def marked(answer: Answer) -> tuple[str, str, str]:
    """The first sentence: the words before the short answer, the short answer, the words after it."""
    text = answer.sentences[0].text
    span = answer.short_span or Span(0, 0)
    return text[: span.start], text[span.start : span.end], text[span.end :]


def rest(answer: Answer) -> str:
    """What the answer's text says behind its sentences: which parts of a question are not answered."""
    return answer.text.removeprefix(with_markers(answer.sentences)).strip()


def footer(answer: Answer) -> str:
    """One line: how sure, who read, how long it took; what was searched, if not what was asked."""
    seconds = answer.manifest.timings_ms.total / 1_000
    read = f"{answer.manifest.reader} reader · {seconds:.1f} s"
    if answer.searched != answer.question:
        read += f" · searched: {' '.join(_printable(answer.searched).split())}"
    if answer.abstained and not answer.passages:
        return read  # there was no candidate to be sure of
    sure = "best candidate {:.2f} likely" if answer.abstained else "confidence {:.2f}"
    return f"{sure.format(answer.confidence)} · {read}"


def describe(citation: Citation) -> str:
    """Title, date, page and heading of what is cited, as far as there are any and they differ."""
    return " · ".join(filter(None, [_printable(citation.title), facts(citation)]))


def facts(citation: Citation) -> str:
    """Date, page and heading of what is cited."""
    return _facts(citation.title, citation.published, citation.page, citation.heading)


def about_passage(scored: ScoredPassage) -> str:
    """Date, page and heading of a passage."""
    stored, passage = scored.stored, scored.passage
    return _facts(stored.title, stored.published, passage.page, passage.heading)


def _facts(title: str, published: date | None, page: int | None, heading: str | None) -> str:
    shown = _printable(heading or "")
    parts = [
        long_date(published) if published else "",
        f"page {page}" if page else "",
        shown if shown != _printable(title) else "",
    ]
    return " · ".join(part for part in parts if part)


def percent(probability: float) -> str:
    """A probability for people. Nothing is certain, and nothing impossible."""
    if not 0.01 <= probability < 0.995:
        return "less than 1 %" if probability < 0.5 else "more than 99 %"
    return f"{probability:.0%}".replace("%", " %")


def location(citation: Citation) -> str:
    """File and characters of what is cited."""
    return f"{_printable(citation.source)}, characters {citation.start:,}–{citation.end:,}"


def context(answer: Answer, citation: Citation) -> tuple[str, str, str]:
    """A quote within its passage: the words before it, the quote, the words after it."""
    for scored in answer.passages:
        passage = scored.passage
        here = scored.stored.document_id == citation.document_id
        if here and passage.start <= citation.start and citation.end <= passage.end:
            before = passage.text[: citation.start - passage.start]
            after = passage.text[citation.end - passage.start :]
            return clean(before).text, clean(citation.quote).text, clean(after).text
    return "", clean(citation.quote).text, ""


def excerpt(scored: ScoredPassage, characters: int = 160) -> str:
    """The beginning of a passage, on one line."""
    text = clean(scored.passage.text).text
    return text if len(text) <= characters else text[:characters].rsplit(" ", 1)[0] + " …"


def where(scored: ScoredPassage) -> str:
    """The permalink of a passage."""
    stored, passage = scored.stored, scored.passage
    return permalink(stored.document_id, Span(passage.start, passage.end), stored.sha256, passage.text)


def long_date(day: date) -> str:
    """A date as ``16 September 2024``."""
    return f"{day.day} {day:%B} {day.year}"


def document_html(document: StoredDocument, text: str, cited: Span | None, notice: str | None) -> str:
    """A whole document as a page, with the cited words marked."""
    span = cited or Span(0, 0)
    return rendered(
        "document.html",
        document=document,
        before=text[: span.start],
        cited=text[span.start : span.end],
        after=text[span.end :],
        notice=notice,
    )


def sign_in_html(after: str, message: str = "", user: str = "") -> str:
    """The page to sign in on; ``after`` is where it leads, ``message`` what went wrong."""
    return rendered("sign_in.html", after=after, message=message, user=user)


def certainty(answer: Answer) -> str:
    """The confidence in words."""
    bounds = ((0.85, "very likely right"), (0.65, "likely right"), (0.4, "may be right"))
    return next((name for low, name in bounds if answer.confidence >= low), "uncertain")


def _printable(text: str) -> str:
    return clean(text).text


def rendered(name: str, **values: object) -> str:
    """A template of ``ui/templates``; every value is escaped."""
    return _templates().get_template(name).render(**values)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": _printable,
        "facts": facts,
        "about_passage": about_passage,
        "excerpt": excerpt,
        "where": where,
        "long_date": long_date,
    }
    return environment
