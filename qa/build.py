"""The parts put together: from a configuration to an assistant that answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qa.assistant import Assistant
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.lock import FolderLock
from qa.read import Reader
from qa.read.checker import WordingChecker
from qa.read.extractive import ExtractiveReader
from qa.read.llm import LLMReader
from qa.read.model import Model
from qa.read.sentence import SentenceReader
from qa.read.spans import SpanModel

READERS = (ExtractiveReader.name, SentenceReader.name)


@contextmanager
def open_index(
    config: Config, *, mending: bool = True, renewing: bool = False, lock: FolderLock | None = None
) -> Iterator[Index]:
    """Own the data folder for a while, see ``Index``. Raises LockedError, StoreError, ModelError."""
    embedder = BundledEmbedder(threads=config.threads)
    with Index(config, embedder, mending=mending, renewing=renewing, lock=lock) as index:
        yield index


@contextmanager
def open_assistant(
    config: Config, *, renewing: bool = False, lock: FolderLock | None = None
) -> Iterator[Assistant]:
    """Own the data folder for a while, and answer from it."""
    with open_index(config, renewing=renewing, lock=lock) as index:
        yield assistant(index, config)


def assistant(index: Index, config: Config) -> Assistant:
    """An assistant over an open index, with every reader there is."""
    return Assistant(index, readers(index, config), config)


def reader_names(config: Config) -> tuple[str, ...]:
    """The readers that can be asked for, as ``config`` is."""
    return (*READERS, LLMReader.name) if config.llm_url else READERS


def readers(index: Index, config: Config, model: SpanModel | None = None) -> dict[str, Reader]:
    """Every reader there is by its name (``reader_names``); ``model`` reads instead of the bundled one."""
    sentence = SentenceReader(index.embedder, config.accepted_risk)
    spans = model or SpanModel(threads=config.threads)
    extractive = ExtractiveReader(spans, index.embedder, sentence, config.accepted_risk)
    found: dict[str, Reader] = {reader.name: reader for reader in (extractive, sentence)}
    if config.llm_url:
        found[LLMReader.name] = LLMReader(Model(config), extractive, WordingChecker(), config)
    return found
