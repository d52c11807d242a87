"""What the gate lets through, and what not."""

from dataclasses import replace

import pytest

from eval.figures import Scored
from eval.gate import below, dump, load, worse
from eval.gold import GoldQuestion
from eval.score import Retrieved, Said, Score
from qa.errors import GoldError

RIGHT = Score(
    False,
    False,
    True,
    True,
    0.9,
    True,
    5,
    Said(True, 1.0, True, 1.0, None, True),
    None,
    Retrieved(1, 1, 1, 1, 1),
)


def scored(*rights: bool) -> list[Scored]:
    return [
        Scored(
            GoldQuestion(str(at), "?", ("x",), "number", (), True, None, cluster=str(at)),
            replace(RIGHT, right=right),
        )
        for at, right in enumerate(rights)
    ]


def test_scores_are_read_back() -> None:
    kept = scored(True, False)
    assert load("\n".join(dump(kept)), [each.gold for each in kept]) == kept
    with pytest.raises(GoldError, match="of other questions"):
        load("\n".join(dump(kept)), [kept[0].gold])


def test_a_figure_below_its_floor_fails() -> None:
    now = scored(True, True, False, False)
    name = "Grounded accuracy: grounded accuracy"
    assert [*below(now, {name: 0.5})] == []
    assert [*below(now, {name: 0.51})] == [f"{name} is 0.5, and may not be below 0.51"]
    assert [*below(now, {"Retrieval: nothing": 0.1})] == [
        "Retrieval: nothing is not there, and may not be below 0.1"
    ]


def test_what_fell_by_chance_passes_and_what_did_not_fails() -> None:
    before = scored(*[True] * 40)
    # Of 40 questions 2 got worse: two signs agree in half of all cases, p = 0.5. Of 12: 2 / 2^12.
    assert [*worse(before, scored(*[False] * 2, *[True] * 38))] == []
    (line, *_) = worse(before, scored(*[False] * 12, *[True] * 28))
    assert line.startswith("grounded accuracy fell by 0.300 from the baseline's (n=40, p=0.00")
    assert [*worse(scored(*[False] * 12, *[True] * 28), before)] == []
