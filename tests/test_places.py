"""A vector index on a real Chroma server: the same answers, whatever becomes of the server."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromadb.api.fastapi import FastAPI

from qa import places
from qa.catalog import Catalog
from qa.check import Findings
from qa.errors import GoneError, StoreError
from qa.exact import ExactVectors
from qa.kept import KeptVectors
from qa.places import Collections
from qa.vectors import ServedVectors, Server, Vectors
from tests import corpus
from tests.servers import Chroma, chroma, free_port, silent

COUNT = 350  # more than one write


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    with chroma(tmp_path_factory.mktemp("places") / "server") as server:
        yield server


@pytest.fixture
def server(running: Chroma) -> Server:
    return Server(running.url)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    corpus.put(opened, COUNT)
    yield opened
    opened.close()


@contextmanager
def opened(catalog: Catalog, server: Server, *, mending: bool = True) -> Iterator[KeptVectors]:
    vectors = KeptVectors(catalog, Collections(catalog, server), mending=mending)
    try:
        yield vectors
    finally:
        vectors.close(patience=30)


def served(vectors: KeptVectors) -> Vectors:
    assert vectors.settle(30)
    assert vectors.chroma is not None, vectors.state
    return vectors.chroma


def ours(catalog: Catalog, server: Server) -> list[str]:
    prefix = Collections(catalog, server).new_name().rpartition("-")[0]
    return [name for name in server.names() if name.startswith(prefix)]


def assert_right(vectors: KeptVectors, catalog: Catalog) -> None:
    exact = ExactVectors(catalog)
    for question in corpus.vectors(10, seed=9):
        assert vectors.nearest(question, 5, None) == exact.nearest(question, 5, None)


def test_the_same_as_in_a_folder(server: Server, tmp_path: Path) -> None:
    ids, matrix = [f"{at:03}" for at in range(COUNT)], corpus.vectors(COUNT)
    documents = [f"d{at % 20}" for at in range(COUNT)]
    many = [f"d{at}" for at in range(3, 20)]  # three queries of the server
    pair = Vectors(tmp_path / "chroma"), ServedVectors(server, "footnote-test-parity", make=True)
    for vectors in pair:
        vectors.put(ids, documents, matrix)
        vectors.put(["000"], ["d7"], -matrix[:1])
        vectors.remove([*ids[300:], "unknown"])
    for vectors in pair:
        assert vectors.ids() == set(ids[:300])
        assert vectors.count() == 300
        assert vectors.nearest(-matrix[0], 1, None) == ["000"]
        kept, rows = vectors.stored([ids[5], "unknown", ids[3]])
        assert sorted(kept) == [ids[3], ids[5]]
        np.testing.assert_allclose(rows[kept.index(ids[5])], matrix[5], atol=1e-6)
        assert vectors.nearest(matrix[0], 5, []) == []
    for question in corpus.vectors(10, seed=9):
        for wanted in (None, ["d3"], many):
            assert pair[0].nearest(question, 10, wanted) == pair[1].nearest(question, 10, wanted)
    for vectors in pair:
        vectors.close()
    server.delete("footnote-test-parity")


def test_the_quotas_of_chroma_cloud_are_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of 128 bytes at most, 300 of them; 300 results; 8 documents in a filter."""
    sent: list[dict[str, Any]] = []
    make_request = FastAPI._make_request

    def recorded(api: FastAPI, method: str, path: str, **options: Any) -> Any:
        sent.append(options.get("json") or {})
        return make_request(api, method, path, **options)

    monkeypatch.setattr(FastAPI, "_make_request", recorded)
    vectors = ServedVectors(server, "footnote-test-quotas", make=True)
    ids = [f"{at:032x}" for at in range(650)]
    vectors.put(ids, [f"{at % 20:032x}" for at in range(650)], corpus.vectors(650))
    assert vectors.ids() == set(ids)
    assert len(vectors.stored(ids)[0]) == 650
    assert len(vectors.nearest(corpus.vectors(1)[0], 500, [f"{at:032x}" for at in range(20)])) == 500
    vectors.remove(ids)
    assert vectors.count() == 0
    vectors.close()
    server.delete("footnote-test-quotas")
    assert all(len(body.get("ids") or []) <= 300 for body in sent)
    assert all(body.get(name, 0) <= 300 for body in sent for name in ("limit", "n_results") if body.get(name))
    filters = [body["where"]["document_id"]["$in"] for body in sent if body.get("where")]
    assert [len(documents) for documents in filters] == [8, 8, 4]


def test_made_used_again_and_followed(
    catalog: Catalog, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(catalog, server) as vectors:
        assert served(vectors).count() == COUNT
        assert_right(vectors, catalog)
    [name] = ours(catalog, server)
    monkeypatch.setattr(places, "compare", None)  # a sample is enough
    with opened(catalog, server) as vectors:
        assert vectors.state.by == "chroma"  # at once
        change = corpus.put(catalog, 5, "/documents/b.txt", seed=3)
        vectors.follow(change, corpus.vectors(5, seed=3))
        assert served(vectors).ids() == catalog.passage_ids()
        assert_right(vectors, catalog)
    assert ours(catalog, server) == [name]


def test_two_catalogs_and_a_stranger_share_a_server(catalog: Catalog, server: Server, tmp_path: Path) -> None:
    stranger = ServedVectors(server, "footnote-but-not-ours", make=True)
    stranger.put(["x"], ["y"], corpus.vectors(1))
    second = Catalog(tmp_path / "second.sqlite3")
    corpus.put(second, 40, seed=7)
    with opened(catalog, server) as one, opened(second, server) as other:
        assert (served(one).count(), served(other).count()) == (COUNT, 40)
        assert one.rebuild() == COUNT
        assert other.rebuild() == 40
        assert_right(one, catalog)
        assert_right(other, second)
    assert len(ours(catalog, server)) == len(ours(second, server)) == 1
    assert stranger.count() == 1
    stranger.close()
    second.close()


def test_a_copied_data_folder_leaves_the_other_alone(
    catalog: Catalog, server: Server, tmp_path: Path
) -> None:
    with opened(catalog, server) as vectors:
        served(vectors)
    [name] = ours(catalog, server)
    catalog.close()
    (tmp_path / "copy").mkdir()
    copied = Catalog(Path(shutil.copy(catalog.path, tmp_path / "copy")))
    with opened(copied, server) as vectors:
        assert_right(vectors, copied)
        assert served(vectors).count() == COUNT
    assert name in server.names()
    assert name not in ours(copied, server)
    copied.close()


@pytest.mark.parametrize("damage", ["deleted", "altered", "gone"])
def test_damage_behind_our_back_is_noticed_and_mended(catalog: Catalog, server: Server, damage: str) -> None:
    with opened(catalog, server) as vectors:
        served(vectors)
    [name] = ours(catalog, server)
    if damage == "gone":
        server.delete(name)
    else:
        behind = ServedVectors(server, name)
        ids = sorted(catalog.passage_ids())
        if damage == "deleted":
            behind.remove(ids[:3])
        else:
            behind.put(ids, ["x"] * COUNT, -corpus.vectors(COUNT))
        behind.close()
    with opened(catalog, server, mending=False) as vectors:
        assert vectors.examine().trouble
    with opened(catalog, server) as vectors:
        assert_right(vectors, catalog)
        assert served(vectors).count() == COUNT
        assert_right(vectors, catalog)
    assert (ours(catalog, server) == [name]) is (damage == "deleted")  # mended in place, or made anew
    with opened(catalog, server, mending=False) as vectors:
        assert vectors.examine() == Findings(passages=COUNT, sampled=COUNT)


def test_a_server_that_is_killed_and_comes_back(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(places, "_LONGEST_PAUSE", 0.05)
    with chroma(tmp_path / "server") as process:
        server = Server(process.url)
        with opened(catalog, server) as vectors:
            served(vectors)
            [name] = ours(catalog, server)
            process.kill()
            assert_right(vectors, catalog)
            assert vectors.chroma is None
            assert f"the Chroma server {process.url} does not answer" in vectors.state.why
            change = corpus.put(catalog, 5, "/documents/b.txt", seed=3)  # goes on without the server
            vectors.follow(change, corpus.vectors(5, seed=3))
            assert_right(vectors, catalog)
            process.start()
            for _ in range(1_200):
                if vectors.chroma is None:
                    vectors._stop.wait(0.05)
            assert vectors.chroma is not None
            assert vectors.chroma.ids() == catalog.passage_ids()
            assert_right(vectors, catalog)
            assert ours(catalog, server) == [name]  # gone is not broken


def test_a_server_that_is_never_there(catalog: Catalog) -> None:
    server = Server(f"http://127.0.0.1:{free_port()}", key="secret-key")
    with opened(catalog, server) as vectors:
        assert_right(vectors, catalog)
        assert vectors.settle(30)
        assert vectors.state.by == "exact, waiting"
        assert "Connection refused" in vectors.state.why
        assert (
            vectors.examine().trouble.startswith(f"the Chroma server {server.url} does not answer") is False
        )
        with pytest.raises(GoneError):
            vectors.rebuild()


def test_looking_at_a_server_that_is_gone_is_no_damage(catalog: Catalog, running: Chroma) -> None:
    with opened(catalog, Server(running.url)) as vectors:
        served(vectors)
    gone = Server(f"http://127.0.0.1:{free_port()}")
    record = Collections(catalog, Server(running.url)).record
    catalog.set_state(Collections(catalog, gone).record, catalog.state(record) or "")
    with opened(catalog, gone, mending=False) as vectors:
        findings = vectors.examine()
        assert findings.trouble.startswith(f"the Chroma server {gone.url} does not answer")
        assert not findings.damage


def test_a_server_that_accepts_and_never_answers(catalog: Catalog, running: Chroma) -> None:
    server = Server(running.url)
    with opened(catalog, server) as vectors:
        served(vectors)
    with silent() as url, opened(catalog, Server(url)) as vectors:
        assert_right(vectors, catalog)
        assert vectors.settle(30)
        assert (vectors.state.by, "timed out" in vectors.state.why) == ("exact, waiting", True)


def test_what_is_no_chroma_is_told_in_one_line_without_the_key() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(403, f"you sent {self.headers['x-chroma-token']}")

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        server = Server(f"http://127.0.0.1:{web.server_port}", key="ck-very-secret")
        with pytest.raises(GoneError) as caught:
            ServedVectors(server, "anything")
        web.shutdown()
    said = str(caught.value)
    assert "you sent …" in said
    assert "\n" not in said
    assert "very-secret" not in said + repr(server)


def test_a_collection_that_is_not_there_is_not_a_server_gone(server: Server) -> None:
    with pytest.raises(StoreError) as caught:
        ServedVectors(server, "footnote-nothing")
    assert not isinstance(caught.value, GoneError)


def test_pauses_double_to_a_minute(catalog: Catalog) -> None:
    pauses = Collections(catalog, Server("http://localhost:1")).pauses()
    assert [next(pauses) for _ in range(6)] == [5, 10, 20, 40, 60, 60]


def test_a_filter_of_many_documents_is_searched_exactly(
    catalog: Catalog, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take more queries than a question should wait for."""
    owner = catalog.documents()[0].id
    with opened(catalog, server) as vectors:
        served(vectors)
        monkeypatch.setattr(ServedVectors, "nearest", None)
        found = vectors.nearest(corpus.vectors(1)[0], 3, [owner, *map(str, range(70))])
        assert found == ExactVectors(catalog).nearest(corpus.vectors(1)[0], 3, None)
