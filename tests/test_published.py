"""JSON of other people's making: whatever is wrong is told in one line that names the place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.published import Entry, as_document, parse, read_json, read_lines, read_text
from qa.errors import GoldError


def entry(text: str) -> Entry:
    return parse(text, "f.json")


def test_values_by_their_keys() -> None:
    found = entry('{"a": [{"b c": "x", "n": 3, "yes": true}]}')
    (inner,) = found["a"].each()
    assert (inner["b c"].text(), inner["n"].integer(), inner["yes"].flag()) == ("x", 3, True)
    assert inner.get("none") is None
    assert [(key, value.value) for key, value in found.fields()] == [("a", found["a"].value)]


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (lambda e: e["none"], "f.json: none is missing"),
        (lambda e: e["a"]["b"], "f.json: a is not an object"),
        (lambda e: e["word"].text(), "f.json: word is not a string"),
        (lambda e: next(e["a"].each())["b c"].text(), "f.json: a[0]['b c'] is empty"),
        (lambda e: next(e["a"].each())["yes"].integer(), "f.json: a[0].yes is not a whole number"),
        (lambda e: e["word"].flag(), "f.json: word is not true or false"),
        (lambda e: list(e["word"].each()), "f.json: word is not a list"),
        (lambda e: list(e["word"].fields()), "f.json: word is not an object"),
        (lambda e: e["half"].text(), "f.json: half has half a character in it"),
        (lambda e: e.fail("is odd"), "f.json: is odd"),
    ],
)
def test_what_is_wrong_is_named(look: Callable[[Entry], object], said: str) -> None:
    found = entry(r'{"a": [{"b c": " ", "yes": true}], "word": 5, "half": "\ud800"}')
    with pytest.raises(GoldError) as raised:
        look(found)
    assert str(raised.value) == said


def test_half_a_character_in_a_key() -> None:
    with pytest.raises(GoldError, match="has a key with half a character"):
        list(entry(r'{"\ud800": 1}').fields())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.json: not JSON: Expecting value (column 1)"),
        ("{\n]", "f.json: not JSON: Expecting property name enclosed in double quotes (line 2, column 1)"),
        ('{"a": 1, "a": 2}', "f.json: key 'a' stands twice in an object"),
        ("[NaN]", "f.json: NaN is not a number"),
        ("[" * 100_000, "f.json: lists or objects are nested too deeply"),
    ],
)
def test_no_json(text: str, said: str) -> None:
    with pytest.raises(GoldError) as raised:
        entry(text)
    assert str(raised.value) == said


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="none cannot be read"):
        read_text(tmp_path / "none")
    with pytest.raises(GoldError, match="cannot be read"):
        read_json(tmp_path, "a thing")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with pytest.raises(GoldError, match="is not UTF-8 at byte 4"):
        read_text(tmp_path / "latin")


def test_lines_are_counted_from_one_and_blank_ones_left_out(tmp_path: Path) -> None:
    file = tmp_path / "l.jsonl"
    file.write_bytes(b'{"a": "\xe2\x80\xa8"}\r\n\n[')
    lines = read_lines(file)
    assert next(lines)["a"].value == "\u2028"  # a line separator, but not between lines of JSON
    with pytest.raises(GoldError, match=r"l\.jsonl:3: not JSON"):
        next(lines)


def test_line_ends_are_kept(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"a\r\nb\rc\n")
    assert read_text(tmp_path / "t") == "a\r\nb\rc\n"


def test_a_document_is_called_as_the_set_calls_it() -> None:
    document = as_document("7", "Title", "Text.", "set/1")
    assert (document.path, document.source, document.title, document.text) == ("7", "7", "Title", "Text.")
    assert document.sha256 != as_document("7", "Title", "Texts.", "set/1").sha256
