"""What the web's faces share: one library, asked a few questions at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar, Unpack

import anyio
from anyio.to_thread import run_sync

from qa.config import Config
from qa.errors import BusyError
from qa.library import Library
from qa.types import Answer, Asking, Done, Event, ScoredPassage, Waiting

_Value = TypeVar("_Value")


class Service:
    """A library for many who ask at once: a few are answered, some wait, the rest are told to come again."""

    def __init__(
        self, library: Library, config: Config, noted: Callable[[Answer], None] = lambda _: None
    ) -> None:
        """``noted`` is given each answer."""
        self.library = library
        self.config = config
        self._noted = noted
        writes = config.reader == "llm"  # whoever waits for a model keeps no core busy
        self._most = config.answers_at_once or max(os.cpu_count() or 1, config.llm_at_once * writes)
        self._at_once = anyio.Semaphore(self._most)
        self._closing = False

    async def ask(self, question: str, **how: Unpack[Asking]) -> Answer:
        """As ``Library.ask``, in turn. Raises BusyError, too."""
        async with self._turn():
            answer = await run_sync(lambda: self.library.ask(question, **how))
        self._noted(answer)
        return answer

    async def stream(self, question: str, **how: Unpack[Asking]) -> AsyncGenerator[Event]:
        """As ``Library.stream``, in turn. Raises BusyError, too, before the first event."""
        async with self._turn():
            events = _Steps(self.library.stream(question, **how))
            try:
                while not isinstance(event := await run_sync(events.step), Done):
                    if not isinstance(event, Waiting):  # at which one who has left is noticed
                        yield event
            finally:
                with anyio.CancelScope(shield=True):
                    await run_sync(events.close)
        self._noted(event.answer)
        yield event  # the longest, which a slow client may take its time to read

    async def search(self, question: str, **how: Unpack[Asking]) -> list[ScoredPassage]:
        """As ``Library.search``, in turn. Raises BusyError, too."""
        async with self._turn():
            return await run_sync(lambda: self.library.search(question, **how))

    async def run(self, work: Callable[[Library], _Value]) -> _Value:
        """Anything else that is done with the library, off the event loop and without waiting for a turn."""
        return await run_sync(lambda: work(self.library))

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._at_once.statistics().tasks_waiting

    async def finish(self, seconds: float) -> None:
        """Answer what is being answered, for at most so long; whoever waits, or comes, is refused."""
        self._closing = True
        with anyio.move_on_after(seconds):
            for _ in range(self._most):
                await self._at_once.acquire()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._refuse_when_closing()
        if not self._at_once.value and self.waiting >= self.config.questions_waiting:
            raise BusyError("too many questions are asked at once: try again in a moment")
        try:
            with anyio.fail_after(self.config.waiting_seconds):
                await self._at_once.acquire()
        except TimeoutError as error:
            raise BusyError("too many questions were asked before: try again in a moment", 5) from error
        try:
            self._refuse_when_closing()
            yield
        finally:
            self._at_once.release()

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise BusyError("the server is stopping: try again in a moment", 5)


class _Steps:
    """Events that are taken by one thread and ended by another; a task that is cancelled awaits no thread."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._turn = threading.Lock()

    def step(self) -> Event:
        """The next event."""
        with self._turn:
            return next(self._events)

    def close(self) -> None:
        """Have whoever tells them stop, and with it the model that writes them."""
        with self._turn:
            if isinstance(self._events, Generator):
                self._events.close()
