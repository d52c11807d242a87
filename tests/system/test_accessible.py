"""The pages for those who see, read or use them otherwise: contrast, names, focus, direction, width."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from drills.browser import BROWSER
from drills.server import serving
from qa.build import open_index
from qa.config import Config
from qa.ingest import find_all, ingest
from ui.keys import Accounts

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
DEBT = "How much does Iraq owe Iran?"
ETHANOL = "What is the boiling point of ethanol?"
TRADE = "كم بلغ حجم التجارة بين العراق وإيران؟"
ARABIC = "تقرير التجارة\n\nبلغ حجم التجارة بين العراق وإيران 11 مليار دولار في عام 2023.\n\nIt fell.\n"
TEXT = 4.5  # the least contrast of text, WCAG 2.2, 1.4.3
COLOURS = """names => names.map(name => {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.querySelector(".gradio-container").append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
})"""
FOCUSED = """() => {
  const node = document.activeElement, style = getComputedStyle(node);
  const framed = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1);
  return [`${node.tagName} ${node.id} ${node.className}`, framed || style.boxShadow !== "none"];
}"""
Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def address(seeds_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("accessible")
    (folder / "arabic.txt").write_text(ARABIC, encoding="utf-8")
    config = Config(data=Path(shutil.copytree(seeds_data, folder / "data")))
    with open_index(config) as index:
        assert len(list(ingest(index, find_all([folder / "arabic.txt"]), config))) == 1
    with serving(config.data) as server:
        yield server.url


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    """Opens the chat page; without its policy, so that it can be examined."""

    def opened(scheme: str = "light", width: int = 1440) -> Any:
        size = {"width": width, "height": 900}
        page = browser.new_context(
            base_url=address, viewport=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        ).new_page()
        page.goto("/")
        page.wait_for_selector(".fn-welcome", timeout=60_000)
        return page

    yield opened
    for context in browser.contexts:
        context.close()


def ask(page: Any, question: str) -> Any:
    before = page.locator(".fn-answer").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.locator(".fn-answer").nth(before).wait_for(timeout=60_000)
    return page.locator(".fn-exchange").last


def faults(page: Any) -> list[str]:
    """What axe finds wrong with the page, and whether it has to be moved sideways to be read."""
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*told, *(["sideways"] if sideways else [])]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours in [1, 21], WCAG 2.2; each as ``rgb(r, g, b)``."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_computed_as_the_guidelines_say() -> None:
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
    assert contrast("rgb(255, 255, 255)", "rgb(118, 118, 118)") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_a_fault_that_can_be_found(opened: Opened, scheme: str, width: int) -> None:
    page = opened(scheme, width)
    found = {"welcome": faults(page)}
    said = ask(page, DEBT)
    source = said.get_by_role("link", name="Open source 1").get_attribute("href")
    said.locator(".fn-marker").click()
    said.get_by_role("button", name="Note").click()
    found["answer"] = faults(page)
    page.click(".fn-menu > summary")
    found["menu"] = faults(page)
    page.click(".fn-menu > summary")
    ask(page, ETHANOL)
    ask(page, TRADE)
    found["abstention"] = faults(page)
    page.get_by_role("button", name="All documents").click()
    page.locator("#choosing li").first.wait_for()
    found["scope"] = faults(page)
    page.keyboard.press("Escape")
    page.fill("#question textarea", "x" * 5_000)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("shorten it").wait_for(timeout=60_000)
    found["failure"] = faults(page)
    for name, path in (("document", source.replace("version=", "version=0")), ("documents", "/documents")):
        page.goto(path)
        found[name] = faults(page)
    assert found == {state: [] for state in found}


def test_signing_in_has_no_fault(browser: Any, tmp_path: Path) -> None:
    with closing(Accounts(tmp_path / "access.sqlite3")) as accounts:
        accounts.add("ann", "admin")
        accounts.new_key("ann")
    with serving(tmp_path, sign_in="true") as server:
        for scheme in ("light", "dark"):
            size = {"width": 390, "height": 800}
            page = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport=size).new_page()
            page.goto(server.url)
            page.fill("#name", "nobody")
            page.fill("#password", "wrong")
            page.get_by_role("button", name="Sign in").first.click()
            page.get_by_role("alert").wait_for()
            page.click("summary")
            assert faults(page) == []
            page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_text_colour_can_be_read_on_each_ground_it_stands_on(opened: Opened, scheme: str) -> None:
    """Also where a ground is a gradient, which no tool measures."""
    page = opened(scheme)
    grounds = {
        "ink": ("paper", "ground", "mark", "mark-short", "tint"),
        "quiet": ("paper", "ground"),
        "accent": ("paper", "ground", "tint"),
        "paper": ("accent",),
        **dict.fromkeys(("good", "fair", "poor"), ("paper",)),
    }
    names = sorted({*grounds, *(ground for each in grounds.values() for ground in each)})
    colours = dict(zip(names, page.evaluate(COLOURS, names), strict=True))
    ratios = {(t, g): contrast(colours[t], colours[g]) for t, under in grounds.items() for g in under}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < TEXT} == {}


def test_whoever_tabs_sees_where(opened: Opened) -> None:
    page = opened()
    ask(page, DEBT)
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where, framed = page.evaluate(FOCUSED)
        if where.startswith("BODY"):
            break
        seen.append((where, framed))
    assert len(seen) > 10
    assert [where for where, framed in seen if not framed] == []


def test_an_answer_is_read_out(opened: Opened) -> None:
    page = opened()
    ask(page, DEBT)
    told = page.locator("#page > [role=status]")
    assert "approximately $11 billion" in told.text_content()
    assert told.evaluate("node => node.getBoundingClientRect().width <= 1 || getComputedStyle(node).clipPath")


def test_right_to_left_text_runs_from_right_to_left(opened: Opened) -> None:
    page = opened()
    said = ask(page, TRADE)
    direction = "node => getComputedStyle(node).direction"
    for part in (".fn-question", ".fn-words", ".fn-source h4 [dir]", ".fn-source blockquote"):
        assert said.locator(part).first.evaluate(direction) == "rtl", part
    page.goto(said.locator(".fn-ways a").first.get_attribute("href"))
    assert page.locator("pre").evaluate(direction) == "rtl"
    assert page.locator("#cited").evaluate("node => getComputedStyle(node).unicodeBidi") == "plaintext"
    ends = page.evaluate(
        """() => {
        const pre = document.querySelector("pre"), words = pre.lastChild, range = document.createRange();
        range.setStart(words, words.data.indexOf("It fell."));
        range.setEnd(words, words.data.indexOf("It fell.") + 8);
        const whole = pre.getBoundingClientRect(), part = range.getBoundingClientRect();
        return [part.left - whole.left, whole.right - part.right]; }"""
    )
    assert ends[0] < ends[1]  # each paragraph has a direction of its own
