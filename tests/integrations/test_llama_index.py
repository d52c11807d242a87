"""Footnote inside LlamaIndex: its retriever and query engine, in its own pipelines and evaluators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from llama_index.core import Settings, get_response_synthesizer
from llama_index.core.base.response.schema import Response
from llama_index.core.evaluation import RetrieverEvaluator
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, TextNode
from llama_index.core.tools import QueryEngineTool

from qa.build import open_assistant
from qa.config import Config
from qa.errors import ConfigError, QuestionError
from qa.integrations.llama_index import FootnoteQueryEngine, FootnoteRetriever
from qa.library import OwnedLibrary
from qa.types import Filters
from qa.wire import answer_to_dict

DEBT = "How much does Iraq owe Iran?"
NOWHERE = "What is the boiling point of tungsten?"
NOTHING = Filters(documents=())


@pytest.fixture(scope="module")
def library(seeds_data: Path) -> Iterator[OwnedLibrary]:
    config = Config(data=seeds_data, threads=1)
    with open_assistant(config) as assistant:
        yield OwnedLibrary(assistant, config)


@pytest.fixture(autouse=True)
def _no_llm_is_resolved() -> Iterator[None]:
    yield
    assert Settings._llm is None
    assert Settings._embed_model is None


def test_nodes_are_the_documents_own_words(library: OwnedLibrary) -> None:
    found = library.search(DEBT, k=3)
    nodes = FootnoteRetriever(library, k=3).retrieve(DEBT)
    assert [node.score for node in nodes] == [scored.rrf for scored in found]
    for node, scored in zip(nodes, found, strict=True):
        told = node.metadata
        assert node.text == library.text(told["document_id"])[told["start"] : told["end"]]
        assert node.node_id == scored.stored.id
        assert node.node.ref_doc_id == told["document_id"]
        assert set(told) == {"document_id", "source", "title", "published", "start", "end", "page", "heading"}
    assert "\\$11 billion" in nodes[0].text
    assert nodes[0].metadata["published"] == "2024-09-16"


def test_the_same_passage_is_the_same_node_whatever_is_asked(library: OwnedLibrary) -> None:
    retriever = FootnoteRetriever(library, k=10)
    first = {node.node_id: node.node.hash for node in retriever.retrieve(DEBT)}
    second = {node.node_id: node.node.hash for node in retriever.retrieve("What does Iraq owe to Iran?")}
    both = first.keys() & second.keys()
    assert both
    assert {id_: first[id_] for id_ in both} == {id_: second[id_] for id_ in both}


def test_a_model_is_told_where_a_passage_is_from(library: OwnedLibrary) -> None:
    [node] = FootnoteRetriever(library, k=1).retrieve(DEBT)
    shown = node.get_content(MetadataMode.LLM)
    assert "heading: Economic Aspects" in shown
    assert "document_id" not in shown
    assert "page" not in shown  # it has none


def test_filters_hold(library: OwnedLibrary) -> None:
    assert FootnoteRetriever(library, filters=NOTHING).retrieve(DEBT) == []
    dates = sorted(document.published or date.min for document in library.documents())
    assert dates[0] < dates[-1]
    latest = Filters(after=dates[-1])
    nodes = FootnoteRetriever(library, filters=latest).retrieve(DEBT)
    assert {node.metadata["published"] for node in nodes} == {dates[-1].isoformat()}


def test_the_engine_answers_with_a_node_for_each_footnote(library: OwnedLibrary) -> None:
    answer = library.ask(DEBT)
    response = FootnoteQueryEngine(library).query(DEBT)
    assert isinstance(response, Response)
    assert str(response) == answer.text
    assert [node.text for node in response.source_nodes] == [note.quote for note in answer.citations]
    told = response.source_nodes[0].metadata
    assert library.text(told["document_id"])[told["start"] : told["end"]] == response.source_nodes[0].text
    assert (told["marker"], told["url"]) == (1, answer.citations[0].url)
    assert response.metadata is not None
    whole = answer_to_dict(answer)
    assert {**response.metadata["footnote"], "manifest": None} == {**whole, "manifest": None}
    assert "\\$11 billion" in response.get_formatted_sources()


def test_an_abstention_says_so(library: OwnedLibrary) -> None:
    response = FootnoteQueryEngine(library).query(NOWHERE)
    assert str(response) == "The documents do not answer this."
    assert response.source_nodes == []
    assert response.metadata is not None
    assert response.metadata["footnote"]["abstained"] is True


def test_how_questions_are_asked_can_be_set(library: OwnedLibrary) -> None:
    bold = FootnoteQueryEngine(library, k=2, reader="sentence", accepted_risk=1.0).query(NOWHERE)
    assert bold.metadata is not None
    told = bold.metadata["footnote"]
    assert (len(told["passages"]), told["manifest"]["reader"], told["abstained"]) == (2, "sentence", False)
    assert str(FootnoteQueryEngine(library, filters=NOTHING).query(DEBT)).startswith("There are no documents")
    with pytest.raises(ConfigError, match="no reader 'oracle'"):
        FootnoteQueryEngine(library, reader="oracle").query(DEBT)
    with pytest.raises(QuestionError, match="empty"):
        FootnoteRetriever(library).retrieve(" ")


def test_both_work_without_waiting(library: OwnedLibrary) -> None:
    async def both() -> tuple[list[str], str]:
        nodes, response = await asyncio.gather(
            FootnoteRetriever(library, k=2).aretrieve(DEBT), FootnoteQueryEngine(library).aquery(DEBT)
        )
        return [node.node_id for node in nodes], str(response)

    ids, text = asyncio.run(both())
    assert ids == [scored.stored.id for scored in library.search(DEBT, k=2)]
    assert text == library.ask(DEBT).text


def test_the_retriever_feeds_a_query_engine_of_llama_index(library: OwnedLibrary) -> None:
    synthesizer = get_response_synthesizer(llm=MockLLM())
    engine = RetrieverQueryEngine(FootnoteRetriever(library, k=2), response_synthesizer=synthesizer)
    response = engine.query(DEBT)
    assert len(response.source_nodes) == 2
    assert "\\$11 billion by Iraq" in str(response)  # MockLLM repeats its prompt
    assert "source: 003_a3cfdfbe2e5cec49.txt" in str(response)


def test_the_retriever_is_fused_with_others(library: OwnedLibrary) -> None:
    alone = FootnoteRetriever(library, k=4)
    fused = QueryFusionRetriever([alone, FootnoteRetriever(library, k=2)], llm=MockLLM(), num_queries=1)
    fused.similarity_top_k = 4
    assert [n.node_id for n in fused.retrieve(DEBT)] == [n.node_id for n in alone.retrieve(DEBT)]


def test_the_engine_is_a_tool(library: OwnedLibrary) -> None:
    tool = QueryEngineTool.from_defaults(FootnoteQueryEngine(library), name="documents")
    assert "approximately $11 billion" in tool.call(DEBT).content


def test_the_retriever_is_evaluated(library: OwnedLibrary) -> None:
    retriever = FootnoteRetriever(library, k=5)
    evaluator = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr"], retriever=retriever)
    [right] = FootnoteRetriever(library, k=1).retrieve(DEBT)
    assert isinstance(right.node, TextNode)
    found = evaluator.evaluate(DEBT, [right.node_id]).metric_vals_dict
    assert found == {"hit_rate": 1.0, "mrr": 1.0}
    assert evaluator.evaluate(NOWHERE, ["no passage of these"]).metric_vals_dict["hit_rate"] == 0.0
