"""What is said against what is right, in words: whole answers, and lists item by item.

There are two ways to cut an answer into words. Footnote's own keeps a number whole and the signs that go with
it, so that "$11.5 billion" is not "$115 billion"; figures that decide whether an answer is right use it.
SQuAD's drops all punctuation and makes those two equal; it is here for figures that others have published.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.models.reader import evaluate

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+|[$€£%]")
_ARTICLES = frozenset({"a", "an", "the"})
_BULLET = re.compile(r"(?m)^[^\S\n]*+(?:[-*•·–—]|\d{1,2}[.)])\s+")
_BETWEEN_ITEMS = re.compile(
    r"(?<!\d),|,(?!\d)|[;•\n]"
    r"|(?<![\w-])(?<!\bhundred\s)(?<!\bthousand\s)(?:and|or|as\s+well\s+as)(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a list said agrees with the gold list; each figure in [0, 1]."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 when both are."""
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


def exact_match(said: str, golds: Sequence[str]) -> bool:
    """Whether ``said`` has the same tokens as one of ``golds``, in order."""
    return any(bool(tokens(gold)) and tokens(said) == tokens(gold) for gold in golds)


def token_f1(said: str, golds: Sequence[str]) -> float:
    """The best F1 of the tokens of ``said`` and of one of ``golds``, in [0, 1]; 0 without golds.

    F1 = 2 · tokens in common / (tokens said + tokens of gold), a token counting as often as it is in both.
    Source of the measure: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text",
    EMNLP 2016. The tokens are Footnote's own.
    """
    words = Counter(tokens(said))
    return max((_f1(words, Counter(tokens(gold))) for gold in golds), default=0.0)


def says(said: str, alias: str) -> bool:
    """Whether the tokens of ``alias`` stand in a row in ``said``."""
    wanted, words = tokens(alias), tokens(said)
    size = len(wanted)
    return size > 0 and any(words[at : at + size] == wanted for at in range(len(words) - size + 1))


def squad_exact(said: str, golds: Sequence[str]) -> bool:
    """Exact match as SQuAD's own script has it. Without golds nothing ("") is the right thing to say.

    Lower case, without punctuation, articles and extra white space. Sources: Rajpurkar et al., 2016, and
    Rajpurkar et al., "Know What You Don't Know: Unanswerable Questions for SQuAD", ACL 2018.
    """
    return bool(evaluate.exact(said, _squad_golds(golds)))


def squad_f1(said: str, golds: Sequence[str]) -> float:
    """The best token F1 over ``golds`` as SQuAD's own script has it, in [0, 1]; see ``squad_exact``."""
    return evaluate.token_f1(said, _squad_golds(golds))


def align(said_items: Sequence[str], parts: Sequence[Sequence[str]]) -> Alignment:
    """Pairs the items said with the parts of the gold list, one to one, as well as can be.

    Two are as similar as the best token F1 over the part's aliases. Of all ways to pair them the one with
    the largest sum of similarities counts: precision = sum / items said, recall = sum / parts. Nothing said
    has precision 0. Source: CEAF, the measure by optimal alignment of Luo, "On Coreference Resolution
    Performance Metrics", EMNLP 2005. Galil's algorithm ("Efficient algorithms for finding maximum matching
    in graphs", 1986) is networkx's, which is in the installation anyway; scipy, which has another, is not.
    """
    if not parts:
        raise ValueError("a list has at least one part")
    total = _best_sum([[token_f1(item, aliases) for aliases in parts] for item in said_items])
    return Alignment(precision=total / (len(said_items) or 1), recall=total / len(parts))


def items(text: str) -> list[str]:
    """The items of a list as said in words or lines, in order.

    Items are parted by commas, semicolons, bullets, "and", "or", "as well as" and ends of lines, but not
    inside a number ("1,200", "two hundred and five"). A name with "and" in it falls apart, and words before
    the first item stay with it.
    """
    pieces = _BETWEEN_ITEMS.split(_BULLET.sub("\n", text))
    return [piece.strip() for piece in pieces if _TOKEN.search(piece)]


def tokens(text: str) -> list[str]:
    """Footnote's own tokens: words, whole numbers ("11.5") and the signs $ € £ %, without case and articles.

    Articles stay where there is nothing else.
    """
    found = _TOKEN.findall(text.casefold())
    return [token for token in found if token not in _ARTICLES] or found


def _f1(said: Counter[str], gold: Counter[str]) -> float:
    return 2 * (said & gold).total() / ((said.total() + gold.total()) or 1)


def _squad_golds(golds: Sequence[str]) -> Sequence[str]:
    return [gold for gold in golds if evaluate.normalise(gold)] or [""]


def _best_sum(similarities: Sequence[Sequence[float]]) -> float:
    """The largest sum of similarities that pairs of a row and a column each can have."""
    import networkx

    graph = networkx.Graph()
    for row, values in enumerate(similarities):
        for column, value in enumerate(values):
            if value:
                graph.add_edge(("said", row), ("gold", column), weight=value)
    pairs = networkx.max_weight_matching(graph)
    # Pairs come in an order that differs from process to process, and a plain sum would with it.
    return math.fsum(float(graph.edges[pair]["weight"]) for pair in pairs)
