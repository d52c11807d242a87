"""Fit the sentence reader's calibration: ``python -m eval.calibrate SQUAD_FILE``.

The questions are retrieved from all paragraphs of the file. First the weights: a logistic regression that
tells the sentence with the answer from the others. Then the scale: a logistic regression of "the sentence
picked is right" on its logit (Platt, "Probabilistic Outputs for Support Vector Machines", 1999), with the
questions weighed so that a quarter of them can't be answered, whatever their share in the file.
Needs the extra ``train``. Fit on questions that nothing was trained on, and measure on others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.squad import SquadQuestion, load_squad
from qa.build import open_index
from qa.config import Config
from qa.index import Index
from qa.read.sentence import FEATURES, Candidate, candidates
from qa.retrieve import retrieve
from qa.types import ScoredPassage

Numbers = np.ndarray[Any, Any]
_PASSAGES = 8
_UNANSWERABLE = 0.25
_THRESHOLD = 0.5  # an answer is given when it is more likely right than not


def main() -> None:
    """Read the file, fit, and print the calibration as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("squad", type=Path)
    options = parser.parse_args()
    print(json.dumps(fit(options.squad), indent=2))


def fit(path: Path) -> dict[str, Any]:
    """The calibration fitted on a SQuAD file, ready for ``qa/read/sentence.json``."""
    features, right, answerable = _examples(path)
    (weights,), bias = _logistic(np.concatenate(features), np.concatenate(right))
    logits = [f @ weights + bias for f in features]
    picked = [int(np.argmax(logit)) for logit in logits]
    top = np.array([logit[at] for logit, at in zip(logits, picked, strict=True)])
    top_right = np.array([flags[at] for flags, at in zip(right, picked, strict=True)])
    ((scale,),), shift = _logistic(top[:, None], top_right, _mixed(answerable))
    return {
        "features": FEATURES,
        "weights": [round(float(w), 4) for w in scale * weights],
        "bias": round(float(scale * bias + shift), 4),
        "threshold": _THRESHOLD,
        "fitted_on": (
            f"{path.name}: {len(top)} questions, {int(answerable.sum())} answerable,"
            f" {int(top_right.sum())} picked rightly; weighed to {_UNANSWERABLE:.0%} unanswerable"
        ),
    }


def _examples(path: Path) -> tuple[list[Numbers], list[Numbers], Numbers]:
    """For each question its candidates' features, which of them hold the answer, and if there is one."""
    documents, questions = load_squad(path)
    features, right, answerable = [], [], []
    with tempfile.TemporaryDirectory() as folder, open_index(Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        for question in questions:
            passages, found = _read(index, question)
            if found:
                features.append(np.array([c.features for c in found]))
                right.append(np.array([_holds(question, passages, c) for c in found]))
                answerable.append(bool(question.spans))
    return features, right, np.array(answerable)


def _read(index: Index, question: SquadQuestion) -> tuple[Sequence[ScoredPassage], list[Candidate]]:
    passages = retrieve(index, question.question, k=_PASSAGES)
    return passages, candidates(index.embedder, question.question, passages)


def _holds(question: SquadQuestion, passages: Sequence[ScoredPassage], candidate: Candidate) -> bool:
    return passages[candidate.at].stored.source == question.source and any(
        candidate.span.start <= span.start and span.end <= candidate.span.end for span in question.spans
    )


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
