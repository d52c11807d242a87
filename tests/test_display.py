import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.display import clean
from qa.types import Span


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"owed \$11 billion", "owed $11 billion"),
        (r"a \*star\* and \_line\_ \# \[x\]", "a *star* and _line_ # [x]"),
        (r"\\server\share C:\temp\new", r"\\server\share C:\temp\new"),
        ("the “[wiretapping network](#)” case", "the “wiretapping network” case"),
        ("see [the *site*](https://example.org/a_(b)?q=1#c) now", "see the site now"),
        ('see [it](page.html "A title") now', "see it now"),
        ("![A map](map.png) of Iraq", "A map of Iraq"),
        ("[![Logo](logo.png)](https://example.org) here", "Logo here"),
        ("[@name](#) [@name](#)", "@name @name"),
        ("f[i](x) and [1] and [^2] and [text][ref]", "f[i](x) and [1] and [^2] and [text][ref]"),
        ("a **bold** and __very bold__ and ***both***", "a bold and very bold and both"),
        ("an _emphasised_ *word*, (*here*).", "an emphasised word, (here)."),
        ("~~old~~ new", "old new"),
        ("run `pip install x_y` now", "run pip install x_y now"),
        (r"in code `a\_b *c*` stays", r"in code a\_b *c* stays"),
        ("snake_case_words and 2*3*4 and 2 * 3 * 4", "snake_case_words and 2*3*4 and 2 * 3 * 4"),
        ("def __init__(self, *args, **kwargs)", "def __init__(self, *args, **kwargs)"),
        ("a 5* hotel and a 4* one", "a 5* hotel and a 4* one"),
        ("**not closed\n\nacross paragraphs**", "**not closed across paragraphs**"),
        ("## Heading\n\ntext", "Heading text"),
        ("text\n\n## Heading\n\nmore #1", "text Heading more #1"),
        ("- The “theft”", "The “theft”"),
        ("* one\n* two", "one * two"),
        ("• dot", "dot"),
        ("> quoted", "quoted"),
        ("1. first", "1. first"),
        ("-5 degrees", "-5 degrees"),
        ("#hashtag", "#hashtag"),
        ("```python\nx = 1\n```", "x = 1"),
        ("  a \t b\r\n\r\nc\u00a0d\u2028e  ", "a b c d e"),
        ("he understands\n\nthat it", "he understands that it"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_words_for_people(raw: str, shown: str) -> None:
    assert clean(raw).text == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("a\u034fb\u3164c\uffa0d\u115fe\u17b4f\u180bg", "abcdefg"),
        ("a\ufe0fb\U000e0101c", "abc"),
        ("1\ufe0f\u20e3 ❤\ufe0f 葛\U000e0101", "1\ufe0f\u20e3 ❤\ufe0f 葛\U000e0101"),
        ("a\u202eb\u2066c\u200f\u200e\u061cd", "abcd"),
        ("a\x00b\x1b[0mc\x9fd", "ab[0mcd"),
        ("ok\U000e0041\U000e007f", "ok"),
        ("a \u200b b", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        (
            "👩\u200d💻 and 👩🏽\u200d💻 and ❤\ufe0f\u200d🔥",
            "👩\u200d💻 and 👩🏽\u200d💻 and ❤\ufe0f\u200d🔥",
        ),
        ("bil\u200clion a\u200d", "billion a"),
    ],
)
def test_invisible_characters_go_except_where_scripts_need_them(raw: str, shown: str) -> None:
    assert clean(raw).text == shown


def test_spans_go_both_ways() -> None:
    raw = r"owed \$11 billion by [Iraq](#)  now"
    cleaned = clean(raw)
    assert cleaned.text == "owed $11 billion by Iraq now"
    assert cleaned.span(5, 17) == Span(5, 16)  # r"\$11 billion"
    assert cleaned.text[slice(*cleaned.span(raw.index("["), raw.index("  now")))] == "Iraq"
    shown = cleaned.text.index("$11 billion")
    assert raw[slice(*cleaned.raw(shown, shown + 11))] == "$11 billion"
    assert cleaned.span(5, 6) == Span(5, 5)  # the backslash alone is displayed nowhere
    assert clean("").raw(0, 0) == Span(0, 0)


@given(st.text(st.sampled_from("ab1 \n\\`*_~[]()!#->$.\u200d\u200c\u202e👩é"), max_size=120))
def test_nothing_is_invented_and_order_stays(raw: str) -> None:
    cleaned = clean(raw)
    assert len(cleaned.text) == len(cleaned.origins)
    assert list(cleaned.origins) == sorted(set(cleaned.origins))
    for char, origin in zip(cleaned.text, cleaned.origins, strict=True):
        assert char == raw[origin] or (char == " " and raw[origin].isspace())
    assert cleaned.text == cleaned.text.strip()
    assert "  " not in cleaned.text


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Zs"])))
def test_plain_words_stay_as_they_are(raw: str) -> None:
    assert clean(raw).text == " ".join(raw.split())


@pytest.mark.parametrize("unit", ["[", "*", "_", "`", "[a](", "](", "**a ", '[a](x "', "\\", "> ", "<"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    started = time.process_time()
    clean(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 5
