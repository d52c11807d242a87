"""The chat page in a real browser, against a real server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
DEBT = "How much does Iraq owe Iran?"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def address(seeds_data: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "ui", "--data", str(seeds_data), "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().split()[3]
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=QUIET)
        page = browser.new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(address)
        page.wait_for_selector("#question textarea", timeout=60_000)
        yield page
        browser.close()


def ask(page: Any, question: str) -> None:
    before = page.locator(".fn-answer").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.locator(".fn-answer").nth(before).wait_for(timeout=60_000)


def test_ask_read_open_the_footnote_and_its_document(page: Any, address: str) -> None:
    ask(page, DEBT)
    assert "approximately $11 billion" in page.inner_text(".fn-answer p")
    assert not page.locator(".fn-note mark").first.is_visible()
    page.locator(".fn-note summary").first.click()
    marked = page.locator(".fn-note mark").first
    assert marked.is_visible()
    assert "approximately $11 billion" in marked.inner_text()
    page.goto(address + (page.get_attribute("a.fn-marker", "href") or ""))
    assert "approximately \\$11 billion" in page.inner_text("#cited")
    assert page.evaluate("document.getElementById('cited').getBoundingClientRect().top < window.innerHeight")


def test_a_follow_up_and_an_abstention(page: Any) -> None:
    ask(page, "Where did Rouhani go on his first foreign trip?")
    ask(page, "What is the boiling point of ethanol?")
    assert "The documents do not answer this." in page.locator(".fn-answer").nth(1).inner_text()


def test_markup_in_a_question_is_shown_not_run(page: Any) -> None:
    page.evaluate("window.hurt = false")
    ask(page, '<img src=x onerror="window.hurt=true"><script>window.hurt=true</script> **bold**?')
    assert page.evaluate("window.hurt") is False
    assert "<img src=x" in page.locator(".fn-question").inner_text()
    assert "**bold**" in page.locator(".fn-question").inner_text()


def test_nothing_is_asked_of_another_origin(page: Any, address: str) -> None:
    ask(page, DEBT)
    assert [url for url in page.requested if not url.startswith((address, "data:", "blob:"))] == []
