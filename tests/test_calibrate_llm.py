"""Fitting the confidence of a model's answers, over a scripted one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.calibrate_llm import choices, fitted
from qa.config import Config
from qa.read.written import FEATURES
from tests.llms import MODEL, Reply, question_of, says, scripted

TOWNS = ("Arta", "Brod", "Cora", "Dorn")


def squad(file: Path) -> Path:
    """Of each town: one question that is answered, and two that are not."""
    paragraphs = []
    for at, town in enumerate(TOWNS):
        before = f"The bridge of {town} was opened in "
        text = f"{before}{1931 + at}. The well of {town} is {at + 4} metres deep."
        gold = [{"text": str(1931 + at), "answer_start": len(before)}]
        bridge = {
            "id": f"{town}-bridge",
            "question": f"When was the bridge of {town} opened?",
            "answers": gold,
        }
        others = [
            {"id": f"{town}-{who}", "question": f"Who is the {who} of {town}?", "answers": []}
            for who in ("mayor", "king")
        ]
        paragraphs.append({"context": text, "qas": [bridge, *others]})
    file.write_text(json.dumps({"data": [{"title": "Towns", "paragraphs": paragraphs}]}))
    return file


def reply(asked: dict[str, Any]) -> Reply:
    question = question_of(asked)
    at = next(at for at, town in enumerate(TOWNS) if town in question)
    if "bridge" in question:
        return says(f"The bridge of {TOWNS[at]} was opened in {1931 + at}.")
    if "mayor" in question:
        return says(f"The well of {TOWNS[at]} is {at + 4} metres deep.")
    return says("The documents do not answer this.")


def test_right_answers_are_told_from_those_that_are_only_borne_out(tmp_path: Path) -> None:
    with scripted(reply) as server:
        config = Config(reader="llm", llm_url=server.url, llm_model=MODEL, passages=4, threads=1)
        found = list(choices(squad(tmp_path / "squad.json"), config))
    asked = {choice.question.id: choice for choice in found}
    assert set(asked) == {f"{town}-{what}" for town in TOWNS for what in ("bridge", "mayor")}
    assert all(choice.right == [name.endswith("bridge")] for name, choice in asked.items())
    made = fitted(found, "scripted")
    assert made["features"] == FEATURES
    assert made["fitted_on"].startswith("scripted: 8 questions, 4 answerable, 4 picked rightly")
    bridge, mayor = (asked[f"Arta-{what}"].found[0].features for what in ("bridge", "mayor"))
    assert bridge[1] == pytest.approx(mayor[1])  # both are verbatim
    assert made["weights"][0] * (bridge[0] - mayor[0]) > 0
