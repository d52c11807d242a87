"""A BEIR folder of three documents."""

import json
from pathlib import Path

from eval.beir import measure, recall, searches
from qa.index import Index
from tests.conftest import make_document


def test_only_ten_count() -> None:
    found = [*"bcdefghijk", "a"]
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
