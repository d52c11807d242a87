"""One process owns a data folder. The other processes here are real ones."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qa import lock
from qa.errors import LockedError, StoreError
from qa.lock import FolderLock

_HOLD = """
import sys
from pathlib import Path
from qa.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
_TAKE = """
import sys
from pathlib import Path
from qa.errors import LockedError
from qa.lock import FolderLock
try:
    FolderLock(Path(sys.argv[1])).release()
except LockedError as error:
    print(error)
"""
_ROOT = Path(__file__).parent.parent


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what is said, not when."""
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.05)


def start(code: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(folder)]
    return subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_process_is_told_who_owns_the_folder(tmp_path: Path) -> None:
    held = FolderLock(tmp_path)
    said, _ = start(_TAKE, tmp_path).communicate(timeout=60)
    assert said == (
        f"the data folder {tmp_path} is in use by another Footnote (process {os.getpid()}):"
        " ask there, or stop it first\n"
    )
    held.release()
    said, _ = start(_TAKE, tmp_path).communicate(timeout=60)
    assert said == ""


def test_it_is_told_within_two_seconds() -> None:
    assert lock._PATIENCE_SECONDS < 1.5  # which leaves half a second for all the rest


@pytest.mark.usefixtures("impatient")
def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    with start(_HOLD, tmp_path) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=rf"\(process {owner.pid}\)"):
            FolderLock(tmp_path)
        owner.kill()
    FolderLock(tmp_path).release()


@pytest.mark.usefixtures("impatient")
def test_the_same_process_is_refused_as_well_and_does_no_harm(tmp_path: Path) -> None:
    held = FolderLock(tmp_path)
    for _ in range(2):  # the first refusal doesn't let the second in
        with pytest.raises(LockedError):
            FolderLock(tmp_path)
    held.release()
    held.release()  # twice is fine
    FolderLock(tmp_path).release()


def test_another_thread_may_release_it(tmp_path: Path) -> None:
    held: list[FolderLock] = []
    thread = threading.Thread(target=lambda: held.append(FolderLock(tmp_path)))
    thread.start()
    thread.join()
    held[0].release()
    FolderLock(tmp_path).release()


@pytest.mark.usefixtures("impatient")
def test_an_owner_file_that_says_nothing_is_passed_over(tmp_path: Path) -> None:
    held = FolderLock(tmp_path)
    for text in ("", "[]", '{"name": 1}', "\0"):
        (tmp_path / "owner.json").write_text(text, encoding="utf-8")
        with pytest.raises(LockedError, match="another Footnote: ask there"):
            FolderLock(tmp_path)
    held.release()


def test_folders_are_made(tmp_path: Path) -> None:
    FolderLock(tmp_path / "deep" / "down").release()
    assert (tmp_path / "deep" / "down").is_dir()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("something", encoding="utf-8")
    with pytest.raises(StoreError, match="data cannot be used: File exists"):
        FolderLock(file)
    with pytest.raises(StoreError, match="Not a directory"):
        FolderLock(file / "below")


def test_a_place_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(StoreError, match="the data folder /proc/footnote cannot be used: "):
        FolderLock(Path("/proc/footnote"))
