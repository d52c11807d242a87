"""A real llama.cpp server with a real small model: the whole way from a question to a checked answer."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa.build import open_assistant
from qa.config import Config
from qa.errors import LLMError
from qa.read.diagnose import diagnose
from qa.types import Done, Sentence

QUESTIONS = ("How much does Iraq owe Iran?", "Who won the chess championship in Reykjavik?")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The settings that ``footnote local-llm`` prints, while it runs."""
    data = tmp_path_factory.mktemp("llm")
    command = [sys.executable, "-m", "ui", "--data", str(data), "local-llm", "--accept-gemma-terms"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield tomllib.loads("".join(server.stdout.readline() for _ in range(3)))
        finally:
            server.terminate()
    assert server.returncode == 0


@pytest.fixture
def config(settings: dict[str, Any], seeds_data: Path) -> Config:
    return Config(data=seeds_data, llm_context_tokens=1_536, llm_seconds=8, passages=3, **settings)


def test_it_is_on_loopback_and_the_doctor_finds_it_well(config: Config) -> None:
    assert config.llm_url.startswith("http://127.0.0.1:")
    assert diagnose(config).startswith(f"{config.llm_model} answers (")


@pytest.mark.parametrize("question", QUESTIONS)
def test_only_what_the_documents_bear_out_is_shown(config: Config, question: str) -> None:
    with open_assistant(config) as assistant:
        *told, done = assistant.stream(question)
        assert isinstance(done, Done)
        answer, text_of = done.answer, assistant.index.catalog.text
        for cited in answer.citations:
            assert text_of(cited.document_id)[cited.start : cited.end] == cited.quote
    assert [event for event in told if isinstance(event, Sentence)] == list(answer.sentences)
    assert all(s.support in ("verbatim", "supported", "partial") and s.markers for s in answer.sentences)
    assert answer.manifest.llm is not None
    assert answer.manifest.llm.outcome in ("written", "cut", "abstained", "unsupported", "failed")
    assert "cannot be reached" not in " ".join(answer.notes)


def refused(data: Path, *options: str) -> tuple[int, str]:
    """The exit code and the line of a command that does not start."""
    command = [sys.executable, "-m", "ui", "--data", str(data), "local-llm", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_the_licence_must_be_accepted_and_weights_be_weights(tmp_path: Path) -> None:
    code, line = refused(tmp_path)
    assert code == 2
    assert "Gemma Terms of Use (https://ai.google.dev/gemma/terms" in line
    assert not list(tmp_path.rglob("*.gguf"))
    missing = "footnote: there are no weights at gone.gguf: name a .gguf file\n"
    assert refused(tmp_path, "--weights", "gone.gguf") == (2, missing)
    text = tmp_path / "text.gguf"
    text.write_text("no weights")
    code, line = refused(tmp_path, "--weights", str(text))
    assert code == 1
    assert "llama.cpp cannot serve" in line


def test_a_context_too_small_is_named(config: Config) -> None:
    wide = replace(config, llm_context_tokens=500_000)
    with pytest.raises(LLMError, match="context has 8,192 tokens: lower llm_context_tokens"):
        diagnose(wide)
