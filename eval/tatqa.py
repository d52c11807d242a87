"""Financial reports: ``python -m eval.tatqa FILE [--reader extractive|sentence] [--limit N]``.

Asks the questions of a TAT-QA file that are answered from text. Each is read from the paragraphs of its own
context, by a reader that never abstains. Prints figures with 95 % intervals, contexts resampled:

* token F1 and exact, by SQuAD's normaliser, of the short answer, else of the answer's sentences. Parts of a
  gold answer are joined by a space; one with a scale ("24", billion) may be said with it or without;
* numbers right, of the questions whose gold answer is one number: what is said holds no other, and it has the
  gold one's value. The first figure counts those too that must be computed, which no reader here does;
* evidence held: the answer's sentences hold the gold answer, all parts of it, word for word; and they do so
  while citing a paragraph where the annotators saw it. What must be computed is left out.

A scale that isn't in the gold answer's own words ("$539", million) is told by its context. Said with it, a
number is right; said without it, too, if the answer's sentences don't tell it either ("in thousands" stands
over the table), but not if the reader cut it off ("$539" of "$539 million").

Source: Zhu et al., "TAT-QA: A Question Answering Benchmark on a Hybrid of Tabular and Textual Content in
Finance", ACL 2021; the files of NExTplusplus/TAT-QA are under CC BY 4.0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.formats.tatqa import (
    ROUNDING,
    SCALES,
    TatQuestion,
    context_of,
    load_tatqa,
    only_number,
    places,
)
from eval.numbers import Number, numbers_in, same_number
from eval.statistics import mean_figure
from qa.build import READERS, open_index, readers
from qa.config import Config
from qa.display import clean
from qa.index import Index
from qa.models.reader.evaluate import exact, token_f1
from qa.read import Reader
from qa.retrieve import retrieve
from qa.types import Document, Filters, Reading, ScoredPassage

_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question was answered; ``None`` where the gold answer is no number, or no words to be held."""

    question: TatQuestion
    f1: float
    exact: float
    number: bool | None
    held: bool | None
    placed: bool


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tatqa", type=Path)
    parser.add_argument("--reader", default="extractive", choices=READERS)
    parser.add_argument("--limit", type=int, help="the first questions only")
    options = parser.parse_args()
    documents, questions = load_tatqa(options.tatqa, options.limit)
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data=Path(folder), accepted_risk=1.0)  # so that nothing is withheld
        with open_index(config) as index:
            outcomes = ask_all(index, readers(index, config)[options.reader], documents, questions)
    sys.stdout.writelines(f"{line}\n" for line in report(outcomes))


def ask_all(
    index: Index, reader: Reader, documents: Sequence[Document], questions: Sequence[TatQuestion]
) -> list[Outcome]:
    """Index the paragraphs, and have each question read from those of its context."""
    ids: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        ids[context_of(document)].append(index.add(document).document_id)
    outcomes = []
    for question in questions:
        filters = Filters(documents=tuple(ids[question.context]))
        passages = retrieve(index, question.question, k=_PASSAGES, filters=filters)
        outcomes.append(judge(question, reader.read(question.question, passages), passages))
    return outcomes


def judge(question: TatQuestion, reading: Reading, passages: Sequence[ScoredPassage]) -> Outcome:
    """Compare an answer, read from ``passages``, with the gold one."""
    whole = " ".join(sentence.text for sentence in reading.sentences)
    said = whole if reading.short_answer is None else reading.short_answer
    joined = " ".join(question.golds)
    golds = [joined] if question.says_scale else [joined, f"{joined} {question.scale}"]
    cited = {passages[at].stored.source for sentence in reading.sentences for at, _ in sentence.cites}
    return Outcome(
        question,
        token_f1(said, golds),
        exact(said, golds),
        number_right(question, said, whole),
        None if question.computed else all(holds(whole, gold) for gold in question.golds),
        bool(cited.intersection(question.sources)),
    )


def number_right(question: TatQuestion, said: str, whole: str) -> bool | None:
    """Whether ``said`` holds the gold number and no other; None when the gold answer isn't one number.

    ``whole`` are the sentences that ``said`` is of; they tell whether its scale was cut off.
    """
    gold = question.number
    if gold is None:
        return None
    given = only_number(said)
    return given is not None and any(
        same_number(given, right, ROUNDING) for right in _right_numbers(question, gold, whole)
    )


def _right_numbers(question: TatQuestion, gold: Number, whole: str) -> list[Number]:
    """The gold number as it may be said: with the scale its context tells, or without."""
    if question.says_scale:
        return [gold]
    if question.scale == "percent":
        return [replace(gold, unit="%")]
    scaled = replace(gold, value=gold.value * SCALES[question.scale])
    cut_off = any(same_number(scaled, number, ROUNDING) for number in numbers_in(whole))
    return [scaled] if cut_off else [scaled, gold]


def holds(text: str, gold: str) -> bool:
    """Whether ``gold`` stands in ``text``, as people see both: not inside a longer word or number."""
    wanted = clean(gold).text.casefold().strip(" .,;:")
    return bool(wanted) and any(places(clean(text).text.casefold(), wanted))


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures, a line each."""
    numbers = [o for o in outcomes if o.number is not None]
    spans = [o for o in outcomes if o.held is not None]
    yield _line("token F1", outcomes, lambda o: o.f1)
    yield _line("exact", outcomes, lambda o: o.exact)
    yield _line("numbers right", numbers, lambda o: bool(o.number))
    yield _line(
        "numbers right, none computed",
        [o for o in numbers if not o.question.computed],
        lambda o: bool(o.number),
    )
    yield _line("evidence held", spans, lambda o: bool(o.held))
    yield _line("evidence held, where it was seen", spans, lambda o: bool(o.held) and o.placed)


def _line(name: str, of: Sequence[Outcome], value: Callable[[Outcome], float]) -> str:
    figure = mean_figure(name, [float(value(o)) for o in of], [o.question.context for o in of])
    return f"{name:34} {figure.value:.3f}  n={figure.n}  [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    main()
