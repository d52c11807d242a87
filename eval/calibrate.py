"""Fit a reader's calibration: ``python -m eval.calibrate READER SQUAD_FILE``.

The questions are retrieved from all paragraphs of the file. First the weights: a logistic regression that
tells the candidates that are right from the others. Then the scale: a logistic regression of "the candidate
picked is right" on its logit (Platt, "Probabilistic Outputs for Support Vector Machines", 1999), with the
questions weighed so that a quarter of them can't be answered, whatever their share in the file. Last the
thresholds: for each accepted risk the probability from which on the answers given are, by their own
probabilities, wrong no more often.
Prints the files to be bundled in ``qa/read``. Needs the extra ``train``. Fit on questions that nothing was
trained on, and measure on others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from eval.abstention import mixed
from eval.squad import SquadQuestion, load_squad
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.read import candidates as extractive
from qa.read import sentence
from qa.read.calibration import Calibration
from qa.read.extractive import is_sure_enough
from qa.read.spans import SpanModel
from qa.retrieve import retrieve
from qa.types import ScoredPassage, Span

Numbers = np.ndarray[Any, Any]
_PASSAGES = 8
_UNANSWERABLE = 0.25
_RISKS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50)
_SAME = 0.5  # intersection over union of characters from which on two short answers are one


class Judged(Protocol):
    """What a calibration judges: a sentence or a short answer."""

    @property
    def span(self) -> Span: ...
    @property
    def features(self) -> tuple[float, ...]: ...


class Sentence(Judged, Protocol):
    """A sentence of a passage."""

    @property
    def at(self) -> int: ...


J = TypeVar("J", bound=Judged)
S = TypeVar("S", bound=Sentence)


@dataclass(frozen=True, slots=True)
class Choice(Generic[J]):
    """What a reader chooses from for one question, and which of it is right."""

    question: SquadQuestion
    found: Sequence[J]
    right: Sequence[bool]


def main() -> None:
    """Read the file, fit, and print the calibrations."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reader", choices=("sentence", "extractive"))
    parser.add_argument("squad", type=Path)
    parser.add_argument("--model", type=Path, help="the folder of another reading model")
    options = parser.parse_args()
    if options.reader == "sentence":
        fitted = {"sentence": fit(choices(options.squad, _sentences), sentence.FEATURES, options.squad.name)}
    else:
        model = SpanModel(folder=options.model) if options.model else SpanModel()
        fitted = fit_extractive(choices(options.squad, _reading(model)), options.squad.name)
    print(json.dumps(fitted, indent=2))


def choices(
    path: Path, candidates: Callable[[Index, str, Sequence[ScoredPassage]], Sequence[S]]
) -> list[Choice[S]]:
    """What a reader chooses from for each question of a SQuAD file, asked of all its paragraphs."""
    documents, questions = load_squad(path)
    made: list[Choice[S]] = []
    with tempfile.TemporaryDirectory() as folder, open_index(Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        for question in questions:
            passages = retrieve(index, question.question, k=_PASSAGES)
            found = candidates(index, question.question, passages)
            right = [_answers(question, passages[c.at].stored.source, c.span) for c in found]
            if found:
                made.append(Choice(question, found, right))
    return made


def fit_extractive(asked: Sequence[Choice[extractive.Candidate]], name: str) -> dict[str, Any]:
    """The calibration of the sentences, and that of the short answers in those it picks."""
    fitted = fit(asked, extractive.FEATURES, name)
    judge = _calibration(fitted)
    best = [judge.rank(choice.found)[0] for choice in asked]
    shorts = []
    for choice, (_, candidate) in zip(asked, best, strict=True):
        held = choice.right[choice.found.index(candidate)]
        right = [held and any(_is_same(s.span, g) for g in choice.question.spans) for s in candidate.shorts]
        shorts.append(Choice(choice.question, candidate.shorts, right))
    short = fit(shorts, extractive.SHORT_FEATURES, name)
    short_judge = _calibration(short)
    shown = []
    for probability, candidate in best:
        sure = short_judge.rank(candidate.shorts)[0][0]
        shown.append(sure if is_sure_enough(sure, probability) else probability)
    # What is given or withheld is what would be shown: the short answer where one is marked.
    answerable = [bool(choice.question.spans) for choice in asked]
    least = thresholds(np.array(shown), mixed(answerable, _UNANSWERABLE))
    return {"extractive": fitted | {"thresholds": least}, "short_answer": short}


def _calibration(fitted: dict[str, Any]) -> Calibration:
    return Calibration(fitted["features"], tuple(fitted["weights"]), fitted["bias"], (), fitted["fitted_on"])


def fit(asked: Sequence[Choice[J]], features: Sequence[str], name: str) -> dict[str, Any]:
    """The calibration fitted on these questions, ready to be bundled; ``name`` says what they are."""
    rows = [np.array([each.features for each in choice.found]) for choice in asked]
    flags = [np.array(choice.right) for choice in asked]
    answerable = np.array([bool(choice.question.spans) for choice in asked])
    weights, bias = _logistic(np.concatenate(rows), np.concatenate(flags))
    logits = [row @ weights + bias for row in rows]
    picked = [int(np.argmax(logit)) for logit in logits]
    top = np.array([logit[at] for logit, at in zip(logits, picked, strict=True)])
    right = np.array([flag[at] for flag, at in zip(flags, picked, strict=True)])
    mix = mixed(answerable, _UNANSWERABLE)
    (scale,), shift = _logistic(top[:, None], right, mix)
    probability = 1 / (1 + np.exp(-(scale * top + shift)))
    return {
        "features": features,
        "weights": [round(float(w), 4) for w in scale * weights],
        "bias": round(float(scale * bias + shift), 4),
        "thresholds": thresholds(probability, mix),
        "fitted_on": (
            f"{name}: {len(top)} questions, {int(answerable.sum())} answerable,"
            f" {int(right.sum())} picked rightly; weighed to {_UNANSWERABLE:.0%} unanswerable"
        ),
    }


def thresholds(probability: Numbers, weights: Numbers) -> list[tuple[float, float]]:
    """(accepted risk, least probability to answer with) for each risk that can be kept.

    The risk of answering from a probability on is the mean of 1 - probability over what is answered:
    expected, not counted, since the few that are surest would make a count jump.
    """
    order = np.argsort(-probability, kind="stable")
    p, w = probability[order], weights[order]
    risk = np.cumsum(w * (1 - p)) / np.cumsum(w)
    return [(r, round(float(p[risk <= r][-1]), 4)) for r in _RISKS if (risk <= r).any()]


def _sentences(
    index: Index, question: str, passages: Sequence[ScoredPassage]
) -> Sequence[sentence.Candidate]:
    return sentence.candidates(index.embedder, question, passages)


def _reading(
    model: SpanModel,
) -> Callable[[Index, str, Sequence[ScoredPassage]], Sequence[extractive.Candidate]]:
    return lambda index, question, passages: extractive.candidates(model, index.embedder, question, passages)


def _answers(question: SquadQuestion, source: str, sentence: Span) -> bool:
    """Whether a sentence of a document holds an answer."""
    held = (sentence.start <= gold.start and gold.end <= sentence.end for gold in question.spans)
    return source == question.source and any(held)


def _is_same(candidate: Span, gold: Span) -> bool:
    shared = min(candidate.end, gold.end) - max(candidate.start, gold.start)
    whole = max(candidate.end, gold.end) - min(candidate.start, gold.start)
    return shared >= _SAME * whole


def _logistic(x: Numbers, y: Numbers, weights: Numbers | None = None) -> tuple[Numbers, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10, max_iter=3_000).fit(x, y, weights)
    return model.coef_[0], float(model.intercept_[0])


if __name__ == "__main__":
    main()
