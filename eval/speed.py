"""How fast the reading model reads, and what both models take: ``python -m eval.speed``.

Eight passages of 200 word pieces are read with one question: by ``SpanModel.read``, tokenising, windows and
the search for spans included, and by one bare onnxruntime call of the same shape, all cores in both. The two
take turns; printed is the median ratio of their times with the quartiles, which says more than times of a
noisy machine. Before it, the memory of this process with both models loaded.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from qa.embed import BundledEmbedder
from qa.models.runtime import open_tokenizer
from qa.read.spans import BUNDLED, SpanModel

_PASSAGES, _PIECES, _ROUNDS = 8, 200, 25
_QUESTION = "How many bridges were built over the river before the war?"
_WORD = "bridge "


def main() -> None:
    """Measure and print."""
    model, texts = SpanModel(), [_WORD * _PIECES] * _PASSAGES
    model.read(_QUESTION, texts)
    BundledEmbedder().embed_passages(texts)
    print(f"resident memory with both models: {resident_mb():.0f} MB")  # before the bare session adds its own
    bare = _bare_call()
    ratios = [_seconds(lambda: model.read(_QUESTION, texts)) / _seconds(bare) for _ in range(_ROUNDS)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    print(f"SpanModel.read to one bare call: {middle:.2f} (quartiles {low:.2f} to {high:.2f})")


def _bare_call() -> Callable[[], object]:
    import onnxruntime

    tokenizer = open_tokenizer(BUNDLED / "tokenizer.json")
    length = len(tokenizer.encode(_QUESTION, _WORD * _PIECES).ids)
    ids = np.full((_PASSAGES, length), 2958, dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    session = onnxruntime.InferenceSession(str(BUNDLED / "model.onnx"), providers=["CPUExecutionProvider"])
    session.run(None, inputs)  # the first run makes room
    return lambda: session.run(None, inputs)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def resident_mb() -> float:
    """The memory of this process that is in use. Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1_000


def peak_mb() -> float:
    """The most memory that this process has had."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1_000_000 if sys.platform == "darwin" else 1_000)


if __name__ == "__main__":
    main()
