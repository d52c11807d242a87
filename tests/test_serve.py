"""The app behind the chat page: documents, hosts, policies, and one exchange at a time."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.assistant import Assistant
from qa.build import open_assistant
from qa.config import Config
from qa.errors import ConfigError
from qa.types import Turn
from ui.chat import respond
from ui.serve import _listen, build_app, serve

DEBT = "How much does Iraq owe Iran?"


@pytest.fixture(scope="module")
def assistant(seeds_data: Path) -> Iterator[Assistant]:
    with open_assistant(Config(data=seeds_data)) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return TestClient(build_app(assistant, [DEBT]), base_url="http://127.0.0.1")


def test_the_permalink_of_a_citation_shows_the_quote(assistant: Assistant, client: TestClient) -> None:
    cited = assistant.ask(DEBT).citations[0]
    page = client.get(cited.url)
    assert page.status_code == 200
    assert f'<mark id="cited">{cited.quote}</mark>' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_permalink_of_another_version_says_so(assistant: Assistant, client: TestClient) -> None:
    cited = assistant.ask(DEBT).citations[0]
    page = client.get(f"/documents/{cited.document_id}?start=1&end=9&version=ffff")
    assert "has changed since it was cited" in page.text
    assert "<mark" not in page.text


@pytest.mark.parametrize("query", ["start=5&end=2", "start=-4&end=9", "start=0&end=99999999", ""])
def test_a_place_outside_the_document_is_not_marked(
    assistant: Assistant, client: TestClient, query: str
) -> None:
    id_ = assistant.index.catalog.documents()[0].id
    page = client.get(f"/documents/{id_}?{query}")
    assert page.status_code == 200
    assert "<mark" not in page.text


def test_an_unknown_document_is_not_found(client: TestClient) -> None:
    assert client.get("/documents/nothing").status_code == 404
    assert client.get("/documents/..%2f..%2fetc%2fpasswd").status_code == 404


def test_a_store_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    with open_assistant(Config(data=tmp_path)) as assistant:
        client = TestClient(build_app(assistant), base_url="http://127.0.0.1")
    page = client.get("/documents/x")  # the catalog is closed now
    assert page.status_code == 503
    assert page.text.startswith("The document cannot be read now: ")


def test_a_number_that_is_none_is_a_client_error(client: TestClient) -> None:
    assert client.get("/documents/x?start=abc").status_code == 422


def test_other_hosts_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_page_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_styles_are_served(client: TestClient) -> None:
    assert "pre-wrap" in client.get("/styles/document.css").text


def test_only_this_machine_is_served(assistant: Assistant) -> None:
    with pytest.raises(ConfigError, match="serves only this machine"):
        serve(assistant, host="0.0.0.0", port=0, examples=(), ready=print)


def test_a_port_in_use_is_told_even_before_the_other_server_is_ready() -> None:
    with _listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}.*--port"):
            _listen("127.0.0.1", port)


def test_stopping_does_not_wait_for_an_open_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui", "--data", str(tmp_path), "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        port = int(server.stdout.readline().split()[3].rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as page:
            page.sendall(b"GET /gradio_api/heartbeat/page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert page.recv(15) == b"HTTP/1.1 200 OK"
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=60)
    finally:
        server.kill()
    assert server.returncode == 0
    assert [line for line in errors.splitlines() if "nothing is indexed" not in line] == []


def test_an_exchange_is_shown_and_remembered(assistant: Assistant) -> None:
    box, shown, turns = respond(assistant, DEBT, [], [])
    assert box == ""
    assert [message["role"] for message in shown] == ["user", "assistant"]
    assert "$11 billion" in shown[1]["content"]
    assert [turn.question for turn in turns] == [DEBT]


def test_an_empty_question_changes_nothing(assistant: Assistant) -> None:
    turns = [Turn("q", "a")]
    assert respond(assistant, "  ", ["shown"], turns) == ("  ", ["shown"], turns)


def test_a_failure_is_told_and_is_no_turn(assistant: Assistant) -> None:
    shown: list[Any]
    box, shown, turns = respond(assistant, "x" * 100_000, [], [])
    assert box == "x" * 100_000  # to be mended
    assert "That did not work." in shown[1]["content"]
    assert "shorten it" in shown[1]["content"]
    assert turns == []
