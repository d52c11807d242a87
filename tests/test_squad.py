"""SQuAD files as corpus and questions."""

import json
from pathlib import Path

import pytest

from eval.squad import exact_match, load_squad, normalise, token_f1
from qa.errors import GoldError
from qa.types import Span

ARTICLE = {
    "title": "Stone_bridge",
    "paragraphs": [
        {
            "context": "It was opened in 1931.",
            "qas": [
                {"id": "1", "question": "When?", "answers": [{"text": "1931", "answer_start": 17}]},
                {"id": "2", "question": "By whom?", "answers": []},
            ],
        }
    ],
}


def test_paragraphs_and_questions(tmp_path: Path) -> None:
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": [ARTICLE]}))
    documents, questions = load_squad(file)
    assert [(d.title, d.source, d.text) for d in documents] == [
        ("Stone bridge", "Stone_bridge/000", "It was opened in 1931.")
    ]
    assert [(q.question, q.spans) for q in questions] == [("When?", (Span(17, 21),)), ("By whom?", ())]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"data": [{}]}', '{"data": 5}'])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "squad.json"
    file.write_text(content)
    with pytest.raises(GoldError, match="is not a SQuAD file"):
        load_squad(file)


def test_exact_match_and_f1_by_hand() -> None:
    assert normalise("The  Stone-bridge, of a Town!") == "stonebridge of town"
    assert exact_match("the 4 May 1931.", ["1931", "4 May 1931"])
    assert not exact_match("May 1931", ["4 May 1931"])
    # "may 1931" shares 2 tokens with "4 may 1931": precision 1, recall 2/3, F1 0.8.
    assert token_f1("May 1931", ["1930", "4 May 1931"]) == pytest.approx(0.8)
    assert token_f1("nothing", ["4 May"]) == 0
    assert token_f1("nothing", []) == 0
    assert token_f1("the", ["a"]) == 1, "as the published script has it"
