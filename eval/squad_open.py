"""The whole chain on a SQuAD file: ``python -m eval.squad_open FILE [--reader NAME]``.

All paragraphs are indexed, and each question is asked of all of them. An answer is right when its short
answer (else the whole) is one of the crowd's by SQuAD's F1 of at least 0.5, and grounded when it also cites
the place of one of them. Every question is answered for the curves, the threshold applied afterwards.
Prints figures with 95 % intervals, paragraphs resampled; what depends on how many questions can't be answered
is given for three mixes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.abstention import area_under_risk, brier, calibration_error, coverage_at_risk, mixed
from eval.squad import SquadQuestion, load_squad
from eval.statistics import Figure, figure_of, mean_figure
from qa.assistant import Assistant
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.models.reader.evaluate import token_f1
from qa.read import Reader
from qa.read.calibration import load_calibration
from qa.read.extractive import ExtractiveReader
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel
from qa.types import Answer

_MIXES = (0.10, 0.25, 0.50)
_RISKS = (0.05, 0.10, 0.20, 0.30)
_ENOUGH_F1 = 0.5
Places = NDArray[Any]
Statistic = Callable[[Places], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: could it be answered, was it, how sure the reader was, and was the answer right."""

    question: SquadQuestion
    confidence: float
    given: bool
    right: bool
    grounded: bool


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path)
    parser.add_argument("--reader", default="extractive")
    options = parser.parse_args()
    outcomes = ask_all(options.squad, options.reader)
    for line in report(outcomes):
        print(line)


def ask_all(path: Path, reader: str) -> list[Outcome]:
    """Every question of the file, asked of all its paragraphs, by a reader that never abstains."""
    documents, questions = load_squad(path)
    texts = {document.source: document.text for document in documents}
    threshold = load_calibration(reader).threshold(Config().accepted_risk)
    with tempfile.TemporaryDirectory() as folder, open_index(config := Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        assistant = Assistant(index, {reader: _eager(index, reader)}, replace(config, reader=reader))
        return [_judge(q, assistant.ask(q.question), texts[q.source], threshold) for q in questions]


def _eager(index: Index, name: str) -> Reader:
    """A reader that always gives its best answer, however unlikely."""
    sentence = SentenceReader(index.embedder, threshold=0.0)
    if name == sentence.name:
        return sentence
    return ExtractiveReader(SpanModel(), index.embedder, sentence, threshold=0.0)


def _judge(question: SquadQuestion, answer: Answer, text: str, threshold: float) -> Outcome:
    golds = [text[slice(*span)] for span in question.spans]
    cited = any(
        c.source == question.source and c.start <= span.start and span.end <= c.end
        for c in answer.citations
        for span in question.spans
    )
    short = answer.short_answer
    right = cited if short is None else token_f1(short, golds) >= _ENOUGH_F1
    given = not answer.abstained and answer.confidence >= threshold
    return Outcome(question, answer.confidence, given, right, right and cited)


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures, a line each."""
    can = [o for o in outcomes if o.question.spans]
    cannot = [o for o in outcomes if not o.question.spans]
    yield _mean("answerable: right, were all answered", can, lambda o: o.right)
    yield _mean("answerable: grounded, were all answered", can, lambda o: o.grounded)
    yield _mean("answerable: answered", can, lambda o: o.given)
    yield _mean("answerable: answered and grounded", can, lambda o: o.given and o.grounded)
    yield _mean("unanswerable: withheld", cannot, lambda o: not o.given)
    sources = [o.question.source for o in outcomes]
    for share in _MIXES:
        yield f"with {share:.0%} unanswerable:"
        for name, statistic in _mixed_measures(outcomes, share).items():
            yield _line(figure_of(f"  {name}", statistic, sources))


def _mixed_measures(outcomes: Sequence[Outcome], share: float) -> dict[str, Statistic]:
    """What depends on the share of unanswerable questions, as functions of which questions are counted."""
    answerable = np.array([bool(o.question.spans) for o in outcomes])
    confidence = np.array([o.confidence for o in outcomes])
    grounded = np.array([float(o.grounded) for o in outcomes])
    given = np.array([o.given for o in outcomes])
    reached = np.where(given, grounded, ~answerable)

    def weights(at: Places) -> Places:
        return mixed(answerable[at], share)

    def covered(risk: float) -> Statistic:
        return lambda at: coverage_at_risk(confidence[at], grounded[at], risk, weights(at))

    def wrong_of_given(at: Places) -> float:
        shown = weights(at) * given[at]
        return float(np.average(1 - grounded[at], weights=shown)) if shown.any() else float("nan")

    return {
        "grounded accuracy": lambda at: float(np.average(reached[at], weights=weights(at))),
        "wrong among the answered": wrong_of_given,
        **{f"coverage at {risk:.0%} risk": covered(risk) for risk in _RISKS},
        "AURC": lambda at: area_under_risk(confidence[at], grounded[at], weights(at)),
        "Brier": lambda at: brier(confidence[at], grounded[at], weights(at)),
        "ECE": lambda at: calibration_error(confidence[at], grounded[at], weights(at)),
    }


def _mean(name: str, of: Sequence[Outcome], value: Callable[[Outcome], bool]) -> str:
    return _line(mean_figure(name, [float(value(o)) for o in of], [o.question.source for o in of]))


def _line(figure: Figure) -> str:
    return f"{figure.name:42} {figure.value:.3f}  n={figure.n}  [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    main()
