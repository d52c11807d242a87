"""What the guards' tests share: accounts, and clients of one app on this machine and beyond it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from tests.guard.guarded import (
    BEYOND,
    client,
)
from ui.keys import Accounts


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(Config(data=tmp_path).access_path)


@pytest.fixture
def local(tmp_path: Path) -> TestClient:
    return client(Config(data=tmp_path))


@pytest.fixture
def beyond(tmp_path: Path) -> TestClient:
    return client(Config(data=tmp_path, **BEYOND))
