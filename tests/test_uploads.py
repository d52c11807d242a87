"""Files that are sent: kept under safe names, taken in one by one, forgotten with their documents."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.config import Config
from qa.errors import LoadError, NotFoundError, StoreError
from qa.index import Index
from qa.library import OwnedLibrary
from qa.read.sentence import SentenceReader
from tests.conftest import FakeEmbedder
from ui.uploads import Job, Uploads

TEXT = b"Iraq owes Iran eleven billion dollars."


@pytest.fixture
def library(index: Index, config: Config) -> OwnedLibrary:
    return OwnedLibrary(Assistant(index, {"extractive": SentenceReader(FakeEmbedder(), 1.0)}, config), config)


@pytest.fixture
def uploads(library: OwnedLibrary, config: Config) -> Iterator[Uploads]:
    opened = Uploads(library, config.data)
    yield opened
    opened.close()


def ended(uploads: Uploads, job: Job) -> Job:
    deadline = time.monotonic() + 30
    while (now := uploads.job(job.id)).status in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return now


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
    assert list((config.data / "uploads").iterdir()) == []
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
    assert [path.name for path in (config.data / "uploads").iterdir()] == ["passwd.txt"]


def test_a_document_that_was_sent_is_deleted_with_its_file(
    uploads: Uploads, library: OwnedLibrary, config: Config
) -> None:
    done = ended(uploads, uploads.add("debt.txt", io.BytesIO(TEXT), "ada"))
    assert done.receipt
    uploads.remove(done.receipt.document_id)
    assert library.documents() == []
    assert list((config.data / "uploads").iterdir()) == []
    with pytest.raises(NotFoundError):
        uploads.remove(done.receipt.document_id)


def test_a_document_of_someones_folder_leaves_the_file_alone(
    uploads: Uploads, library: OwnedLibrary, tmp_path: Path
) -> None:
    from qa.ingest import find_all
    from qa.load import Candidate

    file = tmp_path / "own.txt"
    file.write_bytes(TEXT)
    list(library.take_in([found for found in find_all([file]) if isinstance(found, Candidate)]))
    uploads.remove(library.documents()[0].id)
    assert file.exists()


def test_what_was_sent_to_a_server_that_ended_is_taken_in_by_the_next(
    library: OwnedLibrary, config: Config
) -> None:
    folder = config.data / "uploads"
    folder.mkdir()
    (folder / "left.txt").write_bytes(TEXT)
    (folder / ".half").write_bytes(b"half a fi")
    uploads = Uploads(library, config.data)
    uploads.resume()
    uploads._worker.shutdown(wait=True)
    assert [document.source for document in library.documents()] == ["left.txt"]
    again = Uploads(library, config.data)
    again.resume()
    again.close()
    assert len(library.documents()) == 1


def test_a_file_that_cannot_be_kept_is_told(library: OwnedLibrary, config: Config) -> None:
    (config.data / "uploads").write_text("a file where the folder should be")
    uploads = Uploads(library, config.data)
    with pytest.raises(StoreError, match=r"debt\.txt cannot be kept"):
        uploads.add("debt.txt", io.BytesIO(TEXT), "ada")
    uploads.close()


def test_an_unknown_job_is_not_found(uploads: Uploads) -> None:
    with pytest.raises(NotFoundError):
        uploads.job("nothing")
