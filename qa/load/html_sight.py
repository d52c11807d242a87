"""What of an HTML page nobody sees: taken out of its tree, and told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.load.hidden import instructions, is_prose

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PROSE_WORDS = 3
_COMMENT_WORDS = 20
_READ_ALOUD_WORDS = 8
_MOST_CSS = 500_000
_SPARED = frozenset(
    "nav header footer dialog menu form script style noscript template head svg button select".split()
)
"""Within these hidden words are a page's machinery, and not told."""
_PRESENT = ("html", "body", "main", "article")

_AMOUNT = r"-?\d*\.?\d+"
_HIDING = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0?\.?0+\d?%?"
    r"|font-size\s*:\s*(?:0[a-z%]*|0?\.\d+(?:px|pt|em|rem)|1px)|color\s*:\s*(?:transparent|rgba\([^)]*,\s*0\s*\))"
    r"|(?:text-indent|left|top|right|bottom|margin-left|margin-top)\s*:\s*-\d{3,}[^;]*"
    r"|clip\s*:\s*rect\(\s*(?:0|1px)[^;]*|clip-path\s*:\s*inset\(\s*(?:50|100)%[^;]*"
    r"|transform\s*:\s*scale\(\s*0\s*[,)][^;]*)\s*(?:!important)?\s*(?:;|$)",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"(?:^|;)\s*(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$)", re.IGNORECASE)
_CUT_OFF = re.compile(r"(?:^|;)\s*overflow\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(rf"rgba?\(\s*({_AMOUNT})[\s,]+({_AMOUNT})[\s,]+({_AMOUNT})", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240)}
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NESTED = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?(?:([.#])([\w-]+))?", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CONDITION = ("[if ", "<![endif", "[endif")
_NEAR = 24

Colour = tuple[int, int, int]


def without_hidden(root: Element) -> tuple[list[str], list[str]]:
    """Takes out of the tree what is not shown; says how prose was hidden outside the page's machinery.

    The second list are lines on what is shown, but not to everybody.
    """
    rules = list(_rules(root))
    told: dict[str, int] = {}
    page = _background(root)
    silent = 0
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            _note_comment(element, told)
            continue
        if element.tag in _PRESENT:
            continue
        why = _why(element, rules, page)
        if why is None:
            silent += element.get("aria-hidden") == "true" and _is_told(element, _READ_ALOUD_WORDS)
            continue
        if element.getroottree().getroot() is root and _is_told(element, _PROSE_WORDS):
            told[why] = told.get(why, 0) + 1
        _drop(element)
    lines = [why if count == 1 else f"{why} ({count:,} times)" for why, count in told.items()]
    return lines, ["some text is shown, but marked not to be read aloud (aria-hidden)"] if silent else []


def _why(element: Element, rules: list[tuple[str, str, str]], page: Colour) -> str | None:
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return "the hidden attribute"
    style = element.get("style", "")
    if style and _hides(style):
        return "a style"
    if (style and _same_colour(style, element, page)) or (
        element.tag == "font" and _same_font(element, page)
    ):
        return "the colour of what is behind it"
    classes = element.get("class", "").split()
    for tag, mark, name in rules:
        if tag and tag != element.tag:
            continue
        if (mark == "." and name in classes) or (mark == "#" and element.get("id") == name) or not mark:
            return "a style sheet"
    return None


def _rules(root: Element) -> Iterator[tuple[str, str, str]]:
    """The selectors (tag, "." or "#" or "", name) of the page's rules that hide on every screen."""
    for sheet in root.iter("style"):
        css = _CSS_COMMENT.sub("", (sheet.text or "")[:_MOST_CSS])
        for selectors, body in _RULE.findall(_NESTED.sub("", css)):
            colours = _COLOUR.search(body), _BACKGROUND.search(body)
            alike = all(colours) and _near(*(_colour(each[1]) for each in colours if each))
            if not (_hides(body) or alike):
                continue
            for selector in selectors.split(","):
                match = _SELECTOR.fullmatch(selector.strip())
                if match and (match[2] or match[1]):
                    yield (match[1] or "").lower(), match[2] or "", match[3] or ""


def _hides(style: str) -> bool:
    return bool(_HIDING.search(style) or (_NO_SIZE.search(style) and _CUT_OFF.search(style)))


def _same_colour(style: str, element: Element, page: Colour) -> bool:
    colour = _COLOUR.search(style)
    if not colour:
        return False
    behind: Element | None = element
    while behind is not None:
        found = _BACKGROUND.search(behind.get("style", ""))
        stated = _colour(found[1]) if found else _colour(behind.get("bgcolor", ""))
        if found or stated:
            return _near(_colour(colour[1]), stated)
        behind = behind.getparent()
    return _near(_colour(colour[1]), page)


def _same_font(element: Element, page: Colour) -> bool:
    return element.get("size") == "0" or _near(_colour(element.get("color", "")), page)


def _background(root: Element) -> Colour:
    body = next(root.iter("body"), None)
    if body is None:
        return (255, 255, 255)
    found = _BACKGROUND.search(body.get("style", ""))
    return _colour(found[1] if found else body.get("bgcolor", "")) or (255, 255, 255)


def _colour(words: str) -> Colour | None:
    words = words.strip().lower()
    if words in _NAMED:
        return _NAMED[words]
    if match := _HEX.match(words):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.match(words):
        return int(float(match[1])), int(float(match[2])), int(float(match[3]))
    return None


def _near(a: Colour | None, b: Colour | None) -> bool:
    return a is not None and b is not None and all(abs(x - y) < _NEAR for x, y in zip(a, b, strict=True))


def _is_told(element: Element, least: int) -> bool:
    spared = element.tag in _SPARED or any(each.tag in _SPARED for each in element.iterancestors())
    return not spared and _is_prose(element, least)


def _is_prose(element: Element, least: int) -> bool:
    words = " ".join(
        text for each in element.iter() if each.tag not in _SPARED for text in (each.text, each.tail) if text
    )
    return len(_WORD.findall(words)) >= least


def _note_comment(element: Element, told: dict[str, int]) -> None:
    words = (element.text or "").strip()
    if (
        "Comment" not in type(element).__name__
        or words.startswith(_CONDITION)
        or "</" in words
        or "{" in words
    ):
        return
    if any(each.tag in _SPARED for each in element.iterancestors()):
        return
    if is_prose(words, _COMMENT_WORDS) or next(instructions(words), None):
        told["a comment"] = told.get("a comment", 0) + 1


def _drop(element: Element) -> None:
    """Takes an element out, but not the words behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
