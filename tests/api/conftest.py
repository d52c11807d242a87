"""The whole app over the seeds, with nobody signing in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.build import open_assistant
from qa.config import Config
from qa.library import OwnedLibrary
from ui.app import Parts, build_app, open_parts


@pytest.fixture(scope="package")
def parts(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    data = tmp_path_factory.mktemp("api") / "data"
    shutil.copytree(seeds_data, data)
    config = Config(data=data)
    with open_assistant(config) as assistant, open_parts(OwnedLibrary(assistant, config), config) as opened:
        yield opened


@pytest.fixture(scope="package")
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(build_app(parts), base_url="http://127.0.0.1") as opened:
        yield opened
