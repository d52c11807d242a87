"""How soon a sentence that a language model has ended is on the wire: checked and cited."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
import numpy as np

from drills.drill import Drill, Row, Run
from drills.server import serving
from qa.build import open_index
from qa.config import Config
from qa.ingest import ingest
from qa.load.files import find
from tests.llms import MODEL, Reply, says, scripted

_QUESTION = "When was the stone bridge opened?"
_TEXT = "The stone bridge was opened on 4 May 1931 by the mayor. It has tolls of $5 in summer.\n"
_SENTENCES = ("The stone bridge was opened on 4 May 1931 [1]. ", "It has tolls of $5 in summer [1]. ")
_LAST = "[1]. "
_BEFORE = 0.3
_BETWEEN_WORDS = 0.005
_BETWEEN_SENTENCES = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """Seconds from the model's last word of a sentence to the sentence's event at the client."""

    seconds: float


def drill(run: Run) -> Iterator[Told]:
    """Ask over real HTTP, a real server between a scripted model and this client."""
    data = run.folder / "data"
    _index(run, Config(data=data))
    with (
        scripted(_reply()) as model,
        serving(data, reader="llm", llm_url=model.url, llm_model=MODEL) as server,
        httpx.Client(timeout=60) as client,
    ):
        for number in range(run.count + 1):
            for told in _asked(client, server.url, model.sent):
                if number:  # the first waits for what is imported when it is first used
                    yield told


def _index(run: Run, config: Config) -> None:
    (run.folder / "texts").mkdir(parents=True)
    (run.folder / "texts" / "bridge.txt").write_text(_TEXT)
    with open_index(config) as index:
        list(ingest(index, find(run.folder / "texts").files, config))


def _reply() -> Reply:
    pieces: list[str | float] = [_BEFORE]
    for sentence in _SENTENCES:
        for word in sentence.split():
            pieces += [f"{word} ", _BETWEEN_WORDS]
        pieces.append(_BETWEEN_SENTENCES)
    return says(*pieces)


def _asked(client: httpx.Client, url: str, sent: dict[str, float]) -> Iterator[Told]:
    name = ""
    with client.stream("POST", f"{url}/v1/ask", json={"question": _QUESTION, "stream": True}) as response:
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "sentence":
                yield Told(time.monotonic() - sent[_LAST])


def rows(told: Sequence[Told]) -> list[Row]:
    """Quantiles, in milliseconds."""
    seconds = np.array([each.seconds for each in told]) * 1_000
    names = (("median", 50), ("95th percentile", 95), ("99th percentile", 99), ("most", 100))
    found = [(name, f"{np.percentile(seconds, at):.1f} ms") for name, at in names]
    return [("sentences", f"{len(told):,}"), *found, ("over 50 ms", f"{int((seconds > 50).sum()):,}")]


DRILL = Drill(
    name="wire",
    title="From a language model to the wire",
    shows=(
        "A model begins after 0.3 s and writes two sentences, a word every 5 ms; `footnote serve` checks and"
        " cites each. Measured is the time from the sending of a sentence's last word to the arrival of its"
        " server-sent event at the client of `POST /v1/ask`, all on one machine."
    ),
    count=200,
    does=drill,
    rows=rows,
)
