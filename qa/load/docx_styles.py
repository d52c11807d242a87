"""Styles and numbering of a DOCX: what makes a heading, what hides words, what number Word draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.load.package import child, is_on, local, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DEEPEST = 20
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a style or a run says: None where it says nothing. ``half_points`` is the size."""

    vanish: bool | None = None
    colour: str | None = None
    fill: str | None = None
    half_points: int | None = None

    def over(self, other: Look) -> Look:
        """Where it says nothing, what the other says."""
        return Look(
            other.vanish if self.vanish is None else self.vanish,
            other.colour if self.colour is None else self.colour,
            other.fill if self.fill is None else self.fill,
            other.half_points if self.half_points is None else self.half_points,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """``level``: 1 to 9 for a heading, 0 for a title, None for text. ``numbering``: (list, level)."""

    look: Look = Look()
    level: int | None = None
    numbering: tuple[str, int] | None = None
    shaded: bool = False


def look(properties: Element | None) -> Look:
    """What run properties (``w:rPr``) say."""
    if properties is None:
        return Look()
    found = {local(each): each for each in properties}
    size = value(found.get("sz"))
    hidden = found.get("vanish") if "vanish" in found else found.get("webHidden")
    return Look(
        vanish=None if hidden is None else is_on(hidden),
        colour=value(found.get("color")),
        fill=_fill(found.get("shd")) or _fill(found.get("highlight")),
        half_points=int(size) if size and size.isdecimal() and len(size) < 6 else None,
    )


def _fill(shading: Element | None) -> str | None:
    stated = value(shading, "fill") or value(shading)
    return None if stated in (None, "auto", "none", "clear", "nil") else stated


def shading(properties: Element | None) -> str | None:
    """The colour behind a paragraph, a cell or a table by its properties."""
    return _fill(child(properties, "shd")) if child(properties, "shd") is not None else None


class Styles:
    """The styles by their id, each with what it has from those it is based on."""

    def __init__(self, tree: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._made: dict[str, Style] = {}
        self.default = Style()
        if tree is None:
            return
        defaults = child(tree, "docDefaults", "rPrDefault", "rPr")
        self.default = Style(look=look(defaults))
        for each in tree:
            if local(each) == "style" and (name := value(each, "styleId")):
                self._elements[name] = each

    def of(self, name: str | None, deep: int = 0) -> Style:
        """The style of an id; the default for None and for one that isn't there."""
        element = self._elements.get(name or "")
        if name is None or element is None or deep > _DEEPEST:
            return self.default
        if name not in self._made:
            below = self.of(value(child(element, "basedOn")), deep + 1)
            self._made[name] = _style(element, below)
        return self._made[name]


def _style(element: Element, below: Style) -> Style:
    paragraph = child(element, "pPr")
    return Style(
        look=look(child(element, "rPr")).over(below.look),
        level=_named_level(value(child(element, "name")) or "", outline(paragraph), below.level),
        numbering=numbering(paragraph, below.numbering),
        shaded=below.shaded or any(local(each) == "shd" and _fill(each) for each in element.iter()),
    )


def _named_level(name: str, stated: int | None, below: int | None) -> int | None:
    name = name.lower()
    if name == "title":
        return 0
    if name.startswith("heading ") and name[8:].isdecimal():
        return min(int(name[8:10]), 9)
    return below if stated is None else stated


def outline(paragraph: Element | None) -> int | None:
    """The level, from 1, that paragraph properties (``w:pPr``) state."""
    stated = value(child(paragraph, "outlineLvl"))
    return int(stated) + 1 if stated in tuple("012345678") and stated else None


def numbering(paragraph: Element | None, below: tuple[str, int] | None) -> tuple[str, int] | None:
    """The list and the level (from 0) of a paragraph."""
    stated = child(paragraph, "numPr")
    if stated is None:
        return below
    number = value(child(stated, "numId"))
    level = value(child(stated, "ilvl")) or "0"
    if number is None:
        number = below[0] if below else None
    if number is None or number == "0":
        return None
    return number, int(level) if level in tuple("012345678") else 0


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int


class Numbering:
    """Counts the lists as they are met, and draws each number as Word does."""

    def __init__(self, tree: Element | None) -> None:
        self._levels: dict[str, Mapping[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        for each in tree if tree is not None else ():
            if local(each) == "abstractNum" and (name := value(each, "abstractNumId")):
                self._levels[name] = {at: level for at, level in map(_level, each) if at >= 0}
            elif local(each) == "num" and (name := value(each, "numId")):
                self._lists[name] = value(child(each, "abstractNumId")) or ""

    def next(self, numbered: tuple[str, int]) -> str:
        """What stands before the next paragraph of a list: "-", or a number such as "2.1" or "(a)"."""
        name, at = numbered
        shared = self._lists.get(name, "")
        levels = self._levels.get(shared, {})
        level = levels.get(at)
        if level is None or level.form in ("bullet", "none") or "%" not in level.text:
            return "-"
        counts = self._counts.setdefault(shared, [])
        while len(counts) <= at:
            counts.append(levels[len(counts)].start - 1 if len(counts) in levels else 0)
        counts[at] += 1
        del counts[at + 1 :]
        text = level.text
        for deep, count in enumerate(counts):
            form = levels[deep].form if deep in levels else "decimal"
            text = text.replace(f"%{deep + 1}", _drawn(max(count, 1), form))
        return text


def _level(element: Element) -> tuple[int, _Level]:
    stated = value(element, "ilvl") or ""
    if local(element) != "lvl" or stated not in tuple("012345678"):
        return -1, _Level("", "", 1)
    start = value(child(element, "start")) or "1"
    made = _Level(
        form=value(child(element, "numFmt")) or "decimal",
        text=(value(child(element, "lvlText")) or "")[:40],
        start=int(start) if start.isdecimal() and len(start) < 6 else 1,
    )
    return int(stated), made


def _drawn(number: int, form: str) -> str:
    number = min(number, _LARGEST)
    if form.endswith("Letter"):
        word = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)
    elif form.endswith("Roman"):
        word, rest = "", number
        for worth, sign in _ROMAN:
            word += sign * (rest // worth)
            rest %= worth
    else:
        return str(number)
    return word.upper() if form.startswith("upper") else word
