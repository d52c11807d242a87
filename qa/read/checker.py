"""Is a sentence that a model wrote borne out by the passages that it cites? No second model is asked.

First what must not differ, then the wording, weighed by a calibration that was fitted on people's judgements
(``checker.json`` names them; ``eval.checker`` fits and measures it).

- ``verbatim``: it is a whole sentence of a cited passage, or several in a row, word for word as people see
  them; probability 1.
- ``unsupported``: a number (value, scale and unit), a date or a name of it stands nowhere in the cited
  passages, their titles, headings and dates; or the best sentence denies it, says the opposite or has who
  does it and to whom the other way round. The probability is 0.1 at most.
- ``partial`` at best: a number of it is bounded otherwise there ("more than", "up to", "about", or nothing).
  The probability is 0.25 at most.
- ``supported``: none of these, and the calibrated probability is 0.5 or more.
- ``partial``: none of these, the probability is less, and yet half of its words of content or more stand in
  the sentences that support it best.
- ``unsupported``: everything else; a sentence without a word, of more than 2,000 characters, or without a
  passage cited.

What it can't see: words that all stand there, and are put together wrongly in the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from qa.display import clean
from qa.read.calibration import Calibration, load_calibration
from qa.read.evidence import FEATURES, Place, Source, best_places, features, places, terms_of
from qa.read.facts import Facts, Missing, missing
from qa.read.polarity import contradicts
from qa.read.roles import tells_the_reverse
from qa.types import ScoredPassage, Span, Support
from qa.verify import Checked
from qa.words import words

_LONGEST = 2_000  # characters; nothing that long is a sentence
_SUPPORTED_FROM = 0.5
_PARTIAL_FROM = 0.5  # of the words of content
# In BEGIN's development set 4 of 32 answers with such a fault are attributable, 1 of 4 with another bound.
_MOST_WITH_A_FAULT = 0.1
_MOST_WITH_ANOTHER_BOUND = 0.25
_TOLD = FEATURES.index("words of content told")
_KEPT = 64  # passages


class WordingChecker:
    """The bundled ``qa.verify.Checker``: by facts and wording. English; safe to share between threads."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        """``calibration`` weighs ``evidence.FEATURES``; the bundled one by default."""
        self._calibration = calibration or load_calibration("checker")
        # The sentences of an answer cite the same few passages: each is read once.
        self._read = lru_cache(maxsize=_KEPT)(Source.of)

    def check(self, sentence: str, passages: Sequence[ScoredPassage], cited: Sequence[int]) -> Checked:
        """See ``qa.verify.Checker``; the module's docstring defines the grades."""
        shown = clean(sentence).text
        sources = {at: self._read(passages[at]) for at in cited if 0 <= at < len(passages)}
        found = places(sources) if words(shown) else []
        whole = _verbatim(shown, found)
        if whole:
            return Checked("verbatim", _cites(whole), 1.0)
        chosen = best_places(terms_of(shown), found) if len(shown) <= _LONGEST else []
        if not chosen:
            return Checked("unsupported", (), 0.0)
        told = features(shown, chosen, sources)
        lacks = missing(shown, Facts.joined([source.facts for source in sources.values()]))
        probability = self._calibration.probability(told)
        support, most = _grade(shown, chosen, lacks, probability, told=told[_TOLD])
        return Checked(support, _cites(chosen), min(probability, most))


def _grade(
    sentence: str, chosen: Sequence[Place], lacks: Missing, probability: float, *, told: float
) -> tuple[Support, float]:
    """The grade, and the most that the probability may be with it."""
    best = " ".join(place.text for place in sorted(chosen, key=lambda place: (place.at, place.span)))
    if lacks.any or contradicts(sentence, best) or tells_the_reverse(sentence, chosen[0].text):
        return "unsupported", _MOST_WITH_A_FAULT
    if lacks.bounds:
        return "partial" if told >= _PARTIAL_FROM else "unsupported", _MOST_WITH_ANOTHER_BOUND
    if probability >= _SUPPORTED_FROM:
        return "supported", 1.0
    return "partial" if told >= _PARTIAL_FROM else "unsupported", 1.0


def _verbatim(shown: str, found: Sequence[Place]) -> list[Place]:
    """The sentence, or sentences in a row, that ``shown`` is word for word; nothing where it isn't."""
    for first, place in enumerate(found):
        run: list[Place] = []
        rest = shown
        while first + len(run) < len(found) and found[first + len(run)].at == place.at:
            following = found[first + len(run)]
            if not following.text or not rest.startswith(following.text):
                break
            run.append(following)
            rest = rest[len(following.text) :]
            if not rest:
                return run
            if not rest.startswith(" "):
                break
            rest = rest[1:]
    return []


def _cites(chosen: Sequence[Place]) -> tuple[tuple[int, Span], ...]:
    return tuple((place.at, place.span) for place in chosen)
