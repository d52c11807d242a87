"""Train the reader.

``python -m qa.models.reader.train --data FOLDER --base model.safetensors --tokenizer FILE --out FOLDER``

Deterministic by ``--seed`` (on one machine and thread count). It writes ``latest.pt`` every ``--every``
steps, whole or not at all, and goes on from it when started again. With another ``--steps`` it thins
what is left of its plan evenly, or mixes in spare batches, and brings the learning rate down to zero at
the new end, so that a run fits the time there is.

The recipe: answerable questions and made unanswerable ones mixed from the start; the questions that people
wrote to look answerable (``squad2_3_articles.json``) once in the first part and ``HUMAN_COPIES`` times in
the last.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from qa.models.reader.data import Example, hold_out, load_training_sets
from qa.models.reader.features import SHORT_WINDOW, WINDOW_TOKENS, Feature, batches, featurise
from qa.models.reader.model import ReaderNetwork, load_base
from qa.models.reader.negatives import make


@dataclass(frozen=True)
class Recipe:
    """What a stage reads: answerable questions, made unanswerable ones, and how they are cut and ordered."""

    at_most: dict[str, int]
    """Answerable questions drawn of a set; the others are taken whole."""
    wanted: dict[str, int]
    """Questions made by each rule of ``negatives``."""
    short_share: float
    """The share of rows cut to ``SHORT_WINDOW`` tokens: quicker, but less is chosen between."""
    human_copies: int
    """How often the human unanswerable set stands in the last part."""
    last_part: float = 0.35
    """The share of everything else that goes with the repeated human questions at the end."""


RECIPES = {
    "first": Recipe(
        at_most={
            "squad1": 8000,
            "shifts_wiki": 5500,
            "shifts_amazon": 1500,
            "shifts_reddit": 1500,
            "nq": 2000,
            "fairytaleqa": 600,
        },
        wanted={
            "other_passage": 2000,
            "retrieved": 900,
            "sentence_cut": 1600,
            "swap_question": 2600,
            "swap_context": 1500,
            "swap_both": 1000,
            "antonym": 2000,
            "negation": 500,
            "roles": 500,
            "other_word": 800,
        },
        short_share=0.85,
        human_copies=4,
    ),
    "second": Recipe(
        at_most={"shifts_amazon": 6000, "shifts_reddit": 6000, "fairytaleqa": 1500},
        wanted={
            "other_passage": 2500,
            "retrieved": 2500,
            "sentence_cut": 1500,
            "swap_question": 3500,
            "swap_context": 1500,
            "swap_both": 1200,
            "antonym": 2200,
            "negation": 700,
            "roles": 600,
            "other_word": 1800,
        },
        short_share=0.15,
        human_copies=3,
    ),
}
JUDGE_WEIGHT = 0.5
HEAD_RATE = 4.0
"""The new heads learn this much faster than the encoder."""


def schedule(
    examples: Sequence[Example], recipe: Recipe, seed: int
) -> tuple[list[Example], list[Example], list[Example]]:
    """(first part, last part, spare) of the schedule; the spare part is for when there is time."""
    rng = random.Random(seed)
    human = [e for e in examples if e.source == "squad2"]
    kept: list[Example] = []
    more: list[Example] = []
    for source in dict.fromkeys(e.source for e in examples if e.source != "squad2"):
        rows = [e for e in examples if e.source == source]
        most = recipe.at_most.get(source, len(rows))
        drawn = rng.sample(rows, min(len(rows), most))
        kept.extend(drawn)
        taken = set(drawn)
        more.extend([e for e in rows if e not in taken][: most // 2])
    rest = kept + make([*kept, *human], recipe.wanted, seed)
    rng.shuffle(rest)
    cut = round(len(rest) * (1 - recipe.last_part))
    spare = more + make(
        [*more, *human], {rule: count // 4 for rule, count in recipe.wanted.items()}, seed + 1
    )
    return rest[:cut] + human, rest[cut:] + human * recipe.human_copies, spare


def collate(features: Sequence[Feature], device: torch.device) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(inputs, targets), padded to the longest row."""
    length = max(len(f.ids) for f in features)
    shape = (len(features), length)
    ids, mask, segments = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    starts, ends = torch.zeros(shape), torch.zeros(shape)
    for row, feature in enumerate(features):
        size = len(feature.ids)
        ids[row, :size] = torch.tensor(feature.ids)
        mask[row, :size] = 1
        segments[row, feature.question_length : size] = 1
        for votes, target in ((feature.starts, starts), (feature.ends, ends)):
            for place, share in votes.items():
                target[row, place] = share
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
    targets = {
        "starts": starts,
        "ends": ends,
        "answerable": torch.tensor([float(f.answerable) for f in features]),
    }
    return {k: v.to(device) for k, v in inputs.items()}, {k: v.to(device) for k, v in targets.items()}


def loss_of(outputs: tuple[Tensor, Tensor, Tensor], targets: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """(span loss against the crowd's votes, loss of the no-answer head)."""
    start, end, judged = outputs
    span = -0.5 * (
        (targets["starts"] * start.log_softmax(-1)).sum(-1) + (targets["ends"] * end.log_softmax(-1)).sum(-1)
    )
    return span.mean(), functional.binary_cross_entropy_with_logits(judged, targets["answerable"])


def rate_at(step: int, warm_up: int, anchor: tuple[int, float, int]) -> float:
    """The share of the peak rate: up over ``warm_up`` steps, down to 0 from ``anchor`` (step, share, end)."""
    since, share, end = anchor
    down = share * max(0.0, (end - step) / max(1, end - since))
    return min(1.0, (step + 1) / max(1, warm_up)) * down


def thin(order: Sequence[int], count: int) -> list[int]:
    """``count`` of ``order``, evenly, order kept."""
    return [order[i * len(order) // count] for i in range(min(count, len(order)))]


def refit(order: Sequence[int], done: int, steps: int, batches_in_all: int) -> list[int]:
    """``steps`` batches in order: what is left is thinned, or mixed evenly with unused ones."""
    left = list(order[done:])
    if steps <= len(order):
        return [*order[:done], *thin(left, steps - done)]
    used = set(order)
    added = thin([b for b in range(batches_in_all) if b not in used], steps - len(order))
    placed = [((i + 0.5) / len(part), b) for part in (left, added) for i, b in enumerate(part)]
    return [*order[:done], *(b for _, b in sorted(placed))]


def pick_device(name: str) -> torch.device:
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(device: torch.device) -> Any:
    """bf16 where the hardware multiplies it (a GPU, AMX); anywhere else it is slower than float32."""
    amx = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()
    return torch.autocast(device.type, torch.bfloat16) if device.type == "cuda" or amx else nullcontext()


def groups(network: ReaderNetwork, rate: float, decay: float, frozen_layers: int = 0) -> list[dict[str, Any]]:
    """Parameter groups: embeddings (and lowest layers) frozen, faster heads, no decay of norms and biases."""
    network.words.weight.requires_grad_(False)
    network.places.weight.requires_grad_(False)
    if frozen_layers:  # nothing below is trained either, so that no gradient is carried down there
        for part in (network.segments, network.norm, *network.layers[:frozen_layers]):
            part.requires_grad_(False)
    made: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            made.setdefault((name.startswith(("span", "judge")), parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": ps,
            "lr": 0.0,
            "peak": rate * (HEAD_RATE if head else 1.0),
            "weight_decay": decay if matrix else 0.0,
        }
        for (head, matrix), ps in made.items()
    ]


def save(path: Path, state: dict[str, Any]) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def prepare(args: argparse.Namespace) -> tuple[list[Feature], list[list[int]], int]:
    """All rows, the batches in their planned order, and how many of these are not spare."""
    examples, _ = hold_out(load_training_sets(args.data))
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(args.seed)
    features: list[Feature] = []
    plan: list[list[int]] = []
    ends: list[int] = []
    recipe = RECIPES[args.recipe]
    for part in schedule(examples, recipe, args.seed):
        print(
            "part",
            len(part),
            dict(Counter(f"{e.source if e.kind == 'human' else e.kind}" for e in part)),
            flush=True,
        )
        windows = [_window(e, recipe.short_share, rng) for e in part]
        rows = [f for e, w in zip(part, windows, strict=True) if (f := featurise(e, tokenizer, rng, w))]
        plan.extend([[len(features) + i for i in group] for group in batches(rows, args.tokens, rng)])
        features.extend(rows)
        ends.append(len(plan))
    print(f"{len(features)} rows, {sum(len(f.ids) for f in features)} tokens, {ends} batches", flush=True)
    return features, plan, ends[1]


def _window(example: Example, short_share: float, rng: random.Random) -> int:
    short = example.source != "squad2" and rng.random() < short_share
    return SHORT_WINDOW if short else WINDOW_TOKENS


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    device = pick_device(args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    features, plan, planned = prepare(args)
    network = load_base(args.base, dropout=args.dropout).to(device).train()
    if args.start:
        network.load_state_dict(torch.load(args.start, map_location=device, weights_only=True)["network"])
    optimizer = torch.optim.AdamW(
        groups(network, args.rate, args.decay, args.freeze), betas=(0.9, 0.98), fused=True
    )
    order = refit(range(planned), 0, args.steps or planned, len(plan))
    done, anchor = 0, (0, 1.0, len(order))
    latest = args.out / "latest.pt"
    if latest.exists():
        state = torch.load(latest, map_location=device, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"].cpu())
        done, order, anchor = state["done"], state["order"], tuple(state["anchor"])
        if args.steps and args.steps != len(order):
            share = rate_at(done, 0, anchor)
            order = refit(order, done, args.steps, len(plan))
            anchor = (done, share, len(order))
        print(f"goes on from step {done} of {len(order)}", flush=True)
    warm_up = round(args.warm_up * len(order))
    began, seen = time.monotonic(), [0.0, 0.0, 0]
    for step in range(done, len(order)):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(step, warm_up, anchor)
        inputs, targets = collate([features[i] for i in plan[order[step]]], device)
        with precision(device):
            span, judge = loss_of(network(**inputs), targets)
        (span + JUDGE_WEIGHT * judge).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen = [seen[0] + span.item(), seen[1] + judge.item(), seen[2] + 1]
        if (step + 1) % 20 == 0:
            record = {"step": step + 1, "of": len(order), "span": round(seen[0] / seen[2], 4)}
            record |= {"judge": round(seen[1] / seen[2], 4), "rate": round(rate_at(step, warm_up, anchor), 4)}
            print(
                json.dumps(record | {"s_per_step": round((time.monotonic() - began) / seen[2], 3)}),
                flush=True,
            )
            began, seen = time.monotonic(), [0.0, 0.0, 0]
        if (step + 1) % args.every == 0 or step + 1 == len(order):
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "done": step + 1}
            save(latest, state | {"order": order, "anchor": list(anchor), "random": torch.get_rng_state()})
    print("done", flush=True)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True, help="folder with the training sets (see data.py)")
    made.add_argument("--base", type=Path, required=True, help="model.safetensors of all-MiniLM-L6-v2")
    made.add_argument("--tokenizer", type=Path, required=True, help="its tokenizer.json")
    made.add_argument("--out", type=Path, required=True, help="folder for latest.pt")
    made.add_argument("--start", type=Path, help="a finished run's latest.pt, to train further")
    made.add_argument("--recipe", choices=sorted(RECIPES), default="first")
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--steps", type=int, default=0, help="at most so many batches (0: all)")
    made.add_argument("--tokens", type=int, default=2600, help="padded tokens in a batch")
    made.add_argument("--rate", type=float, default=1.5e-4)
    made.add_argument("--freeze", type=int, default=0, help="lowest layers that are not trained")
    made.add_argument("--decay", type=float, default=0.01)
    made.add_argument("--dropout", type=float, default=0.1)
    made.add_argument("--warm-up", type=float, default=0.06)
    made.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return made


if __name__ == "__main__":
    train(parser().parse_args())
