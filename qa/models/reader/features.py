"""Examples → token ids, targets and batches. The model sees ``[CLS] question [SEP] passage [SEP]``."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.models.reader.data import Example

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP = 101, 102
QUESTION_TOKENS = 48
WINDOW_TOKENS = 240
"""Question, separators and passage together. A longer passage is cut around an answer, at a random place."""
SHORT_WINDOW = 112
"""Most rows are cut shorter, to read more questions in the time; people's unanswerable ones never are."""


@dataclass(frozen=True)
class Feature:
    """One training row. ``starts``, ``ends``: the crowd's votes as shares; [CLS] (0) is "no answer"."""

    ids: list[int]
    question_length: int
    """Tokens up to and with the first separator; the rest is the passage (segment 1)."""
    starts: dict[int, float]
    ends: dict[int, float]
    answerable: bool
    offsets: list[tuple[int, int]]
    """The characters of the passage behind each token; (0, 0) for the question and separators."""


def featurise(
    example: Example, tokenizer: Tokenizer, rng: random.Random | None = None, window: int = WINDOW_TOKENS
) -> Feature | None:
    """The row for one example; nothing when no answer survives. Without ``rng`` the window is centred."""
    question = tokenizer.encode(example.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    passage = tokenizer.encode(example.context, add_special_tokens=False)
    spans = [found for a in example.answers if (found := token_span(passage.offsets, a))]
    if example.answers and not spans:
        return None
    room = window - len(question) - 3
    first = _window_start(passage.ids, room, spans, question, rng)
    last = min(len(passage.ids), first + room)
    inside = [(s - first, e - first) for s, e in spans if s >= first and e < last]
    if spans and not inside:
        return None
    head = len(question) + 2
    return Feature(
        ids=[CLS, *question, SEP, *passage.ids[first:last], SEP],
        question_length=head,
        starts=_votes([head + s for s, _ in inside]),
        ends=_votes([head + e for _, e in inside]),
        answerable=bool(inside),
        offsets=[(0, 0)] * head + list(passage.offsets[first:last]) + [(0, 0)],
    )


def token_span(offsets: Sequence[tuple[int, int]], answer: tuple[int, int]) -> tuple[int, int] | None:
    """(first, last token) that cover the characters of ``answer``."""
    touched = [i for i, (start, end) in enumerate(offsets) if start < answer[1] and answer[0] < end]
    return (touched[0], touched[-1]) if touched else None


def _window_start(
    passage: Sequence[int],
    room: int,
    spans: Sequence[tuple[int, int]],
    question: Sequence[int],
    rng: random.Random | None,
) -> int:
    """Where the window begins: around the first answer or, without one, where the question's words stand."""
    last = len(passage) - room
    if last <= 0:
        return 0
    if spans:
        low, high = max(0, spans[0][1] + 1 - room), min(last, spans[0][0])
        return (low + high) // 2 if rng is None or low >= high else rng.randint(low, high)
    wanted = set(question)
    starts: list[int] = [*range(0, last, 16), last]
    shared: list[int] = [len(wanted & set(passage[at : at + room])) for at in starts]
    return starts[shared.index(max(shared))]


def _votes(places: Sequence[int]) -> dict[int, float]:
    if not places:
        return {0: 1.0}
    return {place: count / len(places) for place, count in Counter(places).items()}


def batches(
    features: Sequence[Feature], tokens: int, rng: random.Random, pool: int = 1500
) -> list[list[int]]:
    """Indices in batches of at most ``tokens`` padded tokens, like lengths together, in random order."""
    order = list(range(len(features)))
    rng.shuffle(order)
    made: list[list[int]] = []
    for at in range(0, len(order), pool):
        group: list[int] = []
        for i in sorted(order[at : at + pool], key=lambda i: (len(features[i].ids), i)):
            if group and (len(group) + 1) * len(features[i].ids) > tokens:
                made.append(group)
                group = []
            group.append(i)
        made.append(group)
    rng.shuffle(made)
    return made
