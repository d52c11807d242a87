"""What the chat page shows, as markup. Pure: every value is the answer's, and all words are escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa.display import clean
from qa.talk import Conversation, Exchange
from qa.transcript import answered
from qa.types import Answer, Citation, Support
from qa.wire import answer_from_dict
from ui.render import certainty, context, footnotes, long_date, marked, percent, rendered, rest
from ui.scope import Scope

_NEAREST = 3  # passages shown under an abstention
_NEAR = 140  # characters of a passage shown on each side of a quote, until the whole is wanted
_SUPPORT: dict[Support, str] = {
    "verbatim": "word for word in the source",
    "supported": "supported by the source",
    "partial": "partly supported",
    "unsupported": "not supported",
}


@dataclass(frozen=True, slots=True)
class Sure:
    """The confidence in words, as a number, and which of three colours it has."""

    words: str
    number: str
    level: str


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: its quote (what is before the short answer in it, that, what is after) in its passage."""

    citation: Citation
    far_before: str
    before: str
    quote: tuple[str, str, str]
    after: str
    far_after: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of several answers that the documents give."""

    answer: str
    marker: int
    published: date | None
    quote: str


def exchange_html(exchange: Exchange, notice: str = "") -> str:
    """A question with its answer, the sources beside it; ``notice`` is what went wrong behind it."""
    answer = answer_from_dict(exchange.answer)
    supports = {sentence.support for sentence in answer.sentences}
    return rendered(
        "exchange.html",
        key=exchange.id[:12] or "now",
        exchange=exchange,
        answer=answer,
        marked=marked(answer) if answer.sentences else ("", "", ""),
        alike=len(supports) == 1,
        supports=_SUPPORT,
        rest="" if answer.abstained else rest(answer),
        withheld=_why(answer),
        sides=_sides(answer) if answer.alternatives else (),
        sure=_sure(answer),
        facts=_facts(answer, supports),
        scope=Scope.from_dict(exchange.answer["scope"]) if exchange.answer.get("scope") else None,
        notes=[_note(answer, citation) for citation in answer.citations],
        nearest=answer.passages[:_NEAREST] if answer.abstained else (),
        plain="\n".join([answer.text, *footnotes(answer)]),
        markdown=answered(exchange.answer),
        notice=notice,
    )


def pending_html(question: str, searched: str = "", sentences: Sequence[str] = ()) -> str:
    """A question whose answer is on its way: what is searched for, and what is known of the answer."""
    return rendered("pending.html", question=question, searched=searched, sentences=sentences)


def failed_html(question: str, message: str, title: str = "That did not work.") -> str:
    """A failure, told in one line; never to be mistaken for an answer."""
    return rendered("failed.html", question=question, message=message, title=title)


def conversation_html(conversation: Conversation, exchanges: Sequence[Exchange], after: int = 0) -> str:
    """A conversation with what was said last in it, but for ``after`` exchanges that stand behind."""
    earlier = conversation.turns - len(exchanges) - after
    bar = rendered("conversation.html", conversation=conversation, earlier=earlier)
    return "".join([bar, *map(exchange_html, exchanges)])


def welcome_html(examples: Sequence[str], documents: int, missing: str = "") -> str:
    """What is shown before anything is asked; ``missing`` tells that what was looked for is not there."""
    return rendered("welcome.html", examples=examples, documents=documents, missing=missing)


def side_html(found: Sequence[Conversation], *, current: str, search: str, more: bool, user: str) -> str:
    """The list of conversations; ``user`` is who has signed in, if anybody has."""
    return rendered("side.html", found=found, current=current, search=search, more=more, user=user)


def _sure(answer: Answer) -> Sure | None:
    """None where nothing was weighed: nothing was given, or all of it is the documents' own words."""
    if answer.abstained or answer.manifest.reader == "summary":
        return None
    level = "high" if answer.confidence >= 0.65 else "middle" if answer.confidence >= 0.4 else "low"
    return Sure(certainty(answer).capitalize(), percent(answer.confidence), level)


def _why(answer: Answer) -> str:
    """Why an answer was withheld, where its text does not say it."""
    if answer.reason == "no_documents":
        return "Nothing was searched. Take documents in first, or choose others."
    if answer.reason != "not_in_documents":
        return ""
    if not answer.passages:
        return "No passage comes near the question. Try other words."
    return (
        f"The best candidate would have been right with a probability of {percent(answer.confidence)},"
        " too little to show it as an answer. Try other words, or look at the nearest passages."
    )


def _facts(answer: Answer, supports: set[Support]) -> list[str]:
    """What else tells how far to trust an answer; nothing of a greeting."""
    if answer.reason == "not_a_question":
        return []
    told = []
    if len(supports) == 1:
        [support] = supports
        told.append(_SUPPORT[support])
    days = sorted({citation.published for citation in answer.citations if citation.published})
    if days:
        told.append(f"as of {long_date(days[-1])}" + (f", oldest {long_date(days[0])}" if days[1:] else ""))
    seconds = answer.manifest.timings_ms.total / 1_000
    return [*told, f"{answer.manifest.reader} reader", f"{seconds:.1f} s"]


def _sides(answer: Answer) -> list[Side]:
    """The answer itself, and each other one."""
    sides = []
    if answer.short_answer and answer.sentences and answer.sentences[0].markers:
        first = answer.citations[answer.sentences[0].markers[0] - 1]
        sides.append(Side(answer.short_answer, first.marker, first.published, clean(first.quote).text))
    for other in answer.alternatives:
        quote = clean(answer.citations[other.marker - 1].quote).text
        sides.append(Side(other.short_answer, other.marker, other.published, quote))
    return sides


def _note(answer: Answer, citation: Citation) -> Note:
    before, quote, after = context(answer, citation)
    cut = _near_end(before)
    end = _near_start(after)
    return Note(
        citation,
        before[:cut],
        before[cut:],
        _around(quote, _short(answer, citation)),
        after[:end],
        after[end:],
    )


def _short(answer: Answer, citation: Citation) -> str:
    """The short answer that a footnote stands for."""
    for other in answer.alternatives:
        if other.marker == citation.marker:
            return other.short_answer
    return answer.short_answer or ""


def _around(quote: str, short: str) -> tuple[str, str, str]:
    before, found, after = quote.partition(short) if short else (quote, "", "")
    return before, found, after


def _near_end(text: str) -> int:
    """Where the last words of a text begin."""
    return text.find(" ", len(text) - _NEAR) + 1 if len(text) > _NEAR else 0


def _near_start(text: str) -> int:
    """Where the first words of a text end."""
    return text.rfind(" ", 0, _NEAR) if len(text) > _NEAR and " " in text[:_NEAR] else len(text)
