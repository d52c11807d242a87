"""Misspelt words are put right from the documents' own; what could be meant is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.catalog import Catalog
from qa.spelling import Speller
from qa.types import Passage, Span
from tests.conftest import make_document

TEXT = """Masoud Pezeshkian visits Iraq and Iran. The debts of Sulaymaniyah are settled in São Paulo, Zürich
and Cairo, where Hanoun and Hanoon met INSTC. Pezeshkian's sanctions. 東京 العراق"""


def put(catalog: Catalog, text: str, path: str) -> str:
    passage = Passage(0, len(text), text, (Span(0, len(text)),), 1)
    vectors = np.zeros((1, 1), np.float32)
    return catalog.put(make_document(text, path), [passage], vectors, chunker="test").document_id


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    opened = Catalog(tmp_path_factory.mktemp("spelling") / "catalog.sqlite3")
    put(opened, TEXT, "/a.txt")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def speller(catalog: Catalog) -> Speller:
    return Speller(catalog)


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("How old is Pezeshkain?", "How old is Pezeshkian?"),  # two letters swapped
        ("PEZESHKAN and pezeshkiann", "PEZESHKIAN and pezeshkian"),  # left out, put in; capitals as written
        ("Pesheshkian's visit", "Pezeshkian's visit"),  # changed
        ("Where is Sulaimaniya?", "Where is Sulaymaniyah?"),  # two edits in a long name
        ("What of Sao Pualo, Zurich?", "What of Sao Paulo, Zurich?"),
        ("Are the sancions over?", "Are the sanctions over?"),
        ("Pa\u0301ulp", "Paulo"),  # an accent by itself cuts no word
        ("the ISNTC", "the INSTC"),
        ("العرق", "العراق"),
    ],
)
def test_a_misspelt_word_is_put_right(speller: Speller, question: str, corrected: str) -> None:
    assert speller.correct(question) == corrected


@pytest.mark.parametrize(
    "question",
    [
        "How old is Masoud Pezeshkian, in Zürich or SÃO PAULO?",  # all of it stands there
        "Is the debt settling?",  # inflections stand there too
        "Was the debut of the visor in a sequel?",  # common English, if near
        "What about Irac?",  # Iraq or Iran?
        "Hanohn?",  # Hanoun or Hanoon?
        "Cytro?",  # two edits from Cairo, too many for five letters
        "Irn qa?",  # too short
        "Rouhani, 2O24, B2B?",  # nothing is near; no words
        "東亰 🙂 \0 \ud800",
        "",
    ],
)
def test_what_may_be_meant_is_left_alone(speller: Speller, question: str) -> None:
    assert speller.correct(question) == question


@given(st.text())
def test_any_text_comes_back(speller: Speller, question: str) -> None:
    assert isinstance(speller.correct(question), str)


@given(st.lists(st.sampled_from(TEXT.split())).map(" ".join))
def test_the_documents_own_words_are_never_changed(speller: Speller, question: str) -> None:
    assert speller.correct(question) == question


def test_a_question_of_unknown_words_is_left_alone(speller: Speller) -> None:
    """Each word that is put right takes a look at all words of the documents."""
    unknown = [f"{a}{b}zzqx" for a in "klmnpr" for b in "aeiou"]
    assert speller.correct(" ".join([*unknown[:7], "Pezeshkain"])).endswith(" Pezeshkian")
    question = " ".join([*unknown, "Pezeshkain"])
    assert speller.correct(question) == question


def test_a_word_that_is_gone_is_not_suggested(catalog: Catalog, speller: Speller) -> None:
    gone = put(catalog, "Ahmadinejad travels.", "/gone.txt")
    assert speller.correct("And Ahmadinejat?") == "And Ahmadinejad?"
    catalog.remove(gone)
    assert speller.correct("And Ahmadinejat?") == "And Ahmadinejat?"
