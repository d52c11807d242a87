"""Numbers as values, each example checkable by reading it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.numbers import Number, numbers_in, same_number


def said(text: str) -> list[tuple[float, str]]:
    return [(number.value, number.unit) for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,234.5", 1_234.5, ""),
        ("1,792,000 shares", 1_792_000, ""),
        ("3.75 trillion", 3.75e12, ""),
        ("$11.6 million", 11_600_000, "$"),
        ("US$ 2bn", 2e9, "$"),
        ("S$1.75 billion", 1.75e9, "$"),
        ("approximately USD500 million", 5e8, "$"),
        ("RMB77 million", 77_000_000, ""),
        ("€ 2.3 billion", 2.3e9, "€"),
        ("2 million US dollars", 2e6, "$"),
        ("2 million U.S.\u00a0dollars", 2e6, "$"),
        ("5 euros", 5, "€"),
        ("£59.1m", 59_100_000, "£"),
        ("4m", 4_000_000, ""),
        ("4k", 4_000, ""),
        ("4 m", 4, ""),  # metres, perhaps
        ("$4 m", 4_000_000, "$"),
        ("a 5-million loan", 5_000_000, ""),
        ("3 hundred thousand", 300_000, ""),
        ("5 %", 5, "%"),
        ("12.5 percent", 12.5, "%"),
        ("29 per cent", 29, "%"),
        ("3 percentage points", 3, ""),
        ("$.01 par value", 0.01, "$"),
        ("See Fig.5", 5, ""),
        ("445.0p", 445, ""),
        ("since 2019.", 2019, ""),
        ("on the 3rd", 3, ""),
    ],
)
def test_digits(text: str, value: float, unit: str) -> None:
    assert said(text) == [(value, unit)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("-5", -5, ""),
        ("−5", -5, ""),
        ("-$5", -5, "$"),
        ("$-5", -5, "$"),
        ("(12.3)", -12.3, ""),
        ("(1,234)", -1_234, ""),
        ("(12.3%)", -12.3, "%"),
        ("(12.3)%", -12.3, "%"),
        ("($12.3 million)", -12_300_000, "$"),
        ("$(2.3) million", -2_300_000, "$"),
        ("£(8.1m)", -8_100_000, "£"),
        ("£(8.1m", -8_100_000, "£"),  # as cut out by a reader
        ("(5.5 million shares)", 5_500_000, ""),
        ("(2)", 2, ""),
        ("Smith (2019)", 2019, ""),
        ("401(k)", 401, ""),
    ],
)
def test_signs(text: str, value: float, unit: str) -> None:
    assert said(text) == [(value, unit)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("zero, Twenty and nineteen", [0, 20, 19]),
        ("ninety-nine or twenty one", [99, 21]),
        ("two hundred", [200]),
        ("two hundred and five", [205]),
        ("one hundred and two hundred", [100, 200]),
        ("three hundred million", [300_000_000]),
        ("twelve thousand", [12_000]),
        ("five (5) days", [5, 5]),
        ("ten-year notes", [10]),
        ("two thousand and five", [2000, 5]),
        ("half a million, a million, two-thirds, the twenty-first, someone, often", []),
    ],
)
def test_words(text: str, values: list[float]) -> None:
    assert [value for value, _ in said(text)] == values


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("$1.5 to 2 million", [(1.5e6, "$"), (2e6, "$")]),
        ("$1.5–2.0bn", [(1.5e9, "$"), (2e9, "$")]),
        ("between $1 and $2 million", [(1e6, "$"), (2e6, "$")]),
        ("2 to 3 million euros", [(2e6, "€"), (3e6, "€")]),
        ("two to three hundred", [(200, ""), (300, "")]),
        ("5-10%", [(5, "%"), (10, "%")]),
        ("5% to 10%", [(5, "%"), (10, "%")]),
        ("-5 to -3 percent", [(-5, "%"), (-3, "%")]),
        ("rose 5% to 1,620", [(5, "%"), (1620, "")]),
        ("rose 5% to 7 million", [(5, "%"), (7e6, "")]),
        ("paid $5 million to 3 banks", [(5e6, "$"), (3, "")]),
        ("$64,000 to $1.2 million", [(64_000, "$"), (1.2e6, "$")]),
        ("from 2018 to 5 million", [(2018, ""), (5e6, "")]),
        ("from 3 to $5 million", [(3, ""), (5e6, "$")]),
        ("$3 and $5 million", [(3, "$"), (5e6, "$")]),
    ],
)
def test_ranges_share_what_they_say_once(text: str, numbers: list[tuple[float, str]]) -> None:
    assert said(text) == numbers


def test_several_and_none() -> None:
    assert said("On 27 May 2019, 2018-19, 27.5.2019") == [
        (value, "") for value in (27, 2019, 2018, 19, 27, 5, 2019)
    ]
    assert said("1,2 and 1.234,5") == [(1, ""), (2, ""), (1, ""), (234, ""), (5, "")]
    assert said("FY2018, Q3, ASC-B") == []
    assert said("") == []


def test_a_scale_rounds_once() -> None:
    assert said("4.1 million") == said("4,100,000")
    assert 4.1 * 1e6 != 4_100_000


def test_same_number() -> None:
    assert same_number(Number(5, "%"), Number(5))
    assert not same_number(Number(5, "%"), Number(5, "$"))
    assert not same_number(Number(5), Number(-5))
    assert not same_number(Number(100), Number(101))
    assert same_number(Number(100), Number(101), tolerance=0.01)  # 1 ≤ 0.01 · 101
    assert not same_number(Number(100), Number(102), tolerance=0.01)
    assert same_number(Number(0), Number(0))


HOSTILE = """1|1,|1,111,|1.1|(1|(|-|$|.|u.s.|$(1)|one-|twenty-|a1|one hundred and |1 to |between 1 and
|1 million |5  |0.|£(|€ |5)|per cent """.replace("\n", " ").split("|")


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    # What isn't linear in 100,000 characters wouldn't end while anyone waits.
    assert all(math.isfinite(value) for value, _ in said((piece * 100_000)[:100_000]))


def test_what_no_float_holds_is_left_out() -> None:
    assert said("9" * 400 + " and 5") == [(5, "")]
    assert [value for value, _ in said("0." + "1" * 100_000)] == pytest.approx([1 / 9])


@given(st.text(st.sampled_from("0159.,-−()$€£%kmb tofivehundredandmillionsſK３"), max_size=60))
def test_any_text_is_read(text: str) -> None:
    for number in numbers_in(text):
        assert math.isfinite(number.value)
        assert number.unit in ("", "%", "$", "€", "£")


@given(st.integers(-(10**12), 10**12))
def test_a_number_is_read_as_it_is_written(value: int) -> None:
    assert said(f"It was {value:,} then.") == [(value, "")]
