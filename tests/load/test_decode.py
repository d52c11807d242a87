import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import LoadError
from qa.load.decode import decode

TEXT = "Café — “x”\r\nсело 5 €\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
def test_unicode_with_its_mark_is_read_exactly_and_without_warning(encoding: str, mark: bytes) -> None:
    decoded = decode(mark + TEXT.encode(encoding), name="x")
    assert decoded.text == TEXT
    assert decoded.encoding == encoding
    assert decoded.warnings == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised_and_reported(encoding: str) -> None:
    text = "The price is 5 euros, not 6.\r\n"
    decoded = decode(text.encode(encoding), name="x")
    assert decoded.text == text
    assert decoded.warnings == (f"decoded as {encoding}, which is a guess: there is no byte order mark",)


def test_a_single_byte_encoding_is_a_guess_and_says_so() -> None:
    decoded = decode("Café “ouvert”".encode("cp1252"), name="x")
    assert decoded.text == "Café “ouvert”"
    assert decoded.warnings == ("decoded as cp1252, which is a guess: byte 0xe9 at 3 is not UTF-8",)


def test_bytes_that_cp1252_leaves_undefined_are_read_as_latin_1() -> None:
    decoded = decode(b"caf\xe9 and much more text than controls, so it is no binary file \x81", name="x")
    assert decoded.text[3] == "é"
    assert decoded.text[-1] == "\x81"
    assert decoded.encoding == "latin-1"


def test_a_few_bad_bytes_in_utf8_are_counted_not_turned_into_mojibake() -> None:
    data = "Iran’s and Iraq’s “trade”".encode() + b" \xff and \xfe end"
    decoded = decode(data, name="x")
    assert decoded.text == "Iran’s and Iraq’s “trade” \ufffd and \ufffd end"
    first = data.index(b"\xff")
    assert decoded.warnings == (f"2 places are not valid utf-8 and read U+FFFD, the first at byte {first}",)


def test_a_file_cut_off_inside_a_character_is_still_utf8() -> None:
    decoded = decode("He said “yes”".encode()[:-1], name="x")
    assert decoded.text == "He said “yes\ufffd"
    assert "1 place is not valid utf-8" in decoded.warnings[0]


def test_a_replacement_character_of_the_file_itself_is_not_counted_as_bad() -> None:
    assert decode("a \ufffd b".encode(), name="x").warnings == ()


def test_broken_utf16_is_repaired_and_reported() -> None:
    decoded = decode(codecs.BOM_UTF16_LE + "ab".encode("utf-16-le") + b"\x00\xd8", name="x")
    assert decoded.text == "ab\ufffd"
    assert decoded.warnings == ("1 place is not valid utf-16-le and read U+FFFD, the first at byte 6",)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"text with a \0 in it", "binary data"),
        (bytes(range(1, 256)) * 20, "binary data"),
        (codecs.BOM_UTF16_LE + b"\x00\x00a\x00", "binary data"),
    ],
)
def test_what_is_not_text_is_refused_in_one_line(data: bytes, kind: str) -> None:
    with pytest.raises(LoadError, match=rf"^x looks like {kind}[^\n]*, not text$"):
        decode(data, name="x")


@pytest.mark.parametrize("data", [b" \r\n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, "\u3000\u2003".encode()])
def test_white_space_alone_is_empty(data: bytes) -> None:
    with pytest.raises(LoadError, match=r"^x is empty$"):
        decode(data, name="x")


def test_a_coloured_log_is_text() -> None:
    text = "\x1b[32mINFO\x1b[0m the server has started on its usual port\n" * 5
    assert decode(text.encode(), name="x").text == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode(), name="x").text == text.removeprefix("\ufeff")


@given(st.binary())
def test_any_bytes_give_text_that_can_be_stored_or_one_line(data: bytes) -> None:
    try:
        decoded = decode(data, name="x")
    except LoadError:
        return
    again = decoded.text.encode("utf-8")  # there are no lone surrogates
    assert decoded.warnings or again == data.removeprefix(codecs.BOM_UTF8) or decoded.encoding != "utf-8"


def test_a_stretch_without_spaces_that_no_text_has_is_refused() -> None:
    with pytest.raises(LoadError, match=r"^big\.txt holds 1,000,001 characters without a space"):
        decode(b"Some words first.\n" + b"x" * 1_000_001, name="big.txt")
    assert len(decode(b"x" * 1_000_000, name="big.txt").text) == 1_000_000
    assert decode(b"word " * 400_000, name="big.txt").text.startswith("word word")
