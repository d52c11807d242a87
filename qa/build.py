"""The parts put together: from a configuration to an assistant that answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qa.assistant import Assistant
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.read.calibration import load_calibration
from qa.read.extractive import ExtractiveReader
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel

READERS = ("extractive", "sentence")


@contextmanager
def open_index(config: Config, *, mending: bool = True) -> Iterator[Index]:
    """Own the data folder for a while. Raises LockedError, StoreError, ModelError."""
    with Index(config, BundledEmbedder(threads=config.threads), mending=mending) as index:
        yield index


@contextmanager
def open_assistant(config: Config) -> Iterator[Assistant]:
    """Own the data folder for a while, and answer from it."""
    with open_index(config) as index:
        yield assistant(index, config)


def assistant(index: Index, config: Config) -> Assistant:
    """An assistant over an open index, with every reader there is."""
    least = {name: load_calibration(name).threshold(config.accepted_risk) for name in READERS}
    sentence = SentenceReader(index.embedder, least["sentence"])
    model = SpanModel(threads=config.threads)
    extractive = ExtractiveReader(model, index.embedder, sentence, least["extractive"])
    return Assistant(index, {reader.name: reader for reader in (extractive, sentence)}, config)
