"""How values become rows and rows values again."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qa import schema
from qa.catalog import Catalog
from qa.config import Config
from qa.index import Index
from qa.types import Passage, Span
from tests.conftest import FakeEmbedder, make_document
from tests.test_index import dense, interrupted


def test_new_tables_carry_our_mark(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    schema.prepare(db, path)
    schema.prepare(db, path)  # and are ours the next time
    [mark], [version] = (db.execute(f"PRAGMA {p}").fetchone() for p in ("application_id", "user_version"))
    assert (mark.to_bytes(4, "big"), version) == (b"Foot", schema.SCHEMA_VERSION)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_tables_cut_short_are_made_whole(tmp_path: Path) -> None:
    """A crash while the tables are made leaves an empty file, and the next start makes them."""
    path = tmp_path / "catalog.sqlite3"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    db.execute("CREATE TABLE meta (key TEXT)")
    db.close()
    db = sqlite3.connect(path, isolation_level=None)
    schema.prepare(db, path)
    assert db.execute("SELECT count(*) FROM passages").fetchone() == (0,)
    db.close()


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    """A data folder with a catalog that the last Footnote of schema 1 made of two documents."""
    packed = Path(__file__).parent / "data" / "catalog-1.sqlite3.gz"
    (tmp_path / "catalog.sqlite3").write_bytes(gzip.decompress(packed.read_bytes()))
    return tmp_path


def test_a_catalog_of_version_1_is_brought_up_to_this_one(version_1: Path) -> None:
    with Index(Config(data=version_1), FakeEmbedder()) as index:
        assert [document.title for document in index.catalog.documents()] == ["Debts", "Harvest"]
        assert {"paulo", "harvest", "turkey"} <= set(index.catalog.words_of_length(5, 7))
        assert dense(index, "x")
        assert index.vectors.settle(30)
    db = sqlite3.connect(version_1 / "catalog.sqlite3")
    assert db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
    db.close()


def test_a_catalog_of_version_2_is_brought_up_to_this_one(version_1: Path, tmp_path: Path) -> None:
    """The texts tell what was not kept then: pages without text, and which documents are alike."""
    path = version_1 / "catalog.sqlite3"
    with monkeypatched_steps(1):
        Catalog(path).close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    text = "word " * 30
    db.execute("UPDATE documents SET text = ?, pages = '[[1, 0, 9], [2, 9, 10], [3, 10, 150]]'", (text,))
    db.commit()
    db.close()
    catalog = Catalog(path)
    one, other = catalog.documents()
    assert (one.pages, one.empty_pages) == (3, (2,))
    assert [(twin.document_id, twin.likeness) for twin in catalog.twins(one.id)] == [(other.id, 1.0)]
    assert catalog.look(one.path) is None
    assert catalog.failures() == []
    catalog.remove(other.id)
    assert catalog.twins(one.id) == []
    catalog.close()
    fresh = Catalog(tmp_path / "fresh.sqlite3")
    assert tables(path) == tables(fresh.path)
    fresh.close()


@contextmanager
def monkeypatched_steps(count: int) -> Iterator[None]:
    """As the Footnote was that had so many steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "_STEPS", schema._STEPS[:count])
        patch.setattr(schema, "SCHEMA_VERSION", 1 + count)
        yield


def tables(path: Path) -> set[tuple[str, str]]:
    """Every table and index, and the columns of each."""
    db = sqlite3.connect(path)
    names = [name for [name] in db.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL")]
    made = {(name, str(sorted(db.execute(f"PRAGMA table_xinfo({name})").fetchall()))) for name in names}
    db.close()
    return made


def test_a_step_that_is_cut_short_is_taken_again(version_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = version_1 / "catalog.sqlite3"
    before = sorted(sqlite3.connect(path).execute("SELECT name FROM sqlite_master"))
    with monkeypatch.context() as patch:
        patch.setattr(schema, "put_words", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Catalog(path)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert sorted(db.execute("SELECT name FROM sqlite_master")) == before
    db.close()
    catalog = Catalog(path)
    assert catalog.words_of_length(5, 5)
    catalog.close()


def test_a_passage_survives_its_row() -> None:
    passage = Passage(3, 9, "Iraq. ", (Span(3, 8),), tokens=2, heading=None, page=4)
    vector = np.array([0.6, -0.8], dtype=np.float32)
    id_, document, *rest, blob = schema.passage_row("d1", "Debts", passage, vector)
    stored = schema.stored_passage((id_, document, "a.txt", "Debts", "2024-09-16", "ff", *rest))
    assert stored.passage == passage
    assert (stored.id, stored.document_id, stored.published) == (id_, "d1", date(2024, 9, 16))
    assert np.frombuffer(blob, dtype=np.float32).tolist() == pytest.approx([0.6, -0.8])


def test_a_passage_id_is_made_of_all_that_its_vector_depends_on() -> None:
    base = Passage(0, 4, "Iraq", (Span(0, 4),), tokens=1)
    variants = [
        ("d1", "Debts", base),
        ("d2", "Debts", base),
        ("d1", "Other", base),
        ("d1", "Debts", Passage(1, 5, "Iraq", (Span(1, 5),), tokens=1)),
        ("d1", "Debts", Passage(0, 4, "Iran", (Span(0, 4),), tokens=1)),
        ("d1", "Debts", Passage(0, 4, "Iraq", (Span(0, 4),), tokens=1, heading="Iraq")),
    ]
    ids = {
        schema.passage_row(id_, title, passage, np.zeros(1, np.float32))[0]
        for id_, title, passage in variants
    }
    assert len(ids) == len(variants)


def test_an_undated_document_has_no_date() -> None:
    row = schema.document_row("d1", make_document("text", published=None), "test")
    assert row[4] is None
    assert schema.to_date(None) is None


def test_full_text_holds_words_alone() -> None:
    assert schema.full_text_row(7, "São Paulo's", "", 'a "b"\0*') == (7, "sao paulo s", "", "a b")
