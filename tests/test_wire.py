"""Answers as JSON, and back."""

from __future__ import annotations

import json

import pytest

from qa.types import Span
from qa.wire import answer_from_dict, answer_to_dict
from tests.test_render import made
from ui.app import Parts


@pytest.mark.parametrize(
    "question",
    [
        "How much does Iraq owe Iran?",
        "How much does Turkey owe Iran?",
        "Hello",
        "Summarise the report on Iraq",
    ],
)
def test_what_people_see_of_an_answer_comes_back(parts: Parts, question: str) -> None:
    plain = json.loads(json.dumps(answer_to_dict(parts.service.library.ask(question))))
    assert answer_to_dict(answer_from_dict(plain)) == plain


def test_a_span_is_a_span_again() -> None:
    plain = answer_to_dict(made()) | {"short_span": [1, 3]}
    assert answer_from_dict(plain).short_span == Span(1, 3)


def test_a_passage_that_was_kept_without_its_title_is_called_by_its_file() -> None:
    plain = answer_to_dict(made())
    known = ("document_id", "source", "start", "end", "cosine", "bm25", "rrf", "text")
    plain["passages"] = [{name: plain["passages"][0][name] for name in known}]
    [scored] = answer_from_dict(plain).passages
    assert (scored.stored.title, scored.stored.published) == ("report.txt", None)
