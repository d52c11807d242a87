"""What all formats share, and our own gold files as one of them."""

import json
from pathlib import Path

import pytest

from eval.formats import FORMATS
from eval.formats.suite import make_suite
from eval.gold import GoldQuestion
from eval.published import as_document
from qa.errors import GoldError

DOCUMENT = as_document("a", "", "Text.", "test/1")


def question(id_: str) -> GoldQuestion:
    return GoldQuestion(id_, "What?", (), "search", (), False, None)


def line(id_: str, follows: str | None = None) -> str:
    evidence = [{"source": "a.txt", "quote": "b"}]
    return json.dumps(
        {
            "id": id_,
            "question": "What?",
            "answers": ["b"],
            "type": "fact",
            "evidence": evidence,
            "answerable": True,
            "follows": follows,
        }
    )


def test_a_suite_is_named_after_its_file_or_folder(tmp_path: Path) -> None:
    assert make_suite(tmp_path / "set_v1.json", [DOCUMENT], [question("1")]).name == "set_v1"
    (tmp_path / "set.v1").mkdir()
    assert make_suite(tmp_path / "set.v1", [DOCUMENT], [question("1")]).name == "set.v1"


def test_nothing_to_ask_is_refused() -> None:
    with pytest.raises(GoldError, match=r"f\.json: there is no question"):
        make_suite(Path("f.json"), [DOCUMENT], [])


def test_names_that_stand_twice_are_refused() -> None:
    with pytest.raises(GoldError, match="two questions have the id '1'"):
        make_suite(Path("f.json"), [DOCUMENT], [question("1"), question("2"), question("1")])
    with pytest.raises(GoldError, match="two documents are called 'a'"):
        make_suite(Path("f.json"), [DOCUMENT, DOCUMENT], [question("1")])


def test_a_gold_file_has_no_documents_and_its_conversations_are_clusters(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text("\n".join([line("1"), line("2", follows="1"), line("3", follows="2"), line("4")]))
    suite = FORMATS["gold"](file)
    assert (suite.name, suite.documents) == ("gold", ())
    assert [(q.id, q.cluster) for q in suite.questions] == [("1", "1"), ("2", "1"), ("3", "1"), ("4", "4")]


@pytest.mark.parametrize("format_", ["gold", "beir", "inscit"])
def test_questions_without_a_context_cannot_be_asked_of_it(format_: str, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="leave out --closed"):
        FORMATS[format_](tmp_path, closed=True)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_not_there_is_told_in_one_line(format_: str, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read") as raised:
        FORMATS[format_](tmp_path / "none")
    assert str(tmp_path / "none") in str(raised.value)
    assert "\n" not in str(raised.value)
