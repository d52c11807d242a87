"""The bundled embedder, with its real model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.embed import BUNDLED, MAX_CHARS, BundledEmbedder, Embedder
from qa.errors import ModelError

if TYPE_CHECKING:
    from qa.types import FloatArray

PASSAGES = (
    "Iran is owed approximately $11 billion by Iraq for gas and electricity exports.",
    "The library opens at nine. " * 12,
    "A short one.",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "",
    "Two thirds of the members must be present for a vote on the statutes to count. " * 5,
)


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return BundledEmbedder()


@pytest.fixture(scope="module")
def alone(embedder: BundledEmbedder) -> FloatArray:
    return np.stack([embedder.embed_question(text) for text in PASSAGES])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in ("model.onnx", "tokenizer.json", "SHA256SUMS"):
        shutil.copy(BUNDLED / name, tmp_path)
    return tmp_path


def test_it_is_an_embedder(embedder: BundledEmbedder) -> None:
    checked: Embedder = embedder  # the type checker holds it to the protocol
    assert checked.dimension == 384
    assert "MiniLM" in checked.name


def test_rows_are_unit_float32_and_contiguous(embedder: BundledEmbedder) -> None:
    vectors = embedder.embed_passages(PASSAGES)
    assert vectors.shape == (len(PASSAGES), 384)
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    question = embedder.embed_question("Who?")
    assert question.shape == (384,)
    assert question.dtype == np.float32


def test_no_texts_give_no_rows(embedder: BundledEmbedder) -> None:
    vectors = embedder.embed_passages([])
    assert vectors.shape == (0, 384)
    assert vectors.dtype == np.float32


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(range(len(PASSAGES))), max_size=8))
def test_a_vector_depends_on_its_text_alone(
    embedder: BundledEmbedder, alone: FloatArray, chosen: list[int]
) -> None:
    """Bit for bit: whatever else is embedded with it, in whatever order."""
    vectors = embedder.embed_passages([PASSAGES[index] for index in chosen])
    assert np.array_equal(vectors, alone[chosen].reshape(-1, 384))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(alone: FloatArray, threads: int) -> None:
    assert np.array_equal(BundledEmbedder(threads).embed_passages(PASSAGES), alone)


def test_two_threads_may_share_it(embedder: BundledEmbedder, alone: FloatArray) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: embedder.embed_passages(PASSAGES), range(8)))
    assert all(np.array_equal(result, alone) for result in results)


def test_it_agrees_with_the_published_model(embedder: BundledEmbedder) -> None:
    """The golden vectors come from PyTorch in fp32, from the published weights."""
    golden = json.loads((Path(__file__).parent / "data" / "embedder_fp32.json").read_text(encoding="utf-8"))
    for case in golden["vectors"]:
        expected = np.array(case["vector"])
        assert embedder.embed_question(case["text"]) @ expected > 0.985, case["text"]


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        ("How much money does Iraq owe?", PASSAGES[0], PASSAGES[3]),
        ("When can I visit the library?", PASSAGES[1], PASSAGES[0]),
        ("How do plants make sugar?", PASSAGES[3], PASSAGES[1]),
        ("What quorum does changing the bylaws need?", PASSAGES[5], PASSAGES[0]),
    ],
)
def test_a_paraphrase_is_nearer_than_another_subject(
    embedder: BundledEmbedder, question: str, near: str, far: str
) -> None:
    asked = embedder.embed_question(question)
    assert asked @ embedder.embed_question(near) > asked @ embedder.embed_question(far) + 0.2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\0",
        "a\0b",
        "\ud800 half a pair",
        "😀" * 50,
        "مرحبا بالعالم",
        "\u200b\u202e",
        "x" * 1_000_000,
        "[SEP]",
    ],
)
def test_any_text_has_a_finite_unit_vector(embedder: BundledEmbedder, text: str) -> None:
    (vector,) = embedder.embed_passages([text])
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_the_end_of_a_long_passage_counts(embedder: BundledEmbedder) -> None:
    """Past the model's window of 512 word pieces, and up to the bound on characters; not beyond."""
    filler = "The quarterly figures were presented to the board without further remarks. " * 60
    ending = "Volcanoes erupt when magma rises through cracks in the crust."
    asked = embedder.embed_question("What makes a volcano erupt?")
    assert len(filler + ending) < MAX_CHARS
    assert asked @ embedder.embed_question(filler + ending) > asked @ embedder.embed_question(filler) + 0.05
    bounded = "word " * MAX_CHARS
    assert np.array_equal(embedder.embed_question(bounded), embedder.embed_question(bounded + ending))


def test_markers_of_the_model_in_a_text_are_plain_text(embedder: BundledEmbedder) -> None:
    ids = embedder._tokenizer.encode("a [SEP] b").ids
    assert ids.count(102) == 1


def test_the_tokenizer_neither_cuts_nor_pads(embedder: BundledEmbedder) -> None:
    assert len(embedder._tokenizer.encode("one").ids) == 3
    assert len(embedder._tokenizer.encode("one " * 700).ids) == 702


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 0.0])
def test_nonsense_from_the_runtime_is_an_error(wrong: float) -> None:
    embedder = BundledEmbedder(1)
    answer = [np.full((1, 384), wrong, dtype=np.float32)]
    embedder._session = SimpleNamespace(run=lambda *_: answer)
    with pytest.raises(ModelError, match="onnxruntime"):
        embedder.embed_passages(["text"])


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ModelError, match=name) as caught:
        BundledEmbedder(folder=copied)
    assert "reinstall" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_telemetry_is_off_and_importing_is_cheap() -> None:
    """In a process of its own: here everything is loaded already."""
    probe = "import os, sys, qa.embed; print(os.environ['ORT_DISABLE_TELEMETRY'], *sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=environment, timeout=60
    )
    switch, *modules = done.stdout.split()
    assert switch == "1"
    assert not {"onnxruntime", "tokenizers", "numpy"} & set(modules)
