"""Running a bundled model: its tokenizer and its ONNX session, opened alike for all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# onnxruntime reports its use to its makers unless this is set before anything imports it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

T = TypeVar("T")
R = TypeVar("R")


def open_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a ``tokenizer.json``; "[SEP]" in a document is five characters to it, no command."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True
    return tokenizer


class Session(Protocol):
    """What of an ONNX session is used."""

    def run(self, outputs: Sequence[str], inputs: Mapping[str, object]) -> list[Any]:
        """The outputs named, in that order, each an array."""
        ...


def open_session(path: Path) -> Session:
    """A session for one text a run on one thread; texts run side by side (``side_by_side``)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a run, and so no idle ones that spin.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The exports have fused what pays; fusing more (SkipLayerNormalization) made them slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Texts differ in length: a plan kept for each length would only take memory.
    options.enable_mem_pattern = False
    session: Session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session


def side_by_side(work: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
    """``work`` done on each item, ``threads`` at once (0: one a core); results in the items' order."""
    workers = min(threads or cores(), len(items))
    if workers <= 1:  # a question shouldn't wait for a thread to start
        return [work(item) for item in items]
    with ThreadPoolExecutor(workers, thread_name_prefix="model") as pool:
        return list(pool.map(work, items))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def readable(text: str, most: int) -> str:
    """What a tokenizer can take: at most ``most`` characters, and no half of a broken surrogate pair."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")
