import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.chunk import chunk, count_tokens, embedding_text
from qa.load import load
from qa.sentences import sentences
from qa.types import Document, Heading, Page, Passage

SEEDS = Path(__file__).parents[1] / "seeds"


def document(text: str, headings: Sequence[str] = (), pages: tuple[Page, ...] = ()) -> Document:
    starts = [(words, text.index(words)) for words in headings]
    return Document(
        path="d.txt",
        source="d.txt",
        title="D",
        published=None,
        text=text,
        sha256="0",
        extractor="test/1",
        headings=tuple(Heading(words, 1, start, start + len(words)) for words, start in starts),
        pages=pages,
    )


def seed(prefix: str) -> Document:
    (path,) = SEEDS.glob(f"{prefix}*.txt")
    return load(path, max_bytes=100_000)


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def check(doc: Document, passages: list[Passage], max_tokens: int) -> None:
    """What holds for every document."""
    text = doc.text
    shown = bytearray(len(text))
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert passage.tokens == count_tokens(passage.text) <= max_tokens
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        assert all(a.end <= b.start for a, b in pairwise(passage.sentences))
        for start, end in passage.sentences:
            assert text[start:end] == text[start:end].strip() != ""
            shown[start:end] = b"\1" * (end - start)
    assert all(shown[i] or text[i].isspace() for i in range(len(text)))
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(passages))


def test_sentences_end_where_english_ends_them() -> None:
    assert split(
        "He met Dr. Smith. It cost $3.5 million in the U.S. market. Is it? Yes! See Fig. 3, e.g. No. 5."
    ) == [
        "He met Dr. Smith.",
        "It cost $3.5 million in the U.S. market.",
        "Is it?",
        "Yes!",
        "See Fig. 3, e.g. No. 5.",
    ]


def test_other_scripts_end_sentences_too() -> None:
    assert split("他来了。她走了。") == ["他来了。", "她走了。"]
    assert split("هل جاء؟ نعم جاء.") == ["هل جاء؟", "نعم جاء."]


def test_lines_wrapped_at_a_width_are_one_paragraph() -> None:
    text = (
        "The committee met on Monday to discuss the budget of the coming year and\n"
        "agreed that spending on roads must fall. Members from Basra and Najaf,\n"
        "Karbala and Erbil objected. The vote was put off until the next meeting\n"
        "of the whole council.\n"
        "\n"
        "A second paragraph begins here and is also wrapped at about the width of\n"
        "Seventy characters.\n"
    )
    assert split(text) == [
        "The committee met on Monday to discuss the budget of the coming year and\n"
        "agreed that spending on roads must fall.",
        "Members from Basra and Najaf,\nKarbala and Erbil objected.",
        "The vote was put off until the next meeting\nof the whole council.",
        "A second paragraph begins here and is also wrapped at about the width of\nSeventy characters.",
    ]


def test_lines_that_are_not_wrapped_and_bullets_stand_alone() -> None:
    assert split("Name: Ali\nTown: Basra\nAge: 30") == ["Name: Ali", "Town: Basra", "Age: 30"]
    assert split("Buy:\n- milk\n- eggs\n1. bread") == ["Buy:", "- milk", "- eggs", "1. bread"]


@pytest.mark.parametrize(
    "across",
    [
        "he and his team understand\n\nthat prioritizing",
        "by the Iran-backed\n\nCoordination Framework, provides",
        "who expressed\n\nsatisfaction with",
        "These three issues have\n\nthe potential",
    ],
)
def test_a_paragraph_goes_on_below_a_page_break(across: str) -> None:
    doc = seed("003")
    spans = [s for p in chunk(doc, max_tokens=200, overlap_tokens=40) for s in p.sentences]
    assert any(across in doc.text[start:end] for start, end in spans)


def test_a_paragraph_that_ended_does_not_go_on() -> None:
    long = "This paragraph is long enough to go on below, for it has very many words in it, and it ends here"
    assert len(split(f"{long}.\n\nand so on")) == 2
    assert len(split(f"{long}\n\nand so on")) == 1
    assert len(split(f"{long}\n\n- and so on")) == 2
    assert len(split("Short line\n\nand so on")) == 2


@pytest.mark.parametrize("prefix", ["000", "003"])
def test_seeds(prefix: str) -> None:
    doc = seed(prefix)
    passages = chunk(doc, max_tokens=200, overlap_tokens=40)
    check(doc, passages, 200)
    assert sum(p.tokens for p in passages) / len(passages) > 140
    starts = {heading.start: heading.text for heading in doc.headings}
    for passage in passages:
        assert passage.sentences[-1].start not in starts
    begun = {p.start: p.heading for p in passages if p.start in starts}
    assert len(begun) >= len(starts) * 2 // 3
    assert all(starts[start] == heading for start, heading in begun.items())


def test_the_debt_stands_in_a_passage_under_its_heading() -> None:
    passages = chunk(seed("003"), max_tokens=200, overlap_tokens=40)
    (passage,) = (p for p in passages if "approximately \\$11 billion by Iraq" in p.text)
    assert passage.heading == "Economic Aspects"
    assert passage.text.startswith("Economic Aspects\n\nIran is owed")


WORDS = "One two three four five six seven eight nine. "  # 11 tokens


def test_filling_overlap_and_headings_by_hand() -> None:
    text = "Intro\n\n" + (WORDS * 6).strip() + "\n\nPart\n\n" + (WORDS * 2).strip()
    first, second, third = chunk(document(text, ["Intro", "Part"]), max_tokens=40, overlap_tokens=12)
    assert (first.heading, second.heading, third.heading) == ("Intro", "Intro", "Part")
    assert [len(p.sentences) for p in (first, second, third)] == [4, 3 + 1, 3]
    assert second.sentences[0] == first.sentences[-1]  # one sentence of 10 or 11 tokens is repeated
    assert third.text.startswith("Part\n\nOne two")  # and nothing from above a heading


def test_no_overlap_when_none_is_wanted() -> None:
    passages = chunk(document(WORDS * 20), max_tokens=40, overlap_tokens=0)
    assert all(a.end <= b.start for a, b in pairwise(passages))


def test_a_heading_goes_with_the_text_below_even_when_that_must_be_cut() -> None:
    text = "Heading\n\n" + "word " * 300
    first, *rest = chunk(document(text, ["Heading"]), max_tokens=50, overlap_tokens=10)
    assert first.text.startswith("Heading\n\nword word")
    assert all(p.text.startswith("word") and p.text.endswith("word") for p in rest)


def test_a_short_section_does_not_make_a_tiny_passage() -> None:
    text = "A\n\nTiny one.\n\nB\n\nTiny two.\n\nC\n\nTiny three."
    (passage,) = chunk(document(text, ["A", "B", "C"]), max_tokens=200, overlap_tokens=40)
    assert passage.heading == "A"


def test_headings_alone_are_kept() -> None:
    passages = chunk(document("Only\n\nHeadings", ["Only", "Headings"]), max_tokens=50, overlap_tokens=0)
    assert [p.text for p in passages] == ["Only\n\nHeadings"]


def test_pages_are_where_passages_begin() -> None:
    text = WORDS * 4 + "\f" + WORDS * 4
    cut = text.index("\f") + 1
    doc = document(text, pages=(Page(1, 0, cut), Page(2, cut, len(text))))
    passages = chunk(doc, max_tokens=45, overlap_tokens=0)
    assert [p.page for p in passages] == [1, 2]


def test_white_space_alone_has_no_passages() -> None:
    assert chunk(document(" \n\f "), max_tokens=50, overlap_tokens=0) == []


@pytest.mark.parametrize(("most", "overlap"), [(7, 0), (50, 50), (50, -1)])
def test_limits_are_checked(most: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="max_tokens"):
        chunk(document("x"), max_tokens=most, overlap_tokens=overlap)


ALPHABET = st.one_of(
    st.sampled_from(
        ["a", "B", "word ", ". ", "! ", "Dr. ", "1. ", "- ", "\n", "\r\n", "\n\n", "\f", "\t", " ", "  "]
    ),
    st.sampled_from(
        ["é", "👩\u200d💻", "。", "\u2028", "\u0301", "\x1c", "\u200b", "|", "<|endoftext|>", "a" * 300]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ALPHABET, max_size=120).map("".join), st.integers(8, 60), st.data())
def test_any_text_is_cut_exactly_and_completely(text: str, most: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    headings = tuple(Heading(text[a:b], 1, a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False))
    doc = Document("d", "d", "D", None, text, "0", "test/1", headings)
    passages = chunk(doc, max_tokens=most, overlap_tokens=data.draw(st.integers(0, most - 1)))
    check(doc, passages, most)


@pytest.mark.parametrize("unit", ["x", "a. ", ". ! ?", "\t", "1. ", "A b\n\n", "é", "[](", "'"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    doc = document(text)
    check(doc, chunk(doc, max_tokens=200, overlap_tokens=40), 200)


def test_a_long_line_without_spaces() -> None:
    text = "x" * 2_000_000
    passages = chunk(document(text), max_tokens=200, overlap_tokens=40)
    assert "".join(p.text for p in passages) == text


def test_embedding_text_has_title_and_heading_and_no_marks() -> None:
    assert embedding_text("On Debt", "The \\$ owed", "- Iran is owed \\$11 [billion](#)") == (
        "On Debt\nThe $ owed\nIran is owed $11 billion"
    )
    assert embedding_text("", None, "Words") == "Words"
    assert embedding_text("T", "Part", "Part\n\nWords") == "T\nPart Words"
    assert embedding_text("Same", "Same", "Words") == "Same\nWords"


def test_neither_torch_nor_llama_index_nor_nltk_data_is_needed(tmp_path: Path) -> None:
    """Sentences and tokens come from files in the package, even where NLTK_DATA points to nothing."""
    code = (
        "import sys\n"
        "import qa.chunk\n"
        "assert not {'nltk', 'tiktoken', 'llama_index.core'} & set(sys.modules)\n"
        "assert qa.chunk.count_tokens('hello world') == 2\n"
        "assert len(list(qa.chunk.sentences('Dr. No came. He left.'))) == 2\n"
        "assert not {'torch', 'llama_index.core'} & set(sys.modules)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TIKTOKEN_CACHE_DIR"}
    environment |= {
        "NLTK_DATA": str(tmp_path),
        "https_proxy": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120, cwd=SEEDS.parent)
    assert list(tmp_path.iterdir()) == []


def test_a_busy_machine_has_time_for_a_text() -> None:
    """NLTK gives up a text after some seconds by the clock, also when other threads had them."""
    from nltk import redos

    assert len(list(sentences("One of Dr. Smith has few words. Two of them has more."))) == 2
    assert redos.DEFAULT_TIMEOUT is None
