"""Questions in turn: as many at once as is set, as many waiting as is set, the rest told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Unpack, cast

import anyio
import pytest

from qa.assistant import Assistant
from qa.config import Config
from qa.errors import BusyError, QuestionError
from qa.index import Index
from qa.library import Library, OwnedLibrary
from qa.read.sentence import SentenceReader
from qa.types import Answer, Asking, Done, Event
from tests.conftest import FakeEmbedder, make_document
from ui.service import Service


@pytest.fixture
def library(index: Index, config: Config) -> OwnedLibrary:
    index.add(make_document("Iraq owes Iran eleven billion dollars. It may pay in oil."))
    return OwnedLibrary(Assistant(index, {"sentence": SentenceReader(FakeEmbedder(), 1.0)}, config), config)


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, reader="sentence", answers_at_once=1, questions_waiting=1)


class Slow:
    """A library whose answers come when ``go`` is set; counts how many are asked at the same time."""

    def __init__(self, library: OwnedLibrary) -> None:
        self._library = library
        self.go = threading.Event()
        self.asked = threading.Semaphore(0)
        self.inside = self.most = 0

    def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.asked.release()
        assert self.go.wait(30)
        self.inside -= 1
        return self._library.ask(question, **how)

    def stream(self, question: str, **how: Unpack[Asking]) -> Iterator[Event]:
        yield from self._library.stream(question, **how)


async def wait_until(true: object) -> None:
    assert callable(true)
    with anyio.fail_after(30):
        while not true():
            await anyio.sleep(0.01)


def test_one_is_answered_one_waits_and_the_third_is_refused(library: OwnedLibrary, config: Config) -> None:
    slow = Slow(library)
    service = Service(cast(Library, slow), config)
    answers: list[Answer] = []

    async def ask() -> None:
        answers.append(await service.ask("What does Iraq owe?"))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            await wait_until(lambda: slow.inside == 1)
            group.start_soon(ask)
            await wait_until(lambda: service.waiting == 1)
            with pytest.raises(BusyError, match="too many questions"):
                await service.ask("What does Iraq owe?")
            slow.go.set()

    anyio.run(main)
    assert len(answers) == 2
    assert slow.most == 1
    assert service.waiting == 0


def test_a_turn_is_not_waited_for_longer_than_set(library: OwnedLibrary, config: Config) -> None:
    slow = Slow(library)
    service = Service(cast(Library, slow), replace(config, waiting_seconds=1))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(service.ask, "What does Iraq owe?")
            await wait_until(lambda: slow.inside == 1)
            with pytest.raises(BusyError) as told:
                await service.ask("What does Iraq owe?")
            assert told.value.seconds == 5
            slow.go.set()

    anyio.run(main)


def test_a_failure_gives_its_turn_back(library: OwnedLibrary, config: Config) -> None:
    service = Service(library, config)

    async def main() -> None:
        for _ in range(3):
            with pytest.raises(QuestionError):
                await service.ask("")
            with pytest.raises(QuestionError):
                await anext(service.stream(""))
        assert not (await service.ask("What does Iraq owe?")).abstained

    anyio.run(main)


def test_streamed_and_not_the_answer_is_the_same(library: OwnedLibrary, config: Config) -> None:
    noted: list[Answer] = []
    service = Service(library, config, noted.append)

    async def main() -> tuple[Answer, list[Event]]:
        events = [event async for event in service.stream("What does Iraq owe?")]
        return await service.ask("What does Iraq owe?"), events

    answer, events = anyio.run(main)
    last = events[-1]
    assert isinstance(last, Done)
    assert replace(last.answer, manifest=answer.manifest) == answer
    assert events[1:-1] == [*answer.sentences, *answer.citations]
    assert noted == [last.answer, answer]


def test_who_leaves_mid_stream_gives_the_turn_back(library: OwnedLibrary, config: Config) -> None:
    service = Service(library, config)

    async def main() -> None:
        stream = service.stream("What does Iraq owe?")
        await anext(stream)
        await stream.aclose()
        assert not (await service.ask("What does Iraq owe?")).abstained

    anyio.run(main)


def test_who_is_cancelled_while_waiting_leaves_no_trace(library: OwnedLibrary, config: Config) -> None:
    slow = Slow(library)
    service = Service(cast(Library, slow), config)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(service.ask, "What does Iraq owe?")
            await wait_until(lambda: slow.inside == 1)
            with anyio.move_on_after(0.05):
                await service.ask("What does Iraq owe?")
            assert service.waiting == 0
            slow.go.set()
        assert not (await service.ask("What does Iraq owe?")).abstained

    anyio.run(main)


def test_stopping_finishes_what_is_answered_and_refuses_the_rest(
    library: OwnedLibrary, config: Config
) -> None:
    slow = Slow(library)
    service = Service(cast(Library, slow), config)
    answers: list[Answer] = []
    refused: list[BusyError] = []

    async def ask() -> None:
        try:
            answers.append(await service.ask("What does Iraq owe?"))
        except BusyError as error:
            refused.append(error)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            await wait_until(lambda: slow.inside == 1)
            group.start_soon(ask)
            await wait_until(lambda: service.waiting == 1)
            group.start_soon(service.finish, 30.0)
            await anyio.sleep(0.05)
            await ask()  # who comes now is refused at once: the first is still being answered
            assert slow.inside == 1
            slow.go.set()

    anyio.run(main)
    assert len(answers) == 1
    assert [str(error) for error in refused] == ["the server is stopping: try again in a moment"] * 2
