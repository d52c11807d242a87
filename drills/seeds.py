"""The seeds, indexed, and the gold questions on them that stand alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def indexed(data: Path) -> Path:
    """A new data folder that holds the seeds."""
    command = [sys.executable, "-m", "ui", "--data", str(data), "index", str(_ROOT / "seeds")]
    subprocess.run(command, cwd=_ROOT, capture_output=True, check=True)
    return data


def questions() -> list[str]:
    """Those that do not follow another, in the order of the file."""
    lines = (_ROOT / "eval" / "gold" / "seeds.jsonl").read_text("utf-8").splitlines()
    gold = [json.loads(line) for line in lines]
    return [each["question"] for each in gold if not each.get("follows")]
