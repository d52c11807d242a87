"""Citations that point at the evidence or past it, counted by hand."""

import random

import pytest

from eval.citations import numbers_supported, precision, recall, verbatim
from eval.places import Place


def at(start: int, end: int, source: str = "a") -> Place:
    return Place(source, start, end)


# The first part is proved by either of two places, the second by one.
PARTS = [[at(10, 20), at(50, 60)], [at(30, 40)]]


@pytest.mark.parametrize(
    ("citations", "of_citations", "of_parts"),
    [
        ([at(10, 20), at(30, 40)], 1, 1),
        ([at(55, 70), at(0, 100)], 1, 1),  # a sentence may begin and end elsewhere
        ([at(0, 45)], 1, 1),  # one citation for both parts
        ([at(10, 20), at(50, 60)], 1, 1 / 2),  # twice the same part
        ([at(10, 20), at(20, 30), at(70, 80)], 1 / 3, 1 / 2),
        ([at(10, 20, "b"), at(35, 36)], 1 / 2, 1 / 2),  # the right place of the wrong document
        ([at(60, 70)], 0, 0),
        ([], 0, 0),
    ],
)
def test_precision_and_recall(citations: list[Place], of_citations: float, of_parts: float) -> None:
    assert precision(citations, PARTS) == of_citations
    assert recall(citations, PARTS) == of_parts


def test_they_agree_with_sets_of_characters() -> None:
    rng = random.Random(8)

    def some(most: int) -> list[Place]:
        starts = [rng.randrange(60) for _ in range(rng.randint(1, most))]
        return [at(start, start + rng.randint(1, 9), rng.choice("ab")) for start in starts]

    def characters(places: list[Place]) -> set[tuple[str, int]]:
        return {(place.source, i) for place in places for i in range(place.start, place.end)}

    for _ in range(1_000):
        citations, parts = some(4), [some(2) for _ in range(rng.randint(1, 3))]
        gold, cited = characters([place for part in parts for place in part]), characters(citations)
        right = [bool(characters([citation]) & gold) for citation in citations]
        proved = [bool(characters(part) & cited) for part in parts]
        assert precision(citations, parts) == pytest.approx(sum(right) / len(right), abs=1e-9)
        assert recall(citations, parts) == pytest.approx(sum(proved) / len(proved), abs=1e-9)


def test_without_evidence_there_is_no_figure() -> None:
    for figure in (precision, recall):
        with pytest.raises(ValueError, match="without evidence"):
            figure([at(0, 1)], [])


@pytest.mark.parametrize(
    ("sentence", "word_for_word"),
    [
        ("Iraq owes $11.5 billion.", True),
        ("owes  $11.5\nbillion", True),
        ("$11.5 billion", True),
        ("1.5 billion", False),  # of 11.5
        ("Iraq owes $11", False),
        ("Ira", False),
        ("Iraq owes 11.5 billion dollars.", False),
        ("", False),
    ],
)
def test_verbatim_is_word_for_word_as_people_see_it(sentence: str, word_for_word: bool) -> None:
    assert verbatim(sentence, ["Elsewhere.", "**Iraq** owes \\$11.5 billion. It may pay."]) is word_for_word


def test_nothing_is_verbatim_of_no_quote() -> None:
    assert not verbatim("Iraq owes $11.5 billion.", [])


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Iraq owes $11.5 billion.", True),
        ("It is $11,500,000,000, for 15 months.", True),
        ("It owes 11.5 billion.", True),  # without a unit
        ("It owes $115 billion.", False),
        ("It owes €11.5 billion.", False),
        ("It owes $11.5 billion, since 2003.", False),  # one of two
        ("Iraq owes a great deal.", None),
        ("", None),
    ],
)
def test_numbers_are_supported_by_value(sentence: str, supported: bool | None) -> None:
    assert numbers_supported(sentence, ["Iraq owes \\$11.5 billion.", "After fifteen months."]) is supported
    assert numbers_supported(sentence, []) is (None if supported is None else False)
