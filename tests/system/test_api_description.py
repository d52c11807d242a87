"""The API as it is described: requests made from the description, and what it may answer."""

from __future__ import annotations

from pathlib import Path

from drills.drill import Run
from drills.fuzz import fuzz


def test_no_request_breaks_the_server_or_the_description(tmp_path: Path) -> None:
    [done] = fuzz(Run(tmp_path, count=10, seed=1, data=tmp_path), phases="examples,fuzzing")
    assert done.failures == 0, done.said
    assert done.operations > 20
    assert done.requests > 150
