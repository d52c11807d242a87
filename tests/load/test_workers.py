"""Hostile files hurt the process that reads them, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import LoadError
from qa.load import Candidate, load
from qa.load.answers import picture_of
from qa.load.pdf_sheet import Sheet, draw
from qa.load.workers import COMMAND, ChangedError, UnreadableError, Workers
from qa.types import Document, Span
from tests.load.pdfs import at, pdf

BROKEN = (*COMMAND[:-1], "tests.load.broken_reader")


@pytest.fixture(scope="module")
def patient() -> Iterator[Workers]:
    with Workers(seconds=60, memory_mb=400, command=BROKEN) as opened:
        yield opened


@pytest.fixture(scope="module")
def hasty() -> Iterator[Workers]:
    with Workers(seconds=1, memory_mb=400, command=BROKEN) as opened:
        yield opened


def file(folder: Path, text: str, name: str = "a.txt") -> Candidate:
    (folder / name).write_text(text, encoding="utf-8")
    return Candidate(folder / name, name)


def read(workers: Workers, candidate: Candidate, known: str = "") -> Document:
    document = workers.read(candidate, max_bytes=1_000_000, known=known)
    assert document
    return document


def test_what_a_process_reads_is_what_this_one_would(tmp_path: Path) -> None:
    words = (
        "# Debts\n\n16 September 2024\n\nIraq owes \U0001f4b0 “eleven” billion.\n\n## Caf\u00e9\n\nNothing.\n"
    )
    candidate = file(tmp_path, words, "a.md")
    (tmp_path / "b.txt").write_bytes(b"Page one of the caf\xe9.\fPage two.")
    with Workers(seconds=60, memory_mb=1_000) as workers:
        assert read(workers, candidate) == load(candidate.path, max_bytes=1_000_000)
        document = read(workers, Candidate(tmp_path / "b.txt", "sub/b.txt"))
    assert document == load(tmp_path / "b.txt", source="sub/b.txt", max_bytes=1_000_000)
    assert len(document.pages) == 2
    assert document.warnings


def test_bytes_that_are_known_are_not_read_again(patient: Workers, tmp_path: Path) -> None:
    candidate = file(tmp_path, "surprise")
    known = load(candidate.path, max_bytes=100).sha256
    assert patient.read(candidate, max_bytes=100, known=known) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memory", "a.txt: reading it took more than 400 MB (load_memory_mb)"),
        ("segfault", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("surprise", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("recursion", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("nonsense", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("endless", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("list", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("outside", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("half", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("write", "a.txt: the reader crashed on it; the file is broken, or hostile"),
        ("long", "a.txt has more than 50,000,000 characters of text: split it"),
        ("refuse", r"a.txt is\x1b[31m not for you"),
    ],
)
def test_a_file_that_hurts_its_reader_is_one_line(
    patient: Workers, tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(LoadError) as told:
        read(patient, file(tmp_path, text))
    assert str(told.value) == said
    assert read(patient, file(tmp_path, "All is well.", "b.txt")).text == "All is well."
    assert not (tmp_path / "written").exists() or not (tmp_path / "written").read_bytes()


@pytest.mark.parametrize("text", ["hang", "spin"])
def test_a_file_that_takes_too_long_is_one_line(hasty: Workers, tmp_path: Path, text: str) -> None:
    with pytest.raises(LoadError, match=r"^a\.txt: reading it took more than 1 seconds \(load_seconds\)$"):
        read(hasty, file(tmp_path, text))


def test_a_file_that_is_not_there_may_be_there_later(patient: Workers, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"^a\.txt cannot be read: no such file or directory$"):
        read(patient, Candidate(tmp_path / "a.txt", "a.txt"))


def test_what_a_reader_prints_or_claims_counts_for_nothing(patient: Workers, tmp_path: Path) -> None:
    assert read(patient, file(tmp_path, "print")).text == "print"
    document = read(patient, file(tmp_path, "lie"))
    assert (document.path, document.source) == (str(tmp_path / "a.txt"), "a.txt")
    assert document.warnings == (r"a\x1b[1m b",)


def test_a_process_has_nothing_of_this_one(
    patient: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_CHROMA_KEY", "secret")
    with (
        socket.socket() as listening,
        (tmp_path / "held").open("w") as held,
        Workers(seconds=60, memory_mb=400, command=BROKEN) as fresh,
    ):
        os.set_inheritable(listening.fileno(), True)
        os.set_inheritable(held.fileno(), True)
        opened = json.loads(read(fresh, file(tmp_path, "open")).text)
        names = json.loads(read(fresh, file(tmp_path, "environment")).text)
        modules = json.loads(read(fresh, file(tmp_path, "modules")).text)
    assert not [name for name in opened if name.startswith("socket:") or name.endswith("held")]
    assert not [name for name in names if name.startswith("FOOTNOTE")]
    assert not {"numpy", "sqlite3", "chromadb", "onnxruntime", "gradio", "pydantic"} & set(modules)


def test_processes_are_used_again_and_renewed(tmp_path: Path) -> None:
    candidate = file(tmp_path, "process")
    with Workers(seconds=60, memory_mb=400, command=BROKEN) as workers:
        processes = [read(workers, candidate).text for _ in range(501)]
        assert len(set(processes[:500])) == 1
        assert processes[500] != processes[0]
        os.kill(int(processes[500]), 9)  # as the system does when it runs out of memory
        for _ in range(2):
            assert read(workers, file(tmp_path, "All is well.")).text == "All is well."
    assert not [process for process in set(processes) if Path(f"/proc/{process}").exists()]


def test_closing_ends_what_is_being_read(tmp_path: Path) -> None:
    workers = Workers(seconds=600, memory_mb=400, command=BROKEN)
    read(workers, file(tmp_path, "All is well."))
    told: list[str] = []

    def wait() -> None:
        with pytest.raises(LoadError) as error:
            read(workers, file(tmp_path, "hang", "b.txt"))
        told.append(str(error.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while workers._idle:
        pass
    workers.close()
    waiting.join(60)
    assert told == ["reading was broken off"]
    with pytest.raises(LoadError, match="broken off"):
        read(workers, file(tmp_path, "All is well."))


def test_a_process_that_cannot_start_is_one_line(tmp_path: Path) -> None:
    ends = (sys.executable, "-c", "raise SystemExit")
    with (
        Workers(seconds=1, memory_mb=400, command=ends) as workers,
        pytest.raises(LoadError, match="no process can be started to read files"),
    ):
        read(workers, file(tmp_path, "All is well."))


@pytest.fixture(scope="module")
def drawing() -> Iterator[Workers]:
    with Workers(seconds=60, memory_mb=1_000) as opened:
        yield opened


def page_of(folder: Path) -> tuple[Candidate, Sheet]:
    """A PDF of one page, and what is drawn of it."""
    data = pdf(at(72, 700, "A short text."))
    (folder / "a.pdf").write_bytes(data)
    sheet = Sheet(hashlib.sha256(data).hexdigest(), 1, "A short text.", (Span(2, 7),), 400)
    return Candidate(folder / "a.pdf", "a.pdf"), sheet


def test_a_process_draws_what_this_one_would(drawing: Workers, tmp_path: Path) -> None:
    candidate, sheet = page_of(tmp_path)
    made = drawing.picture(candidate, sheet, max_bytes=100_000)
    assert made == draw(candidate.path.read_bytes(), sheet)


def test_only_the_bytes_that_were_indexed_are_drawn(drawing: Workers, tmp_path: Path) -> None:
    candidate, sheet = page_of(tmp_path)
    candidate.path.write_bytes(pdf(at(72, 700, "Another text.")))
    with pytest.raises(ChangedError, match=r"^a\.pdf has changed since it was indexed$"):
        drawing.picture(candidate, sheet, max_bytes=100_000)
    candidate.path.unlink()
    with pytest.raises(UnreadableError, match=r"^a\.pdf cannot be read: no such file or directory$"):
        drawing.picture(candidate, sheet, max_bytes=100_000)


def test_a_page_that_cannot_be_drawn_is_one_line(drawing: Workers, tmp_path: Path) -> None:
    candidate, sheet = page_of(tmp_path)
    with pytest.raises(LoadError, match=r"^this PDF has no page 7: its last is 1$"):
        drawing.picture(candidate, replace(sheet, number=7), max_bytes=100_000)
    candidate.path.write_bytes(b"%PDF-1.7\nnothing of it\n")
    broken = replace(sheet, sha256=hashlib.sha256(candidate.path.read_bytes()).hexdigest())
    with pytest.raises(LoadError, match=r"^this PDF "):
        drawing.picture(candidate, broken, max_bytes=100_000)
    assert drawing.picture(*page_of(tmp_path), max_bytes=100_000)


def test_a_process_that_was_taken_over_passes_nothing_for_a_picture() -> None:
    png = b"\x89PNG\r\n\x1a\n"
    assert picture_of({"picture": True}, png) == png
    for said, sent in (({}, png), ({"picture": 1}, b"<svg/>"), ({"picture": 1}, png + bytes(16_000_000))):
        with pytest.raises(ValueError, match="not a picture"):
            picture_of(said, sent)


def test_a_process_that_does_not_listen_is_not_waited_for(tmp_path: Path) -> None:
    deaf = "import os, time; os.write(1, b'\\0\\0\\0\\2\\0\\0\\0\\0{}'); time.sleep(600)"
    candidate, sheet = page_of(tmp_path)
    with (
        Workers(seconds=1, memory_mb=400, command=(sys.executable, "-c", deaf)) as workers,
        pytest.raises(LoadError, match=r"^a\.pdf: reading it took more than 1 seconds"),
    ):
        workers.picture(candidate, replace(sheet, text="x" * 1_000_000), max_bytes=100_000)
