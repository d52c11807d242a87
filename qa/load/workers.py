"""Reading files in processes that can be killed: no file can hang, crash or fill the memory of this one.

Each process reads one file after the other, until it has read so much that a fresh one is better. They are
started anew, not forked, so that they have no lock, socket or database of this process, and what they answer
is checked like anything else that comes from outside.
"""

from __future__ import annotations

import json
import os
import select
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from qa.errors import LoadError
from qa.load.answers import LENGTHS, MOST_BYTES, document_of, line, picture_of
from qa.load.files import Candidate, shown
from qa.load.pdf_sheet import Sheet
from qa.types import Document

COMMAND = (sys.executable, "-P", "-B", "-X", "utf8", "-m", "qa.load.worker")
"""-P: the folder one happens to be in holds no modules of ours."""

_ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "LANG", "LC_ALL", "TMPDIR")
_START_SECONDS = 120.0  # for a process to be there, on a machine that is busy
_MOST_FILES = 500
_BLOCK = 1 << 20

_Value = TypeVar("_Value")
_Told = Callable[[Mapping[str, Any], bytes], _Value]


class UnreadableError(LoadError):
    """The file's bytes could not be had: that may be otherwise the next time, without the file changing."""


class ChangedError(LoadError):
    """The file has other bytes than those that were indexed."""


class _DiedError(Exception):
    """The process ended, is full, or says what no reader would: of no more use."""


class Workers:
    """Processes that read files. Safe between threads, of which each uses a process of its own."""

    def __init__(self, *, seconds: int, memory_mb: int, command: Sequence[str] = COMMAND) -> None:
        """A file may take ``seconds`` and ``memory_mb``. No process is started before it is needed."""
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._command = (*command, str(seconds), str(memory_mb))
        self._changing = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; whoever waits for one gets a LoadError."""
        with self._changing:
            self._closed = True
            idle, busy = self._idle, self._all.difference(self._idle)
            self._idle = []
        for worker in busy:
            worker.kill()  # who waits for it puts it away
        for worker in idle:
            worker.end()

    def read(self, file: Candidate, *, max_bytes: int, known: str = "") -> Document | None:
        """The document in a file; None when its bytes still have the digest ``known``.

        Raises LoadError, in one line, for what can't be read, takes too long or too much memory, or crashes
        its reader.
        """
        request = {"path": str(file.path), "source": file.source, "max_bytes": max_bytes, "known": known}

        def told(said: Mapping[str, Any], text: bytes) -> Document | None:
            return None if "same" in said and known else document_of(said["document"], text, file)

        return self._answer(request, file, told)

    def picture(self, file: Candidate, sheet: Sheet, *, max_bytes: int) -> bytes:
        """A page of a PDF as a PNG, of at most ``qa.load.pdf_sheet.MOST_BYTES``.

        Raises as ``read`` does; ChangedError for a file of other bytes than ``sheet`` tells.
        """
        request = {"path": str(file.path), "source": file.source, "max_bytes": max_bytes}
        return self._answer({**request, "sheet": asdict(sheet)}, file, picture_of)

    def _answer(self, request: Mapping[str, object], file: Candidate, told: _Told[_Value]) -> _Value:
        """What the first process that can answers, as ``told`` makes it of JSON and bytes."""
        worker = self._take()
        if worker.files:
            with suppress(_DiedError):  # of what it had read before, perhaps
                return self._ask(worker, request, file, told)
            worker = self._start()
        try:
            return self._ask(worker, request, file, told)
        except _DiedError as error:
            raise LoadError(f"{shown(file.source)}: {error}") from None

    def _ask(
        self, worker: _Worker, request: Mapping[str, object], file: Candidate, told: _Told[_Value]
    ) -> _Value:
        try:
            said, rest = worker.ask(request, self._seconds)
            self._refuse(said, file)
            value = told(said, rest)
        except TimeoutError:
            self._drop(worker)
            name = shown(file.source)
            raise LoadError(
                f"{name}: reading it took more than {self._seconds} seconds (load_seconds)"
            ) from None
        except (OSError, EOFError, ValueError, KeyError) as error:
            self._drop(worker)
            raise _DiedError("the reader crashed on it; the file is broken, or hostile") from error
        except _DiedError:
            self._drop(worker)
            raise
        except BaseException:
            self._give_back(worker)
            raise
        self._give_back(worker)
        return value

    def _refuse(self, said: Mapping[str, Any], file: Candidate) -> None:
        """Raises what an answer tells of a failure."""
        if "memory" in said:
            raise _DiedError(f"reading it took more than {self._memory_mb:,} MB (load_memory_mb)")
        if "unreadable" in said:
            raise UnreadableError(line(said["unreadable"]))
        if "changed" in said:
            raise ChangedError(f"{shown(file.source)} has changed since it was indexed")
        if "error" in said:
            raise LoadError(line(said["error"]))

    def _take(self) -> _Worker:
        with self._changing:
            while self._idle:
                worker = self._idle.pop()
                if worker.fit():
                    return worker
                self._all.discard(worker)
                worker.end()
        return self._start()

    def _start(self) -> _Worker:
        worker = _Worker(self._command)
        with self._changing:
            if not self._closed:
                self._all.add(worker)
                return worker
        worker.end()
        raise UnreadableError("reading was broken off")

    def _give_back(self, worker: _Worker) -> None:
        with self._changing:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.end()

    def _drop(self, worker: _Worker) -> None:
        with self._changing:
            self._all.discard(worker)
        worker.end()


class _Worker:
    """One process, and the pipes to it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Raises LoadError if it does not start."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        places = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(place for place in places if place)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is for this process, which ends them
            )
            self.files = 0
            self._worn = False
            self._receive(time.monotonic() + _START_SECONDS)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            raise UnreadableError(f"no process can be started to read files: {error}") from error

    def fit(self) -> bool:
        """Whether it is there and may read another file."""
        return self.files < _MOST_FILES and not self._worn and self._process.poll() is None

    def ask(self, request: Mapping[str, object], seconds: float) -> tuple[Mapping[str, Any], bytes]:
        """Its answer. Raises TimeoutError, OSError or EOFError when it died, ValueError."""
        self.files += 1
        deadline = time.monotonic() + seconds
        self._send(json.dumps(request).encode() + b"\n", deadline)
        said, text = self._receive(deadline)
        self._worn = len(text) > _BLOCK
        return said, text

    def _send(self, request: bytes, deadline: float) -> None:
        """Nor is a process waited for that takes nothing: a pipe that is ready has room for PIPE_BUF."""
        stdin = self._process.stdin
        if stdin is None:
            raise EOFError
        left = memoryview(request)
        with selectors.PollSelector() as selector:
            selector.register(stdin, selectors.EVENT_WRITE)
            while left:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("it does not listen")
                left = left[os.write(stdin.fileno(), left[: select.PIPE_BUF]) :]

    def _receive(self, deadline: float) -> tuple[Mapping[str, Any], bytes]:
        lengths = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
        if any(length > most for length, most in zip(lengths, MOST_BYTES, strict=True)):
            raise ValueError("too long an answer")
        said = json.loads(self._read(lengths[0], deadline))
        text = self._read(lengths[1], deadline)
        if isinstance(said, dict):
            return said, text
        raise ValueError("not an answer")

    def _read(self, size: int, deadline: float) -> bytes:
        """So many bytes, not buffered: what stands behind them is for the next call."""
        got = bytearray()
        stdout = self._process.stdout
        if stdout is None:
            raise EOFError
        with selectors.PollSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while len(got) < size:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError("it does not answer")
                block = os.read(stdout.fileno(), min(_BLOCK, size - len(got)))
                if not block:
                    raise EOFError("it ended")
                got += block
        return bytes(got)

    def kill(self) -> None:
        """Whoever waits for its answer gets an EOFError."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and leave nothing of it behind. By the thread that uses it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # of a request that it did not take
                    pipe.close()
