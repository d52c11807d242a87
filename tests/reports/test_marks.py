"""What is marked in the words of documents."""

from hypothesis import given
from hypothesis import strategies as st

from eval.places import Place
from eval.reports.marks import cut, excerpt, quoted


def marked(stretches: tuple[tuple[str, bool], ...]) -> list[str]:
    return [text for text, is_marked in stretches if is_marked]


def shown(stretches: tuple[tuple[str, bool], ...]) -> str:
    return "".join(text for text, _ in stretches)


def test_a_text_is_cut_where_marks_begin_and_end() -> None:
    assert cut("abcdef", [(1, 3), (4, 5)]) == (
        ("a", False),
        ("bc", True),
        ("d", False),
        ("e", True),
        ("f", False),
    )
    assert marked(cut("abcdef", [(1, 3), (2, 5)])) == ["bcde"]  # what overlaps is one mark
    assert cut("", []) == ()


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_nothing_is_lost_wherever_marks_are_said_to_be(text: str, spans: list[tuple[int, int]]) -> None:
    assert shown(cut(text, [(a, a + b) for a, b in spans])) == text


def test_marked_is_what_both_sides_have_in_common() -> None:
    text = "Iraq owes \\$11 billion to Iran."  # shown without the backslash
    here = Place("a.txt", 100, 100 + len(text))
    common = quoted(here, text, [Place("a.txt", 90, 109), Place("b.txt", 0, 500)])
    assert shown(common) == "Iraq owes $11 billion to Iran."
    assert marked(common) == ["Iraq owes"]
    assert marked(quoted(here, text, [Place("a.txt", 110, 122)])) == ["$11 billion"]


def test_a_long_passage_is_cut_short_around_its_first_mark() -> None:
    text = f"{'before ' * 100}here {'after ' * 100}".strip()
    at = text.index("here")
    part = excerpt(Place("a.txt", 0, len(text)), text, [Place("a.txt", at, at + 4)])
    assert marked(part) == ["here"]
    assert shown(part).startswith("… before ")
    assert shown(part).endswith("after …")
    assert len(shown(part)) < 330
    assert shown(excerpt(Place("a.txt", 0, len(text)), text, [])).startswith("before before")
    short = excerpt(Place("a.txt", 0, 5), "short", [])
    assert shown(short) == "short"


def test_a_long_passage_without_spaces_is_cut_too() -> None:
    part = excerpt(Place("a.txt", 0, 1_000), "x" * 1_000, [Place("a.txt", 500, 600)])
    assert marked(part) == ["x" * 100]
