"""Fit a reader's calibration: ``python -m eval.calibrate READER SQUAD_FILE``.

The questions are retrieved from all paragraphs of the file. First the weights: a logistic regression that
tells the candidates that are right from the others. Then the scale: a logistic regression of "the candidate
picked is right" on its logit (Platt, "Probabilistic Outputs for Support Vector Machines", 1999), with the
questions weighed so that a quarter of them can't be answered, whatever their share in the file.
Needs the extra ``train``. Fit on questions that nothing was trained on, and measure on others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from eval.squad import SquadQuestion, load_squad
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.read import extractive, sentence
from qa.read.spans import SpanModel
from qa.retrieve import retrieve
from qa.types import ScoredPassage, Span

Numbers = np.ndarray[Any, Any]
_PASSAGES = 8
_UNANSWERABLE = 0.25
_THRESHOLD = 0.5  # an answer is given when it is more likely right than not
_SAME = 0.5  # intersection over union of characters from which on two short answers are one


class Candidate(Protocol):
    """What a reader may answer with."""

    @property
    def at(self) -> int: ...
    @property
    def span(self) -> Span: ...
    @property
    def features(self) -> tuple[float, ...]: ...


Candidates = Callable[[Index, str, Sequence[ScoredPassage]], Sequence[Candidate]]


def main() -> None:
    """Read the file, fit, and print the calibration as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reader", choices=("sentence", "extractive"))
    parser.add_argument("squad", type=Path)
    parser.add_argument("--model", type=Path, help="the folder of another reading model")
    options = parser.parse_args()
    if options.reader == "sentence":
        fitted = fit(options.squad, sentence.FEATURES, _sentences, _holds)
    else:
        model = SpanModel(folder=options.model) if options.model else SpanModel()
        fitted = fit(options.squad, extractive.FEATURES, _spans(model), _is_same)
    print(json.dumps(fitted, indent=2))


def fit(
    path: Path, features: Sequence[str], candidates: Candidates, right: Callable[[Span, Span], bool]
) -> dict[str, Any]:
    """The calibration fitted on a SQuAD file, ready to be bundled.

    ``right`` says whether a candidate's span answers, given the span of a gold answer in its paragraph.
    """
    rows, flags, answerable = _examples(path, candidates, right)
    (weights,), bias = _logistic(np.concatenate(rows), np.concatenate(flags))
    logits = [row @ weights + bias for row in rows]
    picked = [int(np.argmax(logit)) for logit in logits]
    top = np.array([logit[at] for logit, at in zip(logits, picked, strict=True)])
    top_right = np.array([flag[at] for flag, at in zip(flags, picked, strict=True)])
    ((scale,),), shift = _logistic(top[:, None], top_right, _mixed(answerable))
    return {
        "features": features,
        "weights": [round(float(w), 4) for w in scale * weights],
        "bias": round(float(scale * bias + shift), 4),
        "threshold": _THRESHOLD,
        "fitted_on": (
            f"{path.name}: {len(top)} questions, {int(answerable.sum())} answerable,"
            f" {int(top_right.sum())} picked rightly; weighed to {_UNANSWERABLE:.0%} unanswerable"
        ),
    }


def _examples(
    path: Path, candidates: Candidates, right: Callable[[Span, Span], bool]
) -> tuple[list[Numbers], list[Numbers], Numbers]:
    """For each question its candidates' features, which of them are right, and if there is an answer."""
    documents, questions = load_squad(path)
    rows, flags, answerable = [], [], []
    with tempfile.TemporaryDirectory() as folder, open_index(Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        for question in questions:
            passages = retrieve(index, question.question, k=_PASSAGES)
            found = candidates(index, question.question, passages)
            if found:
                rows.append(np.array([c.features for c in found]))
                flags.append(np.array([_is_right(question, passages, c, right) for c in found]))
                answerable.append(bool(question.spans))
    return rows, flags, np.array(answerable)


def _is_right(
    question: SquadQuestion,
    passages: Sequence[ScoredPassage],
    candidate: Candidate,
    right: Callable[[Span, Span], bool],
) -> bool:
    here = passages[candidate.at].stored.source == question.source
    return here and any(right(candidate.span, gold) for gold in question.spans)


def _sentences(index: Index, question: str, passages: Sequence[ScoredPassage]) -> Sequence[Candidate]:
    return sentence.candidates(index.embedder, question, passages)


def _spans(model: SpanModel) -> Candidates:
    return lambda index, question, passages: extractive.candidates(model, question, passages)


def _holds(candidate: Span, gold: Span) -> bool:
    return candidate.start <= gold.start and gold.end <= candidate.end


def _is_same(candidate: Span, gold: Span) -> bool:
    shared = min(candidate.end, gold.end) - max(candidate.start, gold.start)
    whole = max(candidate.end, gold.end) - min(candidate.start, gold.start)
    return shared >= _SAME * whole


def _mixed(answerable: Numbers) -> Any:
    """Weights of the questions that make the unanswerable ones the share they are expected to be."""
    share = answerable.mean()
    return np.where(answerable, (1 - _UNANSWERABLE) / share, _UNANSWERABLE / (1 - share))


def _logistic(x: Numbers, y: Numbers, weights: Numbers | None = None) -> tuple[Numbers, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=1_000).fit(x, y, weights)
    return model.coef_, float(model.intercept_[0])


if __name__ == "__main__":
    main()
