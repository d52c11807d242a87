"""Answers as JSON: the same for the command line, programs and run files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from qa.types import Answer, ScoredPassage


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON-ready values; dates are ISO 8601, spans are pairs, passages are flat."""
    plain: dict[str, Any] = _plain(asdict(answer))
    return plain | {"passages": [passage_to_dict(scored) for scored in answer.passages]}


def passage_to_dict(scored: ScoredPassage) -> dict[str, Any]:
    """A passage as an answer shows it."""
    return {
        "document_id": scored.stored.document_id,
        "source": scored.stored.source,
        "start": scored.passage.start,
        "end": scored.passage.end,
        "cosine": round(scored.cosine, 4),
        "bm25": round(scored.bm25, 4),
        "rrf": round(scored.rrf, 6),
        "text": scored.passage.text,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
