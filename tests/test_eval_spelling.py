"""Random edits and what is counted of them."""

from __future__ import annotations

import json
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from eval.spelling import edited, measure_names, misspell, names


@given(st.text("abcdefgh", min_size=4), st.integers(0, 3), st.integers())
def test_so_many_edits_are_made(word: str, edits: int, seed: int) -> None:
    changed = edited(word, edits, random.Random(seed))
    assert DamerauLevenshtein.distance(word, changed) <= edits
    assert edits != 1 or changed != word


def test_names_are_words_with_a_capital_inside() -> None:
    assert names("Which cities did Pezeshkian see in Iraq, and What of São Paulo?") == [
        "Pezeshkian",
        "Iraq",
        "Paulo",
    ]


def test_only_names_are_misspelt() -> None:
    chance = random.Random(3)
    first, *inside, last = misspell("Where did Pezeshkian go in May?", 1, chance).split()
    assert (first, inside[0], *inside[2:], last) == ("Where", "did", "go", "in", "May?")
    assert inside[1] != "Pezeshkian"
    assert misspell("Where did Pezeshkian go?", 0, chance) == "Where did Pezeshkian go?"


def test_names_of_half_the_articles_are_measured(tmp_path: Path) -> None:
    def article(title: str, text: str, question: str) -> dict[str, object]:
        asked = [{"id": title, "question": question, "answers": []}]
        return {"title": title, "paragraphs": [{"context": text, "qas": asked}]}

    articles = [
        article("A", "Masoud Pezeshkian is president.", "Who is Masoud Pezeshkian?"),
        article("B", "Zebras.", "What is a pezeshkiam?"),
    ]
    (tmp_path / "squad.json").write_text(json.dumps({"data": articles}))
    figures = {figure.name: figure for figure in measure_names(tmp_path / "squad.json")}
    assert (figures["1 edits: put right"].value, figures["1 edits: put right"].n) == (1, 2)
    assert figures["1 edits: now another word"].value == 0
    assert figures["right words that stand nowhere, changed"].value == 1
