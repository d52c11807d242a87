"""Citations: whether they point at the evidence, and whether they bear out what is said.

Precision and recall count citations and parts of the answer, as ALCE counts passages cited (Gao et al.,
"Enabling Large Language Models to Generate Text with Citations", EMNLP 2023); but the evidence is known here,
so that no model judges, and it is a place, so that the right document is not enough. A citation may touch the
gold place or contain it: where a sentence begins and ends is not at issue. How much else it quotes is told
by the span figures of ``eval.retrieval``, which take citations as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.numbers import numbers_in, same_number
from eval.places import Parts, Place, overlap
from qa.display import clean

_NOTHING_TO_CITE = "a question without evidence has no citation figures"


def precision(citations: Sequence[Place], parts: Parts) -> float:
    """The share of ``citations`` that touch gold evidence, of whichever part; 0 when nothing is cited."""
    golds = [place for part in parts for place in part]
    if not golds:
        raise ValueError(_NOTHING_TO_CITE)
    return sum(_touches(citation, golds) for citation in citations) / (len(citations) or 1)


def recall(citations: Sequence[Place], parts: Parts) -> float:
    """The share of ``parts`` with a place that a citation touches."""
    if not parts:
        raise ValueError(_NOTHING_TO_CITE)
    return sum(any(_touches(place, citations) for place in part) for part in parts) / len(parts)


def verbatim(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether a sentence stands word for word in one of the quotes it cites, as people see those.

    Neither inside a longer word nor inside a longer number. It is looked up, not taken from the answer's own
    word (``support``). The mean over the sentences of the answers is the verbatim rate.
    """
    wanted = re.escape(" ".join(sentence.split()))
    whole = re.compile(rf"(?<!\w)(?<!\d[.,]){wanted}(?!\w|[.,]\d)")
    return bool(wanted) and any(whole.search(clean(quote).text) for quote in quotes)


def numbers_supported(sentence: str, quotes: Sequence[str]) -> bool | None:
    """Whether each number of a sentence stands in one of its quotes, by value; None when it has no number.

    "$11.5 billion" is borne out by "$11,500,000,000". ``sentence`` comes without its markers.
    """
    said = numbers_in(sentence)
    cited = [number for quote in quotes for number in numbers_in(quote)]
    return all(any(same_number(s, c) for c in cited) for s in said) if said else None


def _touches(place: Place, others: Sequence[Place]) -> bool:
    return any(overlap(place, other) for other in others)
