"""Documents and vectors for drills, made fast and the same in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from qa.types import Document

if TYPE_CHECKING:
    from qa.types import FloatArray

_TOPICS = 300
_NOISE = 0.5


class TopicEmbedder:
    """A text's vector stands near that of its first word's topic: clustered, as the vectors of texts are."""

    name = "drill-topics"
    dimension = 384

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        made = [self.embed_question(text) for text in texts]
        return np.array(made, dtype=np.float32).reshape(-1, self.dimension)

    def embed_question(self, text: str) -> FloatArray:
        topic = crc32(text.split(" ", 1)[0].encode()) % _TOPICS
        own = np.random.default_rng(crc32(text.encode())).normal(size=self.dimension)
        vector = np.random.default_rng(topic).normal(size=self.dimension) + _NOISE * own
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def document(number: int, sentences: int) -> Document:
    """A document whose every sentence is unlike all others, of about one passage of 32 tokens each."""
    rng = np.random.default_rng(number)
    words = rng.integers(10_000, size=(sentences, 12))
    text = " ".join(f"Topic{line[0]} says {' '.join(map(str, line))}." for line in words)
    return Document(
        path=f"/drill/{number}.txt",
        source=f"{number}.txt",
        title="",
        published=None,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        extractor="drill/1",
    )
