"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from drills.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser
