"""From chat to gold: an answer that a person marked right or wrong becomes a draft of a gold question.

What was right is drafted whole. What was wrong, or can't be told from the answer alone, is left for a person
to complete: such a line has the keys of a gold question and one more, ``to_do``, which says what is missing,
what was given and what the person noted. Completed, and without ``to_do``, it is a gold question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from eval.answers import items, says
from eval.feedback import Feedback
from eval.given import Given, GivenCitation, GivenSentence
from qa.display import clean
from qa.read.questions import form_of, is_summary, parts_of
from qa.words import words

Line = dict[str, Any]
"""A line of a gold file, as JSON has it."""

_LINK = r"(?:and |but )?(?:in |on |at |by |to |for |from |with |of |since |until )?"
_HOW = "much|many|long|old|far|big|large|high|tall|deep|wide|fast|heavy"
_FORMS = {
    "number": rf"how (?:{_HOW})\b|what (?:number|percentage)\b",
    "date": r"when\b|(?:what|which) (?:date|day|month|year|decade|century)\b",
    "place": r"where\b|(?:what|which) (?:town|city|village|country|province|region|state|place)\b",
    "name": r"who(?:m|se)?\b",
}
_WHY = re.compile(r"\b(?:why|reasons?|caused?|causes|how come|purposes?|explains)\b")


def draft(feedback: Feedback) -> Line:
    """The gold question that feedback makes, without an id; it has ``to_do`` where it must be completed."""
    given, question = feedback.given, feedback.question
    if not feedback.right:
        return _incomplete(feedback, "the answer was wrong: put in what is right, and its evidence")
    if given.abstained:
        return _withheld(feedback)
    if not (given.said.strip() and _cited(given, given.sentences)):
        return _incomplete(feedback, "the answer cites nothing: put in its evidence")
    if is_summary(question):
        return _summary(feedback)
    kind = kind_of(question)
    if kind == "two_part":
        return _two_parts(feedback)
    return _list(feedback) if kind == "list" else _one_thing(feedback, kind)


def kind_of(question: str) -> str:
    """A gold question's type, told by the form of the question; "fact" when in doubt.

    Before a colon stands what it is about, as in "stone bridge: when was it opened?".
    """
    if is_summary(question):
        return "summary"
    if len(parts_of(question)) > 1:
        return "two_part"
    form, asked = form_of(question), " ".join(words(question.rpartition(": ")[2]))
    if form == "explanation":
        return "why" if _WHY.search(asked) else "how" if asked.startswith("how ") else "fact"
    if form == "fact":
        return next((kind for kind, how in _FORMS.items() if re.match(f"{_LINK}(?:{how})", asked)), "fact")
    return form


def _withheld(feedback: Feedback) -> Line:
    """What was rightly withheld can't be answered."""
    if feedback.given.reason == "no_documents":
        return _incomplete(feedback, "there was no document to answer from: is it answerable?")
    greeting = feedback.given.reason == "not_a_question"
    kind = "greeting" if greeting else kind_of(feedback.question)
    return _line(feedback.question, kind, answerable=False)


def _one_thing(feedback: Feedback, kind: str) -> Line:
    """Any one citation proves the answer; where a short one is marked, those that say it."""
    given = feedback.given
    cited = _cited(given, given.sentences)
    proving = [each for each in cited if given.short_answer and _quotes(each, given.short_answer)]
    return _line(feedback.question, kind, answers=[given.said], evidence=_evidence(proving or cited))


def _summary(feedback: Feedback) -> Line:
    """The evidence of a summary names the documents meant: a quote of each."""
    firsts: dict[str, GivenCitation] = {}
    for citation in _cited(feedback.given, feedback.given.sentences):
        firsts.setdefault(citation.source, citation)
    return _line(feedback.question, "summary", answers=["a summary"], evidence=_evidence(firsts.values()))


def _two_parts(feedback: Feedback) -> Line:
    """A sentence for each part, with its own citations, and nothing that was left open."""
    given = feedback.given
    cited = [_cited(given, [sentence]) for sentence in given.sentences]
    whole = " ".join(map(_with_markers, given.sentences)) == given.text
    if not (whole and all(cited) and len(cited) == len(parts_of(feedback.question))):
        return _incomplete(feedback, "which words answer which part can't be told: put in the parts")
    said = [sentence.text for sentence in given.sentences]
    return _parted(feedback.question, "two_part", " ".join(said), said, cited)


def _list(feedback: Feedback) -> Line:
    """The items of the short answer are its parts, where each stands in what is cited; else it is a fact."""
    short = feedback.given.short_answer or ""
    parts = list(dict.fromkeys(items(short)))
    cited = _cited(feedback.given, feedback.given.sentences)
    proving = [[each for each in cited if _quotes(each, part)] for part in parts]
    if len(parts) < 2 or not all(proving):
        return _one_thing(feedback, "fact")
    return _parted(feedback.question, "list", short, parts, proving)


def _parted(
    question: str, kind: str, said: str, parts: Sequence[str], proving: Sequence[Sequence[GivenCitation]]
) -> Line:
    """Each quote once, with the parts that it proves."""
    proved: dict[tuple[str, str], list[int]] = {}
    for at, citations in enumerate(proving):
        for citation in citations:
            proved.setdefault((citation.source, citation.quote), []).append(at)
    evidence = [
        {"source": source, "quote": quote, "part": list(dict.fromkeys(indices))}
        for (source, quote), indices in proved.items()
    ]
    aliases = [[part] for part in parts]
    return _line(question, kind, answers=[said], evidence=evidence, parts=aliases)


def _incomplete(feedback: Feedback, missing: str) -> Line:
    given = feedback.given
    withheld = given.reason == "not_in_documents" and not feedback.right
    to_do = {
        "missing": missing,
        "note": feedback.note,
        "given": given.text,
        "short_answer": given.short_answer,
        "cited": _evidence(given.citations),
    }
    answerable = True if withheld else None
    return _line(feedback.question, kind_of(feedback.question), answerable=answerable, to_do=to_do)


def _line(question: str, kind: str, **known: Any) -> Line:
    """The keys of a gold question, in their order."""
    blank = {"answers": [], "type": kind, "evidence": [], "answerable": True, "follows": None}
    return {"id": "", "question": question} | blank | known


def _evidence(citations: Iterable[GivenCitation]) -> list[Line]:
    """Source and quote, each once."""
    quotes = dict.fromkeys((citation.source, citation.quote) for citation in citations)
    return [{"source": source, "quote": quote} for source, quote in quotes]


def _cited(given: Given, sentences: Iterable[GivenSentence]) -> list[GivenCitation]:
    """What these sentences stand on."""
    markers = {marker for sentence in sentences for marker in sentence.markers}
    return [each for each in given.citations if each.marker in markers and each.quote.strip()]


def _quotes(citation: GivenCitation, words_: str) -> bool:
    return says(clean(citation.quote).text, words_)


def _with_markers(sentence: GivenSentence) -> str:
    return " ".join([sentence.text, *(f"[{marker}]" for marker in sentence.markers)])
