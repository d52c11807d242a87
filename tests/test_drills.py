"""The drills' own parts: a section of the page each, steps and their model, and a comparison that notices."""

from pathlib import Path

import numpy as np
import pytest

from drills import page
from drills.drill import Drill
from drills.model import Model, Text, compare, compare_chroma, which
from drills.topics import TopicEmbedder, document
from drills.walk import Step, Walk
from qa.chunk import chunk
from qa.config import Config
from qa.index import Index

DRILL: Drill[object] = Drill("one", "One", "What it shows.", 1, lambda run: [], lambda done: [])


def test_a_drill_writes_its_own_section_alone(tmp_path: Path) -> None:
    file = tmp_path / "drills.md"
    file.write_text("# Drills\n\nHello.\n\n## Two\n\nkept\n\n## Other\n\nalso kept\n")
    for figure in ("7", "8"):
        page.put(file, page.section(DRILL, [("figure", figure)], "python -m drills one"), ["One", "Two"])
    text = file.read_text()
    assert text.startswith("# Drills\n\nHello.\n\n## One\n\nWhat it shows.\n\n`python -m drills one`, ")
    assert text.endswith("| | |\n| --- | --- |\n| figure | 8 |\n\n## Two\n\nkept\n\n## Other\n\nalso kept\n")


def test_steps_are_the_same_for_the_same_seed_and_right_for_their_model() -> None:
    runs = [Walk(np.random.default_rng(3)).steps([{}], write=False) for _ in range(2)]
    assert runs[0] == runs[1]
    model: Model = {}
    for step in runs[0]:
        assert (step.outcome == "added") == (step.text is not None and step.path not in model)
        model = step.after(model)
    assert model


def test_after_a_crash_no_step_touches_what_is_unsure() -> None:
    path = "/drill/0.txt"
    models: list[Model] = [{}, {path: Text("a", ((0, 1),))}]
    walk = Walk(np.random.default_rng(1))
    assert path not in {step.path for _ in range(30) for step in walk.steps(models, write=False)}


def text_of(number: int) -> Text:
    made = document(number, 3)
    cut = chunk(made, max_tokens=32, overlap_tokens=0)
    return Text(made.text, tuple((passage.start, passage.end) for passage in cut))


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Config, Model]:
    """A folder with two documents, and what it has."""
    config = Config(data=tmp_path / "data", passage_tokens=32, overlap_tokens=0)
    model: Model = {f"/drill/{number}.txt": text_of(number) for number in range(2)}
    with Index(config, TopicEmbedder()) as index:
        for path, text in model.items():
            index.add(Step("add", path, text, "added").document())
    return config, model


def test_what_is_as_the_model_shows_no_difference(filled: tuple[Config, Model]) -> None:
    config, model = filled
    with Index(config, TopicEmbedder()) as index:
        assert which(index, [{}, model]) == 1
        assert compare(index, model, [text_of(2)], np.random.default_rng(0)).differences == []
        assert compare_chroma(index).differences == []


def test_what_is_not_as_the_model_is_noticed(filled: tuple[Config, Model]) -> None:
    config, model = filled
    other = {path: Text(text.text, text.spans[:-1]) for path, text in model.items()}
    with Index(config, TopicEmbedder()) as index:
        assert which(index, [{}, {**model, "/drill/0.txt": text_of(1)}]) is None
        assert any("cut otherwise" in said for said in compare(index, other, [], _rng()).differences)
        ids = sorted(index.catalog.passage_ids())
        chroma = index.vectors.chroma
        assert chroma is not None
        chroma.remove(ids[:1])
        assert any("Chroma lacks 1" in said for said in compare_chroma(index).differences)
        assert any("the vector found" in said for said in compare(index, model, [], _rng()).differences)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
