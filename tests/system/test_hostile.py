"""Words that would do harm, at every place of every page: no script runs, no call leaves, nothing is covered.

The pages are looked at without their Content-Security-Policy, so that escaping alone is what holds.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from drills.browser import BROWSER
from drills.server import serving
from qa.build import open_index
from qa.config import Config
from qa.display import clean
from qa.index import Receipt
from qa.ingest import find_all, ingest
from tests.system.payloads import CALLS, COVERS, FILE_NAMES, PAYLOADS, SCRIPTS

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
SENT = 6  # every so many-th document
A_PAGE = 24  # questions: the page shows the last 30 of a conversation
TRAPS = """
window.hurts = [];
window.hurt = window.alert = window.prompt = window.confirm = what => { hurts.push(String(what)); };
"""
FOREIGN = """where => [...document.querySelectorAll(where)].flatMap(node => {
  if (/svelte-/.test(node.getAttribute("class"))) return [];  // Gradio's own
  const tags = "A ARTICLE ASIDE B BDI BLOCKQUOTE BUTTON CODE DETAILS DIALOG DIV FORM H1 H2 H3 H4 HEADER INPUT"
    + " LABEL LI MAIN MARK NAV NOSCRIPT OL P PRE Q SECTION SPAN STRONG SUMMARY TABLE TBODY TD TEXTAREA TH"
    + " THEAD TIME TR UL";
  const told = node.tagName + "." + node.className + " ";
  const names = [...node.attributes].map(attribute => attribute.name);
  const found = names.filter(name => /^on|^style$|^src/.test(name)).map(name => told + name);
  if (!tags.split(" ").includes(node.tagName)) found.push(told);
  for (const name of ["href", "action", "formaction"])
    if (node.hasAttribute(name) && !/^(\\/(?!\\/)|#)/.test(node.getAttribute(name))) found.push(told + name);
  const ours = node.matches(".fn-hidden, .hidden, .fn-menu > div, #choosing, dialog");
  const apart = ["fixed", "absolute", "sticky"].includes(getComputedStyle(node).position);
  if (apart && !ours) found.push(told + "is over the page");
  return found;
})"""
IN_FRONT = """() => {
  const box = document.querySelector("#question textarea"), at = box.getBoundingClientRect();
  return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2) === box;
}"""
VALUES = "nodes => nodes.map(node => node.value)"
DOCUMENT_PAGE = f"""() => [hurts, ({FOREIGN})("body *"), document.title,
  ["h1", "header p", "pre"].map(tag => document.querySelector(tag).textContent)]"""
TEXTS = "nodes => nodes.map(node => node.textContent)"


@dataclass(frozen=True)
class Hostile:
    """A server of hostile documents; ``documents`` is what the API says of each payload's, in order."""

    api: httpx.Client
    documents: list[dict[str, Any]]
    named: list[dict[str, Any]]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """Each payload is in a document's name, title and text; every fourth of them is sent over the web."""
    folder = tmp_path_factory.mktemp("hostile")
    config = Config(data=folder / "data")
    on_disk = [folder / name for name in FILE_NAMES]
    for path in on_disk:
        path.write_text(f"A file of the name {path.name}\n\nIt was found.", encoding="utf-8")
    for number, payload in enumerate(PAYLOADS):
        if number % SENT:
            on_disk.append(folder / name_of(number, payload))
            on_disk[-1].write_text(text_of(number, payload), encoding="utf-8", newline="")
    with open_index(config) as index:
        taken = list(ingest(index, find_all(on_disk), config))
    assert {type(each) for each in taken} == {Receipt}
    with (
        serving(config.data, requests_per_minute="0") as server,
        httpx.Client(base_url=server.url, timeout=60) as api,
    ):
        for number, payload in enumerate(PAYLOADS):
            if not number % SENT:
                send(api, name_of(number, payload), text_of(number, payload))
        while any(job["status"] in ("queued", "running") for job in api.get("/v1/jobs").json()["jobs"]):
            time.sleep(0.1)
        listed = api.get("/v1/documents", params={"limit": 1_000}).json()["documents"]
        known = {document["source"]: document for document in listed}
        made = [known.pop(name_of(number, payload)) for number, payload in enumerate(PAYLOADS)]
        yield Hostile(api, made, list(known.values()))


def name_of(number: int, payload: str) -> str:
    """The payload as the name of a file, without what file systems don't take."""
    name = "".join(character for character in payload if character.isprintable() and character not in "/\\")
    return unicodedata.normalize("NFC", f"{number} {name[:60]}.txt")


def text_of(number: int, payload: str) -> str:
    return f"Title: {payload}\n\nOn 4 May 2020 the charm number {number} was {payload} as people say.\n"


def send(api: httpx.Client, name: str, text: str) -> None:
    """Upload a file: by hand, since clients change what stands in a name."""
    quoted = name.replace('"', '\\"')
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
    body = f"{head}{text}\r\n--edge--\r\n".encode()
    form = {"Content-Type": "multipart/form-data; boundary=edge"}
    sent = api.post("/v1/documents", content=body, headers=form)
    assert sent.status_code == 202, sent.text


class Watched:
    """A page, and what it did that it must not."""

    def __init__(self, browser: Any, own: str, **how: Any) -> None:
        base = {"base_url": own} if own.startswith("http") else {}
        self.page = browser.new_context(**base, **how).new_page()
        self.page.add_init_script(TRAPS)
        self.left: list[str] = []
        self._own = own
        self.page.context.route(lambda url: not url.startswith((own, "data:", "blob:", "about:")), self._stop)

    def _stop(self, route: Any) -> None:
        self.left.append(route.request.url)
        route.abort()

    def hurts(self) -> list[str]:
        """What scripts said that ran, here or in frames."""
        return [*self.page.evaluate("window.hurts"), *self.left]

    def foreign(self, where: str) -> list[str]:
        """Elements and attributes that none of our templates has, and what lies over the page."""
        found: list[str] = self.page.evaluate(FOREIGN, where)
        return found

    def texts(self, selector: str) -> list[str]:
        return list(map(flat, self.page.locator(selector).evaluate_all(TEXTS)))


@pytest.fixture
def watched(browser: Any, hostile: Hostile) -> Iterator[Watched]:
    watched = Watched(browser, str(hostile.api.base_url), bypass_csp=True)
    yield watched
    watched.page.context.close()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_traps_spring(browser: Any) -> None:
    """On pages that escape nothing scripts run, calls go out, the box is covered: these tests can fail."""
    watched = Watched(browser, "none:")
    box = "<div id=question><textarea></textarea></div>"
    payloads = [payload for payload in SCRIPTS + CALLS + COVERS if "refresh" not in payload]  # which leaves
    frames = [
        f'<iframe srcdoc="{escape(f"{box}<div id=now>{payload}</div>")}"></iframe>' for payload in payloads
    ]
    watched.page.set_content("".join(frames))
    watched.page.wait_for_timeout(500)
    inner = watched.page.main_frame.child_frames
    assert len(inner) == len(payloads)
    ran = [frame for frame in inner if frame.evaluate("window.hurts.length")]
    covered = [frame for frame in inner if not frame.evaluate(IN_FRONT)]
    told = [frame for frame in inner if frame.evaluate(FOREIGN, "#now *, body > :not(#question)")]
    watched.page.context.close()
    assert len(ran) >= 20
    assert len(watched.left) >= 10
    assert len(covered) >= 3
    assert len(told) >= 50


@pytest.mark.parametrize("first", range(0, len(PAYLOADS), A_PAGE))
def test_answers_sources_titles_and_notes(hostile: Hostile, watched: Watched, first: int) -> None:
    numbers = range(first, min(first + A_PAGE, len(PAYLOADS)))
    titles = [begin(hostile, PAYLOADS[number]) for number in numbers]
    shown = begin(hostile, "All of these")
    answers = [ask(hostile, number, shown["id"]) for number in numbers]
    said = hostile.api.get(f"/v1/conversations/{shown['id']}").json()["exchanges"]
    for number, exchange in zip(numbers, said, strict=True):
        note = {"exchange_id": exchange["id"], "verdict": "wrong", "note": PAYLOADS[number]}
        assert hostile.api.post("/v1/feedback", json=note).status_code == 201
    watched.page.goto(f"/?c={shown['id']}")
    watched.page.locator(".fn-exchange").nth(len(answers) - 1).wait_for(timeout=60_000)
    watched.page.wait_for_timeout(200)
    assert watched.hurts() == []
    assert watched.foreign("#past *, #now *, #list *") == []
    assert watched.page.evaluate(IN_FRONT)
    assert watched.texts(".fn-question") == [flat(answer["question"]) for answer in answers]
    assert watched.texts("#history li a") == [flat(t["title"]) for t in (shown, *reversed(titles))]
    assert [flat(note) for note in watched.page.locator(".fn-note textarea").evaluate_all(VALUES)] == [
        flat(PAYLOADS[number]) for number in numbers
    ]
    sources = watched.texts(".fn-source")
    for answer, words in zip(answers, watched.texts(".fn-words"), strict=True):
        assert all(flat(sentence["text"]) in words for sentence in answer["sentences"])
    cited = [citation for answer in answers for citation in answer["citations"]]
    for citation, source in zip(cited, sources, strict=True):
        assert flat(clean(citation["title"]).text) in source
        assert flat(clean(citation["quote"]).text) in source
    for conversation in (shown, *titles):
        hostile.api.delete(f"/v1/conversations/{conversation['id']}")


def begin(hostile: Hostile, title: str) -> dict[str, Any]:
    begun = hostile.api.post("/v1/conversations", json={"title": title[:200]})
    assert begun.status_code == 201, begun.text
    conversation: dict[str, Any] = begun.json()
    return conversation


def ask(hostile: Hostile, number: int, conversation: str) -> dict[str, Any]:
    """Ask for a payload by itself, and have its document answer."""
    payload = PAYLOADS[number]
    asked = {
        "question": f"What was the charm number {number}, {payload[:3_900]}?",
        "conversation_id": conversation,
        "filters": {"documents": [hostile.documents[number]["id"]]},
        "reader": "sentence",
        "accepted_risk": 1.0,
        "k": 2,
    }
    told = hostile.api.post("/v1/ask", json=asked)
    assert told.status_code == 200, told.text
    answer: dict[str, Any] = told.json()
    assert answer["citations"]
    return answer


def test_document_pages(hostile: Hostile, watched: Watched) -> None:
    for stored in [*hostile.documents, *hostile.named]:
        text = hostile.api.get(f"/v1/documents/{stored['id']}/text").text
        watched.page.goto(f"/documents/{stored['id']}?start=0&end=20")
        hurts, foreign, title, texts = watched.page.evaluate(DOCUMENT_PAGE)
        assert [*hurts, *foreign, *watched.left] == []
        assert flat(title) == flat(clean(stored["title"]).text)
        head, source, whole = map(flat, texts)
        assert head == flat(clean(stored["title"]).text)
        assert source.startswith(flat(clean(stored["source"]).text))
        assert whole == flat(text)


def test_the_list_of_documents(hostile: Hostile, watched: Watched) -> None:
    listed: set[str] = set()
    stored = [*hostile.documents, *hostile.named]
    for at in range(0, len(stored), 50):
        watched.page.goto(f"/documents?at={at}")
        listed.update(watched.texts("tbody th .file"))
        assert watched.hurts() == []
        assert watched.foreign("body *") == []
    assert {flat(clean(document["source"]).text) for document in stored} <= listed
    for words in (SCRIPTS[35], SCRIPTS[37], COVERS[0]):
        watched.page.goto(f"/documents?{urlencode({'q': words, 'd': words, 'c': words})}")
        assert watched.hurts() == []
        assert watched.foreign("body *") == []
        assert watched.page.input_value("#q") == words


def test_what_is_asked_of_some_documents(hostile: Hostile, watched: Watched) -> None:
    chosen = [document["id"] for document in hostile.documents[:40]]
    watched.page.goto(f"/?{urlencode({'d': [*chosen, SCRIPTS[35]], 'after': COVERS[0]}, doseq=True)}")
    watched.page.wait_for_selector(".fn-welcome", timeout=60_000)
    watched.page.locator(".fn-asked").click()
    watched.page.locator("#choosing li").nth(39).wait_for()
    assert watched.hurts() == []
    assert watched.foreign("#scope *") == []
    titles = {flat(clean(document["title"]).text) for document in hostile.documents[:40]}
    assert titles <= set(watched.texts("#choosing li bdi"))


def test_what_is_typed(hostile: Hostile, watched: Watched) -> None:
    """Asked, searched for and used as a title by hand, so that the page shows it as it comes about."""
    everything = " ".join([*SCRIPTS[:30], *COVERS[:3], *CALLS[:8]])
    page = watched.page
    page.goto("/")
    page.wait_for_selector(".fn-welcome", timeout=60_000)
    page.fill("#question textarea", f"{everything} " * 9)  # more than is read: a failure shows it, too
    page.keyboard.press("Enter")
    page.get_by_text("shorten it").wait_for(timeout=60_000)
    assert watched.foreign("#past *, #now *, #list *") == []
    page.fill("#question textarea", f"What was the charm number 3, {everything}?")
    page.keyboard.press("Enter")
    page.locator(".fn-answer").wait_for(timeout=60_000)
    page.click(".fn-menu > summary")
    page.fill("#title", everything[:200])
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name=everything[:30]).wait_for()
    page.fill("#find", everything[:200])
    page.get_by_text("Nothing was found.").or_(page.locator("#history li")).first.wait_for()
    page.wait_for_timeout(300)
    assert watched.hurts() == []
    assert watched.foreign("#past *, #now *, #list *") == []
    assert page.evaluate(IN_FRONT)
    assert flat(everything[:200]) in watched.texts(".fn-bar h2")


def test_the_policy_holds_where_escaping_would_not(browser: Any, hostile: Hostile) -> None:
    """With the Content-Security-Policy in force nothing is fetched, whatever stands in the page."""
    watched = Watched(browser, str(hostile.api.base_url))
    watched.page.goto("/")
    watched.page.wait_for_selector(".fn-welcome", timeout=60_000)
    stays = [payload for payload in SCRIPTS + CALLS if "refresh" not in payload]  # where it leads is no fetch
    watched.page.evaluate("all => { document.querySelector('#now').innerHTML = all.join('<hr>'); }", stays)
    watched.page.wait_for_timeout(500)
    assert watched.foreign("#now *") != []
    assert watched.left == []
    watched.page.context.close()
