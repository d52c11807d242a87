"""Answers to put into conversations, made by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from qa.types import Answer, Citation, Manifest, Sentence, Timings
from qa.wire import answer_to_dict


def answer(
    question: str, text: str = "The bridge opened in 1931.", *, quote: str = "in 1931"
) -> dict[str, Any]:
    """An answer of one sentence with one footnote, as JSON has it."""
    citation = Citation(
        marker=1,
        document_id="0123456789abcdef",
        title="The bridge",
        source="bridge.txt",
        published=date(2024, 9, 16),
        page=None,
        heading="History",
        start=100,
        end=100 + len(quote),
        quote=quote,
        url="/documents/0123456789abcdef?start=100&end=107&version=abc#cited",
    )
    said = Answer(
        question=question,
        searched=question,
        text=f"{text} [1]",
        short_answer="1931",
        short_span=None,
        abstained=False,
        reason=None,
        confidence=0.9,
        sentences=(Sentence(text, (1,), "verbatim"),),
        citations=(citation,),
        alternatives=(),
        passages=(),
        manifest=Manifest("extractive", "letters", "f" * 12, "0.1", Timings(1.0, 2.0, 3.0)),
    )
    return answer_to_dict(said)
