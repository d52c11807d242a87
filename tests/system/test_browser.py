"""The chat page in a real browser, against a real server."""

import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.browser import BROWSER
from drills.server import serving

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
DEBT = "How much does Iraq owe Iran?"
ETHANOL = "What is the boiling point of ethanol?"
OUR_USER = "X-Forwarded-User"
Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def data(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds, in a folder that this module alone changes."""
    return Path(shutil.copytree(seeds_data, tmp_path_factory.mktemp("browser") / "data"))


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    """A server behind a proxy that says who asks, answering one question at a time."""
    behind_proxy = {"trusted_proxies": "127.0.0.1", "proxy_user_header": OUR_USER}
    with serving(data, answers_at_once="1", **behind_proxy) as server:
        yield server.url


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    """Opens the page for a user, in a window of its own."""

    def opened(user: str, **how: Any) -> Any:
        page = browser.new_context(extra_http_headers={OUR_USER: user}, **how).new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(address)
        page.wait_for_selector(".fn-welcome", timeout=60_000)
        return page

    yield opened
    for context in browser.contexts:
        context.close()


@pytest.fixture
def page(opened: Opened, request: pytest.FixtureRequest) -> Any:
    """The page of a user who has asked nothing yet."""
    return opened(request.node.name[:60])


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the answer: the last exchange."""
    before = page.locator(".fn-answer").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.locator(".fn-answer").nth(before).wait_for(timeout=60_000)
    return page.locator(".fn-exchange").last


def test_a_marker_lights_the_source_with_the_quote_and_the_short_answer(page: Any, address: str) -> None:
    said = ask(page, DEBT)
    assert said.locator(".fn-short").inner_text() == "approximately $11 billion"
    source = said.locator(".fn-source").first
    assert source.is_visible()  # beside the answer, without a click
    assert "16 September 2024 · Economic Aspects" in source.inner_text()
    before = page.url
    said.locator(".fn-marker").focus()
    page.keyboard.press("Enter")
    lit = page.locator(".fn-lit")
    assert lit.locator("mark strong").inner_text() == "approximately $11 billion"
    assert lit.evaluate("lit => lit === document.activeElement")
    assert page.url.partition("#")[0] == before
    lit.get_by_role("button", name="Back to the answer").click()
    page.wait_for_function("document.activeElement.className === 'fn-marker'")


def test_a_source_is_opened_in_its_document(page: Any, address: str) -> None:
    said = ask(page, DEBT)
    page.goto(address + said.get_by_role("link", name="Open source 1").get_attribute("href"))
    assert "approximately \\$11 billion" in page.inner_text("#cited")
    assert page.evaluate("document.getElementById('cited').getBoundingClientRect().top < window.innerHeight")


def test_trust_is_told_at_a_glance(page: Any) -> None:
    told = ask(page, DEBT).locator(".fn-trust").inner_text()
    assert "right · " in told
    assert " %" in told
    for fact in ("word for word in the source", "as of 16 September 2024", "extractive reader"):
        assert fact in told


def test_an_abstention_says_why_and_lists_the_nearest_passages(page: Any) -> None:
    said = ask(page, ETHANOL)
    assert "The documents do not answer this." in said.inner_text()
    assert "too little to show it" in said.inner_text()
    assert said.get_by_role("link", name="Open nearest passage 1").is_visible()


def test_a_conversation_is_there_after_a_reload_and_goes_on(page: Any) -> None:
    ask(page, DEBT)
    page.reload()
    page.locator(".fn-exchange").wait_for(timeout=60_000)
    assert "approximately $11 billion" in page.inner_text(".fn-words")
    said = ask(page, "And to Turkey?")
    assert "Iraq" in said.locator(".fn-searched q").inner_text()
    said.get_by_role("button", name="Change and ask again").click()
    assert page.input_value("#question textarea") == said.locator(".fn-searched q").inner_text()
    assert page.locator("#history li").count() == 1


def test_conversations_are_found_renamed_and_deleted(page: Any, address: str) -> None:
    ask(page, DEBT)
    page.get_by_role("link", name="New conversation").click()
    page.wait_for_selector(".fn-welcome")
    assert "?c=" not in page.url
    ask(page, ETHANOL)
    page.wait_for_function("document.querySelectorAll('#history li').length === 2")
    page.fill("#find", "ethanol")
    page.wait_for_function("document.querySelectorAll('#history li').length === 1")
    page.fill("#find", "")
    page.wait_for_function("document.querySelectorAll('#history li').length === 2")
    page.get_by_role("link", name=DEBT).click()
    page.wait_for_function("document.querySelector('.fn-bar h2')?.textContent.includes('owe')")
    page.click(".fn-menu > summary")
    page.fill("#title", "Debts <b>")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Debts <b>").wait_for()
    page.click(".fn-menu > summary")
    exported = page.get_by_role("link", name="Export as Markdown").get_attribute("href")
    assert "approximately \\$11 billion" in page.request.get(address + exported).text()
    page.click(".fn-menu details summary")
    page.get_by_role("button", name="Delete this conversation").click()
    page.wait_for_selector(".fn-welcome")
    assert page.locator("#history li").count() == 1


def test_going_back_shows_the_conversation_before(page: Any) -> None:
    ask(page, DEBT)
    page.get_by_role("link", name="New conversation").click()
    page.wait_for_selector(".fn-welcome")
    page.go_back()
    page.wait_for_selector(".fn-exchange")
    assert page.inner_text(".fn-question") == DEBT


def test_an_answer_is_marked_right_and_noted(page: Any) -> None:
    said = ask(page, DEBT)
    said.get_by_role("button", name="Right").click()
    page.get_by_text("Marked right.").wait_for()
    said.get_by_role("button", name="Note").click()
    said.get_by_role("textbox").fill("As of September.")
    said.get_by_role("button", name="Save the note").click()
    page.get_by_text("The note is kept.").wait_for()
    page.reload()
    page.locator(".fn-exchange").wait_for(timeout=60_000)
    assert page.get_by_role("button", name="Right").get_attribute("aria-pressed") == "true"
    assert page.locator(".fn-note textarea").input_value() == "As of September."


def test_an_answer_is_copied_with_its_footnotes(opened: Opened) -> None:
    page = opened("copier", permissions=["clipboard-read", "clipboard-write"])
    said = ask(page, DEBT)
    said.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].endswith("electricity. [1]")
    assert copied[1].startswith("[1] IRANIAN PRESIDENT")
    said.get_by_role("button", name="Copy as Markdown").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('> “'))")


def test_asking_again_and_editing(page: Any) -> None:
    said = ask(page, DEBT)
    said.get_by_role("button", name="Edit").click()
    assert page.input_value("#question textarea") == DEBT
    said.get_by_role("button", name="Ask again").click()
    page.locator(".fn-answer").nth(1).wait_for(timeout=60_000)
    assert page.input_value("#question textarea") == ""


def test_a_question_is_stopped_and_can_be_asked_again(page: Any, address: str) -> None:
    done = threading.Event()

    def keep_busy() -> None:
        body = b'{"question": "Summarise the reports", "k": 50}'
        headers = {"Content-Type": "application/json", OUR_USER: "busy"}
        while not done.is_set():
            urllib.request.urlopen(urllib.request.Request(f"{address}/v1/ask", body, headers)).read()

    busy = [threading.Thread(target=keep_busy) for _ in range(4)]
    for thread in busy:
        thread.start()
    try:
        page.fill("#question textarea", DEBT)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("Stopped.").wait_for()
    finally:
        done.set()
        for thread in busy:
            thread.join()
    page.get_by_role("button", name="Try again").click()
    page.locator(".fn-answer").wait_for(timeout=60_000)
    assert page.locator(".fn-exchange").count() == 1


def test_two_users_never_see_each_others_words(opened: Opened) -> None:
    ann, bob = opened("ann"), opened("bob")
    for page, question in ((ann, DEBT), (bob, ETHANOL)):
        page.fill("#question textarea", question)
    for page in (ann, bob):
        page.keyboard.press("Enter")
    for page in (ann, bob):
        page.locator(".fn-answer").wait_for(timeout=60_000)
    assert "ethanol" not in ann.inner_text("body")
    assert "owe" not in bob.inner_text("body")
    bob.goto(ann.url)
    bob.get_by_text("There is no such conversation any more.").wait_for(timeout=60_000)
    assert "owe" not in bob.inner_text("body")


def test_a_server_that_was_started_again_has_the_conversation(
    seeds_data: Path, tmp_path: Path, opened: Opened
) -> None:
    data = shutil.copytree(seeds_data, tmp_path / "data")
    page = opened("anyone")
    with serving(data) as server:
        page.goto(server.url)
        page.wait_for_selector(".fn-welcome", timeout=60_000)
        ask(page, DEBT)
        path = page.url.removeprefix(server.url)
    with serving(data) as server:
        page.goto(server.url + path)
        page.locator(".fn-exchange").wait_for(timeout=60_000)
        assert page.inner_text(".fn-question") == DEBT


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_has_the_sources_below_the_answer(opened: Opened, scheme: str) -> None:
    page = opened(f"narrow-{scheme}", viewport={"width": 390, "height": 844}, color_scheme=scheme)
    said = ask(page, DEBT)
    answer, sources = said.locator(".fn-answer").bounding_box(), said.locator(".fn-sources").bounding_box()
    assert sources["y"] > answer["y"] + answer["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Conversations").click()
    assert page.locator("#history").is_visible()


def test_a_failure_is_told_and_the_question_stays(page: Any) -> None:
    page.fill("#question textarea", "x" * 100_000)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("shorten it").wait_for(timeout=60_000)
    assert len(page.input_value("#question textarea")) == 100_000
    ask(page, DEBT)


def test_markup_in_a_question_is_shown_not_run(page: Any) -> None:
    page.evaluate("window.hurt = false")
    evil = '<img src=x onerror="window.hurt=true"><script>window.hurt=true</script> **bold** ${hurt=true}?'
    said = ask(page, evil)
    assert page.evaluate("window.hurt") is False
    assert said.locator(".fn-question").inner_text() == evil


def test_nothing_is_asked_of_another_origin(page: Any, address: str) -> None:
    ask(page, DEBT)
    assert [url for url in page.requested if not url.startswith((address, "data:", "blob:"))] == []


def test_the_browser_keeps_nothing_of_what_is_asked(page: Any) -> None:
    ask(page, DEBT)
    kept = page.evaluate(
        "async () => JSON.stringify([localStorage, sessionStorage, await indexedDB.databases()])"
    )
    assert "owe" not in kept
    assert "runs" not in kept
