"""The catalog alone: documents in and out whole, BM25, filters, damage."""

from __future__ import annotations

import shutil
import sqlite3
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.catalog import Catalog, Change
from qa.errors import NotFoundError, StoreError
from qa.types import Document, Filters, Heading, Passage, Span
from qa.words import query_terms
from tests.conftest import FakeEmbedder, make_document


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def lines(document: Document) -> list[Passage]:
    """Each line of the text as a passage of its own."""
    passages, at = [], 0
    for line in document.text.splitlines(keepends=True):
        text, end = line.rstrip("\n"), at + len(line.rstrip("\n"))
        passages.append(Passage(at, end, text, (Span(at, end),), tokens=1, heading=None, page=None))
        at += len(line)
    return passages


def put(catalog: Catalog, text: str, path: str = "/a.txt", **more: object) -> Change:
    document = make_document(text, path, **more)  # type: ignore[arg-type]
    passages = lines(document)
    return catalog.put(
        document, passages, FakeEmbedder().embed_passages([p.text for p in passages]), chunker="test"
    )


def found(catalog: Catalog, question: str, documents: tuple[str, ...] | None = None) -> list[str]:
    """The texts of the passages that a lexical search for the words of ``question`` gives."""
    hits = catalog.lexical(query_terms(question), 50, documents)
    stored = catalog.passages(id_ for id_, _ in hits)
    return [stored[id_][0].passage.text for id_, _ in hits]


def sound(catalog: Catalog) -> bool:
    """SQLite finds nothing wrong with the tables and the full text, and both have the same passages."""
    db = catalog._db
    db.execute("INSERT INTO full_text (full_text) VALUES ('integrity-check')")
    rows = (db.execute(f"SELECT rowid FROM {table}").fetchall() for table in ("passages", "full_text"))
    return db.execute("PRAGMA integrity_check").fetchone() == ("ok",) and next(rows) == next(rows)


def test_what_goes_in_comes_out(catalog: Catalog) -> None:
    document = make_document(
        "Debts\nIraq owes Iran \\$11 billion.\0\nالعراق 🙂",
        published=date(2024, 9, 16),
        title="Debts",
        headings=(Heading("Debts", 1, 0, 5),),
    )
    passage = Passage(6, 35, document.text[6:35], (Span(6, 35),), tokens=8, heading="Debts", page=3)
    vector = FakeEmbedder().embed_question(passage.text)
    change = catalog.put(document, [passage], vector[None, :], chunker="test")

    [stored] = catalog.documents()
    assert stored == catalog.document(change.document_id) == catalog.document_at(document.path)
    assert (stored.title, stored.published, stored.characters, stored.passages) == (
        "Debts",
        date(2024, 9, 16),
        len(document.text),
        1,
    )
    assert catalog.text(stored.id) == document.text
    assert catalog.count() == 1
    assert catalog.passage_ids() == set(change.added)
    [(kept, kept_vector)] = catalog.passages(change.added).values()
    assert kept.passage == passage
    assert (kept.document_id, kept.source, kept.sha256) == (stored.id, document.source, document.sha256)
    assert np.array_equal(kept_vector, vector)


def test_a_new_version_replaces_the_old_one_in_one_step(catalog: Catalog) -> None:
    first = put(catalog, "wheat grows\nrye stays")
    second = put(catalog, "oats grow\nrye stays")
    assert second.document_id == first.document_id
    assert len(second.removed) == 2  # "rye stays" has moved by two characters, and so is another span
    assert found(catalog, "wheat") == []
    assert found(catalog, "oats") == ["oats grow"]
    assert catalog.count() == catalog.document(second.document_id).passages == 2
    assert sound(catalog)


def test_a_passage_that_stays_is_neither_removed_nor_lost(catalog: Catalog) -> None:
    first = put(catalog, "rye stays\nwheat grows")
    second = put(catalog, "rye stays\noats grow")
    assert second.removed == (first.added[1],)
    assert second.added[0] == first.added[0]


def test_a_removed_document_is_gone(catalog: Catalog) -> None:
    kept = put(catalog, "wheat here", "/kept.txt")
    gone = put(catalog, "wheat there", "/gone.txt")
    assert catalog.remove(gone.document_id) == Change(gone.document_id, gone.added, ())
    assert found(catalog, "wheat") == ["wheat here"]
    assert [document.id for document in catalog.documents()] == [kept.document_id]
    assert catalog.passages(gone.added) == {}
    assert sound(catalog)


def test_what_is_not_there_is_named(catalog: Catalog) -> None:
    for ask in (catalog.document, catalog.text, catalog.remove):
        with pytest.raises(
            NotFoundError, match=r"no document has the id 'abc'; see: footnote documents list"
        ):
            ask("abc")
    with pytest.raises(StoreError, match="surrogates not allowed"):
        catalog.document("\udcff")
    assert catalog.document_at("/abc") is None
    assert catalog.passages(["abc"]) == {}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("harvest", ["a/1.txt", "b/3.txt"]),
        ("HARV 3", ["b/3.txt"]),
        ("sao", ["b/2.txt"]),
        ("3.txt", ["b/3.txt"]),
        ("harvest bridge", []),
        ("%", []),
        (" ", ["a/1.txt", "b/2.txt", "b/3.txt"]),
    ],
)
def test_documents_are_found_by_title_and_file(catalog: Catalog, search: str, found: list[str]) -> None:
    for path, title in (("a/1.txt", "Harvest"), ("b/3.txt", "The harvests"), ("b/2.txt", "São Paulo bridge")):
        put(catalog, "Words.", path, title=title)
    assert [document.path for document in catalog.documents(search=search)] == found
    assert [document.path for document in catalog.documents(1, 1, search)] == found[1:2]


def test_the_same_file_in_two_places_is_two_documents(catalog: Catalog) -> None:
    one, two = put(catalog, "wheat", "/one/a.txt"), put(catalog, "wheat", "/two/a.txt")
    assert one.document_id != two.document_id
    assert found(catalog, "wheat") == ["wheat", "wheat"]


def test_ids_are_the_same_in_every_catalog(catalog: Catalog, tmp_path: Path) -> None:
    other = Catalog(tmp_path / "other.sqlite3")
    assert put(other, "rye\nwheat", "/elsewhere/a.txt") == put(catalog, "rye\nwheat", "/here/a.txt")
    other.close()


def test_a_document_without_passages_is_known(catalog: Catalog) -> None:
    change = put(catalog, "")
    assert catalog.document(change.document_id).passages == 0
    assert list(catalog.vectors()) == []
    assert sound(catalog)


def test_a_write_that_fails_leaves_all_as_it_was(catalog: Catalog) -> None:
    put(catalog, "wheat")
    before, document = catalog.revision, make_document("rye\noats")
    with pytest.raises(ValueError, match="shorter"):
        catalog.put(
            document, lines(document), FakeEmbedder().embed_passages(["one vector too few"]), chunker="test"
        )
    assert catalog.revision == before
    assert found(catalog, "wheat rye") == ["wheat"]
    put(catalog, "rye")  # and the catalog can be written to
    assert found(catalog, "wheat rye") == ["rye"]


def test_nobody_sees_half_a_change(catalog: Catalog) -> None:
    """A search that comes while a version is being replaced waits, and finds the new one."""
    put(catalog, "wheat")
    begun, go_on = threading.Event(), threading.Event()

    def vectors() -> Iterator[object]:
        begun.set()
        go_on.wait(10)
        yield np.zeros(27, np.float32)

    document = make_document("wheat and rye", "/a.txt")
    with ThreadPoolExecutor(2) as pool:
        change = pool.submit(partial(catalog.put, chunker="test"), document, lines(document), vectors())
        begun.wait(10)
        search = pool.submit(found, catalog, "wheat")
        wait([search], timeout=0.1)  # long enough to see the half, were it to be seen
        go_on.set()
        assert search.result() == ["wheat and rye"]
        change.result()


def test_each_change_counts_once(catalog: Catalog) -> None:
    assert catalog.revision == 0
    change = put(catalog, "wheat")
    put(catalog, "rye")
    catalog.remove(change.document_id)
    catalog.set_state("anything", "else")
    assert catalog.revision == 3
    assert catalog.state("anything") == "else"
    assert catalog.state("nothing") is None


def test_vectors_come_in_batches_and_may_change_meanwhile(catalog: Catalog) -> None:
    put(catalog, "a\nb\nc\nd\ne", "/a.txt")
    batches = catalog.vectors(batch=2)
    ids, documents, matrix = next(batches)
    assert matrix.shape == (2, 27)
    assert np.array_equal(matrix[1], FakeEmbedder().embed_question("b"))
    put(catalog, "f", "/f.txt")  # no lock is held between batches
    assert [len(ids) for ids, _, _ in batches] == [2, 2]
    assert len({*documents}) == 1
    assert len({*ids}) == 2


# ── BM25 ─────────────────────────────────────────────────────────────────────────────────────────


def test_bm25_prefers_rare_words_then_short_passages(catalog: Catalog) -> None:
    """*rye* stands in one passage of four, *wheat* in three; the shorter of two alike comes first."""
    put(catalog, "wheat wheat barley oats\nwheat oats\nwheat oats oats oats\nrye oats")
    assert found(catalog, "wheat rye")[0] == "rye oats"
    assert found(catalog, "wheat")[-1] == "wheat oats oats oats"


def test_bm25_is_the_formula(catalog: Catalog) -> None:
    """One of two passages has *rye*, once, and both have 2 words, the mean. With k1 = 1.2 and b = 0.75:

    idf = ln((2 - 1 + 0.5) / (1 + 0.5)) = 0, which SQLite raises to 0.000001; of five it is
    ln((5 - 1 + 0.5) / (1 + 0.5)) = ln 3, and the rest is 1 · (1.2 + 1) / (1 + 1.2 · 1) = 1.
    """
    put(catalog, "rye oats\n" + "\n".join(f"oats {letter}oats" for letter in "abcd"))
    [(_, bm25)] = catalog.lexical(["rye"], 10, None)
    assert bm25 == pytest.approx(np.log(3))


def test_ties_keep_the_order_of_the_documents(catalog: Catalog) -> None:
    change = put(catalog, "rye\nrye\nrye\nrye\noats")
    assert [id_ for id_, _ in catalog.lexical(["rye"], 3, None)] == list(change.added[:3])


def test_title_and_heading_are_searched(catalog: Catalog) -> None:
    document = make_document("oats", title="Wheat prices")
    passage = Passage(0, 4, "oats", (Span(0, 4),), tokens=1, heading="In Ghana")
    catalog.put(document, [passage], np.zeros((1, 27), np.float32), chunker="test")
    assert found(catalog, "wheat") == found(catalog, "Ghana") == ["oats"]


def test_bm25_of_given_passages_stands_behind_the_best(catalog: Catalog) -> None:
    ids = put(catalog, "rye oats\nwheat oats\nrye\nbarley").added
    searched = catalog.lexical(["rye", "wheat"], 10, None)
    assert len(searched) == 3
    assert catalog.lexical(["rye", "wheat"], 1, None) == searched[:1]
    also = [searched[2][0], ids[3], "unknown"]
    assert catalog.lexical(["rye", "wheat"], 1, None, also=also) == [searched[0], searched[2]]
    assert catalog.lexical([], 1, None, also=ids) == catalog.lexical(["zebra"], 1, None, also=ids) == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("São Paulo", "sao"),
        ("Sa\u0303o Paulo", "São"),
        ("Straße", "STRASSE"),
        ("ﬁnance", "finance"),
        ("CO₂", "co2"),
        ("مُحَمَّد", "محمد"),
        ("東京", "東京"),
        ("Iran's debts", "debt"),
        ("The U.S. Navy", "navy"),
    ],
)
def test_a_word_is_found_however_it_is_spelled(catalog: Catalog, text: str, question: str) -> None:
    put(catalog, f"{text}\nsomething else")
    assert found(catalog, question) == [text]


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "M"], max_codepoint=0x5FF), min_size=1))
def test_every_word_finds_its_own_passage(shared: Catalog, word: str) -> None:
    put(shared, f"{word}\nzzz")
    first = found(shared, word)[:1]
    assert first == ([word] if query_terms(word) else [])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """One catalog for tests that ask much; each puts its own document."""
    opened = Catalog(tmp_path_factory.mktemp("shared") / "catalog.sqlite3")
    opened._db.execute("PRAGMA synchronous = OFF")
    yield opened
    opened.close()


HARD = [
    "",
    '"',
    "'; DROP TABLE passages; --",
    "AND",
    "rye AND NOT oats OR",
    "NEAR(rye oats, 3)",
    "(rye",
    "rye*",
    "^rye",
    "text:rye",
    "{title text} : rye",
    "-rye",
    "r",
    "rye " * 2_500,
    "r" * 10_000,
    "العراق",
    "🙂",
    "rye\0oats",
    "\ud800rye",
    "%",
    "\\",
]


@pytest.mark.parametrize("question", HARD, ids=lambda question: repr(question[:20]))
def test_no_question_breaks_the_search(catalog: Catalog, question: str) -> None:
    put(catalog, "rye\nother things\nالعراق", "/hard.txt")
    assert set(found(catalog, question)) <= {"rye", "العراق"}
    assert ("rye" in found(catalog, question)) == ("rye" in query_terms(question))


@given(st.text(st.one_of(st.sampled_from("\"'()*^:{}+-,"), st.characters()), max_size=200))
def test_no_text_at_all_breaks_the_search(shared: Catalog, question: str) -> None:
    shared.lexical(query_terms(question), 5, None)
    unruly = question.encode("utf-8", "ignore").decode().split()  # not by words()
    shared.lexical(unruly, 5, (), also=["no", "such"])
    shared.lexical(unruly, 5, None, also=["no", "such"])


# ── filters ──────────────────────────────────────────────────────────────────────────────────────

DAYS = st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 5))


def test_dates_are_inclusive_and_drop_the_undated(catalog: Catalog) -> None:
    first, second, undated = (
        put(catalog, "rye", f"/{n}.txt", published=day).document_id
        for n, day in enumerate((date(2024, 1, 1), date(2024, 1, 2), None))
    )
    assert catalog.matching(Filters()) is None
    assert set(catalog.matching(Filters(after=date(2024, 1, 1))) or ()) == {first, second}
    assert catalog.matching(Filters(after=date(2024, 1, 2))) == (second,)
    assert catalog.matching(Filters(before=date(2024, 1, 1))) == (first,)
    assert catalog.matching(Filters(after=date(2024, 1, 2), before=date(2024, 1, 1))) == ()
    assert catalog.matching(Filters(documents=(undated, "unknown"))) == (undated,)
    assert catalog.matching(Filters(documents=(undated,), before=date(2025, 1, 1))) == ()
    assert catalog.matching(Filters(documents=())) == ()
    assert catalog.lexical(["rye"], 10, ()) == []
    assert [id_ for id_, _ in catalog.lexical(["rye"], 10, (first,))] == list(
        catalog.passages(catalog.passage_ids()).keys()
        & {id_ for id_, _ in catalog.lexical(["rye"], 1, (first,))}
    )


@given(
    st.lists(st.tuples(st.text(string.ascii_lowercase, min_size=1, max_size=3), DAYS), max_size=6),
    st.none() | st.sets(st.integers(0, 5)),
    DAYS,
    DAYS,
)
def test_filters_say_the_same_as_a_plain_loop(
    shared: Catalog,
    rows: list[tuple[str, date | None]],
    chosen: set[int] | None,
    after: date | None,
    before: date | None,
) -> None:
    for document in shared.documents():
        shared.remove(document.id)
    ids = [put(shared, t, f"/{n}.txt", published=day).document_id for n, (t, day) in enumerate(rows)]
    documents = None if chosen is None else tuple(id_ for n, id_ in enumerate(ids) if n in chosen)
    wanted = {
        id_
        for n, (id_, (_, day)) in enumerate(zip(ids, rows, strict=True))
        if (chosen is None or n in chosen)
        and (after is None or (day is not None and day >= after))
        and (before is None or (day is not None and day <= before))
    }
    matching = shared.matching(Filters(documents, after, before))
    assert (set(ids) if matching is None else set(matching)) == wanted
    hits = shared.lexical([text for text, _ in rows], 50, matching)
    assert {shared.passages([id_])[id_][0].document_id for id_, _ in hits} == wanted


# ── damage ───────────────────────────────────────────────────────────────────────────────────────


def test_a_catalog_is_the_same_when_opened_again(tmp_path: Path) -> None:
    first = Catalog(tmp_path / "catalog.sqlite3")
    put(first, "wheat")
    documents = first.documents()
    first.close()
    first.close()  # twice is fine
    with pytest.raises(StoreError, match="closed database"):
        first.documents()
    again = Catalog(tmp_path / "catalog.sqlite3")
    assert again.documents() == documents
    assert found(again, "wheat") == ["wheat"]
    again.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(b"not a database, but quite some bytes of something else" * 100)
    with pytest.raises(StoreError, match=r"catalog\.sqlite3 cannot be used: file is not a database$"):
        Catalog(path)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not a Footnote catalog; choose another data folder"):
        Catalog(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.sqlite3"]


def test_another_versions_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    Catalog(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="has schema 99, this Footnote reads 3: use the version of Footnote"):
        Catalog(path)


@pytest.mark.parametrize("path", ["/proc/catalog.sqlite3", "/dev/null/catalog.sqlite3"])
def test_a_place_that_cannot_be_written_is_refused(path: str) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        Catalog(Path(path))


def test_a_catalog_that_another_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    catalog = Catalog(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="database is locked"):
        put(catalog, "wheat")
    other.execute("ROLLBACK")
    put(catalog, "wheat")
    catalog.close()
    other.close()


_NO_ROOM = """
import resource, sys
from pathlib import Path
from qa.catalog import Catalog
from qa.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # no file can grow
catalog = Catalog(Path(sys.argv[1]))
print([document.source for document in catalog.documents()], catalog.lexical(["wheat"], 5, None) != [])
try:
    catalog.set_state("embedder", "x" * 5_000)
except StoreError as error:
    print("refused")
catalog.close()
"""


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed"])
def test_where_nothing_can_be_written_it_is_read(tmp_path: Path, closed: bool) -> None:
    """Also what stands in SQLite's log alone, when the process before was killed."""
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    put(catalog, "wheat")
    copy = tmp_path / "copy"
    if closed:
        catalog.close()
    copy.mkdir()
    for name in ("catalog.sqlite3", "catalog.sqlite3-wal"):
        if (tmp_path / name).exists():
            shutil.copy(tmp_path / name, copy / name)
    catalog.close()
    command = [sys.executable, "-c", _NO_ROOM, str(copy / "catalog.sqlite3")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "['a.txt'] True\nrefused\n"
    reopened = Catalog(copy / "catalog.sqlite3")
    assert reopened.count() == 1
    reopened.close()
