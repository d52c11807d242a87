"""What a model writes, through the faces: told while it still writes, stopped with whoever listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest
from anyio.to_thread import run_sync

from qa.build import assistant
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.library import OwnedLibrary
from qa.lock import FolderLock, owner_of
from qa.types import Done, Searching, Sentence, Waiting
from tests.llms import MODEL, Reply, Scripted, endlessly, says, scripted
from tests.servers import running
from tests.writers import QUESTION, RIGHT, TOLLS, take_in
from ui.app import build_app, open_parts
from ui.door import Door
from ui.remote import RemoteLibrary
from ui.service import Service
from ui.shared import SharedLibrary
from ui.talking import Asking, Talking, User, View

FIRST = "The stone bridge was opened on 4 May 1931."


class Held:
    """A reply that goes on after its first sentence when ``go`` is set: it waits for whoever listens."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, _: dict[str, Any]) -> Reply:
        return Reply(self)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[str]:
        yield RIGHT
        assert self.go.wait(30)
        yield TOLLS


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(data=tmp_path_factory.mktemp("data"), reader="llm", llm_url="http://x", llm_model=MODEL)


@pytest.fixture(scope="module")
def index(config: Config) -> Iterator[Index]:
    with Index(config, BundledEmbedder()) as opened:
        yield take_in(opened)


@contextmanager
def library(index: Index, config: Config, reply: Any) -> Iterator[tuple[OwnedLibrary, Config, Scripted]]:
    """A library whose answers a server writes that replies so, checked as they are for people."""
    with scripted(reply) as server:
        own = replace(config, llm_url=server.url)
        yield OwnedLibrary(assistant(index, own), own), own, server


@contextmanager
def served(index: Index, config: Config, reply: Any) -> Iterator[tuple[str, Scripted]]:
    """The address of the whole app over it."""
    with (
        library(index, config, reply) as (owned, own, server),
        open_parts(owned, own) as parts,
        running(build_app(parts)) as url,
    ):
        yield url, server


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Server-sent events as (name, data)."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_the_api_tells_a_sentence_while_the_model_still_writes(index: Index, config: Config) -> None:
    held, told = Held(), []
    with served(index, config, held) as (url, _):
        asked = {"question": QUESTION, "stream": True}
        with httpx.stream("POST", f"{url}/v1/ask", json=asked, timeout=40) as response:
            for name, data in events(response.iter_lines()):
                told.append((name, data))
                if name == "citation":
                    held.go.set()
        whole = httpx.post(f"{url}/v1/ask", json={"question": QUESTION}, timeout=40).json()
    assert [name for name, _ in told] == [
        "searching", "sentence", "citation", "sentence", "citation", "answer", "end",
    ]  # fmt: skip
    answer = told[-2][1]
    assert {**answer, "manifest": None} == {**whole, "manifest": None}
    assert [data["text"] for name, data in told if name == "sentence"] == [
        s["text"] for s in answer["sentences"]
    ]
    assert answer["manifest"]["llm"]["outcome"] == "written"


def test_openais_clients_get_it_as_it_comes_too(index: Index, config: Config) -> None:
    held, said = Held(), ""
    with served(index, config, held) as (url, _):
        assert "footnote-llm" in [m["id"] for m in httpx.get(f"{url}/v1/models").json()["data"]]
        asked = {"model": "footnote-llm", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
        with httpx.stream("POST", f"{url}/v1/chat/completions", json=asked, timeout=40) as response:
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    said += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
                    if said:
                        held.go.set()
    assert said == f"{FIRST} [1] It has tolls of $5 in summer. [2]"


def test_who_leaves_the_api_stops_the_model(index: Index, config: Config) -> None:
    with served(index, config, says(RIGHT, *endlessly("word "))) as (url, server):
        with httpx.stream("POST", f"{url}/v1/ask", json={"question": QUESTION, "stream": True}) as response:
            next(name for name, _ in events(response.iter_lines()) if name == "sentence")
        assert server.left.wait(20)


def test_the_chat_page_shows_sentences_and_stops_the_model(index: Index, config: Config) -> None:
    async def stopped(talking: Talking, server: Scripted) -> list[View]:
        asking, seen = Asking(), []
        async for view in talking.ask(User("ann", ""), "", QUESTION, asking):
            seen.append(view)
            if FIRST in (view.now or ""):
                asking.stop()
        assert await run_sync(server.left.wait, 20)  # while the page lives on
        return seen

    with (
        library(index, config, says(RIGHT, *endlessly("word "))) as (owned, own, server),
        open_parts(owned, own) as parts,
    ):
        talking = Talking(parts.service, parts.conversations)
        *_, shown, last = anyio.run(stopped, talking, server)
    assert "fn-pending" in (shown.now or "")
    assert "Stopped." in (last.now or "")


def test_what_became_of_the_model_is_told_on_the_page(index: Index, config: Config) -> None:
    async def asked(talking: Talking) -> list[View]:
        return [view async for view in talking.ask(User("ann", ""), "", QUESTION, Asking())]

    with library(index, config, says()) as (owned, own, _), open_parts(owned, own) as parts:
        *_, last = anyio.run(asked, Talking(parts.service, parts.conversations))
    assert "The language model wrote nothing. The passages were read without it." in (last.now or "")


def test_a_turn_is_given_up_with_who_leaves(index: Index, config: Config) -> None:
    async def left(service: Service) -> None:
        for _ in range(2):  # the second has the only turn only when the first has given it up
            with anyio.fail_after(30):
                told = service.stream(QUESTION)
                async for event in told:
                    if isinstance(event, Sentence):
                        break
                await told.aclose()

    with library(index, config, says(RIGHT, *endlessly("word "))) as (owned, own, _):
        anyio.run(left, Service(owned, replace(own, answers_at_once=1)))


def test_another_process_gets_it_as_it_comes(index: Index, config: Config) -> None:
    held = Held()
    with library(index, config, held) as (owned, own, _):
        lock = FolderLock(own.data / "door")
        door = Door(lock, own.answering())
        door.open(owned)
        owner = owner_of(own.data / "door")
        assert owner is not None
        told = []
        for event in RemoteLibrary(owner).stream(QUESTION):
            told.append(event)
            if isinstance(event, Sentence):
                held.go.set()
        whole = owned.ask(QUESTION)
        shared = SharedLibrary(replace(own, data=own.data / "door"), lambda _: None)
        again = list(shared.stream(QUESTION))
        door.close()
        lock.release()
    last = told[-1]
    assert isinstance(told[0], Searching)
    assert isinstance(last, Done)
    assert (last.answer.text, last.answer.citations) == (whole.text, whole.citations)
    assert last.answer.manifest.llm == whole.manifest.llm
    assert [e for e in told if isinstance(e, Sentence)] == list(whole.sentences)
    assert [e for e in again if not isinstance(e, Waiting | Done)] == [
        e for e in told if not isinstance(e, Waiting | Done)
    ]
