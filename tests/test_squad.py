"""SQuAD files as corpus and questions."""

import json
from pathlib import Path

import pytest

from eval.squad import load_squad
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
