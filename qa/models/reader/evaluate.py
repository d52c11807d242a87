"""Measure a reader in the closed setting (the passage is given).

``python -m qa.models.reader.evaluate --gold FILE --tokenizer tokenizer.json --model model.onnx --out FILE``

* EM and F1 on the answerable questions, by SQuAD's normaliser, of the best span, shown or not;
* AUC of answerable-or-not: how often an answerable question scores above an unanswerable one, for the span
  head's margin, for the no-answer head, and for their sum (``score_of``), which is the one that counts;
* each with n and a 95 % bootstrap interval, resampled by paragraph.

ONNX files read one window at a time, as the library does: what is quantised together would colour each other.

``--gold`` is a SQuAD 2.0 file, or the folder of the training sets: then the held-out part of it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.models.reader.data import Example, hold_out, load_training_sets, read_squad
from qa.models.reader.features import CLS, QUESTION_TOKENS, SEP

Floats = npt.NDArray[np.float32]
Run = Callable[[dict[str, npt.NDArray[np.int64]]], tuple[Floats, Floats, Floats]]

WINDOW, STRIDE, LONGEST_ANSWER = 320, 128, 30


@dataclass(frozen=True)
class Guess:
    """The best span of one question, with what speaks for it."""

    text: str
    span: tuple[int, int]
    margin: float
    """Span logits above the logits of "no answer"."""
    judged: float
    """The no-answer head's logit."""


@dataclass(frozen=True)
class Figure:
    """A measure with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def score_of(margin: float, judged: float) -> float:
    """One number for "the passage answers this": half the margin (a sum of two) and the no-answer head."""
    return 0.5 * margin + judged


def open_model(path: Path, threads: int = 2) -> Run:
    """A function from inputs to (start, end, answerable), for an ONNX file or a checkpoint (PyTorch)."""
    return _onnx(path, threads) if path.suffix == ".onnx" else _torch(path, threads)


def _onnx(path: Path, threads: int) -> Run:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # heeded only before the import
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(inputs: dict[str, npt.NDArray[np.int64]]) -> tuple[Floats, Floats, Floats]:
        start, end, judged = session.run(["start", "end", "answerable"], inputs)
        return start, end, judged

    return run


def _torch(path: Path, threads: int) -> Run:
    import torch

    from qa.models.reader.model import ReaderNetwork

    torch.set_num_threads(threads)
    network = ReaderNetwork()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["network"])
    network.eval()

    def run(inputs: dict[str, npt.NDArray[np.int64]]) -> tuple[Floats, Floats, Floats]:
        with torch.inference_mode():
            start, end, judged = network(**{k: torch.from_numpy(v) for k, v in inputs.items()})
        return start.numpy(), end.numpy(), judged.numpy()

    return run


def guess_all(examples: Sequence[Example], tokenizer: Any, run: Run, batch: int = 32) -> list[Guess]:
    """The best span of each example; a long passage is read in overlapping windows."""
    windows: list[tuple[int, int, list[int], list[tuple[int, int]]]] = []
    for i, example in enumerate(examples):
        question = tokenizer.encode(example.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        passage = tokenizer.encode(example.context, add_special_tokens=False)
        room, first = WINDOW - len(question) - 3, 0
        while True:
            ids = [CLS, *question, SEP, *passage.ids[first : first + room], SEP]
            windows.append((i, len(question) + 2, ids, passage.offsets[first : first + room]))
            if first + room >= len(passage.ids):
                break
            first += STRIDE
    windows.sort(key=lambda w: len(w[2]))
    best: dict[int, Guess] = {}
    for at in range(0, len(windows), batch):
        part = windows[at : at + batch]
        start, end, judged = run(_inputs(part))
        for row, (i, head, ids, offsets) in enumerate(part):
            if not offsets:
                continue
            found = best_span(start[row, head : len(ids) - 1], end[row, head : len(ids) - 1])
            span = (offsets[found[0]][0], offsets[found[1]][1])
            margin = found[2] - float(start[row, 0] + end[row, 0])
            guess = Guess(examples[i].context[slice(*span)], span, margin, float(judged[row]))
            kept = best.get(i)
            if kept is None or score_of(margin, guess.judged) > score_of(kept.margin, kept.judged):
                best[i] = guess
    return [best.get(i, Guess("", (0, 0), -100.0, -100.0)) for i in range(len(examples))]


def _inputs(
    part: Sequence[tuple[int, int, list[int], list[tuple[int, int]]]],
) -> dict[str, npt.NDArray[np.int64]]:
    length = max(len(w[2]) for w in part)
    ids, mask, segments = (np.zeros((len(part), length), dtype=np.int64) for _ in range(3))
    for row, (_, head, tokens, _) in enumerate(part):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        segments[row, head : len(tokens)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}


def best_span(start: Floats, end: Floats, longest: int = LONGEST_ANSWER) -> tuple[int, int, float]:
    """(first token, last token, sum of logits) of the best span of at most ``longest`` tokens."""
    total = start[:, None] + end[None, :]
    apart = np.arange(len(end))[None, :] - np.arange(len(start))[:, None]
    total = np.where((apart >= 0) & (apart < longest), total, -np.inf)
    first, last = np.unravel_index(int(np.argmax(total)), total.shape)
    return int(first), int(last), float(total[first, last])


def normalise(text: str) -> str:
    """SQuAD's: lower case, without punctuation and articles, single spaces.

    It makes "$11.5 billion" equal "$115 billion"; figures on numbers need another.
    """
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact(guess: str, golds: Sequence[str]) -> float:
    return float(any(normalise(guess) == normalise(gold) for gold in golds))


def token_f1(guess: str, golds: Sequence[str]) -> float:
    return max((_f1(normalise(guess).split(), normalise(gold).split()) for gold in golds), default=0.0)


def _f1(guess: list[str], gold: list[str]) -> float:
    if not guess or not gold:
        return float(guess == gold)
    same = sum((Counter(guess) & Counter(gold)).values())
    return 2 * same / (len(guess) + len(gold))


def auc(positive: npt.ArrayLike, negative: npt.ArrayLike) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    positive, ordered = np.asarray(positive), np.sort(np.asarray(negative))
    if not positive.size or not ordered.size:
        return float("nan")
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / 2 / ordered.size)


def interval(
    groups: Sequence[str],
    statistic: Callable[[npt.NDArray[np.int64]], float],
    n: int,
    rounds: int = 1000,
    seed: int = 0,
) -> Figure:
    """``statistic`` of all rows, with its 95 % interval over ``rounds`` resamplings of the groups."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    blocks = [np.asarray(rows, dtype=np.int64) for rows in members.values()]
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(np.concatenate([blocks[b] for b in rng.integers(0, len(blocks), len(blocks))]))
        for _ in range(rounds)
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Figure(statistic(np.arange(len(groups))), float(low), float(high), n)


def measure(examples: Sequence[Example], guesses: Sequence[Guess]) -> dict[str, Figure]:
    """Every figure, by name."""
    can = np.array([e.answerable for e in examples])
    pairs = [(g, e) for g, e in zip(guesses, examples, strict=True) if e.answerable]
    figures = {}
    for name, grade in (("em", exact), ("f1", token_f1)) if pairs else ():
        grades = np.array([100 * grade(g.text, e.texts) for g, e in pairs])
        figures[name] = interval([e.context for _, e in pairs], _mean_of(grades), len(pairs))
    signals = {
        "auc_margin": np.array([g.margin for g in guesses]),
        "auc_judge": np.array([g.judged for g in guesses]),
        "auc": np.array([score_of(g.margin, g.judged) for g in guesses]),
    }
    if 0 < len(pairs) < len(can):
        for name, values in signals.items():
            figures[name] = interval([e.context for e in examples], _auc_of(values, can), len(can))
    return figures


def _mean_of(grades: npt.NDArray[np.float64]) -> Callable[[npt.NDArray[np.int64]], float]:
    return lambda rows: float(grades[rows].mean())


def _auc_of(
    values: npt.NDArray[np.float64], can: npt.NDArray[np.bool_]
) -> Callable[[npt.NDArray[np.int64]], float]:
    return lambda rows: auc(values[rows][can[rows]], values[rows][~can[rows]])


def gold_sets(path: Path, at_most: int = 0) -> dict[str, list[Example]]:
    """The sets to measure, by name."""
    if path.is_file():
        sets = {path.stem: list(read_squad(path, path.stem))}
    else:
        _, held = hold_out(load_training_sets(path))
        sets = {
            f"held_out_{s}": [e for e in held if e.source == s] for s in dict.fromkeys(e.source for e in held)
        }
    if at_most:
        sets = {k: random.Random(0).sample(v, min(at_most, len(v))) for k, v in sets.items()}
    return sets


def main() -> None:
    from tokenizers import Tokenizer

    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--gold", type=Path, required=True, help="a SQuAD 2.0 file, or the folder of the training sets"
    )
    made.add_argument("--tokenizer", type=Path, required=True)
    made.add_argument(
        "--model", type=Path, action="append", required=True, help="model.onnx or latest.pt; repeatable"
    )
    made.add_argument("--at-most", type=int, default=0, help="questions a set, drawn at random (0: all)")
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--out", type=Path, help="where to write the figures as JSON")
    args = made.parse_args()
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    report: dict[str, dict[str, dict[str, Any]]] = {}
    for path in args.model:
        run = open_model(path, args.threads)
        for name, examples in gold_sets(args.gold, args.at_most).items():
            guesses = guess_all(examples, tokenizer, run, batch=1 if path.suffix == ".onnx" else 32)
            figures = measure(examples, guesses)
            report.setdefault(path.name, {})[name] = {k: asdict(v) for k, v in figures.items()}
            for k, v in figures.items():
                print(
                    f"{path.name:18} {name:32} {k:10} {v.value:7.3f} [{v.low:.3f}, {v.high:.3f}] n={v.n}",
                    flush=True,
                )
    if args.out:
        args.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
