"""A language model's server that does as it is told: real HTTP, OpenAI's protocol, and its faults."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa.chunk import count_tokens

MODEL = "scripted"


@dataclass(frozen=True)
class Reply:
    """What is answered: pieces of a stream, or a ``body`` with a status.

    A number among the pieces is a pause in seconds, bytes are sent as they are. ``cut``: the connection ends
    with the last piece. ``slow``: seconds before anything is sent.
    """

    pieces: Sequence[str | float | bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: bool = False
    slow: float = 0.0
    finish: str = "stop"


def says(*pieces: str | float | bytes, **how: Any) -> Reply:
    """A stream of these pieces."""
    return Reply(pieces, **how)


def endlessly(piece: str) -> list[str | float]:
    """A piece every hundredth of a second, for longer than anyone waits."""
    return [piece, 0.01] * 3_000


def fails(status: int, message: str = "failed", **headers: str) -> Reply:
    """An error as OpenAI words them."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers={"Content-Type": "application/json", **named}, body=body)


class Scripted:
    """The server. ``reply`` makes the reply to a request's body; ``asked`` are the bodies that came."""

    def __init__(
        self, reply: Callable[[dict[str, Any]], Reply], *, key: str, context: int, listed_context: int
    ) -> None:
        self.reply = reply
        self.key = key
        self.context = context
        self.listed_context = listed_context
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.left = threading.Event()
        self.sent: dict[str, float] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.scripted = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, asked: dict[str, Any]) -> Reply:
        self.asked.append(asked)
        if asked["model"] != MODEL:
            return fails(404, f"The model `{asked['model']}` does not exist or you do not have access to it.")
        if self.context and sum(count_tokens(m["content"]) for m in asked["messages"]) > self.context:
            return fails(400, f"This model's maximum context length is {self.context} tokens.")
        return self.reply(asked)


@contextmanager
def scripted(
    reply: Reply | Sequence[Reply] | Callable[[dict[str, Any]], Reply],
    *,
    key: str = "",
    context: int = 0,
    listed_context: int = 0,
) -> Iterator[Scripted]:
    """A server that replies so: always the same, one after the other (the last again), or as it is asked."""
    if callable(reply):
        chosen = reply
    else:
        replies = [reply] if isinstance(reply, Reply) else list(reply)

        def chosen(_: dict[str, Any]) -> Reply:
            return replies.pop(0) if len(replies) > 1 else replies[0]

    server = Scripted(chosen, key=key, context=context, listed_context=listed_context)
    try:
        yield server
    finally:
        server.close()


def question_of(asked: dict[str, Any]) -> str:
    """The question in a request."""
    return str(asked["messages"][-1]["content"].split("Question: ")[-1].split("\n")[0])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    scripted: Scripted

    def handle_error(self, *_: object) -> None:
        """Whoever asked has left."""
        self.scripted.left.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._whole(fails(404, "Not Found"))
        elif self._may():
            model: dict[str, Any] = {"id": MODEL, "object": "model", "created": 1, "owned_by": "me"}
            if self.server.scripted.listed_context:
                model["max_model_len"] = self.server.scripted.listed_context
            body = json.dumps({"object": "list", "data": [model]}).encode()
            self._whole(Reply(headers={"Content-Type": "application/json"}, body=body))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._whole(fails(404, "Not Found"))
        elif self._may():
            self.server.scripted.headers.append(dict(self.headers))
            reply = self.server.scripted.of(body)
            time.sleep(reply.slow)
            try:
                self._whole(reply) if reply.body is not None else self._stream(reply)
            except OSError:
                self.server.scripted.left.set()
                self.close_connection = True

    def _may(self) -> bool:
        key = self.server.scripted.key
        if key and self.headers.get("Authorization") != f"Bearer {key}":
            given = self.headers.get("Authorization", "")
            self._whole(fails(401, f"Incorrect API key provided: {given}"))
            return False
        return True

    def _whole(self, reply: Reply) -> None:
        body = reply.body or b""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._event({"role": "assistant", "content": ""})
        for piece in reply.pieces:
            if isinstance(piece, float | int):
                time.sleep(piece)
            elif isinstance(piece, bytes):
                self._chunk(piece)
            else:
                self._event({"content": piece})
                self.server.scripted.sent[piece] = time.monotonic()
        if reply.cut:
            self.close_connection = True
            return
        self._event({}, reply.finish)
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
        self._chunk(f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing."""
