"""Many chat pages at once: what each shows, to whom, and how the server's memory grows."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from drills.drill import Drill, Row, Run, quantile
from drills.seeds import indexed, questions
from drills.server import memory_mb, serving
from qa.build import open_assistant
from qa.config import Config
from ui.render import answer_text

_SESSIONS = 32
_USER = "X-Forwarded-User"
_SETTINGS = {"trusted_proxies": "127.0.0.1", "proxy_user_header": _USER, "requests_per_minute": "0"}
_COPIED = re.compile(r'data-do="copy" data-text="([^"]*)"')
_SAMPLE_SECONDS = 1.0
_BUSY = re.compile(r"too many questions (?:are|were) asked")


@dataclass(frozen=True, slots=True)
class Sessions:
    """One round. ``shown`` counts what the pages showed: an answer, busy, wrong, or something else."""

    shown: Mapping[str, int]
    strangers: int
    """Conversations found with a user who had not asked that."""
    kept: int
    """Conversations that the users found afterwards."""
    times: tuple[float, ...]
    """Seconds from asking to the whole answer."""
    memory_mb: tuple[float, ...]
    """The server's memory, once a second."""


def sessions(run: Run) -> Iterator[Sessions]:
    """Each session is a user's page, which asks its next question when one is answered."""
    data = indexed(run.folder / "data")
    every = questions()
    with open_assistant(Config(data=data)) as assistant:
        expected = {question: _words(answer_text(assistant.ask(question))) for question in every}
    with serving(data, **_SETTINGS) as server, ThreadPoolExecutor(_SESSIONS + 1) as pages:
        until = time.perf_counter() + run.count
        memory = pages.submit(_memory, server.pid, until)
        seeds = [run.seed + number for number in range(_SESSIONS)]
        asked = [pages.submit(_session, server.url, seed, expected, until) for seed in seeds]
        results = [each.result() for each in asked]
    shown = Counter(kind for found in results for kind in found.shown)
    yield Sessions(
        dict(shown),
        sum(found.strangers for found in results),
        sum(found.kept for found in results),
        tuple(sorted(taken for found in results for taken in found.times)),
        memory.result(),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    shown: Sequence[str]
    strangers: int
    kept: int
    times: Sequence[float]


def _session(url: str, seed: int, expected: Mapping[str, str], until: float) -> _Seen:
    draw = random.Random(seed)
    shown: list[str] = []
    times: list[float] = []
    asked: set[str] = set()
    headers = {_USER: f"user{seed}", "Origin": url}
    with httpx.Client(base_url=url, timeout=120, headers=headers) as client:
        called = _asking(client)
        while time.perf_counter() < until:
            question = draw.choice(list(expected))
            began = time.perf_counter()
            page = _ask(client, called, f"session{seed}", question)
            kind = _kind(page, expected[question])
            shown.append(kind)
            if kind == "answer":
                times.append(time.perf_counter() - began)
                asked.add(question)
            else:
                time.sleep(1)
        found = client.get("/v1/conversations", params={"limit": 100}).json()["conversations"]
    return _Seen(shown, sum(not _asked(each["title"], asked) for each in found), len(found), times)


def _asked(title: str, questions: Collection[str]) -> bool:
    """Whether a conversation's title is one of the questions, or how a long one begins."""
    return any(question.startswith(title.removesuffix("…").rstrip()) for question in questions)


def _asking(client: httpx.Client) -> int:
    """The number of the page's function that asks: the one with most outputs that takes the box alone."""
    functions = client.get("/config").json()["dependencies"]
    asking = [each for each in functions if len(each["inputs"]) == 1 and len(each["outputs"]) > 1]
    return int(max(asking, key=lambda each: len(each["outputs"]))["id"])


def _ask(client: httpx.Client, called: int, session: str, question: str) -> str:
    """What the page was sent until the answer was there."""
    body = {"data": [question], "fn_index": called, "session_hash": session, "trigger_id": called}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != httpx.codes.OK:
        return f"{joined.status_code} {joined.text}"
    sent: list[str] = []
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
        for line in events.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            sent += _strings(message)
            if message.get("msg") == "process_completed":
                break
    return "\n".join(sent)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in _strings(each)]


def _kind(page: str, expected: str) -> str:
    copied = _COPIED.search(page)
    if copied:
        return "answer" if expected.startswith(_words(unescape(copied[1]))) else "wrong"
    return "busy" if _BUSY.search(page) else "other"


def _words(text: str) -> str:
    """Text without its line breaks and double spaces."""
    return " ".join(text.split())


def _memory(pid: int, until: float) -> tuple[float, ...]:
    taken: list[float] = []
    while time.perf_counter() < until:
        taken.append(memory_mb(pid, "VmRSS"))
        time.sleep(_SAMPLE_SECONDS)
    return tuple(taken)


def _rows(done: Sequence[Sessions]) -> list[Row]:
    rows: list[Row] = []
    for one in done:
        quarter, last = one.memory_mb[len(one.memory_mb) // 4], one.memory_mb[-1]
        rows += [
            ("answers shown", f"{one.shown.get('answer', 0):,}"),
            ("“too many questions”", f"{one.shown.get('busy', 0):,}"),
            (
                "answers to another question, or not what `Assistant.ask` says",
                f"{one.shown.get('wrong', 0):,}",
            ),
            ("anything else shown", f"{one.shown.get('other', 0):,}"),
            ("conversations kept; found with a user who had not asked", f"{one.kept:,}; {one.strangers:,}"),
            (
                "a question, s: median, 95th percentile",
                f"{quantile(one.times, 0.5):.1f}, {quantile(one.times, 0.95):.1f}",
            ),
            ("memory after a quarter of the time, at the end, MB", f"{quarter:,.0f}, {last:,.0f}"),
        ]
    return rows


DRILL = Drill(
    name="sessions",
    title="Many chat pages",
    shows=f"{_SESSIONS} users, each on a chat page of their own (its messages, without a browser), ask for so"
    " many seconds, each the next when one is answered. What a page shows is compared with what"
    " `Assistant.ask` says; afterwards each user's conversations are looked at.",
    count=60,
    does=sessions,
    rows=_rows,
)
