"""Runs of a few questions on one small document, written as ``eval.run`` writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from eval.figures import scored, summary
from eval.given import Given, GivenCitation, GivenPassage, GivenSentence
from eval.gold import Evidence, GoldQuestion, placed
from eval.record import Record, Run, load_run
from eval.reports.columns import Column

SOURCE = "a.txt"
TEXT = "Iraq owes \\$11.5 billion. Trade was \\$9 billion. He saw Erbil, Najaf and Basra."
DEBT, TRADE, CITIES = (
    "Iraq owes \\$11.5 billion.",
    "Trade was \\$9 billion.",
    "He saw Erbil, Najaf and Basra.",
)
ABOUT: Mapping[str, Any] = {
    "suite": "small",
    "plan": {"reader": None},
    "settings": {"reader": "extractive", "passages": 8},
    "index": {"documents": 1},
    "footnote": "0.1.0",
}


def gold(id_: str, *answers: str, quote: str = "", kind: str = "number", **more: Any) -> GoldQuestion:
    """A question; one without answers can't be answered."""
    evidence = (Evidence(SOURCE, quote),) if quote else ()
    asked = GoldQuestion(id_, f"What of {id_}?", answers, kind, evidence, bool(answers), None, cluster=id_)
    return placed([replace(asked, **more)], {SOURCE: TEXT})[0]


GOLD = (
    gold("debt", "$11.5 billion", quote=DEBT),
    gold("trade", "$9 billion", quote=TRADE),
    gold("visit", "Erbil", quote="Erbil", kind="place"),
    gold("tour", "Najaf", quote="Najaf", kind="place"),
    gold("gdp"),
    gold("turkey"),
    gold("broken", "Basra", quote="Basra", kind="place"),
)


def reply(text: str, cited: str, confidence: float = 0.9, short: str | None = None) -> Given:
    """An answer of one sentence with one citation, read in one passage, which is the whole document."""
    start = TEXT.index(cited)
    at = text.index(short) if short else 0
    return Given(
        passages=(GivenPassage(SOURCE, 0, len(TEXT), TEXT),),
        text=f"{text} [1]",
        short_answer=short,
        short_span=(at, at + len(short)) if short else None,
        confidence=confidence,
        sentences=(GivenSentence(text, (1,), "verbatim"),),
        citations=(GivenCitation(1, SOURCE, "A title", start, start + len(cited), cited, "/documents/d"),),
    )


WITHHELD = Given(
    passages=(GivenPassage(SOURCE, 0, len(TEXT), TEXT),),
    text="The documents do not answer this.",
    abstained=True,
    reason="not_in_documents",
    confidence=0.2,
)

Outcomes = Mapping[str, tuple[Given | None, Given | None, str | None]]
OUTCOMES: Outcomes = {
    "debt": (reply("Iraq owes $11.5 billion.", DEBT, short="$11.5 billion"), None, None),
    "trade": (reply("Trade was $11.5 billion.", DEBT, 0.6), None, None),
    "visit": (reply("He saw Erbil.", TRADE, 0.7), None, None),
    "tour": (WITHHELD, reply("He saw Najaf.", CITIES, 0.2), None),
    "gdp": (reply("Iraq owes $11.5 billion.", DEBT, 0.5), None, None),
    "turkey": (WITHHELD, None, None),
    "broken": (None, None, "the reader gave nonsense"),
}
"""In turn: right and cited, wrong, right but not cited, wrongly withheld, wrongly answered, rightly withheld,
failed."""


def write_run(
    folder: Path,
    outcomes: Outcomes = OUTCOMES,
    questions: Iterable[GoldQuestion] = GOLD,
    about: Mapping[str, Any] = ABOUT,
    *,
    finished: bool = False,
) -> Run:
    """A run of ``questions``, of which those with an outcome are asked. To finish it takes a second."""
    questions = tuple(questions)
    record = Record(folder, about, questions)
    for at, (id_, (given, withheld, failure)) in enumerate(outcomes.items(), start=1):
        line = {"answer": given and asdict(given), "withheld": withheld and asdict(withheld)}
        record.add({"id": id_, **line, "failure": failure}, 100.0 * at)
    if finished:
        record.finish(summary(load_run(folder)), {})
    return load_run(folder)


def columns(*runs: Run) -> list[Column]:
    """The runs side by side, without their figures, whose intervals take seconds."""
    letters = ("",) if len(runs) == 1 else "ABCDEF"
    return [Column(run, at + 1, letters[at], tuple(scored(run)), ()) for at, run in enumerate(runs)]
