"""Sketches of texts: the same for the same words, and as alike as their texts."""

from __future__ import annotations

import random

import pytest

from qa.likeness import ALIKE, bands, likeness, pack, sketch, unpack

WORDS = [f"word{number}" for number in range(5_000)]


def text(seed: int, length: int = 1_000) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def changed(words: list[str], places: int) -> list[str]:
    """Every so often another word: each change touches the four runs that hold it."""
    made = list(words)
    for at in range(places):
        made[(2 * at + 1) * len(words) // (2 * places)] = f"other{at}"
    return made


def alike(one: list[str], other: list[str]) -> float:
    first, second = sketch(" ".join(one)), sketch(" ".join(other))
    assert first is not None
    assert second is not None
    return likeness(first, second)


def test_case_and_signs_make_no_difference() -> None:
    words = text(1, 40)
    first, second = sketch(" ".join(words)), sketch("# " + ",\n".join(words).upper() + ".")
    assert first is not None
    assert second is not None
    assert likeness(first, second) == 0.99
    assert bands(first) == bands(second)
    assert bands(unpack(pack(first))) == bands(first)


def test_other_texts_are_not_alike() -> None:
    assert alike(text(1), text(2)) < 0.05
    assert alike(text(1, 25), text(2, 25)) < 0.1


@pytest.mark.parametrize("places", [5, 25, 60, 150])
def test_the_estimate_is_near_the_jaccard_similarity(places: int) -> None:
    """997 runs, of which four a change differ on each side: J = (997 − 4p) / (997 + 4p)."""
    truth = (997 - 4 * places) / (997 + 4 * places)
    estimates = [alike(text(seed), changed(text(seed), places)) for seed in range(20)]
    assert sum(estimates) / 20 == pytest.approx(truth, abs=0.04)  # 0.01 is one standard error


def test_texts_that_are_alike_share_a_band_and_others_do_not() -> None:
    def share(places: int) -> int:
        shared = 0
        for seed in range(50):
            one, other = sketch(" ".join(text(seed))), sketch(" ".join(changed(text(seed), places)))
            assert one is not None
            assert other is not None
            shared += bool(set(bands(one)) & set(bands(other)))
        return shared

    assert ALIKE + 0.1 < (997 - 4 * 13) / (997 + 4 * 13)
    assert share(13) == 50
    assert share(150) <= 10  # J = 0.25


def test_a_few_words_have_no_sketch() -> None:
    assert sketch("") is None
    assert sketch("word " * 19) is None
    assert sketch("word " * 20) is not None
    assert sketch("half \ud800 a pair " * 10) is not None
