"""Summaries: which sentences are central, and which documents a request means."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qa.centrality import central
from qa.config import Config
from qa.embed import BundledEmbedder
from qa.index import Index
from qa.read.summary import SummaryReader
from qa.summarise import passages_for_summary
from qa.types import Filters
from tests.conftest import FakeEmbedder, make_document
from tests.reading import passage


def test_the_most_central_come_first_and_differ() -> None:
    # Two along x, one near them, one along y.
    vectors = np.array([[1, 0], [1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    # Mean cosines: 0.7, 0.7, 0.8, 0.4. The third is first; to it the first has cosine 0.8, the fourth 0.6:
    # 0.7 × 0.7 - 0.3 × 0.8 = 0.25 against 0.7 × 0.4 - 0.3 × 0.6 = 0.10.
    assert central(vectors, 2) == [2, 0]
    assert central(vectors, 2, np.array([0, 0, 0, 1.0])) == [3, 0], "a favour counts like a cosine"


@pytest.mark.parametrize(("size", "most", "expected"), [(0, 3, 0), (1, 3, 1), (5_000, 3, 3), (4, 0, 0)])
def test_any_number_of_vectors(size: int, most: int, expected: int) -> None:
    vectors = np.eye(8, dtype=np.float32)[np.arange(size) % 8]
    chosen = central(vectors, most)
    assert len(chosen) == len(set(chosen)) == expected


def test_sentences_that_lean_on_others_are_no_summary() -> None:
    whole = "The bridge over the river was opened in May by the mayor."
    found = passage(
        "However, it was not finished for another ten years after that.",
        whole,
        "Why was the bridge not opened before the elections in May?",
        "Short one.",
    )
    reading = SummaryReader(FakeEmbedder()).read("Summarise this", [found])
    assert [s.text for s in reading.sentences] == [whole]
    assert (reading.probability, reading.reason) == (1.0, None)
    assert SummaryReader(FakeEmbedder()).read("Summarise this", [passage("No.")]).reason == "not_in_documents"


def test_what_opens_a_passage_and_what_is_asked_about_is_favoured() -> None:
    first = "Zebras and zebus were counted again by the keepers of the zoo."
    others = [
        f"The {word} of the old town was painted green by them in May." for word in ("gate", "mill", "hall")
    ]
    one = SummaryReader(FakeEmbedder(), most=1)
    asked = one.read("Give me a summary of zebras, zebus and zoos", [passage(*others, first)])
    assert asked.sentences[0].text == first
    opening = one.read("Summarise this", [passage(others[2], others[0], others[1])])
    assert opening.sentences[0].text == others[2]


def test_a_document_that_is_there_twice_is_summed_up_once() -> None:
    whole = "The bridge over the river was opened in May by the mayor."
    twice = [passage(whole, document="a"), passage(whole, document="b")]
    assert len(SummaryReader(FakeEmbedder()).read("Summarise this", twice).sentences) == 1


def test_notes_and_fragments_are_better_than_nothing() -> None:
    noted = passage("The bridge over the river was opened in May by the mayor.[3]", "Tolls and dates")
    assert len(SummaryReader(FakeEmbedder()).read("Summarise this", [noted]).sentences) == 1
    fragments = passage("Bridge, stone, 1931, five arches", "Well, deep, forty metres, village")
    assert len(SummaryReader(FakeEmbedder()).read("Summarise this", [fragments]).sentences) == 2


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(Config(data=tmp_path_factory.mktemp("data")), BundledEmbedder()) as index:
        for name, text in {
            "Bridge": "The stone bridge was opened on 4 May 1931 by the mayor of the town.",
            "Well": "The well of the village is forty metres deep and was dug by hand.",
            "Mill": "The mill grinds the wheat of eleven farms between May and October.",
            "Ferry": "The ferry crosses the lake twice a day and carries eleven people.",
        }.items():
            index.add(make_document(text, f"/d/{name.lower()}.txt", title=name, published=date(2020, 1, 2)))
        yield index


def titles(index: Index, request: str, searched: str | None = None, **filters: object) -> set[str]:
    wanted = Filters(**filters)  # type: ignore[arg-type]
    found = passages_for_summary(index, request, searched or request, k=24, filters=wanted)
    return {scored.stored.title for scored in found}


def test_a_document_is_named_by_its_title_or_by_what_it_is_about(town: Index) -> None:
    assert titles(town, "Summarise the report on the bridge") == {"Bridge"}
    assert titles(town, "Give me a summary of the mill") == {"Mill"}
    assert titles(town, "Summarise the report about wheat farms") == {"Mill"}


def test_what_no_document_speaks_of_is_not_summed_up(town: Index) -> None:
    assert titles(town, "Summarise the novel Moby Dick") == set()
    assert titles(town, "Give me a summary of the article about football in Brazil") == set()


def test_this_report_is_the_one_the_conversation_is_about(town: Index) -> None:
    assert titles(town, "Summarise this report", "deep well: Summarise this report") == {"Well"}


def test_this_report_with_nothing_to_tell_which(town: Index) -> None:
    assert titles(town, "Summarise this report") == set(), "four are too many to be meant at once"
    one = next(d.id for d in town.catalog.documents() if d.title == "Ferry")
    assert titles(town, "Summarise this report", documents=(one,)) == {"Ferry"}
    assert titles(town, "Summarise this report", after=date(2021, 1, 1)) == set()


def test_a_long_document_is_read_in_few_passages(tmp_path: Path) -> None:
    text = " ".join(
        f"In the year {year} the town built another bridge over the river." for year in range(3_000)
    )
    with Index(Config(data=tmp_path), FakeEmbedder()) as index:
        index.add(make_document(text, title="Town"))
        found = passages_for_summary(index, "summary", "summary", k=24)
    assert len(found) == 24
    assert [p.passage.start for p in found] == sorted(p.passage.start for p in found)
