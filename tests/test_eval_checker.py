"""The figures of the checker on a few answers, and alterations whose effect can be read."""

import random
from pathlib import Path

import numpy as np
import pytest

from eval.altered import ALTERATIONS, Said, another_number, denied, measure_altered, measure_answers
from eval.checker import (
    Judged,
    as_passage,
    auc,
    best_threshold,
    cross_validated,
    fit,
    load_begin,
    measure,
    rouge_l_precision,
    token_f1,
)
from eval.squad import SquadQuestion
from qa.errors import GoldError
from qa.read.calibration import load_calibration
from qa.read.evidence import FEATURES
from qa.types import Span

ROWS = [
    ("Wheat is sown in autumn.", "Wheat is sown in autumn.", True),
    ("Wheat is sown in autumn.", "I love bread and long walks!", False),
    ("The bridge was built in 1999 by Anna Berg.", "It was built by Anna Berg.", True),
    ("The bridge was built in 1999 by Anna Berg.", "It was built in 2004 by a famous firm.", False),
]
JUDGED = [Judged(*row) for row in ROWS]
PASSAGE = as_passage("The bridge was built in 1999. It is 12 miles long and cost 5 million dollars, he said.")


def test_a_file_of_begin(tmp_path: Path) -> None:
    file = tmp_path / "begin.tsv"
    labels = {True: "Fully attributable", False: "Not fully attributable"}
    lines = [f"t5\twow\t{k}\t-\t{a}\t{labels[right]}" for k, a, right in ROWS]
    file.write_text("\n".join(["model_name\tdata_source\tknowledge\tmessage\tresponse\tbegin_label", *lines]))
    assert load_begin(file) == JUDGED
    file.write_text("a\tb\n1\t2\n")
    with pytest.raises(GoldError, match="not a file of BEGIN"):
        load_begin(file)


def test_auc_and_threshold_by_hand() -> None:
    score, right = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert auc(score, right) == (1 + 1 + 0.5 + 1) / 4
    assert np.isnan(auc(score, np.ones(4, dtype=bool)))
    assert best_threshold(score, right) == 0.5


def test_baselines_by_hand() -> None:
    assert token_f1(["a", "b"], ["b", "c", "b"]) == 2 * 1 / 5
    assert token_f1(["a"], ["b"]) == 0
    assert rouge_l_precision("a x b c".split(), "a b q c".split()) == 3 / 4
    assert rouge_l_precision([], ["a"]) == 0


def test_it_is_measured_beside_baselines() -> None:
    figures = {figure.name: figure for figure in measure(JUDGED, JUDGED)}
    assert figures["checker: AUC"].value == 1
    assert figures["checker: AUC"].n == 4
    assert {"token F1: AUC", "ROUGE-L precision: accuracy", "cosine: AUC"} <= figures.keys()
    assert figures["answers a second of one processor"].value > 0


def test_a_fit_can_be_bundled() -> None:
    fitted = fit(JUDGED * 3, "made")
    assert fitted["features"] == FEATURES == load_calibration("checker").features
    assert len(fitted["weights"]) == len(FEATURES)
    assert fitted["fitted_on"].endswith("12 answers, 6 fully attributable")
    many = [Judged(f"{k} {n}", a, right) for n in range(12) for k, a, right in ROWS]
    assert cross_validated(many)[0] == 1


def test_each_alteration_changes_what_it_names() -> None:
    said = Said(
        "In the bridge that Anna Berg built on 7 June 1999 it is 12 miles and 5 million stones.", PASSAGE
    )
    for name, alter in ALTERATIONS.items():
        changed = alter(said, random.Random(1), ["Kowalski", "Anna"])
        before, after = said.sentence.split(), changed.split()
        assert before != after, name
        assert len(after) - len(before) == (name == "not")
        assert sum(a not in before for a in after) == 1


def test_a_sentence_without_a_number_keeps_its_words() -> None:
    said = Said("Nothing happened.", PASSAGE)
    assert another_number(said, random.Random(1), []) == said.sentence
    assert denied(said, random.Random(1), []) == said.sentence


def test_alterations_are_caught() -> None:
    figures = {figure.name: figure for figure in measure_altered([PASSAGE])}
    assert figures["caught: number"].value == 1
    assert figures["caught: unit"].value == 1
    assert figures["passed, though written 50m"].value == 1


def test_right_answers_and_others() -> None:
    text = PASSAGE.passage.text
    spans = {words: Span(text.index(words), text.index(words) + len(words)) for words in ("1999", "12 miles")}
    questions = [
        SquadQuestion("1", "When was the bridge built?", "a", (spans["1999"],)),
        SquadQuestion("2", "How long is the bridge?", "a", (spans["12 miles"],)),
    ]
    other = as_passage("Wheat is sown in autumn.")
    figures = {f.name: f for f in measure_answers({"a": PASSAGE, "b": other}, questions)}
    assert figures["AUC, wrong answer of the paragraph"].n == 2
