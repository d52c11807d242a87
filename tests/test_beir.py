"""Ranking metrics by hand, and a BEIR folder of three documents."""

import json
import math
from pathlib import Path

import pytest

from eval.beir import measure, ndcg, recall, searches
from qa.index import Index
from tests.conftest import make_document


def test_ndcg_by_hand() -> None:
    # The one relevant document at rank 2: (1 / log2 3) / (1 / log2 2) = 0.6309.
    assert ndcg(["x", "a"], {"a": 1}) == pytest.approx(0.6309, abs=1e-4)
    # Two relevant, at ranks 1 and 3: (1 + 1/2) / (1 + 1/log2 3) = 0.9197.
    assert ndcg(["a", "x", "b"], {"a": 1, "b": 1}) == pytest.approx(0.9197, abs=1e-4)
    assert ndcg(["a", "b"], {"a": 1, "b": 2}) == pytest.approx(
        (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    )
    assert ndcg([], {"a": 1}) == 0
    assert ndcg(["a"], {}) == 0


def test_only_ten_count() -> None:
    found = [*"bcdefghijk", "a"]
    assert ndcg(found, {"a": 1}) == 0
    assert recall(found, {"a": 1, "b": 1, "z": 0}) == 0.5


def test_a_folder_is_measured_three_ways(index: Index, tmp_path: Path) -> None:
    for name, text in (
        ("one", "Zebras zigzag over the zoo."),
        ("two", "Quiet quails."),
        ("three", "Wax and wood."),
    ):
        index.add(make_document(text, f"/d/{name}"))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "zebras"}) + "\n")
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tone\t1\n")
    figures = {figure.name: figure for figure in measure(index, tmp_path)}
    assert figures["lexical nDCG@10"].value == 1
    assert figures["hybrid Recall@10"].value == 1
    assert figures["hybrid - lexical nDCG@10"].value <= 0
    assert searches(index)["lexical"]("zebras") == ["one"]
