"""The reading model: a question and texts in, the spans that may answer out, each with what speaks for it.

The model sees ``[CLS] question [SEP] text [SEP]`` and gives each word piece a logit for beginning and one for
ending the answer; position 0 stands for "no answer here", and a head of its own judges whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import ModelError
from qa.models.checksums import verify
from qa.models.runtime import Session, open_session, open_tokenizer, readable, side_by_side
from qa.types import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from qa.types import FloatArray

BUNDLED = Path(__file__).parent.parent / "models" / "reader"
"""Where the bundled model lies."""

QUESTION_PIECES = 48
"""Word pieces of a question that are read; the rest is left out."""
WINDOW, STRIDE = 320, 128
"""Word pieces the model sees at once, and how far one window of a long text begins after the other."""
LONGEST = 30
"""Word pieces of the longest answer."""
MAX_CHARS = 8_000
"""Characters of a text that are read; the largest passage is far shorter."""
_CLS, _SEP = 101, 102  # as in every uncased BERT vocabulary
_BEST = 3  # spans of a window that are handed on


@dataclass(frozen=True, slots=True)
class Found:
    """A span of a text that may answer.

    ``margin`` is how far its logits lie above those of "no answer"; ``judged`` is the logit of the head that
    judges whether the window answers at all. Both are unbounded; higher speaks for the span.
    """

    span: Span
    margin: float
    judged: float


class SpanModel:
    """The bundled reading model, int8, on the CPU. Safe to share between threads.

    ``folder`` holds ``model.onnx``, ``tokenizer.json`` and their ``SHA256SUMS``. They are opened when first
    needed, with a ModelError when they are missing or altered. One window is read at a time on each core, so
    that an answer depends on its passage alone: what is quantised together would colour each other.
    """

    def __init__(self, threads: int = 0, *, folder: Path = BUNDLED) -> None:
        """``threads`` is how many windows are read at once, 0 meaning one for each core."""
        self._threads = threads
        self._folder = folder

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return open_tokenizer(self._folder / "tokenizer.json")

    @cached_property
    def _session(self) -> Session:
        verify(self._folder)
        return open_session(self._folder / "model.onnx")

    def read(self, question: str, texts: Sequence[str]) -> list[list[Found]]:
        """For each text the spans that may answer, best first; none for a text without words.

        Raises ModelError if the runtime gives anything but finite numbers.
        """
        session = self._session  # opened before the threads that share it
        asked = self._tokenizer.encode(readable(question, MAX_CHARS), add_special_tokens=False)
        windows = [
            window
            for at, text in enumerate(texts)
            for window in self._windows(at, asked.ids[:QUESTION_PIECES], readable(text, MAX_CHARS))
        ]
        found: list[list[Found]] = [[] for _ in texts]
        for window, spans in zip(
            windows, side_by_side(partial(_look, session), windows, self._threads), strict=True
        ):
            found[window.text].extend(spans)
        return [_distinct(spans) for spans in found]

    def _windows(self, at: int, question: Sequence[int], text: str) -> Iterator[_Window]:
        pieces = self._tokenizer.encode(text, add_special_tokens=False)
        head = [_CLS, *question, _SEP]
        room = WINDOW - len(head) - 1
        for first in range(0, max(1, len(pieces.ids) - room + STRIDE), STRIDE):
            inside = pieces.ids[first : first + room]
            if inside:
                offsets = [Span(*offset) for offset in pieces.offsets[first : first + room]]
                yield _Window(at, [*head, *inside, _SEP], len(head), offsets)


@dataclass(frozen=True, slots=True)
class _Window:
    """What the model sees at once: of which text, its ids, where the text begins, and its pieces' places."""

    text: int
    ids: Sequence[int]
    head: int
    offsets: Sequence[Span]


def _look(session: Session, window: _Window) -> list[Found]:
    """The best spans of one window."""
    import numpy as np

    ids = np.array([window.ids], dtype=np.int64)
    segments = np.zeros_like(ids)
    segments[0, window.head :] = 1
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments}
    start, end, judged = session.run(["start", "end", "answerable"], inputs)
    if not (np.isfinite(start).all() and np.isfinite(end).all() and np.isfinite(judged).all()):
        raise ModelError("the reading model gave numbers that are not finite: reinstall onnxruntime")
    inner = slice(window.head, len(window.ids) - 1)
    nothing = float(start[0, 0] + end[0, 0])
    return [
        Found(Span(window.offsets[a].start, window.offsets[b].end), score - nothing, float(judged[0]))
        for a, b, score in best_spans(start[0, inner], end[0, inner])
    ]


def best_spans(start: FloatArray, end: FloatArray, count: int = _BEST) -> list[tuple[int, int, float]]:
    """(first piece, last piece, sum of logits) of the best spans that do not overlap, best first."""
    import numpy as np

    total = start[:, None] + end[None, :]
    apart = np.arange(len(end))[None, :] - np.arange(len(start))[:, None]
    total = np.where((apart >= 0) & (apart < LONGEST), total, -np.inf)
    found: list[tuple[int, int, float]] = []
    while len(found) < count and np.isfinite(total).any():
        first, last = (int(at) for at in np.unravel_index(int(np.argmax(total)), total.shape))
        found.append((first, last, float(total[first, last])))
        total[: last + 1, first:] = -np.inf  # whatever begins before its end and ends after its beginning
    return found


def _distinct(spans: Sequence[Found]) -> list[Found]:
    """Best first; what overlapping windows found twice, once."""
    best: dict[Span, Found] = {}
    for found in sorted(spans, key=lambda found: -found.margin):
        best.setdefault(found.span, found)
    return list(best.values())
