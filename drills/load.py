"""Many API clients at once: what they get, how fast, and what it costs beside asking in one's own process."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from drills.drill import Drill, Row, Run, quantile
from drills.seeds import indexed
from drills.seeds import questions as gold
from drills.server import memory_mb, serving

_ROOT = Path(__file__).parent.parent
_CLIENTS = 32
_LOOP_SECONDS = 30.0
_LOOP = """
import json, sys, time
from pathlib import Path
from qa.build import open_assistant
from qa.config import Config
from qa.wire import answer_to_dict
questions, seconds = json.loads(sys.argv[2]), float(sys.argv[3])
with open_assistant(Config(data=Path(sys.argv[1]))) as assistant:
    answers = {question: answer_to_dict(assistant.ask(question)) for question in questions}
    asked, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        assistant.ask(questions[asked % len(questions)])
        asked += 1
    print(json.dumps([asked / (time.perf_counter() - began), answers]))
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One round: what the clients got, and how long it took."""

    statuses: dict[int, int]
    wrong: int
    """Answers that are not what ``Assistant.ask`` gives to the question asked."""
    seconds: float
    times: tuple[float, ...]
    """Seconds from posting to the whole answer, of each 200."""
    loop: float
    """Questions a second of ``Assistant.ask`` in a loop, in a process of its own, just before."""
    cold: float
    """Seconds from starting the server's process to its first answer."""
    memory_mb: float
    """Most memory of the server."""


def load(run: Run) -> Iterator[Load]:
    """Clients in threads of this process ask a server in another, each its next when one is answered."""
    data = indexed(run.folder / "data")
    questions = gold()
    loop, expected = _loop(data, questions)
    began = time.perf_counter()
    with serving(data) as server:
        _ask(httpx.Client(base_url=server.url, timeout=120), questions[0])
        cold = time.perf_counter() - began
        began = time.perf_counter()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            work = [
                clients.submit(_client, server.url, questions, expected, run.seed + n, began + run.count)
                for n in range(_CLIENTS)
            ]
            results = [each.result() for each in work]
        seconds = time.perf_counter() - began
        memory = memory_mb(server.pid, "VmHWM")
    statuses = Counter(status for found in results for status in found[0])
    times = tuple(sorted(taken for found in results for taken in found[2]))
    yield Load(dict(statuses), sum(found[1] for found in results), seconds, times, loop, cold, memory)


def _client(
    url: str, questions: Sequence[str], expected: dict[str, Any], seed: int, until: float
) -> tuple[list[int], int, list[float]]:
    """The statuses one client got, how many of its answers were wrong, and how long the good ones took."""
    draw = random.Random(seed)
    statuses: list[int] = []
    times: list[float] = []
    wrong = 0
    with httpx.Client(base_url=url, timeout=120) as client:
        while time.perf_counter() < until:
            question = draw.choice(questions)
            began = time.perf_counter()
            response = _ask(client, question)
            statuses.append(response.status_code)
            if response.status_code == httpx.codes.OK:
                times.append(time.perf_counter() - began)
                wrong += _timeless(response.json()) != _timeless(expected[question])
            else:
                time.sleep(float(response.headers.get("Retry-After", 1)))
    return statuses, wrong, times


def _ask(client: httpx.Client, question: str) -> httpx.Response:
    return client.post("/v1/ask", json={"question": question})


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"manifest": {**answer["manifest"], "timings_ms": None}}


def _loop(data: Path, questions: Sequence[str]) -> tuple[float, dict[str, Any]]:
    command = [sys.executable, "-c", _LOOP, str(data), json.dumps(questions), str(_LOOP_SECONDS)]
    said = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    rate, answers = json.loads(said.stdout.splitlines()[-1])
    return rate, answers


def _rows(done: Sequence[Load]) -> list[Row]:
    rows: list[Row] = []
    for one in done:
        answered = len(one.times)
        rate = answered / one.seconds
        rows += [
            ("questions answered (200)", f"{answered:,}"),
            (
                "refused, to be asked again (429 or 503)",
                f"{one.statuses.get(429, 0) + one.statuses.get(503, 0):,}",
            ),
            ("any other status", f"{sum(n for s, n in one.statuses.items() if s not in (200, 429, 503)):,}"),
            ("answers that differ from `Assistant.ask`", f"{one.wrong:,}"),
            (
                "a question, ms: median, 95th percentile",
                f"{1_000 * quantile(one.times, 0.5):,.0f}, {1_000 * quantile(one.times, 0.95):,.0f}",
            ),
            ("answers a second", f"{rate:.1f}"),
            ("… `Assistant.ask` in a loop, in one process", f"{one.loop:.1f}"),
            ("… ratio", f"{rate / one.loop:.2f}"),
            ("from the start of the process to the first answer, s", f"{one.cold:.1f}"),
            ("most memory of the server, MB", f"{one.memory_mb:,.0f}"),
        ]
    return rows


DRILL = Drill(
    name="load",
    title="Many API clients",
    shows=f"{_CLIENTS} clients post to `/v1/ask` for so many seconds, each its next when one is answered."
    " The questions are the seeds' gold questions, drawn at random; the server is a process of its own. Each"
    " answer is compared with what `Assistant.ask` gives, times apart.",
    count=60,
    does=load,
    rows=_rows,
)
