"""What the tests of a language model's answers share: two documents, and an assistant that has one asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from qa.assistant import Assistant
from qa.build import readers
from qa.config import Config
from qa.index import Index
from qa.read.llm import LLMReader
from qa.read.model import Model
from tests.checking import WordChecker
from tests.conftest import make_document
from tests.llms import MODEL, Scripted, scripted

BRIDGE = "The stone bridge was opened on 4 May 1931 by the mayor. It has \\$5 tolls in [summer](#).\n"
WELL = "The well of the village is forty metres deep. It was dug by hand.\n"
QUESTION = "When was the stone bridge opened?"
RIGHT = "The stone bridge was opened on 4 May 1931 [1]. "
TOLLS = "It has tolls of $5 in summer [1]. "
WRONG = "The stone bridge was opened on 9 June 1999 [1]. "


def take_in(index: Index) -> Index:
    """Have the index hold both documents."""
    index.add(make_document(BRIDGE, "/d/bridge.txt", title="Bridge", published=date(2020, 1, 2)))
    index.add(make_document(WELL, "/d/well.txt", title="Well"))
    return index


def assistant_with(index: Index, config: Config, url: str, **settings: Any) -> Assistant:
    """An assistant whose reader is the model at ``url``, checked word by word."""
    own = replace(config, **{"llm_url": url, "llm_model": MODEL, "reader": "llm", **settings})
    bundled = readers(index, config)
    llm = LLMReader(Model(own), bundled["extractive"], WordChecker(), own)
    return Assistant(index, {**bundled, llm.name: llm}, own)


@contextmanager
def writer(index: Index, config: Config, reply: Any, **settings: Any) -> Iterator[tuple[Assistant, Scripted]]:
    """The same with a server that replies so."""
    with scripted(reply) as server:
        yield assistant_with(index, config, server.url, **settings), server
