"""The reading model: which spans are best by hand, and the bundled one on real words."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from qa.errors import ModelError
from qa.read.spans import BUNDLED, SpanModel, best_spans

BRIDGE = "The stone bridge was opened on 4 May 1931 by the mayor, Ana Sousa. It is 120 metres long."


@pytest.fixture(scope="module")
def model() -> SpanModel:
    return SpanModel()


def test_best_spans_by_hand() -> None:
    start = np.array([0, 5, 1, 3], np.float32)
    end = np.array([0, 1, 4, 2], np.float32)
    # 5 + 4 from the second to the third piece; of what does not overlap, 3 + 2; then 0 + 0.
    assert best_spans(start, end) == [(1, 2, 9.0), (3, 3, 5.0), (0, 0, 0.0)]


def test_an_answer_ends_after_it_begins_and_is_not_too_long() -> None:
    start, end = np.full(100, -5, np.float32), np.zeros(100, np.float32)
    start[50], end[10], end[90] = 9, 9, 5  # before the beginning, and 41 pieces on
    assert best_spans(start, end, count=1) == [(50, 50, 9.0)]


def test_it_finds_who_when_and_how_much(model: SpanModel) -> None:
    for question, answer in (
        ("Who opened the bridge?", "Ana Sousa"),
        ("When was the bridge opened?", "4 May 1931"),
        ("How long is the bridge?", "120 metres"),
    ):
        best = model.read(question, [BRIDGE])[0][0]
        assert answer in BRIDGE[slice(*best.span)]


def test_a_text_that_answers_is_judged_above_one_that_does_not(model: SpanModel) -> None:
    about, beside = model.read("Who opened the bridge?", [BRIDGE, "The well is deep. It was dug by hand."])
    assert about[0].margin + about[0].judged > beside[0].margin + beside[0].judged


def test_a_long_text_is_read_to_its_end(model: SpanModel) -> None:
    text = "Nothing of note happened in the valley that year. " * 100 + BRIDGE
    best = model.read("Who opened the bridge?", [text])[0][0]
    assert "Ana Sousa" in text[slice(*best.span)]


def test_a_text_is_read_the_same_whatever_stands_beside_it(model: SpanModel) -> None:
    alone = model.read("Who opened the bridge?", [BRIDGE])[0]
    assert model.read("Who opened the bridge?", ["x", BRIDGE, "well " * 500])[1] == alone


@pytest.mark.parametrize("text", ["", " ", "\0", "x" * 50_000, "\ud800", "🙂", "كم المبلغ؟", "[SEP] [CLS]"])
@pytest.mark.parametrize("question", ["Who?", "", "x " * 10_000, "\ud800", "من؟"])
def test_odd_input_gives_spans_inside_the_text(model: SpanModel, question: str, text: str) -> None:
    (found,) = model.read(question, [text])
    assert all(0 <= f.span.start <= f.span.end <= len(text) for f in found)


def test_no_texts_are_no_spans(model: SpanModel) -> None:
    assert model.read("Who?", []) == []


def test_numbers_that_are_not_finite_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = SpanModel()
    nan = np.full((1, 400), np.nan, np.float32)
    monkeypatch.setitem(vars(broken), "_session", SimpleNamespace(run=lambda *_: (nan, nan, nan[0, :1])))
    with pytest.raises(ModelError, match="not finite"):
        broken.read("Who?", [BRIDGE])


def test_altered_and_missing_files_are_refused(tmp_path: Path) -> None:
    copy = tmp_path / "reader"
    shutil.copytree(BUNDLED, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    content = bytearray((copy / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="wrong checksum"):
        SpanModel(folder=copy).read("Who?", [BRIDGE])
    (copy / "model.onnx").unlink()
    with pytest.raises(ModelError, match="cannot read"):
        SpanModel(folder=copy).read("Who?", [BRIDGE])
