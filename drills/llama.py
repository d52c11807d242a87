"""LlamaIndex's way of indexing, with our embedder: ``IngestionPipeline`` into ``ChromaVectorStore``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.config import Config
from qa.embed import Embedder

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    from qa.types import Document

PACKAGE = "llama-index-vector-stores-chroma"
_BATCH = 100  # texts that are given to the embedder at once; its own default of 10 would leave cores idle


def installed() -> bool:
    """Whether the package is there: it is no dependency of ours."""
    try:
        return find_spec("llama_index.vector_stores.chroma") is not None
    except ModuleNotFoundError:
        return False


def pipeline(folder: Path, embedder: Embedder) -> Callable[[Document], int]:
    """What takes a document in, and says in how many passages; cut to the sizes of our defaults."""
    import chromadb
    from llama_index.core import Document as Read
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.chroma import ChromaVectorStore

    config = Config()
    collection = chromadb.PersistentClient(str(folder)).get_or_create_collection(
        "passages", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    splitter = SentenceSplitter(chunk_size=config.passage_tokens, chunk_overlap=config.overlap_tokens)
    steps = IngestionPipeline(
        transformations=[splitter, _adapted(embedder)], vector_store=ChromaVectorStore(collection)
    )

    def take(document: Document) -> int:
        read = Read(text=document.text, metadata={"title": document.title}, id_=document.source)
        return len(steps.run(documents=[read]))

    return take


def _adapted(embedder: Embedder) -> BaseEmbedding:
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Adapted(BaseEmbedding):
        """Our embedder as theirs."""

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed_passages(texts).tolist()  # type: ignore[no-any-return]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return embedder.embed_question(query).tolist()  # type: ignore[no-any-return]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    settings: dict[str, Any] = {"model_name": embedder.name, "embed_batch_size": _BATCH}
    return Adapted(**settings)
