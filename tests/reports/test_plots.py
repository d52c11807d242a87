"""Where plots draw what, checked by hand."""

from hypothesis import given
from hypothesis import strategies as st

from eval.reports.plots import Axis, Plot, Table, milliseconds, row_axis, share_axis, time_axis


def plot(x: Axis, y: Axis) -> Plot:
    return Plot("A title", "what is seen", x, y, (), Table((), ()), height=330, left=58)


def test_values_are_drawn_between_the_ends_of_their_axes() -> None:
    drawn = plot(share_axis("x"), share_axis("y"))
    assert (drawn.across(0), drawn.across(1)) == (58, 444)  # 460 wide, 16 of it margin
    assert drawn.across(0.5) == 251
    assert (drawn.up(0), drawn.up(1)) == (280, 14)  # SVG counts downwards
    assert drawn.up(-1) == 280  # beyond an end is at the end
    assert drawn.path(((0, 0), (0.5, 1))) == "M58,280L251,14"


def test_an_axis_of_shares_ends_at_the_next_tick() -> None:
    assert [tick.label for tick in share_axis("x").ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert share_axis("x", 0.33).high == 0.4
    assert share_axis("x", 0.12).high == 0.05 * 3
    assert share_axis("x", 0.0).high == 0.05


def test_an_axis_of_times_is_logarithmic() -> None:
    axis = time_axis("x", 12, 180)
    assert [tick.label for tick in axis.ticks] == ["10 ms", "20 ms", "50 ms", "100 ms", "200 ms"]
    assert axis.share(10) == 0
    assert axis.share(200) == 1
    assert round(axis.share(44.72), 3) == 0.5  # the square root of 10 x 200
    assert [tick.label for tick in time_axis("x", 1, 90_000).ticks][-2:] == ["10 s", "100 s"]


@given(st.floats(0.01, 1e7), st.floats(1, 1e4))
def test_every_time_lies_on_its_axis(least: float, factor: float) -> None:
    axis = time_axis("x", least, least * factor)
    assert axis.low <= least * 1.000_001
    assert least * factor <= axis.high
    assert len(axis.ticks) >= 2


def test_rows_stand_from_above() -> None:
    drawn = plot(share_axis("x"), row_axis(["first", "second"]))
    first, second = (drawn.up(tick.at) for tick in drawn.y.ticks)
    assert first < second


def test_times_in_words() -> None:
    told = [milliseconds(value) for value in (0.2, 12, 999.4, 999.9, 1_500, 123_456)]
    assert told == ["0.2 ms", "12 ms", "999 ms", "1 s", "1.5 s", "123 s"]
