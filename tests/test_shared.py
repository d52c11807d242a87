"""A data folder used by several at once: one owns it, the others go through it, and owners may leave."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.config import Config
from qa.errors import LockedError, StoreError
from qa.index import Index, Receipt
from qa.load import Candidate
from qa.lock import FolderLock
from qa.read.sentence import SentenceReader
from tests.conftest import FakeEmbedder
from ui import shared
from ui.shared import SharedLibrary, owned

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models are no part of this: letters are counted, and sentences read."""

    @contextmanager
    def open_assistant(
        config: Config, *, renewing: bool = False, lock: FolderLock | None = None
    ) -> Iterator[Assistant]:
        with Index(config, FakeEmbedder(), renewing=renewing, lock=lock) as index:
            yield Assistant(index, {"sentence": SentenceReader(FakeEmbedder(), 1.0)}, config)

    monkeypatch.setattr(shared, "open_assistant", open_assistant)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "data", reader="sentence")


@pytest.fixture
def files(tmp_path: Path) -> list[Candidate]:
    made = []
    for number in range(12):
        path = tmp_path / f"{number:02}.txt"
        path.write_text(
            f"The bridge number {number} was opened in the year {1900 + number}.", encoding="utf-8"
        )
        made.append(Candidate(path, path.name))
    return made


def quiet(line: str) -> None:
    raise AssertionError(line)


def test_who_comes_first_owns_and_others_go_through(config: Config, files: list[Candidate]) -> None:
    with SharedLibrary(config, quiet) as first, SharedLibrary(config, quiet) as second:
        assert first.state().documents == 0
        assert len(list(second.take_in(files))) == 12
        assert first.owned is not None
        assert second.owned is None
        assert second.documents() == first.documents()
        asked = "When was the bridge number 7 opened?"
        assert second.ask(asked, k=3).text == first.ask(asked, k=3).text
        assert second.remove(first.documents()[0].id).source == "00.txt"
        assert second.text(first.documents()[0].id).startswith("The bridge number 1 ")
        assert second.renew() == second.repair() == 11


def test_when_the_owner_leaves_the_next_one_owns(config: Config, files: list[Candidate]) -> None:
    with SharedLibrary(config, quiet) as second, SharedLibrary(config, quiet) as third:
        with SharedLibrary(config, quiet) as first:
            list(first.take_in(files))
            assert second.state() == third.state() == first.state()
        assert second.state().documents == 12
        assert second.owned is not None
        assert third.state().documents == 12
        assert third.owned is None


def test_files_that_were_begun_at_an_owner_that_leaves_are_all_taken_in_once(
    config: Config, files: list[Candidate]
) -> None:
    first = ExitStack()
    first.enter_context(owned(config))
    with SharedLibrary(config, quiet) as second:
        taking = second.take_in(files)
        taken = [next(taking)]
        leaving = threading.Thread(target=first.close)
        leaving.start()
        taken.extend(taking)
        leaving.join()
        receipts = [receipt for receipt in taken if isinstance(receipt, Receipt)]
        assert [receipt.source for receipt in receipts] == [file.source for file in files]
        assert second.state().documents == 12


def test_removing_is_not_tried_twice(config: Config, files: list[Candidate]) -> None:
    with SharedLibrary(config, quiet) as second:
        with SharedLibrary(config, quiet) as first:
            list(first.take_in(files))
            id_ = second.documents()[0].id
        with pytest.raises(StoreError, match="see: footnote documents list"):
            second.remove(id_)


def test_an_owner_without_a_door_is_told_of(config: Config) -> None:
    lock = FolderLock(config.data)
    with SharedLibrary(config, quiet) as second, pytest.raises(LockedError, match="in use by"):
        second.state()
    lock.release()


def test_a_folder_whose_owner_was_killed_is_taken(config: Config) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from qa.lock import FolderLock\nfrom ui.door import Door\n"
        "door = Door(FolderLock(Path(sys.argv[1])), {}); print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(config.data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        other.kill()
    with SharedLibrary(config, quiet) as library:
        assert library.state().documents == 0
        assert library.owned is not None


def test_other_settings_of_the_owner_are_told_once(config: Config) -> None:
    told: list[str] = []
    other = replace(config, accepted_risk=0.1, passages=4, port=1)
    with SharedLibrary(config, quiet) as first, SharedLibrary(other, told.append) as second:
        first.state()
        second.state()
        second.state()
    assert len(told) == 1
    assert told[0].endswith("has other settings, which hold: accepted_risk, passages")


def test_owners_that_come_and_go_lose_no_question(config: Config, files: list[Candidate]) -> None:
    """Each thread opens the folder again and again, as commands of people do."""
    with SharedLibrary(config, quiet) as first:
        list(first.take_in(files))
    wrong: list[str] = []

    def work(number: int) -> None:
        answered = 0
        while answered < 3:
            with SharedLibrary(config, quiet) as library:
                try:
                    library.state()
                except LockedError:  # by an owner that is long in closing: nobody is answered wrongly
                    continue
                answered += 1
                found = library.ask(f"When was the bridge number {number} opened?", k=12)
                if not any(f"in the year {1900 + number}." in p.passage.text for p in found.passages):
                    wrong.append(found.text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
