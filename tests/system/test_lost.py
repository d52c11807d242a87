"""A server that is killed while the page waits for it: what happened is said, and no question is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from drills.browser import BROWSER, chromium
from tests.servers import free_port

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
DEBT = "How much does Iraq owe Iran?"
TURKEY = "How much does Turkey owe Iran?"
LOST = "The server does not answer. Your question is not lost: try again in a moment."


class Server:
    """A server at one port, however often it is killed and started again."""

    def __init__(self, data: Path) -> None:
        self._port = free_port()
        self._command = [sys.executable, "-m", "ui", "--data", str(data), "serve", "--port", str(self._port)]
        self._process: subprocess.Popen[str] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        if self._process:
            return
        settings = {"FOOTNOTE_ANSWERS_AT_ONCE": "1"}
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, env=os.environ | settings
        )
        assert self._process.stdout
        assert self.url in self._process.stdout.readline()

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="module")
def any_server(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(shutil.copytree(seeds_data, tmp_path_factory.mktemp("lost") / "data"))
    yield server
    server.kill()


@pytest.fixture
def server(any_server: Server) -> Server:
    """One that runs, whatever the test before has done to it."""
    any_server.start()
    return any_server


@pytest.fixture
def page() -> Iterator[Any]:
    with chromium() as browser:
        yield browser.new_page()


def kill_while_it_answers(server: Server, page: Any) -> None:
    """Others ask, too, so that the question waits for its turn."""
    done = threading.Event()

    def keep_busy() -> None:
        with suppress(httpx.TransportError):  # the server is killed
            while not done.is_set():
                httpx.post(f"{server.url}/v1/ask", json={"question": "Summarise the reports", "k": 50})

    busy = [threading.Thread(target=keep_busy) for _ in range(4)]
    for thread in busy:
        thread.start()
    page.fill("#question textarea", DEBT)
    page.keyboard.press("Enter")
    page.locator(".fn-pending").wait_for()
    server.kill()
    done.set()
    for thread in busy:
        thread.join()


def test_a_question_outlives_the_server_it_was_asked(server: Server, page: Any) -> None:
    page.goto(server.url)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    kill_while_it_answers(server, page)
    page.get_by_text(LOST).wait_for()
    assert page.inner_text("#lost .fn-question") == DEBT
    assert not page.locator(".fn-waiting").is_visible()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("There is still no answer.").wait_for()
    server.start()
    page.get_by_text("The server was away. Your question was not answered.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Try again").click()
    page.locator(".fn-answer").wait_for(timeout=60_000)
    assert page.inner_text(".fn-question") == DEBT
    assert page.locator("#lost").count() == 0
    assert page.evaluate("sessionStorage.length") == 0


def test_a_question_for_a_server_that_is_gone_is_asked_when_it_is_back(server: Server, page: Any) -> None:
    page.goto(server.url)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    server.kill()
    page.fill("#question textarea", TURKEY)
    page.keyboard.press("Enter")
    page.get_by_text(LOST).wait_for()
    page.route("**/gradio_api/app_id", lambda route: route.abort())  # by which Gradio comes back by itself
    server.start()
    page.get_by_role("button", name="Try again").click()
    page.locator(".fn-answer").wait_for(timeout=60_000)
    assert page.inner_text(".fn-question") == TURKEY


def test_what_another_visit_left_is_not_taken_up(server: Server, page: Any) -> None:
    page.goto(server.url)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    kill_while_it_answers(server, page)
    server.start()
    page.goto(f"{server.url}/healthz")
    page.goto(server.url)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    page.wait_for_timeout(300)
    assert page.locator("#lost").count() == 0
    assert page.evaluate("sessionStorage.length") == 0
