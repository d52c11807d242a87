"""For LlamaIndex: Footnote as a retriever and as a query engine. No LLM is asked for, or needed.

::

    config = load_config().config
    with open_assistant(config) as assistant:
        engine = FootnoteQueryEngine(OwnedLibrary(assistant, config))
        print(engine.query("How much does Iraq owe Iran?"))

Both go wherever LlamaIndex takes a ``BaseRetriever`` or a ``BaseQueryEngine``: into other query engines,
tools, fusion and evaluators. Both raise what the library raises (``qa.errors``).
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any, Unpack

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from qa.library import Library
from qa.types import Asking, Citation, Filters, ScoredPassage
from qa.wire import answer_to_dict

_FOR_MODELS = frozenset({"source", "title", "published", "page", "heading"})
"""The metadata that is of use to an LLM; the rest is for programs."""


class FootnoteRetriever(BaseRetriever):
    """The passages that fit a question best, best first, as nodes.

    A node's id is the passage's: the same as long as the document's words are. Its text is the document's
    own, exactly: ``library.text(document_id)[start:end]``, offsets in code points. Its score is the sum of
    reciprocal ranks (rrf) that orders the passages of a question. It is small (about 0.03 at best) and says
    nothing from one question to the next, so no cut-off that is meant for cosines fits it.
    """

    def __init__(
        self,
        library: Library,
        *,
        k: int | None = None,
        filters: Filters = Filters(),
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """``k`` is how many passages at most, as the library is set unless told."""
        super().__init__(callback_manager)
        self._library = library
        self._how: Asking = {"k": k, "filters": filters}

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_passage_node(found) for found in self._library.search(query_bundle.query_str, **self._how)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class FootnoteQueryEngine(BaseQueryEngine):
    """Footnote's answers. Each is of the documents' own words, with a source node for each footnote.

    The response's text is the answer's, markers and all; where the documents do not answer it says so and
    has no source nodes. The node of a footnote is its exact quote, with ``marker`` and ``url`` in the
    metadata, and no score. ``response.metadata["footnote"]`` is the whole answer, as the API gives it.
    """

    def __init__(
        self, library: Library, *, callback_manager: CallbackManager | None = None, **how: Unpack[Asking]
    ) -> None:
        """``how`` questions are asked: ``k``, ``filters``, ``reader`` …; what is left out is as is set."""
        super().__init__(callback_manager)
        self._library = library
        self._how = how

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._library.ask(query_bundle.query_str, **self._how)
        return Response(
            answer.text,
            source_nodes=[_quote_node(citation) for citation in answer.citations],
            metadata={"footnote": answer_to_dict(answer)},
        )

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _passage_node(found: ScoredPassage) -> NodeWithScore:
    stored, passage = found.stored, found.passage
    metadata = {
        "document_id": stored.document_id,
        "source": stored.source,
        "title": stored.title,
        "published": _iso(stored.published),
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "heading": passage.heading,
    }
    return NodeWithScore(node=_node(stored.id, passage.text, metadata), score=found.rrf)


def _quote_node(citation: Citation) -> NodeWithScore:
    metadata = {
        "document_id": citation.document_id,
        "source": citation.source,
        "title": citation.title,
        "published": _iso(citation.published),
        "start": citation.start,
        "end": citation.end,
        "page": citation.page,
        "heading": citation.heading,
        "marker": citation.marker,
        "url": citation.url,
    }
    id_ = f"{citation.document_id}:{citation.start}-{citation.end}"
    return NodeWithScore(node=_node(id_, citation.quote, metadata))


def _node(id_: str, text: str, metadata: dict[str, Any]) -> TextNode:
    """A node that tells an LLM where it is from, and not what only programs can use."""
    hidden = [key for key, value in metadata.items() if value is None or key not in _FOR_MODELS]
    return TextNode(
        id_=id_,
        text=text,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
        start_char_idx=metadata["start"],
        end_char_idx=metadata["end"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=metadata["document_id"])},
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
