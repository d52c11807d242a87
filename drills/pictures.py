"""The pictures of ``docs/chat.md``: each page as it looks, wide and narrow, light and dark.

``python -m drills.pictures`` takes them anew of a server on the seeds, with a browser. Look at them.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from drills.browser import chromium
from drills.seeds import indexed
from drills.server import serving

_FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
_SEEDS = Path(__file__).parent.parent / "seeds"
_WIDE, _NARROW = (1440, 900), (390, 844)
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_HEIGHT = 540  # of a strip
_COLOURS = 96
_HARBOUR = {
    "harbour-2023.txt": "Harbour report 2023\n\n14 March 2023\n\nThe wall was repaired in spring."
    " The repair of the harbour wall cost $4 million.\n",
    "harbour-2024.txt": "Harbour report 2024\n\n2 April 2024\n\nThe repair of the harbour wall cost"
    " $5.5 million, according to the final bill.\n",
}
_Shows = Callable[..., None]  # of a page, the server's url and the folder of what is sent


def main() -> None:
    """Take all pictures."""
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sent = Path(folder) / "sent"
        sent.mkdir()
        for name, text in _HARBOUR.items():
            (sent / name).write_text(text, encoding="utf-8")
        data = indexed(Path(folder) / "data")
        with serving(data, config=str(_SEEDS / "footnote.toml")) as server, chromium() as browser:
            for name, shows in _STATES.items():
                strip = _strip(browser, partial(shows, url=server.url, sent=sent))
                strip.save(_FOLDER / f"{name}.png", optimize=True)
            page = browser.new_page(viewport={"width": 1180, "height": 640})
            _answer(page, server.url, sent)
            _small(_taken(page)).save(_FOLDER / "answer.png", optimize=True)


def _strip(browser: Any, show: Callable[[Any], None]) -> Image.Image:
    """Wide and narrow, light and dark, side by side."""
    taken = []
    for width, height in (_WIDE, _NARROW):
        for scheme in _SCHEMES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            show(page)
            picture = _taken(page)
            taken.append(picture.resize((picture.width * _HEIGHT // picture.height, _HEIGHT)))
            context.close()
    strip = Image.new("RGB", (sum(each.width for each in taken), _HEIGHT))
    left = 0
    for each in taken:
        strip.paste(each, (left, 0))
        left += each.width
    return _small(strip)


def _taken(page: Any) -> Image.Image:
    page.wait_for_timeout(600)  # until nothing moves
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _small(picture: Image.Image) -> Image.Image:
    return picture.quantize(_COLOURS)


def _welcome(page: Any, url: str, sent: Path) -> None:
    page.goto(url)
    page.locator(".fn-welcome").wait_for()


def _ask(page: Any, question: str) -> None:
    before = page.locator(".fn-answer").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    page.locator(".fn-answer").nth(before).wait_for()


def _answer(page: Any, url: str, sent: Path) -> None:
    _welcome(page, url, sent)
    _ask(page, "How much does Iraq owe Iran?")


def _abstention(page: Any, url: str, sent: Path) -> None:
    _welcome(page, url, sent)
    _ask(page, "How much does Iraq owe Turkey?")


def _follow_up(page: Any, url: str, sent: Path) -> None:
    _welcome(page, url, sent)
    _ask(page, "How much does Iraq owe Iran?")
    _ask(page, "Why hasn't it been paid?")


def _document(page: Any, url: str, sent: Path) -> None:
    _answer(page, url, sent)
    page.goto(url + page.locator(".fn-ways a").first.get_attribute("href"))


def _receipts(page: Any, url: str, sent: Path) -> None:
    page.goto(f"{url}/documents")
    page.set_input_files("input[type=file]", sorted(sent.iterdir()))
    page.wait_for_timeout(6_000)  # until they are taken in


def _differing(page: Any, url: str, sent: Path) -> None:
    _welcome(page, url, sent)
    _ask(page, "How much did the repair of the harbour wall cost?")


_STATES: Mapping[str, _Shows] = {
    "welcome": _welcome,
    "answered": _answer,
    "follow-up": _follow_up,
    "abstention": _abstention,
    "document": _document,
    "documents": _receipts,
    "differing": _differing,
}

if __name__ == "__main__":
    main()
