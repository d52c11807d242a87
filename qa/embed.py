"""Text to unit vectors: the ``Embedder`` protocol, and the bundled model behind it.

The bundled model is all-MiniLM-L6-v2 as int8 ONNX (``qa/models/embedder``). It reads English.

One text goes through the model at a time, each on one core, as many at once as there are cores. Batches
padded to one length were no faster (the model card has the figures), and because activations are quantised
over all that passes through together, a batch would make a text's vector depend on its neighbours. So a
vector depends on its text alone: not on the batch, the order or the number of threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from qa.errors import ModelError
from qa.models.checksums import verify

if TYPE_CHECKING:
    from qa.types import FloatArray

# onnxruntime reports its use to its makers unless this is set before anything imports it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

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
        self._threads = threads or _cores()
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._session = _session(folder / "model.onnx")

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """One unit row a text, in their order: (n, 384), float32, C-contiguous; (0, 384) for none.

        A text of more than 512 word pieces is read in windows (see ``_vector``); one of more than 8,000
        characters is cut there. An empty text has a vector too. ModelError if the model gives nonsense.
        """
        import numpy as np

        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        longest_first = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        workers = min(self._threads, len(texts))
        if workers <= 1:  # a question shouldn't wait for a thread to start
            for index in longest_first:
                rows[index] = self._vector(texts[index])
            return rows
        with ThreadPoolExecutor(workers, thread_name_prefix="embed") as pool:
            vectors = pool.map(self._vector, (texts[index] for index in longest_first))
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

        ids = self._tokenizer.encode(_plain(text)).ids
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


def _plain(text: str) -> str:
    """What the tokenizer can take: bounded, and a replacement for each half of a broken surrogate pair."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True  # "[SEP]" in a document is six characters, not a command
    return tokenizer


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a run, and so no idle ones that spin. Passages run side by side instead.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The export has fused what pays; fusing more (SkipLayerNormalization) made it slower, and loading longer.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Texts differ in length: a plan kept for each length would only take memory.
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
