"""Answers as JSON: the same for the command line, programs, run files and what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from qa.cite import permalink
from qa.types import (
    Alternative,
    Answer,
    Citation,
    Manifest,
    Passage,
    ScoredPassage,
    Sentence,
    Span,
    StoredPassage,
    Timings,
)

_VERSION = re.compile(r"[?&]version=([0-9a-f]+)")


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON-ready values; dates are ISO 8601, spans are pairs, passages are flat."""
    plain: dict[str, Any] = _plain(asdict(answer))
    return plain | {"passages": [passage_to_dict(scored) for scored in answer.passages]}


def passage_to_dict(scored: ScoredPassage) -> dict[str, Any]:
    """A passage as an answer shows it, with what people need to know of its document."""
    stored, passage = scored.stored, scored.passage
    return {
        "document_id": stored.document_id,
        "title": stored.title,
        "source": stored.source,
        "published": stored.published.isoformat() if stored.published else None,
        "page": passage.page,
        "heading": passage.heading,
        "start": passage.start,
        "end": passage.end,
        "cosine": round(scored.cosine, 4),
        "bm25": round(scored.bm25, 4),
        "rrf": round(scored.rrf, 6),
        "text": passage.text,
        "url": permalink(stored.document_id, Span(passage.start, passage.end), stored.sha256, passage.text),
    }


def answer_from_dict(plain: Mapping[str, Any]) -> Answer:
    """What ``answer_to_dict`` gave, as a value again; of its passages only what people see of them."""
    said = ("question", "searched", "text", "short_answer", "abstained", "reason", "confidence")
    manifest = plain["manifest"]
    return Answer(
        **{name: plain[name] for name in said},
        short_span=Span(*plain["short_span"]) if plain["short_span"] else None,
        sentences=tuple(Sentence(s["text"], tuple(s["markers"]), s["support"]) for s in plain["sentences"]),
        citations=tuple(Citation(**_dated(citation)) for citation in plain["citations"]),
        alternatives=tuple(Alternative(**_dated(other)) for other in plain["alternatives"]),
        passages=tuple(map(_passage, plain["passages"])),
        manifest=Manifest(**manifest | {"timings_ms": Timings(**manifest["timings_ms"])}),
    )


def _passage(plain: Mapping[str, Any]) -> ScoredPassage:
    version = _VERSION.search(plain.get("url", ""))
    stored = StoredPassage(
        id="",
        document_id=plain["document_id"],
        source=plain["source"],
        title=plain.get("title", plain["source"]),  # answers that were kept before 0.1 have no more
        published=_day(plain.get("published")),
        sha256=version[1] if version else "",
        passage=Passage(
            start=plain["start"],
            end=plain["end"],
            text=plain["text"],
            sentences=(),
            tokens=0,
            heading=plain.get("heading"),
            page=plain.get("page"),
        ),
    )
    return ScoredPassage(stored, plain["cosine"], plain["bm25"], plain["rrf"])


def _dated(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {**plain, "published": _day(plain["published"])}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
