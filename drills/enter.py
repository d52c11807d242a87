"""From Enter to the finished answer on the screen, beside ``Assistant.ask`` itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from drills.browser import chromium
from drills.drill import Drill, Row, Run, quantile
from drills.seeds import indexed, questions
from drills.server import serving
from qa.build import open_assistant
from qa.config import Config

_WARM = 5  # questions before anything is timed
_TIMED = """
question => new Promise(done => {
  const area = document.querySelector("#question textarea");
  const asked = () => document.querySelector("#now .fn-question")?.textContent === question;
  const shown = () => asked() && document.querySelector("#now .fn-answer");
  area.addEventListener("keydown", () => {
    const began = performance.now();
    const seen = new MutationObserver(() => {
      if (!shown()) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    });
    seen.observe(document.querySelector("#page"), { childList: true, subtree: true });
  }, { once: true });
})
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: milliseconds from Enter until the answer is painted, and of ``Assistant.ask``."""

    shown: float
    alone: float


def enter(run: Run) -> Iterator[Asked]:
    """Each question is asked on the page and then, with nothing else going on, in this process."""
    data = indexed(run.folder / "data")
    other = run.folder / "other"
    shutil.copytree(data, other)
    every = questions()
    with serving(data) as server, open_assistant(Config(data=other)) as assistant, _page(server.url) as ask:
        for number in range(_WARM + run.count):
            question = every[number % len(every)]
            shown = ask(question)
            began = time.perf_counter()
            assistant.ask(question)
            alone = 1_000 * (time.perf_counter() - began)
            if number >= _WARM:
                yield Asked(shown, alone)


@contextmanager
def _page(url: str) -> Iterator[Callable[[str], float]]:
    """Chromium on the chat page: what asks a question there, each in a new conversation."""
    with chromium() as browser:
        page = browser.new_page()

        def ask(question: str) -> float:
            page.goto(url)
            page.locator(".fn-welcome").wait_for()
            page.fill("#question textarea", question)
            return _timed(page, question)

        yield ask


def _timed(page: Any, question: str) -> float:
    page.evaluate(f"question => {{ window.timed = ({_TIMED})(question); }}", question)
    page.press("#question textarea", "Enter")
    return float(page.evaluate("window.timed"))


def _rows(done: Sequence[Asked]) -> list[Row]:
    shown, alone = sorted(one.shown for one in done), sorted(one.alone for one in done)
    added = sorted(one.shown - one.alone for one in done)
    return [
        (name, f"{quantile(times, 0.5):,.0f}", f"{quantile(times, 0.95):,.0f}")
        for name, times in (
            ("from Enter to the answer on the screen", shown),
            ("`Assistant.ask`", alone),
            ("what the page adds, question by question", added),
        )
    ]


DRILL = Drill(
    name="enter",
    title="From Enter to the answer on the screen",
    shows="The seeds' gold questions are asked in Chromium on the chat page of a server, each in a new"
    " conversation, and then of `Assistant.ask` in another process that has nothing else to do. The answer is"
    " on the screen when the frame after it is painted. Milliseconds.",
    count=60,
    does=enter,
    rows=_rows,
    columns=("", "median", "95th percentile"),
)
