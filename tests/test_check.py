"""The check in a child process: what it finds in a real Chroma, and that nothing breaks its parent."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa import check
from qa.catalog import Catalog
from qa.check import Findings, inspect
from qa.errors import StoreError
from qa.vectors import Vectors
from tests import corpus

COUNT = 1_100  # Chroma writes its index files at every thousand


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a catalog and a Chroma that has the same."""
    folder = tmp_path_factory.mktemp("check")
    catalog, chroma = Catalog(folder / "catalog.sqlite3"), Vectors(folder / "chroma")
    change = corpus.put(catalog, COUNT)
    chroma.put(change.added, [change.document_id] * COUNT, corpus.vectors(COUNT))
    chroma.close()
    yield folder
    catalog.close()


@pytest.fixture
def chroma(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole / "chroma", tmp_path / "chroma"))


def look(whole: Path, chroma: Path) -> Findings:
    return inspect(whole / "catalog.sqlite3", chroma, sample=200, stop=threading.Event())


def test_a_sound_index(whole: Path, chroma: Path) -> None:
    findings = look(whole, chroma)
    assert (findings.passages, findings.missing, findings.extra, findings.altered) == (COUNT, 0, 0, 0)
    assert 190 <= findings.sampled <= 220
    assert findings.unfound == 0
    assert findings.damage == findings.trouble == ""


def test_missing_and_extra_passages_are_no_damage(whole: Path, chroma: Path) -> None:
    opened = Vectors(chroma)
    opened.remove(sorted(opened.ids())[:3])
    opened.put(["x", "y"], ["one", "one"], corpus.vectors(2, seed=5))
    opened.close()
    findings = look(whole, chroma)
    assert (findings.missing, findings.extra, findings.damage) == (3, 2, "")
    assert findings.trouble == "3 passages are missing and 2 are too many"


def test_one_other_vector_is_damage(whole: Path, chroma: Path) -> None:
    opened = Vectors(chroma)
    opened.put(sorted(opened.ids())[:1], ["one"], -corpus.vectors(1, seed=5))
    opened.close()
    assert look(whole, chroma).damage == "1 of 1,100 vectors are not the catalog's"


def test_index_files_that_are_gone_are_damage(whole: Path, chroma: Path) -> None:
    """Chroma opens without an error, and counts right."""
    for folder in (path for path in chroma.iterdir() if path.is_dir()):
        shutil.rmtree(folder)
    assert look(whole, chroma).damage


def test_bytes_that_break_the_process_are_damage(whole: Path, chroma: Path) -> None:
    rng = np.random.default_rng(0)
    for file in chroma.glob("*/*.bin"):
        file.write_bytes(rng.bytes(file.stat().st_size))
    assert look(whole, chroma).failure


def test_a_child_that_says_nothing_is_damage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(check, "_CHILD", "import os; os.abort()")
    assert look(tmp_path, tmp_path).damage == "it broke the process that checked it (exit code -6)"
    monkeypatch.setattr(check, "_CHILD", "print('hello')")
    assert "exit code 0" in look(tmp_path, tmp_path).damage
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    assert look(tmp_path, tmp_path).damage == "the check could not be run: No such file or directory"


def test_a_file_that_reached_the_limit_is_damage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link_lists.bin").write_bytes(bytes(1_000))
    monkeypatch.setattr(check, "_CHILD", "print('{}')")
    assert look(tmp_path, tmp_path).damage == ""
    monkeypatch.setattr(check, "_SPARE_BYTES", -1_000)
    assert look(tmp_path, tmp_path).damage == "one of its files grows without bound"


def test_a_check_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(check, "_CHILD", "import time; time.sleep(600)")
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoreError, match="closing"):
        inspect(tmp_path, tmp_path, sample=1, stop=stop)


_LIMITED = """
import sys, threading, time
from pathlib import Path
from qa import check

check._limit(1_000, 10)
try:
    Path(sys.argv[1]).write_bytes(bytes(2_000))
except OSError as error:
    print(error.strerror, flush=True)
threading.Thread(target=check._die_with_parent, daemon=True).start()
time.sleep(60)
"""


def test_the_child_limits_itself_and_dies_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LIMITED, str(tmp_path / "file")]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=50, check=False)
    assert (done.returncode, done.stdout) == (1, b"File too large\n")
    assert (tmp_path / "file").stat().st_size <= 1_000


def test_a_vector_finds_itself_or_its_like() -> None:
    assert check._finds("a", [(0.2, "b"), (0.3, "a")])
    assert check._finds("a", [(0.0, "b")])
    assert not check._finds("a", [(0.2, "b")])
    assert not check._finds("a", [])


def test_the_newest_are_sampled_most(whole: Path) -> None:
    catalog = Catalog(whole / "catalog.sqlite3")
    order = [id_ for ids, _, _ in catalog.vectors() for id_ in ids]
    sampled = {id_ for ids, _ in check._sample(catalog, 100) for id_ in ids}
    catalog.close()
    assert set(order[-50:]) <= sampled
    assert 45 <= len(sampled - set(order[-50:])) <= 55
