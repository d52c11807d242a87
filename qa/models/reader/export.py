"""A checkpoint → the files that the library bundles.

``python -m qa.models.reader.export --checkpoint latest.pt --tokenizer tokenizer.json --out FOLDER``

Writes ``model.onnx`` (int8), ``tokenizer.json`` and ``SHA256SUMS`` into the folder and, for comparison,
``model-fp32.onnx``. The graph is written node by node with the embedder's builder, which says how weights are
quantised: per column, within ±64 (as ``reduce_range`` does), so that processors without VNNI can't saturate.
The last small layers stay fp32; ``KEPT_EXACT`` products take int8 weights but fp32 inputs. Fails when the
file is over 25 MB, or the fp32 graph strays from PyTorch.

Inputs, int64, (batch, length): ``input_ids`` ([CLS] question [SEP] passage [SEP]), ``attention_mask``,
``token_type_ids`` (1 for the passage and the last separator). Outputs, float32: ``start``, ``end``,
``answerable`` (see ``model``).
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from qa.models.embedder.export import Graph, Weights
from qa.models.reader.evaluate import open_model
from qa.models.reader.features import SEP

LARGEST = 25_000_000
MASKED = -1e4
KEPT_EXACT = frozenset({"layer0.down", "layer1.down", "layer2.down"})
"""Products whose inputs have outliers, so that one scale for all would flatten them. Only their weights are
quantised, which brings int8 much nearer to fp32 for 8 % more time, at the same size."""


def published_names(state: dict[str, Any]) -> dict[str, npt.NDArray[np.float32]]:
    """The network's weights under BERT's usual names, as the embedder's builder knows them."""
    found = {name: value.numpy() for name, value in state.items()}
    tables = {
        "words": "word_embeddings",
        "places": "position_embeddings",
        "segments": "token_type_embeddings",
    }
    named = {f"embeddings.{new}.weight": found[f"{old}.weight"] for old, new in tables.items()}
    layers = 1 + max(int(name.split(".")[1]) for name in found if name.startswith("layers."))
    for kind in ("weight", "bias"):
        named[f"embeddings.LayerNorm.{kind}"] = found[f"norm.{kind}"]
        named |= {f"{head}.{kind}": found[f"{head}.{kind}"] for head in ("span", "judge_in", "judge_out")}
        for i in range(layers):
            old, new = f"layers.{i}", f"encoder.layer.{i}"
            thirds = np.split(found[f"{old}.qkv.{kind}"], 3)
            for part, values in zip(("query", "key", "value"), thirds, strict=True):
                named[f"{new}.attention.self.{part}.{kind}"] = values
            named[f"{new}.attention.output.dense.{kind}"] = found[f"{old}.attended.{kind}"]
            named[f"{new}.attention.output.LayerNorm.{kind}"] = found[f"{old}.attended_norm.{kind}"]
            named[f"{new}.intermediate.dense.{kind}"] = found[f"{old}.up.{kind}"]
            named[f"{new}.output.dense.{kind}"] = found[f"{old}.down.{kind}"]
            named[f"{new}.output.LayerNorm.{kind}"] = found[f"{old}.down_norm.{kind}"]
    return named


class ReaderGraph(Graph):
    """The embedder's builder, with padding masked in attention and fp32 heads."""

    def add(self, op: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        masked = [*inputs, "", "mask"] if op == "MultiHeadAttention" else inputs
        return super().add(op, masked, output, domain=domain, **attributes)

    def linear(self, x: str, sources: Sequence[str], output: str) -> str:
        if not self.int8 or output not in KEPT_EXACT:
            return super().linear(x, sources, output)
        weight = np.concatenate([self.weights[f"{source}.weight"] for source in sources]).T
        scale = np.abs(weight).max(axis=0, keepdims=True) / 127  # no product of integers, so ±127 is safe
        integers = self.constant(f"{output}.int8", np.rint(weight / scale).astype(np.int8))
        cast = self.add("Cast", [integers], f"{output}.cast", to=TensorProto.FLOAT)
        floats = self.add("Mul", [cast, self.constant(f"{output}.scale", scale)], f"{output}.weight")
        bias = np.concatenate([self.weights[f"{source}.bias"] for source in sources])
        product = self.add("MatMul", [x, floats], f"{output}.product")
        return self.add("Add", [product, self.constant(f"{output}.bias", bias)], output)

    def head(self, x: str, source: str) -> str:
        """A linear layer in fp32."""
        weight = self.constant(f"{source}.weight", self.weights[f"{source}.weight"].T)
        bias = self.constant(f"{source}.bias", self.weights[f"{source}.bias"])
        return self.add("Add", [self.add("MatMul", [x, weight], f"{source}.product"), bias], source)

    def numbers(self, name: str, values: Sequence[int]) -> str:
        return self.constant(name, np.array(values, np.int64))

    def embedded(self) -> str:
        length = self.add("Shape", ["input_ids"], "length", start=1, end=2)
        slice_of = ["places", self.numbers("zero", [0]), length, self.numbers("one", [1])]
        self.constant("places", self.weights["embeddings.position_embeddings.weight"][None])
        segments = self.constant("segments", self.weights["embeddings.token_type_embeddings.weight"])
        segment = self.add("Gather", [segments, "token_type_ids"], "segment")
        x = self.add("Add", [self.words(), self.add("Slice", slice_of, "place")], "placed")
        return self.norm(self.add("Add", [x, segment], "embedded"), "embeddings.LayerNorm", "normed")

    def closed(self) -> str:
        """(batch, length, 1): 0 where an answer may stand, ``MASKED`` elsewhere."""
        inside = [
            self.add("Cast", [name], f"{name}.bool", to=TensorProto.BOOL)
            for name in ("attention_mask", "token_type_ids")
        ]
        apart = self.add("Equal", ["input_ids", self.numbers("separator", [SEP])], "is_separator")
        inside.append(self.add("Not", [apart], "is_word"))
        both = self.add("And", [self.add("And", inside[:2], "in_passage"), inside[2]], "word_in_passage")
        count = self.add("Squeeze", ["length", "zero"], "count")
        place = self.add("Range", [self.scalar("from", 0), count, self.scalar("step", 1)], "range")
        first = self.add("Equal", [place, "zero"], "is_first")
        open_here = self.add("Or", [both, first], "open")
        values = [self.constant(n, np.array(v, np.float32)) for n, v in (("free", 0.0), ("shut", MASKED))]
        return self.add(
            "Unsqueeze", [self.add("Where", [open_here, *values], "closed"), "last_axis"], "closed3"
        )

    def scalar(self, name: str, value: int) -> str:
        return self.constant(name, np.array(value, np.int64))


def build(weights: Weights, *, int8: bool) -> onnx.ModelProto:
    """The whole model, from tokens to span logits and the no-answer head's."""
    graph = ReaderGraph(weights, int8=int8)
    graph.numbers("last_axis", [-1])
    graph.numbers("thirds", [weights["embeddings.word_embeddings.weight"].shape[1]] * 3)
    graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    x = graph.embedded()
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    for number in range(layers):
        x = graph.layer(x, number)
    spans = graph.add("Add", [graph.head(x, "span"), graph.closed()], "spans")
    graph.nodes.append(helper.make_node("Split", [spans], ["start3", "end3"], name="split_span", axis=2))
    looks = []
    for name in ("start", "end"):
        graph.add("Squeeze", [f"{name}3", "last_axis"], name)
        looks.append(graph.add("Softmax", [f"{name}3"], f"{name}.share", axis=1))
    look = graph.add("Concat", looks, "look", axis=2)
    seen = graph.add("MatMul", [graph.add("Transpose", [look], "look.t", perm=[0, 2, 1]), x], "seen")
    top = graph.add("Slice", [x, "zero", "one", "one"], "top")
    rows = graph.add("Concat", [top, seen], "judged.rows", axis=1)
    flat = graph.add("Reshape", [rows, graph.numbers("flat", [0, -1])], "judged.flat")
    inner = graph.add(
        "Gelu", [graph.linear(flat, ["judge_in"], "judge_in")], "judged.inner", domain="com.microsoft"
    )
    graph.add("Squeeze", [graph.head(inner, "judge_out"), "last_axis"], "answerable")
    rows_by = ["batch", "length"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, rows_by)
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("start", rows_by), ("end", rows_by), ("answerable", ["batch"]))
    ]
    whole = helper.make_graph(graph.nodes, "footnote-reader", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=8, producer_name="footnote")


def strays(one: Path, other: Path, seed: int = 0) -> float:
    """The largest difference of any probability between two models, on random input."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for length in (32, 128, 256):
        ids = rng.integers(1000, 20000, (4, length), dtype=np.int64)
        mask, segments = np.ones_like(ids), np.ones_like(ids)
        segments[:, :12] = 0
        ids[:, -1], ids[2:, -6:], mask[2:, -5:] = SEP, SEP, 0  # two of the rows are padded
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}
        answers = [open_model(path)(inputs) for path in (one, other)]
        found = [[_softmax(out[0]), _softmax(out[1]), 1 / (1 + np.exp(-out[2]))] for out in answers]
        worst = max([worst, *(float(np.abs(a - b).max()) for a, b in zip(*found, strict=True))])
    return worst


def _softmax(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), np.float32)


def main() -> None:
    import torch
    from tokenizers import Tokenizer

    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--checkpoint", type=Path, required=True)
    made.add_argument("--tokenizer", type=Path, required=True)
    made.add_argument("--out", type=Path, required=True)
    args = made.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    full, small = args.out / "model-fp32.onnx", args.out / "model.onnx"
    weights = published_names(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["network"])
    for path, int8 in ((full, False), (small, True)):
        path.write_bytes(build(weights, int8=int8).SerializeToString(deterministic=True))
    drift = strays(args.checkpoint, full)
    if drift > 1e-3:
        raise SystemExit(f"the ONNX graph differs from PyTorch by {drift:.4f}")
    size = small.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{small.name} has {size} bytes, more than {LARGEST}")
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (args.out / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    names = ("model.onnx", "tokenizer.json")
    lines = [f"{hashlib.sha256((args.out / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (args.out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    print(f"{size / 1e6:.1f} MB; largest difference on random input: ONNX to PyTorch {drift:.1e}, ", end="")
    print(f"int8 to fp32 {strays(full, small):.3f}")


if __name__ == "__main__":
    main()
