"""The door of a data folder: by it other processes of the same user go through the one that owns the folder.

HTTP on 127.0.0.1, with a token that only this user can read. Each side shows the other that it knows it: the
owner by the greeting, which is asked for before each request. A request names a method of ``Library``; its
answer is lines of JSON as they come about, an empty object now and then to show that the owner lives, and
one last line: ``{"result": …}``, ``{"error": [name, message]}``, or ``{"left": true}`` when the owner is
leaving and the caller must look for the next one.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from threading import Condition, Event, Thread
from typing import Any

from qa import __version__
from qa.errors import FootnoteError
from qa.library import Library
from qa.lock import FolderLock

VERBS = (
    "ask",
    "stream",
    "search",
    "take_in",
    "documents",
    "document",
    "passages",
    "text",
    "pages",
    "remove",
    "state",
    "failures",
    "prune",
    "renew",
    "repair",
)
HELLO = "hello"
HEARTBEAT_SECONDS = 1.0
_MOST_BYTES = 100_000_000
_READ_SECONDS = 5.0  # for the next bytes of a request
_POLL_SECONDS = 0.05

Line = Mapping[str, object]


def proof(token: str, nonce: str) -> str:
    """Shows that one knows ``token`` without telling it (HMAC, RFC 2104, with SHA-256)."""
    return hmac.new(token.encode(), nonce.encode(), "sha256").hexdigest()


class Door:
    """Open from the moment the folder is taken; who comes early waits until the library is there."""

    def __init__(self, lock: FolderLock, settings: Mapping[str, object]) -> None:
        """Listen, and announce where in the lock's note. ``settings`` are told to those who come in."""
        self._library: Future[Library] = Future()
        self._closing = Event()
        token = secrets.token_urlsafe(32)
        hello = {"version": __version__, "settings": dict(settings)}
        self._lock = lock
        self._server = _Server(token, hello, self._answer)
        self._thread = Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="door", daemon=True
        )
        self._thread.start()
        lock.announce(port=self._server.server_address[1], token=token)

    def open(self, library: Library) -> None:
        """Let those who wait, and all who come, use ``library``."""
        self._library.set_result(library)

    def close(self) -> None:
        """Let nobody in any more, and wait until those inside have what they came for.

        Taking many files in is broken off after the present one; the caller goes on elsewhere.
        """
        self._closing.set()
        self._lock.announce(port=0, token="")
        self._library.cancel()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server.wait()

    def _answer(self, verb: str, arguments: Mapping[str, Any], gone: Event) -> Iterator[Line]:
        """The lines that answer one request; the last is its end."""
        from pydantic import ValidationError, validate_call
        from pydantic_core import to_jsonable_python

        try:
            result = validate_call(getattr(self._library.result(), verb))(**arguments)
            if isinstance(result, Generator):
                with closing(result):
                    for item in result:
                        yield {"item": to_jsonable_python(item)}
                        if gone.is_set() or (self._closing.is_set() and verb != "stream"):
                            yield {"left": True}
                            return
                result = None
            yield {"result": to_jsonable_python(result)}
        except CancelledError:
            yield {"left": True}
        except ValidationError as error:
            [first, *_] = error.errors(include_url=False)
            what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            yield {"error": ["StoreError", f"the owner of the data folder does not understand {what}"]}
        except FootnoteError as error:
            yield {"error": [type(error).__name__, str(error)]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # who never says what he wants is not waited for
    block_on_close = False

    def __init__(
        self,
        token: str,
        hello: Line,
        answer: Callable[[str, Mapping[str, Any], Event], Iterator[Line]],
    ) -> None:
        self.token = token
        self._inside = 0
        self._empty = False
        self._leaving = Condition()
        self.hello = hello
        self.answer = answer
        super().__init__(("127.0.0.1", 0), _Handler)

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """Around what is waited for at closing; False for who got to the door only after that wait."""
        with self._leaving:
            self._inside += 1
            in_time = not self._empty
        try:
            yield in_time
        finally:
            with self._leaving:
                self._inside -= 1
                self._leaving.notify_all()

    def wait(self) -> None:
        """Until nobody is inside; who comes later is not let in."""
        with self._leaving:
            self._leaving.wait_for(lambda: not self._inside)
            self._empty = True

    def greeting(self, nonce: str) -> Line:
        """What only one who knows the token can say."""
        return {**self.hello, "proof": proof(self.token, nonce)}


class _Handler(BaseHTTPRequestHandler):
    timeout = _READ_SECONDS
    server: _Server

    def do_POST(self) -> None:
        verb = self.path.removeprefix("/")
        wanted, given = f"Bearer {self.server.token}", self.headers.get("Authorization", "")
        if verb != HELLO and not hmac.compare_digest(given.encode(), wanted.encode()):
            self.send_error(403)
        elif verb not in (*VERBS, HELLO):
            self.send_error(404)
        elif (arguments := self._arguments()) is None:
            self.send_error(400)
        elif verb == HELLO:
            self._begin()
            self._write({"result": self.server.greeting(str(arguments.get("nonce", "")))})
        else:
            with self.server.inside() as in_time:
                self._begin()
                if in_time:
                    self._tell(verb, arguments)
                else:
                    self._write({"left": True})

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()

    def _arguments(self) -> Mapping[str, Any] | None:
        try:
            length = int(self.headers.get("Content-Length", ""))
            found = json.loads(self.rfile.read(length)) if 0 <= length <= _MOST_BYTES else None
        except (ValueError, OSError):
            return None
        return found if isinstance(found, dict) else None

    def _tell(self, verb: str, arguments: Mapping[str, Any]) -> None:
        """Write lines as they come about; a thread makes them, so that there is a sign of life between."""
        lines: SimpleQueue[Line | None] = SimpleQueue()
        gone = Event()

        def work() -> None:
            crashed = True
            try:
                for line in self.server.answer(verb, arguments, gone):
                    lines.put(line)
                crashed = False
            finally:
                if crashed:  # what went wrong is printed there
                    lines.put(
                        {"error": ["StoreError", "the owner of the data folder failed: see its output"]}
                    )
                lines.put(None)

        Thread(target=work, name=f"door: {verb}", daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=HEARTBEAT_SECONDS)
            except Empty:
                line = {}
            if line is None:
                return
            if not gone.is_set() and not self._write(line):
                gone.set()  # what was begun is finished, and told to nobody

    def _write(self, line: Line) -> bool:
        try:
            self.wfile.write(json.dumps(line).encode() + b"\n")
        except OSError:
            return False
        return True

    def log_message(self, *_: object) -> None:
        """Nothing: the owner's own output is not the place for it."""
