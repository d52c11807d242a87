"""No passage outside the filters ever comes back, by the API or by the assistant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import strategies as st

from qa.assistant import Assistant
from qa.config import Config
from qa.conversations import Conversations
from qa.index import Index
from qa.library import OwnedLibrary
from qa.read.sentence import SentenceReader
from qa.types import Filters
from tests.conftest import FakeEmbedder, make_document
from ui.access import LOCAL
from ui.api import ask
from ui.service import Service

PUBLISHED = (date(2023, 1, 31), date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 1), None, None)
NEAR = ["2023-01-30", "2023-01-31", "2023-02-01", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]
QUESTION = "How much does Iraq owe Iran?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnedLibrary]:
    """Six documents of the same words, so that only a filter can tell them apart; letters are counted."""
    config = Config(data=tmp_path_factory.mktemp("filters"), reader="sentence")
    with Index(config, FakeEmbedder()) as index:
        for number, published in enumerate(PUBLISHED):
            text = f"Iraq owes Iran {number} billion dollars.\n\nIran sells gas to Iraq."
            index.add(make_document(text, f"/d/{number}.txt", published=published))
        readers = {"sentence": SentenceReader(FakeEmbedder(), 1.0)}
        yield OwnedLibrary(Assistant(index, readers, config), config)


@pytest.fixture(scope="module")
def client(library: OwnedLibrary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = FastAPI()

    @app.middleware("http")
    async def local(request: Any, call_next: Any) -> Any:
        request.state.caller = LOCAL
        return await call_next(request)

    with Conversations(Path(tmp_path_factory.mktemp("talks"))) as kept:
        app.include_router(ask.router(Service(library, Config(reader="sentence")), kept))
        yield TestClient(app)


def day_of(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def passes(document: SimpleNamespace, filters: dict[str, Any]) -> bool:
    """The filters' meaning, told once more: dates as text compare as days do."""
    if filters["documents"] is not None and document.id not in filters["documents"]:
        return False
    if document.day is None:
        return filters["after"] is None and filters["before"] is None
    late_enough = filters["after"] is None or document.day >= filters["after"]
    return late_enough and (filters["before"] is None or document.day <= filters["before"])


@hypothesis.settings(max_examples=1_000)
@hypothesis.given(data=st.data())
def test_nothing_outside_and_something_inside(
    library: OwnedLibrary, client: TestClient, data: st.DataObject
) -> None:
    """1,000 filters: ids that are there and that are not, days on the documents' borders and far off."""
    stored = [
        SimpleNamespace(id=d.id, day=d.published.isoformat() if d.published else None)
        for d in library.documents()
    ]
    days = st.none() | st.sampled_from(NEAR) | st.dates().map(date.isoformat)
    ids = st.sampled_from([*(d.id for d in stored), "nothing", "", "%", "' OR 1=1 --"])
    filters = data.draw(
        st.fixed_dictionaries({"documents": st.none() | st.lists(ids), "after": days, "before": days})
    )
    passing = {document.id for document in stored if passes(document, filters)}
    named = None if filters["documents"] is None else tuple(filters["documents"])
    wanted = Filters(named, day_of(filters["after"]), day_of(filters["before"]))
    found = library.search(QUESTION, filters=wanted, k=50)
    assert {each.stored.document_id for each in found} == passing
    if data.draw(st.integers(0, 9)):  # HTTP takes longer, and asks the same
        return
    body = {"question": QUESTION, "filters": filters, "k": 50}
    posted = client.post("/v1/search", json=body).json()["passages"]
    assert {each["document_id"] for each in posted} == passing
    answer = client.post("/v1/ask", json=body).json()
    assert {each["document_id"] for each in answer["passages"]} == passing
    assert {each["document_id"] for each in answer["citations"]} <= passing
    assert (answer["reason"] == "no_documents") == (not passing)
