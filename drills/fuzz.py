"""The API tried by its own description: requests that fit it and that don't, made by schemathesis."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from drills.drill import Drill, Row, Run
from drills.server import serving

_ROOT = Path(__file__).parent.parent
# Not "positive_data_acceptance": a file that can't be read, or an unknown reader, fits the description, too.
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
)


@dataclass(frozen=True, slots=True)
class Fuzz:
    """What came of one run."""

    requests: int
    operations: int
    failures: int
    said: str
    """schemathesis's own report."""


def fuzz(run: Run, phases: str = "examples,coverage,fuzzing") -> Iterator[Fuzz]:
    """``count`` requests at most for each operation in the phase that draws, besides examples and borders."""
    data = run.folder / "data"
    index = [sys.executable, "-m", "ui", "--data", str(data), "index", str(_ROOT / "seeds")]
    subprocess.run(index, cwd=_ROOT, capture_output=True, check=True)
    with serving(data, reader="sentence") as server:
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}/openapi.json"),
            *("--phases", phases, "--continue-on-failure", "--no-color"),
            *("--checks", ",".join(_CHECKS), "--max-examples", str(run.count), "--seed", str(run.seed)),
        ]
        done = subprocess.run(command, cwd=run.folder, capture_output=True, text=True, check=False)
    yield _told(done.stdout, done.returncode)


def _told(said: str, code: int) -> Fuzz:
    requests, tested = re.search(r"(\d+) generated", said), re.search(r"Tested: (\d+)", said)
    if requests is None or tested is None:
        raise RuntimeError(f"schemathesis did not come to its end: {said[-2_000:]}")
    failures = re.search(r"found (\d+) unique failures", said)
    found = int(failures[1]) if failures else int(code != 0)
    return Fuzz(int(requests[1]), int(tested[1]), found, said)


def _rows(done: Sequence[Fuzz]) -> list[Row]:
    return [
        row
        for one in done
        for row in (
            ("operations", f"{one.operations}"),
            ("requests", f"{one.requests:,}"),
            ("server errors, and responses that do not fit the description", f"{one.failures}"),
        )
    ]


DRILL = Drill(
    name="fuzz",
    title="Requests made from the API's own description",
    shows="schemathesis reads `/openapi.json` of a running server and makes requests of it, valid and not: no"
    " server error, and every response as it is described. The count is of drawn requests an operation.",
    count=80,
    does=fuzz,
    rows=_rows,
)
