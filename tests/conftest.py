"""What the tests share: an embedder whose vectors can be told by looking, an index, documents."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from qa.build import open_index
from qa.config import Config
from qa.index import Index, Receipt
from qa.ingest import find_all, ingest
from qa.types import Document, Heading

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from qa.types import FloatArray
    from ui.app import Parts

# The same examples every time: a run that lands a change must not fail by chance.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

SEEDS = Path(__file__).parent.parent / "seeds"


class FakeEmbedder:
    """Counts the letters a to z, and 1 so that no text is without a vector; scaled to unit length.

    "aab" is (2, 1, 0, …, 0, 1) / √6. The cosine of "a" and "b" is 1/2: they share the constant alone.
    """

    name = "fake-letters"
    dimension = 27

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        return np.array([self.embed_question(text) for text in texts], dtype=np.float32).reshape(-1, 27)

    def embed_question(self, text: str) -> FloatArray:
        counts = np.array([*(text.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"), 1], np.float32)
        return counts / np.float32(np.linalg.norm(counts))


def make_document(
    text: str,
    path: str = "/documents/a.txt",
    *,
    title: str = "",
    published: date | None = None,
    headings: tuple[Heading, ...] = (),
) -> Document:
    """A document of this text, as ``load`` makes them of a file."""
    return Document(
        path=path,
        source=path.rsplit("/", 1)[-1],
        title=title,
        published=published,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        extractor="test/1",
        headings=headings,
    )


@pytest.fixture(scope="session")
def seeds_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the seeds in it, made once, by the bundled embedder."""
    config = Config(data=tmp_path_factory.mktemp("seeds") / "data")
    with open_index(config) as opened:
        results = list(ingest(opened, find_all([SEEDS]), config))
    assert {type(result) for result in results} == {Receipt}
    return config.data


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "data")


@pytest.fixture
def index(config: Config) -> Iterator[Index]:
    with Index(config, FakeEmbedder()) as opened:
        yield opened


@pytest.fixture(scope="session")
def parts(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """What the web's faces share, over the seeds, with nobody signing in."""
    from qa.build import open_assistant
    from qa.library import OwnedLibrary
    from ui.app import open_parts

    data = tmp_path_factory.mktemp("web") / "data"
    shutil.copytree(seeds_data, data)
    config = Config(data=data, examples=("How much does Iraq owe Iran?",))
    with open_assistant(config) as assistant, open_parts(OwnedLibrary(assistant, config), config) as opened:
        yield opened


@pytest.fixture(scope="session")
def client(parts: Parts) -> Iterator[TestClient]:
    """The whole app, asked from this machine."""
    from fastapi.testclient import TestClient

    from ui.app import build_app

    with TestClient(build_app(parts), base_url="http://127.0.0.1") as opened:
        yield opened
