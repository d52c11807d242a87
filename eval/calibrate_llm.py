"""Fit the confidence of a language model's answers: ``python -m eval.calibrate_llm SQUAD_FILE --limit 500``.

The model is the one that the settings name. Each question is retrieved from all paragraphs of the file and
written by the model with nothing withheld for risk; an answer is right when a sentence that it cites holds a
gold answer. Of those that were given, ``eval.calibrate.fit`` weighs the log-odds of the extractive reader and
of the checker, with the questions weighed so that a quarter can't be answered. Prints ``llm.json`` for
``qa/read``; what is bundled is not fitted on any model's answers. Needs the extra ``train``. Fit on questions
that nothing was trained on, and measure on others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.calibrate import Choice, fit
from eval.squad import SquadQuestion, load_squad
from qa.build import open_index, readers
from qa.config import Config, load_config
from qa.index import Index
from qa.read.calibration import Calibration
from qa.read.checker import WordingChecker
from qa.read.llm import LLMReader
from qa.read.model import Model
from qa.read.written import FEATURES, logit
from qa.retrieve import retrieve
from qa.types import Reading, ScoredPassage, Span

_VERIFIED_ALONE = Calibration(FEATURES, (0.0, 1.0), 0.0, (), "nothing: it tells what the checker says")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the model; ``span`` is of the first sentence that it cites."""

    span: Span
    features: tuple[float, ...]


def main() -> None:
    """Ask, fit, and print the calibration."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path)
    parser.add_argument("--limit", type=int, help="ask the first so many questions only")
    options = parser.parse_args()
    config = load_config().config
    asked = list(choices(options.squad, config, options.limit))
    print(json.dumps(fitted(asked, f"{config.llm_model} on {options.squad.name}"), indent=2))


def fitted(asked: Sequence[Choice[Answered]], name: str) -> dict[str, Any]:
    """The calibration, ready to be bundled."""
    return fit(asked, FEATURES, name)


def choices(path: Path, config: Config, limit: int | None = None) -> Iterator[Choice[Answered]]:
    """What the model answered, and whether it is right; questions that it left to others are left out."""
    documents, questions = load_squad(path)
    with tempfile.TemporaryDirectory() as folder:
        own = replace(config, data=Path(folder), chroma_url="")
        with open_index(own) as index:
            for document in documents:
                index.add(document)
            for question in questions[:limit]:
                answered = _asked(index, own, question)
                if answered is not None:
                    yield answered


def _asked(index: Index, config: Config, question: SquadQuestion) -> Choice[Answered] | None:
    quoting = readers(index, replace(config, llm_url="", llm_model="", reader="extractive"))["extractive"]
    llm = LLMReader(Model(config), quoting, WordingChecker(), config, _VERIFIED_ALONE)
    passages = retrieve(index, question.question, k=config.passages)
    reading = llm.read(question.question, passages, accepted_risk=1.0)
    if reading.written is None or reading.written.outcome not in ("written", "cut"):
        return None
    sure = quoting.read(question.question, passages, accepted_risk=1.0).probability
    features = (logit(sure), logit(reading.probability))
    first = reading.sentences[0].cites[0][1]
    return Choice(question, [Answered(first, features)], [_is_right(question, reading, passages)])


def _is_right(question: SquadQuestion, reading: Reading, passages: Sequence[ScoredPassage]) -> bool:
    """Whether a sentence that is cited holds an answer."""
    return any(
        passages[at].stored.source == question.source and span.start <= gold.start and gold.end <= span.end
        for sentence in reading.sentences
        for at, span in sentence.cites
        for gold in question.spans
    )


if __name__ == "__main__":
    main()
