"""From a reader's features to the probability that its answer is right."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Protocol, TypeVar

from qa.errors import ModelError


class Candidate(Protocol):
    """What may answer, as far as calibration looks at it."""

    @property
    def features(self) -> Sequence[float]: ...


_NEVER = float("inf")

C = TypeVar("C", bound=Candidate)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model, p = 1 / (1 + exp(-(bias + weights · features))), and from which p on to answer.

    ``thresholds`` are pairs (accepted risk, least probability to answer with), the risk being the share of
    wrong answers among those given where a quarter of the questions can't be answered.
    Fitted on public question sets that no model was trained on; ``fitted_on`` names them.
    """

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float
    thresholds: tuple[tuple[float, float], ...]
    fitted_on: str

    def threshold(self, accepted_risk: float) -> float:
        """The least probability to answer with: 0 if any risk will do, beyond 1 if none is small enough."""
        if accepted_risk >= 1:
            return 0.0
        return next((least for risk, least in reversed(self.thresholds) if risk <= accepted_risk), _NEVER)

    def probability(self, features: Sequence[float]) -> float:
        """The probability in (0, 1) that the answer with these features is right."""
        logit = self.bias + sum(w * f for w, f in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))

    def rank(self, candidates: Iterable[C]) -> list[tuple[float, C]]:
        """Candidates with their probabilities, the likeliest first; ties keep their order."""
        judged = [(self.probability(candidate.features), candidate) for candidate in candidates]
        return sorted(judged, key=lambda pair: -pair[0])


def load_calibration(reader: str) -> Calibration:
    """The bundled calibration of a reader. Raises ModelError when it is missing or broken."""
    name = f"{reader}.json"
    try:
        values = json.loads(resources.files("qa.read").joinpath(name).read_text(encoding="utf-8"))
        return Calibration(
            tuple(values["features"]),
            tuple(map(float, values["weights"])),
            float(values["bias"]),
            tuple((float(risk), float(least)) for risk, least in values["thresholds"]),
            str(values["fitted_on"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the calibration {name} is missing or broken: install Footnote again") from error
