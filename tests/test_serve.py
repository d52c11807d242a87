"""The server: where it listens, what it needs before it starts, and how it stops."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from qa.config import Config
from qa.errors import ConfigError
from ui.serve import listen


@contextmanager
def serving(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process of its own, and its port."""
    command = [sys.executable, "-m", "ui", "--data", str(data), "serve", "--port", "0", *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield server, int(server.stdout.readline().split()[3].rsplit(":", 1)[1])
    finally:
        server.kill()
        server.communicate()


def told(errors: str) -> list[str]:
    return [line for line in errors.splitlines() if "nothing is indexed" not in line]


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_styles_are_served(client: TestClient) -> None:
    assert "pre-wrap" in client.get("/styles/document.css").text


def test_the_description_and_the_page_to_try_it_are_served_from_here(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/ask", "/v1/search", "/v1/documents", "/v1/chat/completions", "/v1/feedback"} <= set(paths)
    page = client.get("/docs")
    assert "https://" not in page.text.replace("https://fastapi.tiangolo.com", "")
    assert client.get("/docs/static/swagger-ui-bundle.js").status_code == 200


def test_a_port_in_use_is_told_even_before_the_other_server_is_ready() -> None:
    with listen(Config(port=0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}.*--port"):
            listen(Config(port=port))


def test_others_than_this_machine_are_not_served_before_anyone_can_sign_in(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui", "--data", str(tmp_path), "serve", "--port", "0"]
    done = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "footnote access add" in done.stderr
    assert len(told(done.stderr)) == 1


def test_stopping_does_not_wait_for_an_open_page(tmp_path: Path) -> None:
    with serving(tmp_path) as (server, port):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as page:
            page.sendall(b"GET /gradio_api/heartbeat/page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert page.recv(15) == b"HTTP/1.1 200 OK"
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=60)
        assert server.returncode == 0
        assert told(errors) == []


def test_stopping_lets_a_stream_come_to_its_end(seeds_data: Path, tmp_path: Path) -> None:
    """The first question loads the models, so that stopping comes while it is answered."""
    data = tmp_path / "data"
    shutil.copytree(seeds_data, data)
    with serving(data) as (server, port):
        body = {"question": "How much does Iraq owe Iran?", "stream": True}
        with httpx.stream("POST", f"http://127.0.0.1:{port}/v1/ask", json=body, timeout=120) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: searching"
            server.send_signal(signal.SIGTERM)
            rest = list(lines)
        server.communicate(timeout=60)
        assert server.returncode == 0
    answer = json.loads(rest[rest.index("event: answer") + 1].removeprefix("data: "))
    assert answer["short_answer"] == "approximately $11 billion"
    assert "event: end" in rest


def test_300_connections_that_say_nothing_keep_nobody_out(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, port):
        silent = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(300)]
        try:
            begun = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            for number, connection in enumerate(silent):
                connection.sendall(begun[: len(begun) * (number % 3) // 2])
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                assert client.post("/v1/ask", json={"question": "Who?"}).json()["reason"] == "no_documents"
        finally:
            for connection in silent:
                connection.close()
