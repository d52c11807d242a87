"""Every example of docs/api.md is run against a real server, and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.server import Server, serving

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^```(bash|python|javascript)\n(.*?)^```\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUNS = {
    "bash": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "-e"],
}


def line_of(found: re.Match[str]) -> int:
    return PAGE.count("\n", 0, found.start()) + 1


EXAMPLES = [
    pytest.param(*found.groups(), id=f"line {line_of(found)}: {found[1]}") for found in EXAMPLE.finditer(PAGE)
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    data = tmp_path_factory.mktemp("docs") / "data"
    index = [sys.executable, "-m", "ui", "--data", str(data), "index", "seeds"]
    subprocess.run(index, cwd=ROOT, check=True, capture_output=True)
    with serving(data) as running:
        yield running, data


def test_every_example_is_found() -> None:
    blocks = re.findall(r"^```(bash|python|javascript)$", PAGE, re.MULTILINE)
    assert len(blocks) == len(EXAMPLES)
    assert {"bash", "python", "javascript"} == set(blocks)


@pytest.mark.parametrize(("language", "code", "printed"), EXAMPLES)
def test_an_example_prints_what_the_page_says(
    server: tuple[Server, Path], tmp_path: Path, language: str, code: str, printed: str
) -> None:
    running, data = server
    code = code.replace("http://127.0.0.1:7860", running.url)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FOOTNOTE_DATA": str(data)}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        [*RUNS[language], code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
