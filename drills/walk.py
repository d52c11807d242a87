"""Random steps over documents that grow, shrink, go and come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

import numpy as np

from drills.model import Model, Text
from drills.topics import document
from qa.chunk import chunk
from qa.types import Document

_PATHS = 30
_SENTENCES = 12
_LARGE = 520
_MOST_PASSAGES = 1_500  # of all documents; beyond them large ones are made small
_MOST_GONE = 10
_MOST_STEPS = 18
_KINDS = ("add", "add", "add", "change", "change", "change", "remove", "remove", "search", "same again")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``text`` is what the document at ``path`` is from then on (None: there is none)."""

    kind: str
    path: str = ""
    text: Text | None = None
    outcome: Literal["added", "replaced", "unchanged", ""] = ""

    def after(self, model: Model) -> Model:
        """The model once the step is done."""
        if self.kind == "search":
            return model
        others = {path: kept for path, kept in model.items() if path != self.path}
        return others if self.text is None else others | {self.path: self.text}

    def document(self) -> Document:
        """The document to add."""
        text = self.text.text if self.text else ""
        source = self.path.rsplit("/", 1)[-1]
        return Document(self.path, source, "", None, text, sha256(text.encode()).hexdigest(), "drill/1")


class Walk:
    """Makes steps. Versions of a document are stretches of one long text, so that they share passages."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.gone: list[Text] = []
        """Texts that were taken out last."""

    def steps(self, models: Sequence[Model], write: bool) -> list[Step]:
        """Steps for a session, right whichever of ``models`` is true.

        With ``write`` the first add so much that Chroma writes its graph.
        """
        model = models[0]
        unsure = {path for path in _paths() if len({_text(other, path) for other in models}) > 1}
        steps: list[Step] = []
        for number in range(int(self._rng.integers(2, _MOST_STEPS))):
            step = self._step(model, unsure, large=write and number == 0)
            model = step.after(model)
            steps.append(step)
        return steps

    def _step(self, model: Model, unsure: set[str], *, large: bool) -> Step:
        kind = "change" if large else str(self._rng.choice(_KINDS))
        free = [path for path in _paths() if path not in model and path not in unsure]
        known = [path for path in _paths() if path in model and path not in unsure]
        if kind == "search":
            return Step("search")
        if not known or (kind == "add" and free):
            path = str(self._rng.choice(free))
            return Step("add", path, self._new(path, model, large=large), "added")
        path = self._any_of(known, model)
        old = model[path]
        if kind == "same again":
            return Step("same again", path, old, "unchanged")
        self.gone = [*self.gone, old][-_MOST_GONE:]
        if kind == "remove":
            return Step("remove", path)
        new = self._new(path, model, large=large)
        return Step("change", path, new, "unchanged" if new == old else "replaced")

    def _any_of(self, known: Sequence[str], model: Model) -> str:
        """Any document, or the largest when there is too much."""
        if _passages(model) > _MOST_PASSAGES:
            return max(known, key=lambda path: len(model[path].spans))
        return str(self._rng.choice(known))

    def _new(self, path: str, model: Model, *, large: bool) -> Text:
        """A stretch of the document's long text, which often begins where others do."""
        number = int(path.rsplit("/", 1)[-1].removesuffix(".txt"))
        start = int(self._rng.choice((0, 0, 0, 1, 5)))
        length = 1 + int(self._rng.integers(_SENTENCES))
        if large or (self._rng.random() < 0.04 and _passages(model) < _MOST_PASSAGES):
            length = int(self._rng.integers(_LARGE if large else 60, _LARGE + 40))
        sentences = document(number, start + length).text.split(". ")[start : start + length]
        text = ". ".join(sentences).removesuffix(".") + "."
        cut = chunk(replace(document(number, 1), text=text), max_tokens=32, overlap_tokens=0)
        return Text(text, tuple((passage.start, passage.end) for passage in cut))


def _paths() -> list[str]:
    return [f"/drill/{number}.txt" for number in range(_PATHS)]


def _text(model: Mapping[str, Text], path: str) -> str | None:
    return model[path].text if path in model else None


def _passages(model: Model) -> int:
    return sum(len(text.spans) for text in model.values())
