"""The report of a run in a real browser, opened as a file."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drills.browser import BROWSER
from eval.reports import write_report
from tests.reports.runs import OUTCOMES, write_run

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("runs")
    swapped = {**OUTCOMES, "debt": OUTCOMES["tour"], "tour": OUTCOMES["tour"]}
    write_report([write_run(folder / "first"), write_run(folder / "second", swapped)], folder / "report.html")
    return (folder / "report.html").as_uri()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens the page. At the end nothing else must have been asked for, and the console be empty."""
    said: list[str] = []
    asked: list[str] = []
    pages: list[Any] = []

    def open_page(state: str = "", **how: Any) -> Any:
        page = browser.new_page(**how)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url.split("#")[0]))
        page.goto(address + state)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert set(asked) == {address}


def shown(page: Any) -> list[str]:
    """The numbers of the questions that are to be seen."""
    visible = page.locator("article.question:visible .number")
    return [text.strip() for text in visible.all_text_contents()]


def test_failures_alone_are_shown_and_can_be_linked(opened: Callable[..., Any]) -> None:
    page = opened()
    assert shown(page) == list("1234567")
    page.check("input[value=failed]")
    page.wait_for_url("**#show=failed")
    assert shown(page) == ["7"]
    assert page.inner_text("output") == "1 of 7 shown"
    assert shown(opened("#show=failed")) == ["7"]


def test_filters_go_together(opened: Callable[..., Any]) -> None:
    page = opened()
    page.check("input[value=missed]")
    page.wait_for_url("**#show=missed")
    assert shown(page) == ["1", "4"]  # in the second run, in both
    page.select_option("select[name=run]", "A")
    page.wait_for_url("**#show=missed&run=A")
    assert shown(page) == ["4"]
    assert page.inner_text("label:has([value=missed])") == "wrongly withheld 1"
    page.check("input[value=differs]")
    page.wait_for_url("**#show=differs&run=A")
    assert shown(page) == ["1"]
    page.check("input[value=all]")
    page.select_option("select[name=type]", "place")
    page.fill("input[name=find]", "TOUR")
    page.wait_for_url("**#*find=TOUR")
    assert shown(page) == ["4"]
    page.fill("input[name=find]", "no such words")
    page.get_by_text("No question is like that.").wait_for()


def test_a_link_to_a_question_shows_it_whatever_is_filtered(opened: Callable[..., Any]) -> None:
    page = opened("#show=failed")
    page.evaluate("location.hash = '#q-2'")
    page.locator("#q-2").wait_for()
    assert shown(page) == list("1234567")
    assert shown(opened("#show=nonsense&type=none&run=Z")) == list("1234567")


def test_the_mix_of_the_risk_curve_can_be_chosen(opened: Callable[..., Any]) -> None:
    page = opened()
    labels = "figure:has(input[name=mix]) svg[role=img]:visible"
    assert "25 % of the questions" in page.get_attribute(labels, "aria-label")
    page.check("#mix-3")
    assert "50 % of the questions" in page.get_attribute(labels, "aria-label")


def test_all_is_shown_without_scripts(opened: Callable[..., Any]) -> None:
    page = opened(java_script_enabled=False)
    assert shown(page) == list("1234567")
    assert not page.is_visible("form.filters")
    assert page.locator("figure svg[role=img]:visible").count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(opened: Callable[..., Any], width: int, scheme: str) -> None:
    page = opened(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_keyboard_reaches_the_filters(opened: Callable[..., Any]) -> None:
    page = opened()
    page.focus("input[value=all]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**#show=amiss")
    assert (
        page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle") == "solid"
    )
