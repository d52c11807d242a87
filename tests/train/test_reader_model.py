"""The reader's network and its schedule, on a tiny shape. Needs PyTorch (extra ``train``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")


def tiny() -> Any:
    from qa.models.reader.model import ReaderNetwork, Shape

    torch.manual_seed(0)
    return ReaderNetwork(
        Shape(vocabulary=200, positions=32, hidden=24, layers=2, heads=12, feed_forward=48)
    ).eval()


def test_answers_stand_in_the_passage_or_nowhere() -> None:
    from qa.models.reader.model import MASKED

    ids = torch.tensor([[101, 5, 6, 102, 7, 8, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1, 0]])
    segments = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 0]])
    start, end, judged = tiny()(ids, mask, segments)
    assert judged.shape == (1,)
    for logits in (start, end):
        assert (logits[0] > MASKED / 2).tolist() == [True, False, False, False, True, True, False, False]


def test_padding_changes_nothing() -> None:
    network = tiny()
    ids = torch.tensor([[101, 5, 102, 7, 8, 9, 102]])
    segments = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])
    short = network(ids, torch.ones_like(ids), segments)
    pad = torch.zeros(1, 3, dtype=torch.long)
    mask = torch.cat([torch.ones_like(ids), pad], 1)
    long = network(torch.cat([ids, pad], 1), mask, torch.cat([segments, pad], 1))
    assert torch.allclose(short[0], long[0][:, :7], atol=1e-4)
    assert torch.allclose(short[2], long[2], atol=1e-4)


def test_the_rate_rises_and_comes_down_to_zero_at_a_moved_end() -> None:
    from qa.models.reader.train import rate_at, refit

    assert rate_at(0, 10, (0, 1.0, 100)) == pytest.approx(0.1)
    assert rate_at(50, 10, (0, 1.0, 100)) == pytest.approx(0.5)
    assert rate_at(50, 10, (50, 0.5, 70)) == pytest.approx(0.5)
    assert rate_at(70, 10, (50, 0.5, 70)) == 0.0
    assert refit(range(10), 0, 5, 10) == [0, 2, 4, 6, 8]
    assert refit(range(6), 2, 4, 6) == [0, 1, 2, 4]
    assert refit(range(6), 2, 8, 9) == [0, 1, 2, 6, 3, 4, 7, 5]


@pytest.mark.parametrize("int8", [False, True])
def test_the_exported_graph_says_what_the_network_says(tmp_path: Path, *, int8: bool) -> None:
    pytest.importorskip("onnx")
    from qa.models.reader.evaluate import open_model
    from qa.models.reader.export import build, published_names

    network = tiny()
    path = tmp_path / "tiny.onnx"
    path.write_bytes(build(published_names(network.state_dict()), int8=int8).SerializeToString())
    ids = torch.tensor([[101, 5, 102, 7, 8, 9, 102], [101, 5, 102, 7, 102, 0, 0]])
    inputs = {
        "input_ids": ids,
        "attention_mask": (ids > 0).long(),
        "token_type_ids": torch.tensor([[0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]]),
    }
    expected = network(**inputs)
    found = open_model(path)({name: values.numpy() for name, values in inputs.items()})
    for one, other in zip(expected, found, strict=True):
        assert torch.allclose(one, torch.from_numpy(other), atol=0.1 if int8 else 1e-3)
