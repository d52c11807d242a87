from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.load.dates import find_date, parse_date

DAY = date(2024, 9, 16)


@pytest.mark.parametrize(
    "words",
    [
        "September 16, 2024",
        "SEPTEMBER 16 2024",
        "September 16th, 2024",
        "Sept. 16, 2024",
        "16 September 2024",
        "16 Sept. 2024",
        "16th  September,  2024",
        "Monday, September 16, 2024",
        "Mon 16 Sep 2024",
        "2024-09-16",
        "2024-09-16T08:21:03Z",
        "2024-09-16 08:21:03",
        "September 16, 2024 at 10:30 am GMT",
        "16.09.2024",
        "16/09/2024",
        "09/16/2024",
    ],
)
def test_forms_of_one_day(words: str) -> None:
    assert parse_date(words) == DAY


@pytest.mark.parametrize(
    "words",
    [
        "05.09.2024",  # May or September
        "February 30, 2024",
        "2024-13-01",
        "31.31.2024",
        "September 2024",
        "September 16",
        "16 Smarch 2024",
        "2024",
        "on September 16, 2024",
        "September 16, 2024 was a Monday",
        "September 11 to September 13, 2024",
        "1.2.3",
        "",
    ],
)
def test_what_is_no_date_or_an_impossible_or_ambiguous_one(words: str) -> None:
    assert parse_date(words) is None


def test_a_day_equal_to_its_month_is_not_ambiguous() -> None:
    assert parse_date("05.05.2024") == date(2024, 5, 5)


@pytest.mark.parametrize(
    "line",
    [
        "September 16, 2024",
        "  **September 16, 2024**  ",
        "Published: 2024-09-16",
        "*Published on 16 September 2024*",
        "Published September 16, 2024",
        "Date: 16.09.2024",
        "Last updated: 2024-09-16 08:21:03",
        "By Jane Doe • September 16, 2024",
    ],
)
def test_a_line_of_its_own_or_a_label_states_the_date(line: str) -> None:
    assert find_date(["Title", "", line, "", "Text."]) == DAY


@pytest.mark.parametrize(
    "line",
    [
        "The trip took place between September 11 and September 13, 2024.",
        "He was born on September 16, 2024",
        "Date of birth: September 16, 2024",
        "($ in millions) | December 31, 2017 | December 31, 2016",
    ],
)
def test_a_date_in_prose_or_a_table_is_not_the_document_s(line: str) -> None:
    assert find_date([line]) is None


def test_published_goes_before_updated_wherever_it_stands() -> None:
    assert find_date(["Updated: 2024-10-01", "Published: 2024-09-16"]) == DAY
    assert find_date(["Updated: 2024-10-01", "text"]) == date(2024, 10, 1)


def test_an_impossible_date_does_not_hide_the_next() -> None:
    assert find_date(["February 30, 2024", "September 16, 2024"]) == DAY


def test_only_the_top_counts() -> None:
    assert find_date([*["x"] * 39, "2024-09-16"]) == DAY
    assert find_date([*["x"] * 40, "2024-09-16"]) is None
    assert find_date(["x" * 3_001, "2024-09-16"]) is None


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_iso_dates_come_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@given(st.text(max_size=200))
def test_any_line_is_survived(line: str) -> None:
    parse_date(line)
    find_date([line])
