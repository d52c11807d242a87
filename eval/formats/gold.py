"""Our own gold files, which ask of the documents that are indexed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from eval.formats.suite import Suite, make_suite, refuse_closed
from eval.gold import GoldQuestion, load_gold


def load(path: Path, *, closed: bool = False) -> Suite:
    """The questions of a gold file, without documents; a conversation is a cluster. Raises GoldError."""
    refuse_closed(path, closed=closed)
    by_id = {question.id: question for question in load_gold(path)}
    clusters = {id_: question.cluster or _first(question, by_id).id for id_, question in by_id.items()}
    return make_suite(path, (), [replace(each, cluster=clusters[id_]) for id_, each in by_id.items()])


def _first(question: GoldQuestion, by_id: Mapping[str, GoldQuestion]) -> GoldQuestion:
    """The question that its conversation began with."""
    while question.follows is not None:
        question = by_id[question.follows]
    return question
