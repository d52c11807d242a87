"""Dates and amounts in other notations: ``python -m eval.notation SQUAD_FILE…``.

Each paragraph is a document. The answerable questions that hold a date or an amount are asked with it written
otherwise ("8 Mar 2007" for "March 8, 2007", "2007-03-08", "50m" for "50 million"); printed is how often the
paragraph is among the first 5, by words and by both searches, with and without ``qa/notation.py``, and the
paired difference. Paragraphs are resampled.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from eval.squad import SquadQuestion, load_squad
from eval.statistics import Figure, mean_figure
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.notation import other_notations
from qa.retrieve import fuse
from qa.words import query_terms

_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = rf"\b(?P<month>{'|'.join(_MONTHS)})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_SHORT = {"thousand": "k", "million": "m", "billion": "bn", "trillion": "tn"}
_FIRST = 5
_CANDIDATES = 50


def main() -> None:
    """Index, rewrite, search, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path, nargs="+")
    options = parser.parse_args()
    loaded = [load_squad(file) for file in options.squad]
    questions = [question for _, some in loaded for question in some if question.spans]
    with tempfile.TemporaryDirectory() as data, open_index(Config(data=Path(data))) as index:
        for document in (document for some, _ in loaded for document in some):
            index.add(document)
        for figure in measure(index, questions):
            print(
                f"{figure.name:44} {figure.value:+.3f}  n={figure.n}  [{figure.low:+.3f}, {figure.high:+.3f}]"
            )


def measure(index: Index, questions: Sequence[SquadQuestion]) -> Iterator[Figure]:
    """Success@5 of each rewriting, by words and by both searches, without and with other notations."""
    for name, rewrite in REWRITINGS.items():
        asked = [(q, new) for q in questions if (new := rewrite(q.question)) != q.question]
        labels = [q.source for q, _ in asked]
        for way, hybrid in (("words", False), ("both", True)):
            plain, others = (
                [float(q.source in _found(index, new, add=add, hybrid=hybrid)) for q, new in asked]
                for add in (False, True)
            )
            yield mean_figure(f"{name}, {way}, without", plain, labels)
            yield mean_figure(f"{name}, {way}, with", others, labels)
            differences = [one - other for one, other in zip(others, plain, strict=True)]
            yield mean_figure(f"{name}, {way}, difference", differences, labels)


def _found(index: Index, question: str, *, add: bool, hybrid: bool) -> list[str]:
    """The sources of the first passages."""
    terms = query_terms(question) + (other_notations(question) if add else [])
    rankings = [[id_ for id_, _ in index.catalog.lexical(terms, _CANDIDATES, None)]]
    if hybrid:
        rankings = [
            index.vectors.nearest(index.embedder.embed_question(question), _CANDIDATES, None),
            *rankings,
        ]
    ids = list(fuse(rankings))
    stored = index.catalog.passages(ids)
    return list(dict.fromkeys(stored[id_][0].source for id_ in ids))[:_FIRST]


def day_first(question: str) -> str:
    """*8 Mar 2007* for *March 8, 2007*."""
    return re.sub(rf"{_MONTH} {_DAY}\b,?", lambda m: f"{int(m['day'])} {_abbreviated(m['month'])}", question)


def short_month(question: str) -> str:
    """*Sept 2003* for *September 2003*."""
    return re.sub(rf"{_MONTH}(?= \d{{4}}\b)", lambda m: _abbreviated(m["month"]), question)


def iso(question: str) -> str:
    """*2007-03-08* for *March 8, 2007*."""
    return re.sub(
        rf"{_MONTH} {_DAY},? (?P<year>\d{{4}})\b",
        lambda m: f"{m['year']}-{_MONTHS.index(m['month']) + 1:02}-{int(m['day']):02}",
        question,
    )


def short_amount(question: str) -> str:
    """*50m* for *50 million*."""
    return re.sub(rf"(\d) (?P<unit>{'|'.join(_SHORT)})\b", lambda m: f"{m[1]}{_SHORT[m['unit']]}", question)


def _abbreviated(month: str) -> str:
    return "Sept" if month == "September" else month[:3]


REWRITINGS: Mapping[str, Callable[[str], str]] = {
    "8 Mar 2007": day_first,
    "Mar 2007": short_month,
    "2007-03-08": iso,
    "50m": short_amount,
    "any": lambda question: short_amount(short_month(day_first(question))),
}
"""Each from a question to the question in other notations."""

if __name__ == "__main__":
    main()
