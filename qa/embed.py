"""Text to unit vectors: the ``Embedder`` protocol, and the bundled model behind it.

The bundled model is all-MiniLM-L6-v2 as int8 ONNX (``qa/models/embedder``). It reads English.

One text goes through the model at a time, each on one core, as many at once as there are cores. Batches
padded to one length were no faster (the model card has the figures), and because activations are quantised
over all that passes through together, a batch would make a text's vector depend on its neighbours. So a
vector depends on its text alone: not on the batch, the order or the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qa.errors import ModelError
from qa.models.checksums import verify
from qa.models.runtime import open_session, open_tokenizer, readable, side_by_side

if TYPE_CHECKING:
    from qa.types import FloatArray

WINDOW = 512
"""Word pieces that the model reads at once, [CLS] and [SEP] among them: as many as it has positions."""

MAX_CHARS = 8_000
"""Characters of a text that are embedded; the rest is left out. The largest passage is far shorter."""


BUNDLED = Path(__file__).parent / "models" / "embedder"
"""Where the bundled model lies."""


class Embedder(Protocol):
    """Maps text to vectors whose dot product is their cosine. ``name`` changes when the vectors do."""

    name: str
    dimension: int

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """One unit row a text, in their order: (n, dimension), float32."""
        ...

    def embed_question(self, text: str) -> FloatArray:
        """One unit vector: (dimension,), float32."""
        ...


class BundledEmbedder:
    """all-MiniLM-L6-v2, quantised to int8, on the CPU. Safe to share between threads.

    ``threads`` is how many passages are embedded at once, 0 meaning one for each core. ``folder`` holds
    ``model.onnx``, ``tokenizer.json`` and their ``SHA256SUMS``; ModelError if they are missing or altered.
    """

    name = "all-MiniLM-L6-v2/int8/1"
    dimension = 384

    def __init__(self, threads: int = 0, *, folder: Path = BUNDLED) -> None:
        verify(folder)
        self._threads = threads
        self._tokenizer = open_tokenizer(folder / "tokenizer.json")
        self._session = open_session(folder / "model.onnx")

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """One unit row a text, in their order: (n, 384), float32, C-contiguous; (0, 384) for none.

        A text of more than 512 word pieces is read in windows (see ``_vector``); one of more than 8,000
        characters is cut there. An empty text has a vector too. ModelError if the model gives nonsense.
        """
        import numpy as np

        longest_first = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        vectors = side_by_side(self._vector, [texts[index] for index in longest_first], self._threads)
        for index, vector in zip(longest_first, vectors, strict=True):
            rows[index] = vector
        return rows

    def embed_question(self, text: str) -> FloatArray:
        """The question's unit vector, (384,), float32. The model treats questions and passages alike."""
        return self._vector(text)

    def _vector(self, text: str) -> FloatArray:
        """The unit vector of one text.

        A text that doesn't fit the model's window is read in windows one after the other, and their vectors
        are averaged, each weighing as much as its word pieces: so nothing of a passage goes unread.
        """
        import numpy as np

        ids = self._tokenizer.encode(readable(text, MAX_CHARS)).ids
        first, inner, last = ids[:1], ids[1:-1], ids[-1:]
        step = WINDOW - 2
        total = np.zeros(self.dimension, dtype=np.float64)
        for start in range(0, max(len(inner), 1), step):
            window = inner[start : start + step]
            batch = np.array([first + window + last], dtype=np.int64)
            total += self._session.run(["vector"], {"input_ids": batch})[0][0] * float(batch.size)
        length = float(np.linalg.norm(total))
        if not 0.0 < length < float("inf"):  # NaN compares as false
            raise ModelError(
                "the embedding model gave no usable vector (NaN, infinite or zero): reinstall onnxruntime"
            )
        return (total / length).astype(np.float32)
