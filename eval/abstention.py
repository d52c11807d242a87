"""Knowing when to answer: how confidence and being right go together.

Everywhere ``confidence`` is the probability in [0, 1] given with a question's best answer, shown or not, and
``right`` whether that answer would have been right (never, for a question that can't be answered).
``weights`` make the questions count as often as they are expected (see ``mixed``); they need not add up to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
_ROUNDING = 1e-9  # of risks: one of exactly 0.1 may come out a little more


def mixed(answerable: ArrayLike, unanswerable_share: float) -> Numbers:
    """Weights under which ``unanswerable_share`` of the questions can't be answered; 1 if all are alike."""
    can = np.asarray(answerable, dtype=bool)
    share = can.mean()
    if share in (0.0, 1.0):
        return np.ones(len(can))
    weights: Numbers = np.where(can, (1 - unanswerable_share) / share, unanswerable_share / (1 - share))
    return weights


def brier(confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The mean squared distance of confidence to outcome; 0 is best. Source: Brier, 1950."""
    c, r, w = _arrays(confidence, right, weights)
    return float(np.average((c - r) ** 2, weights=w))


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None, bins: int = 10
) -> float:
    """The expected calibration error over ``bins`` of equal mass; 0 is best.

    The mean over bins of |mean confidence - share right|. Questions of one confidence count as their mean,
    so that their order doesn't matter. Source: Naeini et al., "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI 2015; equal mass as in Nixon et al., 2019.
    """
    c, r, w = _arrays(confidence, right, weights)
    _, same = np.unique(c, return_inverse=True)
    r = (np.bincount(same, w * r) / np.bincount(same, w))[same]
    gaps = np.abs(np.bincount(equal_mass(c, w, bins), w * (c - r)))
    return float(gaps.sum() / w.sum())


def equal_mass(confidence: ArrayLike, weights: ArrayLike | None = None, bins: int = 10) -> NDArray[np.intp]:
    """For each question which of ``bins`` it falls in, the least sure in bin 0; each has the same mass."""
    c, _, w = _arrays(confidence, confidence, weights)
    order = np.argsort(c, kind="stable")
    middle = (np.cumsum(w[order]) - w[order] / 2) / w.sum()  # of each question's share of the mass
    bin_of = np.empty(len(c), dtype=np.intp)
    bin_of[order] = np.minimum((middle * bins).astype(np.intp), bins - 1)
    return bin_of


def risk_coverage(
    confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Numbers, Numbers]:
    """Coverage and risk when the surest questions are answered, from one to all of them.

    Coverage is the share answered, risk the share of wrong among those. Questions of one confidence are
    answered together. Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
    Classification", JMLR 2010.
    """
    c, r, w = _arrays(confidence, right, weights)
    order = np.argsort(-c, kind="stable")
    answered, wrong = np.cumsum(w[order]), np.cumsum((w * (1 - r))[order])
    last = np.append(c[order][1:] != c[order][:-1], True)
    return answered[last] / w.sum(), wrong[last] / answered[last]


def area_under_risk(confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None) -> float:
    """AURC: the mean risk over all coverages, each step weighed by its width; 0 is best."""
    coverage, risk = risk_coverage(confidence, right, weights)
    return float(np.sum(risk * np.diff(coverage, prepend=0.0)))


def coverage_at_risk(
    confidence: ArrayLike, right: ArrayLike, risk: float, weights: ArrayLike | None = None
) -> float:
    """The largest share of questions that can be answered with at most ``risk`` of them wrong; 0 if none."""
    coverage, risks = risk_coverage(confidence, right, weights)
    return float(coverage[risks <= risk + _ROUNDING].max(initial=0.0))


def _arrays(confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None) -> tuple[Any, Any, Any]:
    c, r = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    w = np.ones_like(c) if weights is None else np.asarray(weights, dtype=float)
    if not c.size or not c.shape == r.shape == w.shape:
        raise ValueError(f"one confidence, outcome and weight a question: {c.shape}, {r.shape}, {w.shape}")
    return c, r, w
