"""A PDF in a real browser: sent, asked, its cited place seen as it is printed, and opened there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.browser import BROWSER
from drills.server import serving
from tests.load.pdfs import at, paragraph, pdf
from tests.load.test_pdf import PROSE
from tests.system.test_browser import ask
from tests.system.test_documents import file, send

pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
HARVEST = "The harvest of 2031 was 7,400 tonnes of barley."
REPORT = pdf(
    at(72, 720, "Harvest report", 22) + paragraph(72, 680, PROSE),
    paragraph(72, 720, PROSE) + at(72, 500, HARVEST) + paragraph(72, 460, PROSE),
    paragraph(72, 720, PROSE),
)
ASKED = "How large was the harvest of 2031?"
LOADED = "image => image.decode().then(() => image.naturalWidth)"
AMBER = """image => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const drawn = canvas.getContext("2d");
  drawn.drawImage(image, 0, 0);
  const pixels = drawn.getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let at = 0; at < pixels.length; at += 4) found += pixels[at] > 200 && pixels[at + 2] < 160;
  return found / (pixels.length / 4);
}"""
IN_SIGHT = """node => {
  const box = node.getBoundingClientRect();
  return box.top >= 0 && box.top < innerHeight && box.bottom > 0;
}"""


@pytest.fixture(scope="module")
def address(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = Path(shutil.copytree(seeds_data, tmp_path_factory.mktemp("pdf") / "data"))
    with serving(data) as server:
        yield server.url


def picture(page: Any, inside: str) -> Any:
    """The picture there, once it is loaded."""
    image = page.locator(f"{inside} img").first
    image.scroll_into_view_if_needed()
    assert image.evaluate(LOADED) >= 400
    return image


def test_the_cited_words_are_seen_where_they_are_printed(browser: Any, address: str) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/documents")
    page.locator("#sending").wait_for()
    assert "3 pages" in send(page, file("harvest.pdf", REPORT))[0]
    page.goto(address)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    source = ask(page, ASKED).locator(".fn-source").first
    assert "page 2" in source.locator(".fn-of").inner_text()
    assert HARVEST in source.locator("mark").inner_text()
    close = picture(page, ".fn-sheet")
    assert close.get_attribute("alt") == f"Page 2 of Harvest report; the cited words: {HARVEST}"
    assert close.evaluate(AMBER) > 0.01
    link = address + source.locator("a.fn-sheet").get_attribute("href")

    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("about:blank")
        page.goto(link)
        sheet = picture(page, "figure")
        page.goto("about:blank")
        page.goto(link)  # with the picture at hand, so that nothing moves any more
        assert sheet.evaluate(LOADED) == 1_200
        assert 0 < sheet.evaluate(AMBER) < 0.05
        assert sheet.evaluate(IN_SIGHT)
        assert page.locator("main mark").inner_text() == HARVEST
        assert page.locator("main mark").evaluate(IN_SIGHT) or width == 390
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert "Page 2 of 3" in page.inner_text("nav")

    page.get_by_role("link", name="Next").click()
    page.get_by_text("Page 3 of 3").wait_for()
    assert picture(page, "figure").evaluate(AMBER) == 0
    page.get_by_role("link", name="Back to the cited page 2").click()
    page.get_by_text("Page 2 of 3").wait_for()
    page.get_by_role("link", name="See it larger").click()
    page.wait_for_url("**/pages/2.png?*")
    assert page.locator("img").evaluate(LOADED) == 1_600
    assert said == []


def test_no_page_of_a_pdf_has_a_fault_that_can_be_found(browser: Any, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for scheme, width in (("light", 1440), ("dark", 390)):
        size = {"width": width, "height": 900}
        page = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True).new_page()
        page.goto(f"{address}/documents")
        page.get_by_role("link", name="Harvest report").first.click()
        page.get_by_text("Page 1 of 3").wait_for()
        picture(page, "figure")
        found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]] == []
        page.context.close()


def test_a_page_that_cannot_be_drawn_leaves_the_words(browser: Any, address: str) -> None:
    page = browser.new_context().new_page()
    page.route("**/cited.png*", lambda route: route.fulfill(status=409, body="It has changed."))
    page.goto(address)
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    source = ask(page, ASKED).locator(".fn-source").first
    source.locator(".fn-sheet").wait_for(state="detached", timeout=60_000)
    assert HARVEST in source.locator("mark").inner_text()
