"""Numbers as values, each example checkable by reading it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.numbers import Number, number_right, numbers_in, same_number
from qa.units import UNITS


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
        ("(2 km)", 2, "kilometre"),
        ("(12.5 km)", 12.5, "kilometre"),
        ("(5) days", 5, "day"),
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
        ("15 to 20 years", [(15, "year"), (20, "year")]),
        ("between 5 and 10 km", [(5, "kilometre"), (10, "kilometre")]),
        ("5 years to 10", [(5, "year"), (10, "")]),
        ("1.5 to 2 million metric tons", [(1.5e6, "tonne"), (2e6, "tonne")]),
        ("2 or 3 million", [(2e6, ""), (3e6, "")]),
        ("15 or 20 years", [(15, "year"), (20, "year")]),
        ("$3 and $5 million", [(3, "$"), (5e6, "$")]),
    ],
)
def test_ranges_share_what_they_say_once(text: str, numbers: list[tuple[float, str]]) -> None:
    assert said(text) == numbers


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("15 years", 15, "year"),
        ("15 months", 15, "month"),
        ("a two-year-old", 2, "year"),
        ("over two decades", 2, "decade"),
        ("40 kilometers", 40, "kilometre"),
        ("40km", 40, "kilometre"),
        ("40 km/h", 40, ""),
        ("40 km²", 40, ""),
        ("40 square kilometres", 40, "square kilometre"),
        ("40 sq. miles", 40, "square mile"),
        ("5 cubic metres", 5, "cubic metre"),
        ("5mm", 5, "millimetre"),
        ("15 million metric tons", 15e6, "tonne"),
        ("4m tonnes", 4e6, "tonne"),
        ("3 kg", 3, "kilogram"),
        ("43 million people", 43e6, "people"),
        ("more than 100 times", 100, "times"),
        ("20 degrees", 20, "degree"),
        ("-5°C", -5, "degree C"),
        ("68 degrees Fahrenheit", 68, "degree F"),
        ("$50 barrel", 50, "$"),
        ("5 daylight", 5, ""),
        ("5 pounds", 5, ""),
    ],
)
def test_measures(text: str, value: float, unit: str) -> None:
    assert said(text) == [(value, unit)]


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
    assert not same_number(Number(15, "year"), Number(15, "month"))
    assert same_number(Number(15), Number(15, "month"))
    assert same_number(Number(20, "degree"), Number(20, "degree C"))
    assert not same_number(Number(20, "degree F"), Number(20, "degree C"))
    assert not same_number(Number(100), Number(101))
    assert same_number(Number(100), Number(101), tolerance=0.01)  # 1 ≤ 0.01 · 101
    assert not same_number(Number(100), Number(102), tolerance=0.01)
    assert same_number(Number(0), Number(0))


@pytest.mark.parametrize(
    ("text", "gold", "right"),
    [
        ("some $11,500,000,000", "$11.5 billion", True),
        ("$115 billion", "$11.5 billion", False),
        ("€11.5 billion", "$11.5 billion", False),
        ("11.5 billion", "$11.5 billion", True),  # without its unit
        ("15 years", "15 months", False),
        ("15", "15 months", True),
        ("fifteen months", "15", True),
        ("-5%", "5%", False),
        ("nothing is known", "15", False),
        ("", "15", False),
    ],
)
def test_a_number_is_right_by_value_and_unit(text: str, gold: str, right: bool) -> None:
    assert number_right(text, [gold]) is right


@pytest.mark.parametrize(
    ("text", "gold", "right"),
    [
        ("$11 billion or $12 billion", "$11 billion", False),
        ("11 or 12 billion dollars", "$11 billion", False),
        ("15 or 20 years", "15 years", False),
        ("15 or 20", "15 years", False),  # both without the unit
        ("3 days or 5 days", "three", False),  # with a unit that the gold answer leaves out
        ("15 to 20 years", "15 years", False),
        ("15 years (180 months)", "15 years", True),
        ("15 years, in 18 provinces", "15 years", True),
        ("fifteen (15) years", "15 years", True),
        ("five cities, three of them in the north", "5", False),
        ("five cities, between 2003 and 2024", "5", True),  # years
        ("five cities on 16 September 2024", "5", True),
        ("five cities, 11-13 September 2024", "5", True),
        ("five cities on September 16th, then 16 more", "5", False),
        ("1,500 of 1,600", "1500", False),  # with a comma it is no year
        ("in 2018 or 2019", "2019", False),
        ("on 27 May 2019", "2019", True),
        ("5 of them in 2019", "2019", False),
        ("16 or 17 September", "16 September", False),
    ],
)
def test_a_number_is_wrong_beside_one_that_conflicts(text: str, gold: str, right: bool) -> None:
    assert number_right(text, [gold]) is right


def test_numbers_of_the_question_do_not_conflict() -> None:
    assert number_right("3 of 18 provinces", ["3"]) is False
    assert number_right("3 of 18 provinces", ["3"], asked="How many of the 18 provinces?") is True
    assert number_right("18", ["3"], asked="How many of the 18 provinces?") is False


def test_any_alias_will_do() -> None:
    assert number_right("3-day", ["three", "3 days"]) is True
    assert number_right("4 days", ["three", "3 days"]) is False
    assert number_right("3", ["a few", "3"]) is True


@pytest.mark.parametrize("golds", [[], ["the bank"], ["5 banks in 18 provinces"], ["27 May 2019"]])
def test_what_holds_no_number_or_several_is_none(golds: list[str]) -> None:
    assert number_right("5", golds) is None


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1.5 to 2 million tons", True),
        ("from 1,500,000 to 2,000,000 tons", True),
        ("2 million tons", False),
        ("1.5 to 2 million tons, then 3 million tons", False),
    ],
)
def test_both_ends_of_a_range_must_be_said(text: str, right: bool) -> None:
    assert number_right(text, ["1.5 to 2 million metric tons"]) is right


@pytest.mark.parametrize(
    ("text", "gold", "asked", "right"),
    [
        ("$11.5 billion", "$11 billion", "", False),
        ("$11.5 billion", "approximately $11 billion", "", True),  # 0.5 ≤ 0.05 · 11.5 = 0.575
        ("$11.6 billion", "approximately $11 billion", "", False),  # 0.6 > 0.05 · 11.6 = 0.58
        ("$11.5 billion", "~$11 billion", "", True),
        ("$11.5 billion", "$11 billion", "Roughly how much is owed?", True),
        ("$11.5 billion", "$11 billion", "About how much is owed?", True),
        ("$11.5 billion", "$11 billion", "What about the debt?", False),
        ("$11.5 billion", "more than $11 billion", "", False),
        ("some 660,000 tons", "some 650,000 metric tons", "", True),
        ("19 or 20 years, about", "about 20 years", "", True),  # 1 ≤ 0.05 · 20: they don't conflict
        ("18 or 20 years", "about 20 years", "", False),
        ("1950", "around 1900", "", False),
        ("1950", "1900", "About what year?", False),
        ("15 to 21 years", "about 15 to 20 years", "", True),
    ],
)
def test_about_is_five_per_cent(text: str, gold: str, asked: str, right: bool) -> None:
    assert number_right(text, [gold], asked=asked) is right


def test_a_question_can_set_the_tolerance() -> None:
    assert number_right("101", ["100"], tolerance=0.01) is True  # 1 ≤ 0.01 · 101
    assert number_right("102", ["100"], tolerance=0.01) is False
    assert number_right("110", ["about 100"], tolerance=0.1) is True, "about never narrows it"


HOSTILE = """1|1,|1,111,|1.1|(1|(|-|$|.|u.s.|$(1)|one-|twenty-|a1|one hundred and |1 to |between 1 and
|1 million |5  |0.|£(|€ |5)|per cent |5 square |5 may|5 degrees |1 or |about 5 """.replace("\n", " ").split(
    "|"
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    # What takes time quadratic in 30,000 characters keeps whoever runs the tests waiting.
    text = (piece * 30_000)[:30_000]
    assert all(math.isfinite(value) for value, _ in said(text))


def test_a_hostile_answer_is_judged_in_linear_time() -> None:
    assert number_right("5 or 6 days in May, " * 1_500, ["12345"]) is False
    assert number_right("5", ["5 days, about " * 2_000]) is True


def test_what_no_float_holds_is_left_out() -> None:
    assert said("9" * 400 + " and 5") == [(5, "")]
    assert [value for value, _ in said("0." + "1" * 100_000)] == pytest.approx([1 / 9])


@given(st.text(st.sampled_from("0159.,-−()$€£%kmb tofivehundredandmillionsſK３"), max_size=60))
def test_any_text_is_read(text: str) -> None:
    for number in numbers_in(text):
        assert math.isfinite(number.value)
        assert number.unit in {"", "%", "$", "€", "£", *UNITS}


@given(st.integers(-(10**12), 10**12))
def test_a_number_is_read_as_it_is_written(value: int) -> None:
    assert said(f"It was {value:,} then.") == [(value, "")]


@given(st.text(st.sampled_from("0159.,-−()$€£%kmb tofivehundredandmillionsſK３"), max_size=60))
def test_the_gold_answer_itself_is_never_wrong(text: str) -> None:
    assert number_right(text, [text]) is not False
