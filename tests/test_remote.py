"""A library used by its owner's door is the same library. Doors and sockets here are real ones."""

from __future__ import annotations

import json
import socket
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from qa import __version__
from qa.assistant import Assistant
from qa.config import Config
from qa.errors import LockedError, NotFoundError, QuestionError, StoreError
from qa.index import Index, Receipt
from qa.ingest import Failure
from qa.library import OwnedLibrary
from qa.load import Candidate
from qa.lock import FolderLock, Owner, owner_of
from qa.read.sentence import SentenceReader
from qa.types import Answer, Filters, Timings, Turn, Twin
from tests.conftest import FakeEmbedder, make_document
from ui import door as door_module
from ui import remote as remote_module
from ui.door import Door
from ui.remote import OwnerLeftError, RemoteLibrary, find_owner

BRIDGE = "The stone bridge was opened on 4 May 1931 by the mayor of the town. It was closed in winter."


class Slow(OwnedLibrary):
    """Takes a moment for each file, says when it has begun, and fails where it is told to."""

    def __init__(self, assistant: Assistant, config: Config) -> None:
        super().__init__(assistant, config)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        for file in files:
            yield Failure(file.source)
            self.begun.set()
            self.go_on.wait(10)

    def text(self, document_id: str) -> str:
        if document_id == "crash":
            raise RuntimeError("a defect")
        if document_id == "slow":
            time.sleep(1.5)
        return super().text(document_id)


@pytest.fixture
def library(index: Index, config: Config) -> Slow:
    index.add(make_document(BRIDGE, title="Bridge"))
    set_up = replace(config, reader="sentence")
    return Slow(Assistant(index, {"sentence": SentenceReader(FakeEmbedder(), 1.0)}, set_up), set_up)


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[FolderLock]:
    held = FolderLock(tmp_path / "owned")
    yield held
    held.release()


@pytest.fixture
def door(lock: FolderLock, library: Slow) -> Iterator[Door]:
    opened = Door(lock, {"reader": "sentence"})
    opened.open(library)
    yield opened
    library.go_on.set()
    opened.close()


@pytest.fixture
def owner(door: Door, tmp_path: Path) -> Owner:
    found = owner_of(tmp_path / "owned")
    assert found is not None
    return found


@pytest.fixture
def remote(owner: Owner) -> RemoteLibrary:
    return RemoteLibrary(owner)


def timeless(answer: Answer) -> Answer:
    return replace(answer, manifest=replace(answer.manifest, timings_ms=Timings(0, 0, 0)))


def test_all_that_a_library_tells_is_the_same(library: Slow, remote: RemoteLibrary) -> None:
    asked = "When was the stone bridge opened?"
    history = [Turn("What is made of stone?", "The bridge. [1]", "The bridge")]
    answer = remote.ask(asked, history=history, k=1)
    assert timeless(answer) == timeless(library.ask(asked, history=history, k=1))
    assert "4 May 1931" in answer.text
    assert remote.search(asked, k=1) == library.search(asked, k=1) == list(answer.passages)
    only = Filters(documents=())
    assert remote.ask(asked, filters=only, accepted_risk=0.5).reason == "no_documents"
    with pytest.raises(QuestionError, match="accepted_risk must be between 0 and 1"):
        remote.ask(asked, accepted_risk=-0.1)
    assert remote.documents() == library.documents()
    assert remote.state() == library.state()
    id_ = library.documents()[0].id
    assert remote.text(id_) == BRIDGE
    assert remote.pages(id_) == library.pages(id_) == []
    assert remote.repair() == 1
    assert remote.remove(id_).source == "a.txt"
    assert library.documents() == []


def test_files_are_taken_in_one_by_one(
    index: Index, config: Config, tmp_path: Path, lock: FolderLock
) -> None:
    owned = OwnedLibrary(Assistant(index, {"sentence": SentenceReader(FakeEmbedder(), 1.0)}, config), config)
    good, bad = tmp_path / "good.txt", tmp_path / "bad.xyz"
    good.write_text(BRIDGE, encoding="utf-8")
    bad.write_text("a table", encoding="utf-8")
    door = Door(lock, {})
    door.open(owned)
    remote = find_owner(tmp_path / "owned")
    assert remote is not None
    first, second = remote.take_in([Candidate(good, "good.txt"), Candidate(bad, "bad.xyz")])
    assert isinstance(first, Receipt)
    assert (first.source, first.outcome, first.passages) == ("good.txt", "added", 1)
    assert isinstance(second, Failure)
    assert remote.failures() == owned.failures()
    assert [failed.reason for failed in remote.failures()] == [second.reason]
    twin = tmp_path / "twin.txt"
    twin.write_text(BRIDGE, encoding="utf-8")
    [third] = remote.take_in([Candidate(twin, "twin.txt")])
    assert isinstance(third, Receipt)
    assert third.duplicate_of == Twin(first.document_id, "good.txt", 1.0)
    good.unlink()
    bad.unlink()
    pruned = remote.prune([tmp_path])
    assert [document.id for document in pruned.removed] == [first.document_id]
    assert remote.failures() == []
    door.close()


def test_errors_keep_their_kind_and_their_line(remote: RemoteLibrary) -> None:
    with pytest.raises(NotFoundError, match="no document has the id 'none'"):
        remote.text("none")
    with pytest.raises(QuestionError, match="the question is empty"):
        remote.ask("  ")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_of_the_owner_is_an_error_and_no_silence(remote: RemoteLibrary) -> None:
    with pytest.raises(StoreError, match="the owner of the data folder failed"):
        remote.text("crash")
    assert remote.state().documents == 1


def test_a_slow_answer_is_waited_for_while_the_owner_lives(
    library: Slow, remote: RemoteLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "HEARTBEAT_SECONDS", 0.1)
    with pytest.raises(NotFoundError):  # and not because nothing was heard for a second
        remote._result("text", {"document_id": "slow"}, seconds=1.0)


def test_an_early_guest_waits_until_the_library_is_open(lock: FolderLock, library: Slow) -> None:
    door = Door(lock, {})
    owner = owner_of(lock._folder)
    assert owner is not None
    remote = RemoteLibrary(owner)
    threading.Timer(0.2, door.open, [library]).start()
    assert remote.state().documents == 1
    door.close()


def test_a_guest_of_an_owner_that_could_not_open_looks_elsewhere(lock: FolderLock) -> None:
    door = Door(lock, {})
    owner = owner_of(lock._folder)
    assert owner is not None
    remote = RemoteLibrary(owner)
    threading.Timer(0.2, door.close).start()
    with pytest.raises(OwnerLeftError):
        remote.state()


def test_a_leaving_owner_breaks_long_work_off_after_the_present_file(
    library: Slow, door: Door, remote: RemoteLibrary
) -> None:
    taking = remote.take_in([Candidate(Path(name), name) for name in ("a", "b", "c")])
    assert next(taking) == Failure("a")
    library.begun.wait(10)
    closing = threading.Thread(target=door.close)
    closing.start()
    while not door._closing.is_set():
        time.sleep(0.01)
    library.go_on.set()
    taken: list[Receipt | Failure] = []
    with pytest.raises(OwnerLeftError):
        taken.extend(taking)
    closing.join()
    assert len(taken) < 2  # the last was not begun


def test_nobody_comes_in_without_the_token(owner: Owner, tmp_path: Path) -> None:
    with pytest.raises(OwnerLeftError, match="another program"):
        RemoteLibrary(replace(owner, token="guess"))
    note = tmp_path / "owned" / "owner.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert owner.token not in repr(owner)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/close", "{}", 404), ("/state", "[]", 400), ("/state", "{", 400), ("/../state", "{}", 404)],
)
def test_what_is_no_request_of_ours_is_refused(owner: Owner, path: str, body: str, status: int) -> None:
    connection = HTTPConnection("127.0.0.1", owner.port, timeout=10)
    connection.request("POST", path, body, {"Authorization": f"Bearer {owner.token}"})
    assert connection.getresponse().status == status
    connection.close()


def test_arguments_that_do_not_fit_are_told(remote: RemoteLibrary) -> None:
    with pytest.raises(StoreError, match="does not understand"):
        remote._result("ask", {"question": ["no", "text"]})


def test_another_version_of_footnote_is_refused(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_module, "__version__", "99.0")
    with pytest.raises(LockedError, match=r"in use by Footnote .* and this is 99\.0"):
        RemoteLibrary(owner)


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.0 200 OK\r\n\r\nnot json\n"])
def test_another_program_at_the_port_is_no_owner(tmp_path: Path, says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100_000)
                connection.sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        note(tmp_path, server.getsockname()[1])
        assert find_owner(tmp_path) is None


def test_who_cannot_show_that_he_knows_the_token_is_not_told_it(tmp_path: Path) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def pose() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(100_000))
                hello = {"result": {"version": __version__, "settings": {}, "proof": "0" * 64}}
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(hello).encode() + b"\n")

        thread = threading.Thread(target=pose)
        thread.start()
        note(tmp_path, server.getsockname()[1])
        assert find_owner(tmp_path) is None
        thread.join()
    assert b"secret" not in heard[0]


def test_who_never_says_what_he_wants_does_not_keep_an_owner_from_closing(
    lock: FolderLock, library: Slow
) -> None:
    door = Door(lock, {})
    door.open(library)
    owner = owner_of(lock._folder)
    assert owner is not None
    with socket.create_connection(("127.0.0.1", owner.port)) as idle:
        idle.sendall(b"POST ")
        door.close()  # returns, though the connection is still open
        assert find_owner(lock._folder) is None


def test_a_request_whose_end_comes_after_the_owner_has_closed_is_for_the_next_one(
    owner: Owner, door: Door
) -> None:
    """What it asks for is closed by then, and must not be used."""
    head = f"POST /state HTTP/1.1\r\nAuthorization: Bearer {owner.token}\r\nContent-Length: 2\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", owner.port), timeout=10) as caller:
        caller.sendall(head.encode())
        time.sleep(0.2)  # it has been let in, and waits for the last byte
        door.close()
        caller.sendall(b"}")
        assert caller.makefile("rb").read().endswith(b'{"left": true}\n')


def test_a_request_that_is_too_large_is_told_and_not_tried_again(
    remote: RemoteLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "_MOST_BYTES", 50)
    with pytest.raises(StoreError, match="refuses the request"):
        remote.ask("What? " * 20)


def test_a_program_that_never_answers_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "_HELLO_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        note(tmp_path, server.getsockname()[1])
        assert find_owner(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}', "\udcff"])
def test_a_note_without_a_door_names_no_owner_to_ask(tmp_path: Path, text: str) -> None:
    (tmp_path / "owner.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    assert find_owner(tmp_path) is None


def note(folder: Path, port: int) -> None:
    facts = {"pid": 1, "port": port, "token": "secret"}
    (folder / "owner.json").write_text(json.dumps(facts), encoding="utf-8")
