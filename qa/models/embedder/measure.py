"""Speed and fidelity of the bundled model beside its own fp32 export, in one run.

    python -m qa.models.embedder.export --precision fp32 --into /tmp/fp32
    python -m qa.models.embedder.measure /tmp/fp32/model.onnx TEXTS  # a file or folder: .md, .txt, .jsonl

Speed: passages of exactly 200 word pieces; the ways take turns in every round. Time is processor time on one
thread, so that whatever else runs on the machine weighs little. Each model takes one passage at a time (as
``qa.embed`` does) and 32 at a time (as is usual).
Fidelity: the cosine of int8 to fp32 over paragraphs as they are, cut at the model's 512 word pieces.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

BUNDLED = Path(__file__).parent
LENGTH, LONGEST = 200, 512
SHORTEST = 200
"""Characters of the shortest paragraph that counts."""

Way = Callable[[Any], None]


def paragraphs(path: Path) -> list[str]:
    """The paragraphs of a file, or of all files of a folder, shuffled with a fixed seed."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found = [text for file in files for text in _read(file) if len(text) >= SHORTEST]
    random.Random(0).shuffle(found)
    return found


def _read(file: Path) -> Iterator[str]:
    if file.suffix not in (".md", ".txt", ".jsonl"):
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        if file.suffix != ".jsonl":
            yield line.strip()
        elif line.strip():
            record = json.loads(line)
            yield f"{record.get('title', '')}\n{record.get('text', '')}".strip()


def open_session(path: Path, *, optimise: bool) -> Any:
    """A session on one thread. fp32 gets every optimisation of onnxruntime; int8 runs as exported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimise else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def speed(sessions: dict[str, Any], ids: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Milliseconds a passage, one figure a round, for each session and way of feeding it."""
    taken: dict[str, list[float]] = {f"{name} by {size}": [] for size in (1, 32) for name in sessions}
    for _ in range(rounds):
        for size in (1, 32):
            for name, session in sessions.items():
                began = time.process_time()
                for start in range(0, len(ids), size):
                    session.run(None, {"input_ids": ids[start : start + size]})
                taken[f"{name} by {size}"].append((time.process_time() - began) * 1000 / len(ids))
    return taken


def cosines(sessions: dict[str, Any], encoded: Sequence[Sequence[int]]) -> np.ndarray:
    """The cosine between the two sessions' vectors of each text."""
    found = []
    for ids in encoded:
        batch = np.array([ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]], dtype=np.int64)
        int8, fp32 = (sessions[name].run(None, {"input_ids": batch})[0][0] for name in ("int8", "fp32"))
        found.append(float(int8 @ fp32))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the bundled int8 model with its fp32 export.")
    parser.add_argument("fp32", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--passages", type=int, default=64, help="a round (speed)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paragraphs", type=int, default=500, help="for the cosines")
    chosen = parser.parse_args()
    texts = paragraphs(chosen.texts)
    tokenizer = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    encoded = [tokenizer.encode(text).ids for text in texts[: max(40 * chosen.passages, chosen.paragraphs)]]
    cut = [[*ids[: LENGTH - 1], ids[-1]] for ids in encoded if len(ids) >= LENGTH][: chosen.passages]
    sessions = {
        "fp32": open_session(chosen.fp32, optimise=True),
        "int8": open_session(BUNDLED / "model.onnx", optimise=False),
    }
    taken = speed(sessions, np.array(cut, dtype=np.int64), chosen.rounds)
    print(f"{len(cut)} passages of {LENGTH} word pieces, {chosen.rounds} rounds, one thread")
    for name, times in taken.items():
        print(
            f"{name:10} {statistics.median(times):6.1f} ms a passage ({min(times):.1f} to {max(times):.1f})"
        )
    for size in (1, 32):
        pairs = zip(taken[f"fp32 by {size}"], taken[f"int8 by {size}"], strict=True)
        ratios = [fp32 / int8 for fp32, int8 in pairs]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"int8 / fp32, passages a second, by {size}: {statistics.median(ratios):.2f} ({spread})")
    mixed = [a / b for a, b in zip(taken["fp32 by 32"], taken["int8 by 1"], strict=True)]
    print(f"int8 by 1 / fp32 by 32: {statistics.median(mixed):.2f} ({min(mixed):.2f} to {max(mixed):.2f})")
    cosine = cosines(sessions, encoded[: chosen.paragraphs])
    print(f"cosine to fp32 over {len(cosine)} paragraphs: mean {cosine.mean():.5f}, min {cosine.min():.5f}")


if __name__ == "__main__":
    main()
