"""Documents in a real browser: sent, received, asked, asked alone, removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.browser import BROWSER
from drills.server import serving
from tests.system.test_browser import DEBT, ask

pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
HARVEST = (
    "Harvest report\n\n16 March 2031\n\nThe harvest of 2031 was 7,400 tonnes of barley. It rained in May."
)
ASKED = "How large was the harvest of 2031?"


@pytest.fixture(scope="module")
def data(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(seeds_data, tmp_path_factory.mktemp("documents") / "data"))


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with serving(data, max_file_mb="1") as server:
        yield server.url


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page of the documents; nothing of the page's own goes wrong, or elsewhere."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    sent: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{address}/documents")
    page.locator("#sending").wait_for()
    yield page
    context.close()
    assert errors == []
    assert [url for url in sent if not url.startswith((address, "data:", "blob:"))] == []


def file(name: str, content: str | bytes) -> Any:
    body = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "text/plain", "buffer": body}


def send(page: Any, *files: Any) -> list[str]:
    """Choose files, and wait until the last has ended; what is said of each."""
    page.set_input_files("#files", list(files))
    page.locator("#sent > :is(.good, .mind, .bad)").nth(len(files) - 1).wait_for(timeout=60_000)
    return [each.inner_text() for each in page.locator("#sent .said").all()]


def chat(page: Any) -> Any:
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    page.wait_for_selector(".fn-asked", timeout=60_000)
    return page


def remove(page: Any, name: str) -> None:
    page.get_by_role("button", name=f"Remove {name}").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text(f"Removed: {name}").first.wait_for()


def test_a_file_is_sent_received_asked_alone_and_removed(page: Any, address: str) -> None:
    assert send(page, file("harvest.txt", HARVEST)) == ["Taken in: 96 characters, 1 passage."]
    assert page.inner_text("#told") == "harvest.txt: Taken in: 96 characters, 1 passage."
    page.get_by_role("link", name="Ask only Harvest report").wait_for()  # the list follows by itself
    assert "3 documents" in page.inner_text("#total")
    page.get_by_role("link", name="Ask only Harvest report").click()
    said = ask(chat(page), ASKED)
    assert "7,400 tonnes of barley" in said.inner_text()
    assert "Only searched: Harvest report" in said.inner_text()
    said = ask(page, DEBT)
    assert "The documents do not answer this." in said.inner_text()
    assert "IRANIAN PRESIDENT" not in said.inner_text()
    page.reload()
    page.locator(".fn-exchange").nth(1).wait_for(timeout=60_000)
    assert page.inner_text(".fn-asked bdi") == "Harvest report"
    page.get_by_role("button", name="Ask all documents").last.click()
    page.locator(".fn-answer").nth(2).wait_for(timeout=60_000)
    assert "approximately $11 billion" in page.locator(".fn-answer").nth(2).inner_text()
    assert "Only searched" not in page.locator(".fn-answer").nth(2).inner_text()
    assert "d=" not in page.url
    asked = page.url
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("button", name="Remove Harvest report").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # to keep it has the focus
    assert page.get_by_role("row", name="Harvest report").count() == 1
    remove(page, "Harvest report")
    page.wait_for_function("document.activeElement.closest('tr') !== null")
    page.get_by_text("2 documents.").wait_for()
    page.get_by_role("link", name="Back to the chat").click()
    page.locator(".fn-exchange").nth(2).wait_for(timeout=60_000)
    assert page.url == asked


def test_what_cannot_be_taken_is_told_file_by_file(page: Any) -> None:
    said = send(
        page,
        file("empty.txt", b""),
        file("photo.exe", b"MZ"),
        file("large.txt", b"x " * 600_000),
        file("binary.txt", b"\0\1\2\3" * 500),
        file("blank.txt", " \n \n"),
        file("latin.txt", "Café prices rose. The café sold cups.".encode("latin-1")),
    )
    assert "empty (0 bytes)" in said[0]
    assert "Such files cannot be read" in said[1]
    assert "has 1.2 MB, and at most 1 MB are taken" in said[2]
    assert "looks like binary data" in said[3]
    assert "is empty" in said[4]
    assert "Taken in" in said[5]
    assert "decoded as cp1252" in page.inner_text("#sent .warnings")
    assert page.locator("#sent > .bad").count() == 5
    page.reload()
    page.locator("#sent > li").nth(2).wait_for()  # those that were sent are there again
    assert page.locator("#sent > .mind .said").inner_text() == said[5]
    page.get_by_role("button", name="Clear what is finished").click()
    assert page.locator("#sent > li").count() == 0
    remove(page, "Café prices rose")


def test_what_the_page_lets_through_the_server_still_refuses(page: Any) -> None:
    other = {"mostMb": "9", "suffixes": ".exe .txt"}
    page.evaluate("other => Object.assign(document.getElementById('sending').dataset, other)", other)
    said = send(page, file("photo.exe", b"MZ"), file("large.txt", b"x" * 3_000_000))
    assert "cannot be read; supported: .docx" in said[0]
    assert "The server takes no file so large" in said[1]


def test_the_same_file_twice(page: Any) -> None:
    same, other = file("twice.txt", HARVEST), file("twice.txt", "Other words.")
    twice = send(page, same, same, other)
    assert "Taken in" in twice[0]
    assert "on its way already" in twice[1]
    assert "Another file of this name" in twice[2]
    page.get_by_role("button", name="Clear what is finished").click()
    assert "Already here, nothing changed" in send(page, same)[0]
    page.get_by_role("button", name="Clear what is finished").click()
    assert "Replaced the version before" in send(page, other)[0]
    remove(page, "Other words")


def test_files_are_dropped(page: Any) -> None:
    moved = page.evaluate_handle(
        """() => { const moved = new DataTransfer();
        moved.items.add(new File(["The bridge was opened in 1931."], "bridge.txt")); return moved; }"""
    )
    page.dispatch_event("#sending", "dragover", {"dataTransfer": moved})
    assert "over" in page.get_attribute("#sending", "class")
    page.dispatch_event("#sending", "drop", {"dataTransfer": moved})
    page.locator("#sent > .good").wait_for(timeout=60_000)
    remove(page, "The bridge was opened in 1931")


def test_a_server_that_is_gone_is_told_and_the_file_can_be_sent_again(page: Any) -> None:
    page.context.set_offline(True)
    assert "The server does not answer" in send(page, file("later.txt", HARVEST))[0]
    page.get_by_role("button", name="Remove ").first.click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("was not removed: the server does not answer").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again: later.txt").click()
    page.locator("#sent > .good").wait_for(timeout=60_000)
    remove(page, "Harvest report")


def test_several_documents_and_days_are_chosen(page: Any, address: str) -> None:
    for box in page.locator("tbody [name=d]").all():
        box.check()
    page.get_by_role("button", name="Ask the 2 chosen documents").click()
    assert chat(page).inner_text(".fn-asked bdi") == "2 documents"
    page.click(".fn-asked")
    page.fill("[name=after]", "2024-09-01")
    page.locator(".fn-asked").get_by_text("2 documents · since 1 September 2024").wait_for()
    page.locator("#choosing").get_by_role("checkbox").first.uncheck()
    page.locator(".fn-asked").get_by_text("SIGNIFICATIONS · since").wait_for()
    page.fill("#wanted", "plans first visit")
    page.get_by_role("checkbox", name="plans his first foreign visit").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.className === 'fn-asked'")
    assert "approximately $11 billion" in ask(page, DEBT).inner_text()
    page.goto(f"{address}/?d=gone&after=tomorrow")
    chat(page).get_by_text("A document that was chosen is not here any more.").wait_for()
    assert page.get_by_text("“tomorrow” is no day").is_visible()
    said = ask(page, DEBT)
    assert "Nothing was searched" in said.inner_text()


def test_readers_send_and_remove_nothing(seeds_data: Path, tmp_path: Path, browser: Any) -> None:
    """Behind a proxy that says who asks; whoever has no account here is a reader."""
    header = "X-Forwarded-User"
    behind = {"trusted_proxies": "127.0.0.1", "proxy_user_header": header}
    with serving(shutil.copytree(seeds_data, tmp_path / "data"), **behind) as server:
        page = browser.new_context(extra_http_headers={header: "ann"}).new_page()
        page.goto(f"{server.url}/documents")
        page.get_by_role("link", name="Ask only IRANIAN PRESIDENT MASOUD PEZESHKIAN VISITS").wait_for()
        assert page.locator("#sending, dialog, [data-do=remove]").count() == 0
        page.get_by_role("link", name="Ask only").last.click()
        assert "$11 billion" in ask(chat(page), DEBT).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_has_no_edge_outside(browser: Any, address: str, scheme: str) -> None:
    view = {"width": 390, "height": 844}
    page = browser.new_context(viewport=view, color_scheme=scheme).new_page()
    page.goto(f"{address}/documents")
    page.locator("#sending").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="Ask only").first.click()
    chat(page).click(".fn-asked")
    page.locator("#choosing li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("#choosing").bounding_box()["y"] >= 0
