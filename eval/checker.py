"""Fit and measure the checker of sentences: ``python -m eval.checker --dev BEGIN_DEV [--test BEGIN_TEST]``.

The files are BEGIN's (Dziri et al., "Evaluating Attribution in Dialogue Systems: The BEGIN Benchmark", TACL
2022; google/BEGIN-dataset, CC BY 4.0): answers of four models to a remark, the knowledge they were given, and
people's judgement. "Fully attributable" is taken as borne out, everything else as not.

With ``--fit`` the calibration fitted on BEGIN_DEV alone is printed, to be bundled as ``qa/read/checker.json``
(needs the extra ``train``), after what ten-fold cross-validation says, on standard error. Else the bundled
one is measured on BEGIN_TEST, beside baselines whose thresholds are those with the best accuracy on
BEGIN_DEV: token F1 and ROUGE-L precision against the knowledge, and the cosine of the bundled embedder.
Answers to one piece of knowledge are resampled together. ``eval.altered`` measures altered sentences.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.statistics import Figure, figures_of, paired_difference
from qa.display import clean
from qa.embed import BundledEmbedder
from qa.errors import GoldError
from qa.read.checker import WordingChecker
from qa.read.evidence import FEATURES, Source, best_places, features, places, terms_of
from qa.sentences import sentences
from qa.types import Passage, ScoredPassage, StoredPassage
from qa.words import fold, words

Numbers = NDArray[np.float64]
_BORNE_OUT = "Fully attributable"
_STRENGTH = 0.3  # of the penalty's inverse: the log loss of cross-validation is flat from here on
_FOLDS, _ROUNDS = 10, 5
_OURS = "checker"


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, the knowledge it was to be given from, and whether people found it borne out."""

    knowledge: str
    answer: str
    right: bool

    @property
    def cluster(self) -> str:
        return fold(self.knowledge)


def main() -> None:
    """Fit, or measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    dev = load_begin(options.dev)
    if options.fit:
        auc, accuracy, loss = cross_validated(dev)
        print(
            f"cross-validated: AUC {auc:.3f}, accuracy {accuracy:.3f}, log loss {loss:.3f}", file=sys.stderr
        )
        print(json.dumps(fit(dev, options.dev.name), indent=2))
    if options.test:
        for figure in measure(dev, load_begin(options.test)):
            print(
                f"{figure.name:44} {figure.value:.3f}  [{figure.low:.3f}, {figure.high:.3f}]"
                f"  n={figure.n}, {figure.clusters} {figure.resampled}"
            )


def load_begin(path: Path) -> list[Judged]:
    """The rows of a file of BEGIN. Raises GoldError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return [Judged(r["knowledge"], r["response"], r["begin_label"] == _BORNE_OUT) for r in rows]
    except (OSError, UnicodeError, csv.Error, KeyError) as error:
        raise GoldError(f"{path} is not a file of BEGIN: {error}") from error


def as_passage(text: str, title: str = "", published: date | None = None) -> ScoredPassage:
    """A text as the one passage of a document."""
    passage = Passage(0, len(text), text, tuple(sentences(text)), len(words(text)))
    return ScoredPassage(StoredPassage("", title, "", title, published, "", passage), 0.0, 0.0, 0.0)


def fit(judged: Sequence[Judged], name: str) -> dict[str, Any]:
    """The calibration fitted on these answers, ready to be bundled; ``name`` says what they are."""
    x, y = _rows(judged)
    weights, bias = _logistic(x, y)
    return {
        "features": FEATURES,
        "weights": [round(float(weight), 4) for weight in weights],
        "bias": round(bias, 4),
        "thresholds": [],
        "fitted_on": f"{name} (BEGIN, CC BY 4.0): {len(y)} answers, {int(y.sum())} fully attributable",
    }


def cross_validated(judged: Sequence[Judged]) -> tuple[float, float, float]:
    """AUC, accuracy and log loss of the wording alone, on answers whose knowledge was not fitted on.

    Means over several divisions into folds.
    """
    x, y = _rows(judged)
    clusters = sorted({each.cluster for each in judged})
    found = []
    for turn in range(_ROUNDS):
        order = np.random.default_rng(turn).permutation(len(clusters)) % _FOLDS
        fold_of = dict(zip(clusters, order, strict=True))
        held = np.array([fold_of[each.cluster] for each in judged])
        p = np.zeros(len(y))
        for part in range(_FOLDS):
            weights, bias = _logistic(x[held != part], y[held != part])
            p[held == part] = 1 / (1 + np.exp(-(x[held == part] @ weights + bias)))
        loss = -np.log(np.where(y, p, 1 - p)).mean()
        found.append((auc(p, y), float(((p >= 0.5) == y).mean()), float(loss)))
    middle = np.mean(found, axis=0)
    return float(middle[0]), float(middle[1]), float(middle[2])


def measure(dev: Sequence[Judged], test: Sequence[Judged]) -> Iterator[Figure]:
    """AUC and accuracy of the checker and the baselines, their differences, and how fast it checks."""
    y = np.array([each.right for each in test])
    clusters = [each.cluster for each in test]
    scores: dict[str, Numbers] = {}
    passed: dict[str, NDArray[np.bool_]] = {}
    began = time.process_time()
    scores[_OURS], passed[_OURS] = _checked(test)
    per_second = len(test) / (time.process_time() - began)
    at_dev, at_test = baselines(dev), baselines(test)
    truth = np.array([each.right for each in dev])
    for name in at_test:
        scores[name] = at_test[name]
        passed[name] = at_test[name] >= best_threshold(at_dev[name], truth)

    def statistic(drawn: NDArray[np.intp]) -> Mapping[str, float]:
        found = {}
        for name, score in scores.items():
            found[f"{name}: AUC"] = auc(score[drawn], y[drawn])
            found[f"{name}: accuracy"] = float((passed[name][drawn] == y[drawn]).mean())
            found[f"{name}: right among passed"] = _mean(y[drawn][passed[name][drawn]])
            found[f"{name}: share of wrong ones caught"] = _mean(~passed[name][drawn][~y[drawn]])
        found[f"{_OURS}: Brier"] = float(((scores[_OURS][drawn] - y[drawn]) ** 2).mean())
        return found

    yield from figures_of(statistic, clusters)
    for name in at_test:
        ours, theirs = (list((passed[one] == y).astype(float)) for one in (_OURS, name))
        yield paired_difference(f"accuracy: {_OURS} - {name}", theirs, ours, clusters)
    yield Figure("answers a second of one processor", per_second, len(test), per_second, per_second)


def baselines(judged: Sequence[Judged]) -> dict[str, Numbers]:
    """What is known to tell something: overlap of words with the knowledge, and nearness of meaning."""
    pairs = [(words(each.answer), words(each.knowledge)) for each in judged]
    embedder = BundledEmbedder()
    said = embedder.embed_passages([clean(each.answer).text for each in judged])
    known = embedder.embed_passages([clean(each.knowledge).text for each in judged])
    return {
        "token F1": np.array([token_f1(*pair) for pair in pairs]),
        "ROUGE-L precision": np.array([rouge_l_precision(*pair) for pair in pairs]),
        "cosine": (said * known).sum(axis=1).astype(np.float64),
    }


def token_f1(said: Sequence[str], known: Sequence[str]) -> float:
    """The harmonic mean of the shares of words that both have; 0 where they share none."""
    shared = (Counter(said) & Counter(known)).total()
    return 2 * shared / (len(said) + len(known)) if shared else 0.0


def rouge_l_precision(said: Sequence[str], known: Sequence[str]) -> float:
    """The share of words said that stand in the knowledge in that order. Source: Lin, "ROUGE", 2004."""
    row = [0] * (len(known) + 1)
    for word in said:
        before = 0
        for at, other in enumerate(known, start=1):
            here = row[at]
            row[at] = before + 1 if word == other else max(here, row[at - 1])
            before = here
    return row[-1] / len(said) if said else 0.0


def auc(score: Numbers, right: NDArray[np.bool_]) -> float:
    """The chance that a right one scores higher than a wrong one, ties half; NaN without either."""
    values, at, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    ones, zeros = int(right.sum()), int((~right).sum())
    if not ones or not zeros or not len(values):
        return float("nan")
    return float((ranks[right].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def best_threshold(score: Numbers, right: NDArray[np.bool_]) -> float:
    """The score from which on to say "borne out", for the best accuracy; the smallest of equal ones."""
    return float(max(np.unique(score), key=lambda least: ((score >= least) == right).mean()))


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


def _checked(judged: Sequence[Judged]) -> tuple[Numbers, NDArray[np.bool_]]:
    """The checker's probabilities, and whether it lets the answers pass as they are."""
    checker = WordingChecker()
    found = [checker.check(each.answer, [as_passage(each.knowledge)], [0]) for each in judged]
    passed = np.array([checked.support in ("verbatim", "supported") for checked in found])
    return np.array([checked.probability for checked in found]), passed


def _rows(judged: Sequence[Judged]) -> tuple[Numbers, NDArray[np.bool_]]:
    rows = []
    for each in judged:
        answer = clean(each.answer).text
        sources = {0: Source.of(as_passage(each.knowledge))}
        rows.append(features(answer, best_places(terms_of(answer), places(sources)), sources))
    return np.array(rows), np.array([each.right for each in judged])


def _logistic(x: Numbers, y: NDArray[np.bool_]) -> tuple[Numbers, float]:
    """Weights and bias of a logistic regression, each feature penalised by its own spread."""
    from sklearn.linear_model import LogisticRegression

    middle, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=_STRENGTH, max_iter=3_000).fit((x - middle) / spread, y)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ middle)


if __name__ == "__main__":
    main()
