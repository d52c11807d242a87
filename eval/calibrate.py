"""Fit the sentence reader's calibration: ``python -m eval.calibrate SQUAD_FILE``.

The questions are retrieved from all paragraphs of the file. First the weights: a logistic regression that
tells the sentence with the answer from the others. Then the scale: a logistic regression of "the sentence
picked is right" on its logit (Platt, "Probabilistic Outputs for Support Vector Machines", 1999). The threshold
is where the share of right answers kept plus the share of all others withheld is largest (Youden's J).
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

_PASSAGES = 8


def main() -> None:
    """Read the file, fit, and print the calibration as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squad", type=Path)
    options = parser.parse_args()
    print(json.dumps(fit(options.squad), indent=2))


def fit(path: Path) -> dict[str, Any]:
    """The calibration fitted on a SQuAD file, ready for ``qa/read/sentence.json``."""
    features, right = _examples(path)
    weights, bias = _logistic(np.concatenate(features), np.concatenate(right))
    logits = [f @ weights + bias for f in features]
    picked = [int(np.argmax(logit)) for logit in logits]
    top = np.array([logit[at] for logit, at in zip(logits, picked, strict=True)])
    top_right = np.array([flags[at] for flags, at in zip(right, picked, strict=True)])
    scale, shift = _logistic(top[:, None], top_right)
    probabilities = 1 / (1 + np.exp(-(scale[0] * top + shift)))
    return {
        "features": FEATURES,
        "weights": [round(float(w), 4) for w in scale[0] * weights],
        "bias": round(float(scale[0] * bias + shift), 4),
        "threshold": round(_youden(probabilities, top_right), 4),
        "fitted_on": f"{path.name}, {len(top)} questions, {int(top_right.sum())} picked rightly",
    }


def _examples(path: Path) -> tuple[list[np.ndarray[Any, Any]], list[np.ndarray[Any, Any]]]:
    """For each question the features of its candidate sentences, and which of them hold the answer."""
    documents, questions = load_squad(path)
    features, right = [], []
    with tempfile.TemporaryDirectory() as folder, open_index(Config(data=Path(folder))) as index:
        for document in documents:
            index.add(document)
        for question in questions:
            passages, found = _read(index, question)
            if found:
                features.append(np.array([c.features for c in found]))
                right.append(np.array([_holds(question, passages, c) for c in found]))
    return features, right


def _read(index: Index, question: SquadQuestion) -> tuple[Sequence[ScoredPassage], list[Candidate]]:
    passages = retrieve(index, question.question, k=_PASSAGES)
    return passages, candidates(index.embedder, question.question, passages)


def _holds(question: SquadQuestion, passages: Sequence[ScoredPassage], candidate: Candidate) -> bool:
    return passages[candidate.at].stored.source == question.source and any(
        candidate.span.start <= span.start and span.end <= candidate.span.end for span in question.spans
    )


def _logistic(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=1_000).fit(x, y)
    return model.coef_[0], float(model.intercept_[0])


def _youden(probabilities: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """The threshold that keeps the most right answers and withholds the most of the others."""
    from sklearn.metrics import roc_curve

    false, true, thresholds = roc_curve(right, probabilities)
    return float(thresholds[int(np.argmax(true - false))])


if __name__ == "__main__":
    main()
