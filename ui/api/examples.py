"""A real answer, for the API's description: the seeds asked "How much does Iraq owe Iran?" with k = 1."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

ANSWER: dict[str, Any] = json.loads(resources.files("ui.api").joinpath("example.json").read_text("utf-8"))
PASSAGE: dict[str, Any] = ANSWER["passages"][0]
