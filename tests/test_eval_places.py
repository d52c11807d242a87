"""Stretches of documents, counted by hand."""

import pytest

from eval.places import Place, holds, length, overlap, shared, united


def at(start: int, end: int, source: str = "a") -> Place:
    return Place(source, start, end)


@pytest.mark.parametrize(
    ("a", "b", "characters"),
    [
        (at(0, 10), at(4, 6), 2),
        (at(0, 10), at(8, 20), 2),
        (at(0, 10), at(10, 20), 0),
        (at(0, 10), at(15, 20), 0),
        (at(0, 10), at(4, 6, "b"), 0),
        (at(0, 10), at(5, 5), 0),
    ],
)
def test_overlap(a: Place, b: Place, characters: int) -> None:
    assert overlap(a, b) == overlap(b, a) == characters


def test_holding_is_holding_the_whole() -> None:
    assert holds(at(0, 10), at(0, 10))
    assert not holds(at(0, 10), at(0, 11))
    assert not holds(at(1, 10), at(0, 10))
    assert not holds(at(0, 10), at(4, 6, "b"))


def test_what_is_shared_is_in_both() -> None:
    assert shared([at(0, 10), at(8, 12)], [at(5, 9), at(0, 3, "b")]) == [at(5, 9), at(8, 9)]


def test_united_counts_each_character_once() -> None:
    pieces = [at(5, 8), at(0, 3), at(2, 4), at(8, 9), at(6, 7), at(0, 1, "b")]
    assert length(pieces) == 3 + 3 + 2 + 1 + 1 + 1
    assert united(pieces) == [at(0, 4), at(5, 9), at(0, 1, "b")]
    assert length(united(pieces)) == 4 + 4 + 1
    assert united([]) == []
