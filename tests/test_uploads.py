"""Files that are sent: kept under safe names, taken in one by one, forgotten with their documents."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from qa.assistant import Assistant
from qa.config import Config
from qa.errors import LoadError, NotFoundError, StoreError
from qa.index import Index, Receipt
from qa.ingest import Failure, find_all
from qa.library import Library, OwnedLibrary
from qa.load import Candidate
from qa.read.sentence import SentenceReader
from tests.conftest import FakeEmbedder
from ui.discretion import sentence_of
from ui.uploads import _SURPRISE, Job, Uploads

TEXT = b"Iraq owes Iran eleven billion dollars."


@pytest.fixture
def library(index: Index, config: Config) -> OwnedLibrary:
    return OwnedLibrary(Assistant(index, {"extractive": SentenceReader(FakeEmbedder(), 1.0)}, config), config)


@pytest.fixture
def uploads(library: OwnedLibrary, config: Config) -> Iterator[Uploads]:
    opened = Uploads(library, config)
    yield opened
    opened.close()


def ended(uploads: Uploads, job: Job) -> Job:
    deadline = time.monotonic() + 30
    while (now := uploads.job(job.id)).status in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return now


def files(config: Config) -> list[str]:
    """All that is kept, what waits included."""
    return sorted(path.name for path in (config.data / "uploads").rglob("*") if path.is_file())


def test_a_file_becomes_a_document(uploads: Uploads, library: OwnedLibrary, config: Config) -> None:
    job = uploads.add("debt.txt", io.BytesIO(TEXT), "ada")
    done = ended(uploads, job)
    assert (done.status, done.owner, done.reason) == ("done", "ada", None)
    assert done.receipt
    assert done.receipt.outcome == "added"
    [document] = library.documents()
    assert (document.id, document.source) == (done.receipt.document_id, "debt.txt")
    assert (config.data / "uploads" / "debt.txt").read_bytes() == TEXT


def test_the_same_name_is_the_same_document(uploads: Uploads, library: OwnedLibrary) -> None:
    first = ended(uploads, uploads.add("debt.txt", io.BytesIO(TEXT), "ada"))
    second = ended(uploads, uploads.add("debt.txt", io.BytesIO(b"Nothing is owed."), "bob"))
    third = ended(uploads, uploads.add("debt.txt", io.BytesIO(b"Nothing is owed."), "bob"))
    receipts = [job.receipt for job in (first, second, third) if job.receipt]
    assert [receipt.outcome for receipt in receipts] == ["added", "replaced", "unchanged"]
    assert len(library.documents()) == 1


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"\x00\x01\x02\x03" * 99, "debt.txt")], ids=["empty", "binary"]
)
def test_what_cannot_be_read_fails_with_a_reason_and_is_not_kept(
    uploads: Uploads, library: OwnedLibrary, config: Config, content: bytes, why: str
) -> None:
    done = ended(uploads, uploads.add("debt.txt", io.BytesIO(content), "ada"))
    assert done.status == "failed"
    assert why in (done.reason or "")
    assert files(config) == []
    assert library.documents() == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".txt",
        ".hidden.txt",
        "a.exe",
        "a",
        "a\0.txt",
        "a\n.txt",
        "x" * 300 + ".txt",
        "a\ud800.txt",
    ],
)
def test_names_that_cannot_be_are_refused(uploads: Uploads, config: Config, name: str) -> None:
    with pytest.raises(LoadError):
        uploads.add(name, io.BytesIO(TEXT), "ada")
    assert not (config.data / "uploads").exists()


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.txt", "/etc/passwd.txt", "C:\\Users\\passwd.txt", "..\\passwd.txt", "a/../passwd.txt"],
)
def test_no_name_leads_elsewhere(uploads: Uploads, config: Config, name: str) -> None:
    assert ended(uploads, uploads.add(name, io.BytesIO(TEXT), "ada")).source == "passwd.txt"
    assert files(config) == ["passwd.txt"]


def test_a_document_that_was_sent_is_deleted_with_its_file(
    uploads: Uploads, library: OwnedLibrary, config: Config
) -> None:
    done = ended(uploads, uploads.add("debt.txt", io.BytesIO(TEXT), "ada"))
    assert done.receipt
    uploads.remove(done.receipt.document_id)
    assert library.documents() == []
    assert files(config) == []
    with pytest.raises(NotFoundError):
        uploads.remove(done.receipt.document_id)


def test_a_document_of_someones_folder_leaves_the_file_alone(
    uploads: Uploads, library: OwnedLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "own.txt"
    file.write_bytes(TEXT)
    list(library.take_in([found for found in find_all([file]) if isinstance(found, Candidate)]))
    uploads.remove(library.documents()[0].id)
    assert file.exists()


def test_what_was_sent_to_a_server_that_ended_is_taken_in_by_the_next(
    library: OwnedLibrary, config: Config
) -> None:
    waiting = config.data / "uploads" / "incoming"
    waiting.mkdir(parents=True)
    for number in range(3):
        (waiting / f"id{number}-left{number}.txt").write_bytes(TEXT + bytes([65 + number]))
    (waiting / ".part-id9").write_bytes(b"half a fi")
    uploads = Uploads(library, config)
    uploads.resume()
    assert {ended(uploads, job).status for job in uploads.jobs()} == {"done"}
    assert [document.source for document in library.documents()] == ["left0.txt", "left1.txt", "left2.txt"]
    assert files(config) == ["left0.txt", "left1.txt", "left2.txt"]
    uploads.close()


class Slow:
    """A library that takes in when ``go`` is set, and fails as it is told to."""

    def __init__(self, library: OwnedLibrary) -> None:
        self._library = library
        self.go, self.inside = threading.Event(), threading.Event()
        self.fails: Exception | None = None

    def take_in(self, files: Sequence[Candidate]) -> Iterator[Receipt | Failure]:
        self.inside.set()
        assert self.go.wait(30)
        if self.fails:
            raise self.fails
        yield from self._library.take_in(files)


@pytest.fixture
def slow(library: OwnedLibrary) -> Iterator[Slow]:
    made = Slow(library)
    yield made
    made.go.set()


def test_a_bad_version_does_no_harm_to_the_good_ones(
    uploads: Uploads, library: OwnedLibrary, config: Config
) -> None:
    versions = (TEXT, b"", TEXT + b"!", b"\0" * 99)
    jobs = [uploads.add("r.txt", io.BytesIO(version), "ada") for version in versions]
    assert [ended(uploads, job).status for job in jobs] == ["done", "failed", "done", "failed"]
    assert (config.data / "uploads" / "r.txt").read_bytes() == TEXT + b"!"
    assert library.text(library.documents()[0].id) == TEXT.decode() + "!"
    assert files(config) == ["r.txt"]


def test_a_version_that_waits_outlives_the_removal_of_the_one_before(
    uploads: Uploads, library: OwnedLibrary, slow: Slow, config: Config
) -> None:
    first = ended(uploads, uploads.add("r.txt", io.BytesIO(TEXT), "ada"))
    assert first.receipt
    held = Uploads(cast(Library, slow), config)
    job = held.add("r.txt", io.BytesIO(TEXT + b"!"), "ada")
    uploads.remove(first.receipt.document_id)
    slow.go.set()
    assert ended(held, job).status == "done"
    assert library.text(library.documents()[0].id) == TEXT.decode() + "!"
    held.close()


@pytest.mark.parametrize("error", [StoreError("the disk is full"), ValueError("a surprise")])
def test_a_job_comes_to_an_end_whatever_happens(
    library: OwnedLibrary, slow: Slow, config: Config, error: Exception
) -> None:
    uploads = Uploads(cast(Library, slow), config)
    slow.fails = error
    jobs = [uploads.add(f"{n}.txt", io.BytesIO(TEXT), "ada") for n in range(3)]
    slow.go.set()
    told = {ended(uploads, job).reason for job in jobs}
    assert told == {sentence_of(error) if isinstance(error, StoreError) else _SURPRISE}
    uploads.close()
    again = Uploads(library, config)
    again.resume()
    assert {ended(again, job).status for job in jobs} == {"done"}
    again.close()


def test_closing_finishes_the_document_at_hand_alone(
    library: OwnedLibrary, slow: Slow, config: Config
) -> None:
    uploads = Uploads(cast(Library, slow), config)
    for number in range(5):
        uploads.add(f"{number}.txt", io.BytesIO(TEXT), "ada")
    assert slow.inside.wait(30)
    closing = threading.Thread(target=uploads.close)
    closing.start()
    time.sleep(0.05)
    slow.go.set()
    closing.join()
    assert [document.source for document in library.documents()] == ["0.txt"]
    assert len(list((config.data / "uploads" / "incoming").iterdir())) == 4


def test_no_job_is_forgotten_that_has_not_ended(
    slow: Slow, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.uploads._MOST_JOBS", 2)
    uploads = Uploads(cast(Library, slow), config)
    jobs = [uploads.add(f"{number}.txt", io.BytesIO(TEXT), "ada") for number in range(5)]
    assert [uploads.job(job.id).source for job in jobs] == [f"{number}.txt" for number in range(5)]
    slow.go.set()
    assert ended(uploads, jobs[-1]).status == "done"
    assert len(uploads.jobs()) == 2
    uploads.close()


def test_a_file_that_cannot_be_kept_is_told(library: OwnedLibrary, config: Config) -> None:
    (config.data / "uploads").write_text("a file where the folder should be")
    uploads = Uploads(library, config)
    with pytest.raises(StoreError, match=r"debt\.txt cannot be kept"):
        uploads.add("debt.txt", io.BytesIO(TEXT), "ada")
    uploads.close()


def test_an_unknown_job_is_not_found(uploads: Uploads) -> None:
    with pytest.raises(NotFoundError):
        uploads.job("nothing")
