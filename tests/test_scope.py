"""What an address says is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.assistant import Assistant
from qa.config import Config
from qa.index import Index
from qa.library import OwnedLibrary
from qa.read.sentence import SentenceReader
from qa.types import Filters
from tests.conftest import FakeEmbedder, make_document
from ui.scope import MOST, Named, Scope, conversation_of, scope_of


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnedLibrary]:
    config = Config(data=tmp_path_factory.mktemp("scope"))
    with Index(config, FakeEmbedder()) as index:
        for number in range(MOST + 2):
            index.add(make_document(f"Words {number}.", f"/d/{number}.txt", title=f"Report *{number}*"))
        readers = {"extractive": SentenceReader(FakeEmbedder(), 1.0)}
        yield OwnedLibrary(Assistant(index, readers, config), config)


def test_nothing_said_is_all(library: OwnedLibrary) -> None:
    scope = scope_of([("c", "0" * 32), ("view", "api"), ("d", ""), ("after", " ")], library)
    assert (scope, scope.filters, scope.words) == (Scope(), Filters(), "All documents")
    assert (scope.as_dict(), scope.query()) == (None, "")


def test_documents_and_days(library: OwnedLibrary) -> None:
    first, second, *_ = library.documents()
    params = [("d", second.id), ("d", first.id), ("d", second.id), ("after", "2024-01-01")]
    scope = scope_of(params, library)
    assert scope.filters == Filters((second.id, first.id), date(2024, 1, 1), None)
    assert scope.words == "2 documents · since 1 January 2024"
    assert scope.query("ab") == f"?c=ab&d={second.id}&d={first.id}&after=2024-01-01"
    assert scope.problems == ()
    assert Scope.from_dict(scope.as_dict() or {}) == scope


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [
        ("2024-01-01", "", "Documents since 1 January 2024"),
        ("", "2024-02-29", "Documents until 29 February 2024"),
        ("2024-01-01", "2024-02-29", "Documents from 1 January 2024 to 29 February 2024"),
    ],
)
def test_days_alone(library: OwnedLibrary, after: str, before: str, words: str) -> None:
    assert scope_of([("after", after), ("before", before)], library).words == words


def test_one_document_is_called_by_its_title() -> None:
    assert Scope((Named("x", "Report *1*"),)).words == "Report 1"


@pytest.mark.parametrize(
    "day", ["today", "2023-02-29", "20240101", "2024-W01-1", "0000-01-01", "<b>", "٢٠٢٤-٠١-٠١", "1" * 10_000]
)
def test_what_is_no_day_is_told(library: OwnedLibrary, day: str) -> None:
    scope = scope_of([("after", day)], library)
    assert scope.filters == Filters()
    [problem] = scope.problems
    assert "is no day" in problem
    assert len(problem) < 150


def test_a_document_that_is_gone_is_told_and_nothing_is_asked_in_its_place(library: OwnedLibrary) -> None:
    scope = scope_of([("d", "gone"), ("d", "x" * 10_000)], library)
    assert (scope.filters, scope.words) == (Filters(()), "No document")
    assert scope.problems == ("2 of the documents that were chosen are not here any more.",)
    [one, *_] = library.documents()
    left = scope_of([("d", "gone"), ("d", one.id)], library)
    assert left.filters == Filters((one.id,))
    assert left.problems == ("A document that was chosen is not here any more.",)


def test_no_more_documents_than_an_address_bears(library: OwnedLibrary) -> None:
    scope = scope_of([("d", document.id) for document in library.documents()], library)
    assert len(scope.filters.documents or ()) == MOST
    assert "At most 50" in scope.problems[0]


def test_days_that_leave_none_are_told(library: OwnedLibrary) -> None:
    scope = scope_of([("after", "2024-02-01"), ("before", "2024-01-01")], library)
    assert scope.problems == ("No day is since 1 February 2024 and until 1 January 2024.",)


def test_a_key_is_not_told_back(library: OwnedLibrary) -> None:
    key = "fn_0123456789_" + "A" * 43
    assert "AAA" not in scope_of([("after", key)], library).problems[0]


@given(st.lists(st.tuples(st.sampled_from(["d", "after", "before", "c"]), st.text(max_size=40)), max_size=5))
def test_whatever_an_address_says_is_no_error(library: OwnedLibrary, params: list[tuple[str, str]]) -> None:
    sendable = [(name, value.encode("utf-8", "replace").decode()) for name, value in params]
    scope = scope_of(sendable, library)
    assert Scope.from_dict(scope.as_dict() or Scope(()).as_dict() or {}).problems == ()
    assert scope.words


@pytest.mark.parametrize(("said", "meant"), [("0" * 32, "0" * 32), ("0" * 31, ""), ("x" * 32, ""), ("", "")])
def test_a_conversation_is_named_by_its_id(said: str, meant: str) -> None:
    assert conversation_of([("c", said)]) == meant
