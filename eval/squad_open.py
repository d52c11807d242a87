"""The whole chain on a SQuAD file: ``python -m eval.squad_open FILE [--reader NAME]``.

All paragraphs are indexed, and each question is asked of all of them. An answer is grounded
when it cites the place of one of the crowd's answers and its short answer, if it has one, is one of theirs by
SQuAD's F1 of at least 0.5. Each question is asked twice: as people would, and, for the curves, of a reader
that never abstains.
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
from qa.build import READERS, open_index, readers
from qa.config import Config
from qa.models.reader.evaluate import token_f1
from qa.read.spans import Found, SpanModel
from qa.types import Answer

_MIXES = (0.10, 0.25, 0.50)
_RISKS = (0.05, 0.10, 0.20, 0.30)
_ENOUGH_F1 = 0.5
Places = NDArray[Any]
Statistic = Callable[[Places], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: whether it was answered, and whether what was done was right (``reached``).

    The others tell of the answer that it gets when it must be answered: how sure the reader is, whether the
    answer is grounded, and whether it cites the place at least.
    """

    question: SquadQuestion
    given: bool
    reached: bool
    confidence: float
    grounded: bool
    cited: bool


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path)
    parser.add_argument("--reader", choices=READERS, default=READERS[0])
    options = parser.parse_args()
    outcomes = ask_all(options.squad, options.reader)
    for line in report(outcomes):
        print(line)


def ask_all(path: Path, name: str) -> list[Outcome]:
    """Every question of the file, asked of all its paragraphs."""
    documents, questions = load_squad(path)
    texts = {document.source: document.text for document in documents}
    with tempfile.TemporaryDirectory() as folder, open_index(config := Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        model = _Remembering()
        usual, eager = (
            Assistant(index, readers(index, replace(config, accepted_risk=risk), model), config)
            for risk in (config.accepted_risk, 1.0)
        )
        return [
            _judge(q, usual.ask(q.question, reader=name), eager.ask(q.question, reader=name), texts[q.source])
            for q in questions
        ]


class _Remembering(SpanModel):
    """Reads the same passages with the same question once for both."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[tuple[str, tuple[str, ...]], list[list[Found]]] = {}

    def read(self, question: str, texts: Sequence[str]) -> list[list[Found]]:
        asked = question, tuple(texts)
        if asked not in self._read:
            self._read[asked] = super().read(question, texts)
        return self._read[asked]


def _judge(question: SquadQuestion, usual: Answer, eager: Answer, text: str) -> Outcome:
    return Outcome(
        question=question,
        given=not usual.abstained,
        reached=_is_grounded(usual, question, text) if question.spans else usual.abstained,
        confidence=eager.confidence,
        grounded=_is_grounded(eager, question, text),
        cited=_cites(eager, question),
    )


def _is_grounded(answer: Answer, question: SquadQuestion, text: str) -> bool:
    """Whether the short answer is one of the crowd's, if there is one, and the place of one is cited."""
    golds = [text[slice(*span)] for span in question.spans]
    short = answer.short_answer
    return _cites(answer, question) and (short is None or token_f1(short, golds) >= _ENOUGH_F1)


def _cites(answer: Answer, question: SquadQuestion) -> bool:
    return any(
        c.source == question.source and c.start <= span.start and span.end <= c.end
        for c in answer.citations
        for span in question.spans
    )


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The figures, a line each."""
    can = [o for o in outcomes if o.question.spans]
    cannot = [o for o in outcomes if not o.question.spans]
    yield _mean("answerable: place cited, were all answered", can, lambda o: o.cited)
    yield _mean("answerable: grounded, were all answered", can, lambda o: o.grounded)
    yield _mean("answerable: answered", can, lambda o: o.given)
    yield _mean("answerable: answered and grounded", can, lambda o: o.reached)
    yield _mean("unanswerable: withheld", cannot, lambda o: not o.given)
    sources = [o.question.source for o in outcomes]
    for share in _MIXES if can and cannot else ():
        yield f"with {share:.0%} unanswerable:"
        for name, statistic in _mixed_measures(outcomes, share).items():
            yield _line(figure_of(f"  {name}", statistic, sources))


def _mixed_measures(outcomes: Sequence[Outcome], share: float) -> dict[str, Statistic]:
    """What depends on the share of unanswerable questions, as functions of which questions are counted."""
    answerable = np.array([bool(o.question.spans) for o in outcomes])
    confidence = np.array([o.confidence for o in outcomes])
    grounded = np.array([float(o.grounded) for o in outcomes])
    given = np.array([o.given for o in outcomes])
    reached = np.array([float(o.reached) for o in outcomes])

    def weights(at: Places) -> Places:
        return mixed(answerable[at], share)

    def covered(risk: float) -> Statistic:
        return lambda at: coverage_at_risk(confidence[at], grounded[at], risk, weights(at))

    def wrong_of_given(at: Places) -> float:
        shown = weights(at) * given[at]
        return float(np.average(1 - reached[at], weights=shown)) if shown.any() else float("nan")

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
