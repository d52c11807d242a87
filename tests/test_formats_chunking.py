"""A folder of the chunking benchmark with one text and two questions."""

import csv
import io
import json
from pathlib import Path

import pytest

from eval.formats.chunking import load
from eval.gold import Evidence
from qa.errors import GoldError
from qa.types import Span

TEXT = "# Bees\r\n\r\nBees “hum”.\nThey hum, at night.\n"


def reference(content: str, start: int, **others: object) -> dict[str, object]:
    return {"content": content, "start_index": start, "end_index": start + len(content), **others}


HUM = reference("Bees “hum”.", 10)
NIGHT = reference("They hum, at night.", 22)


def write(
    folder: Path,
    *rows: tuple[str, str, str],
    columns: tuple[str, ...] = ("question", "references", "corpus_id"),
) -> Path:
    (folder / "long_texts.md").write_bytes(TEXT.encode())
    table = io.StringIO(newline="")
    csv.writer(table).writerows([columns, *rows])
    (folder / "questions_df.csv").write_bytes(table.getvalue().encode())
    return folder


def test_references_are_evidence_with_exact_spans(tmp_path: Path) -> None:
    first = ("What, at\nall?", json.dumps([HUM, NIGHT]), "long_texts")
    suite = load(write(tmp_path, first, ("When?", json.dumps([NIGHT]), "long_texts")))
    assert [(d.source, d.title, d.text) for d in suite.documents] == [("long_texts.md", "long texts", TEXT)]
    one, two = suite.questions
    assert (one.id, one.question, one.type, one.cluster) == (
        "long_texts/001",
        "What, at\nall?",
        "search",
        "long_texts/001",
    )
    assert one.evidence == (
        Evidence("long_texts.md", "Bees “hum”.", spans=(Span(10, 21),)),
        Evidence("long_texts.md", "They hum, at night.", spans=(Span(22, 41),)),
    )
    assert (two.id, two.within) == ("long_texts/002", ())


def test_closed_asks_of_the_own_text(tmp_path: Path) -> None:
    (question,) = load(write(tmp_path, ("When?", json.dumps([NIGHT]), "long_texts")), closed=True).questions
    assert question.within == ("long_texts.md",)


@pytest.mark.parametrize(
    ("references", "said"),
    [
        (
            json.dumps([reference("They hum", 21)]),
            r"csv:2: \[0\] doesn't fit: long_texts\.md has other words at 21",
        ),
        (json.dumps([reference("\n", -1)]), "content is empty"),
        (json.dumps([{**HUM, "start_index": -34}]), "doesn't fit"),
        (json.dumps([{**HUM, "start_index": "10"}]), r"\[0\]\.start_index is not a whole number"),
        (json.dumps([{"content": "Bees"}]), "start_index is missing"),
        ("[]", "references are empty"),
        ("{}", "csv:2: is not a list"),
        ("[", "csv:2: not JSON"),
        ("", "csv:2: a row has not the columns"),
    ],
)
def test_broken_references(tmp_path: Path, references: str, said: str) -> None:
    with pytest.raises(GoldError, match=said):
        load(write(tmp_path, ("When?", references, "long_texts")))


def test_broken_tables(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="csv:1: it doesn't begin with the columns"):
        load(write(tmp_path, columns=("question", "corpus_id")))
    with pytest.raises(GoldError, match="there is no question"):
        load(write(tmp_path))
    (tmp_path / "questions_df.csv").write_text('question,references,corpus_id\n"a"b,[],x\n')
    with pytest.raises(GoldError, match="csv:2: "):
        load(tmp_path)
    (tmp_path / "questions_df.csv").write_text("question,references,corpus_id\na,[],x,y\n")
    with pytest.raises(GoldError, match="csv:2: a row has not the columns"):
        load(tmp_path)


def test_a_text_is_a_file_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"corpus_id '\.\./long_texts' is not the name of a text"):
        load(write(tmp_path, ("When?", json.dumps([NIGHT]), "../long_texts")))
    with pytest.raises(GoldError, match=r"corpus_id 'a\\x00' is not the name of a text"):
        load(write(tmp_path, ("When?", json.dumps([NIGHT]), "a\0")))
    with pytest.raises(GoldError, match=r"none\.md cannot be read"):
        load(write(tmp_path, ("When?", json.dumps([NIGHT]), "none")))
