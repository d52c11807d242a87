import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qa.errors import LoadError
from qa.load import Found, find, load

MB = 1_000_000
ALL = ".docx, .eml, .epub, .htm, .html, .markdown, .md, .pdf, .pptx, .txt, .xhtml, .xlsx"


def sources(found: Found) -> list[str]:
    return [candidate.source for candidate in found.files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "sub").mkdir(parents=True)
    (root / "b.txt").write_text("b")
    (root / "a.md").write_text("a")
    (root / "sub" / "c.txt").write_text("c")
    return root


def test_files_come_sorted_with_their_path_in_the_folder(folder: Path) -> None:
    found = find(folder)
    assert sources(found) == ["a.md", "b.txt", "sub/c.txt"]
    assert [candidate.path for candidate in found.files] == [folder / s for s in sources(found)]
    assert found.refusals == ()


def test_a_single_file_goes_by_its_own_name(folder: Path) -> None:
    found = find(folder / "sub" / "c.txt")
    assert sources(found) == ["c.txt"]


def test_hidden_files_and_folders_are_skipped(folder: Path) -> None:
    (folder / ".secret.txt").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text("x")
    assert sources(find(folder)) == ["a.md", "b.txt", "sub/c.txt"]


def test_a_hidden_folder_named_outright_is_searched(tmp_path: Path) -> None:
    (tmp_path / ".notes").mkdir()
    (tmp_path / ".notes" / "n.txt").write_text("n")
    assert sources(find(tmp_path / ".notes")) == ["n.txt"]


def test_a_symlink_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "private.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "private.txt")
    (folder / "up").symlink_to(tmp_path)
    found = find(folder)
    assert sources(found) == ["a.md", "b.txt", "sub/c.txt"]
    assert [line.split()[0] for line in found.refusals] == ["link.txt", "up"]
    assert all("leaves the folder" in line for line in found.refusals)


def test_a_file_and_links_to_it_are_found_once_under_its_own_name(folder: Path) -> None:
    (folder / "0-link.txt").symlink_to("b.txt")
    (folder / "0-folder").symlink_to("sub")
    assert sources(find(folder)) == ["a.md", "b.txt", "sub/c.txt"]


def test_a_link_to_a_hidden_file_inside_is_how_it_is_found(folder: Path) -> None:
    (folder / ".data").mkdir()
    (folder / ".data" / "real.txt").write_text("x")
    (folder / "shown.txt").symlink_to(".data/real.txt")
    candidate = next(c for c in find(folder).files if c.source == "shown.txt")
    assert candidate.path == folder / ".data" / "real.txt"


def test_loops_and_dangling_links_are_reported_and_do_not_hang(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "x.txt").symlink_to("y.txt")
    (folder / "y.txt").symlink_to("x.txt")
    (folder / "gone.txt").symlink_to("nowhere.txt")
    found = find(folder)
    assert sources(found) == ["a.md", "b.txt", "sub/c.txt"]
    assert [line.split()[0] for line in found.refusals] == ["gone.txt", "x.txt", "y.txt"]


def test_fifo_and_socket_are_refused_by_kind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe.txt")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("plug.txt")
        found = find(folder)
    assert found.refusals == (
        "pipe.txt is a FIFO, not a file; left out",
        "plug.txt is a socket, not a file; left out",
    )
    assert find(folder / "pipe.txt").refusals == (f"{folder / 'pipe.txt'} is a FIFO, not a file; left out",)


def test_a_folder_that_cannot_be_opened_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def deny(path: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        if path.name == "sub":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", deny)  # permissions don't bind root
    found = find(folder)
    assert sources(found) == ["a.md", "b.txt"]
    assert found.refusals == ("sub cannot be opened: permission denied",)


def test_a_name_that_is_not_utf8_is_refused_printably(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n.txt")).write_text("x")
    (line,) = find(folder).refusals
    assert line == "\\udcff\\n.txt has a name that is not valid UTF-8; rename it"


def test_an_empty_folder_gives_nothing_and_a_missing_path_one_line(tmp_path: Path) -> None:
    assert find(tmp_path) == find(tmp_path)
    assert find(tmp_path).files == ()
    with pytest.raises(LoadError, match=r"nowhere: no such file or directory$"):
        find(tmp_path / "nowhere")


def test_load_never_waits_for_a_fifo_whatever_its_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(LoadError, match=r"^pipe\.txt is a FIFO, not a file$"):
        load(tmp_path / "pipe.txt", max_bytes=MB)


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("empty.txt", b"", "empty.txt is empty"),
        ("blank.md", b" \n\t\n", "blank.md is empty"),
        ("big.txt", b"x" * 11, "big.txt has 11 bytes or more; 10 are allowed (max_file_mb)"),
        ("a.xyz", b"x", f"a.xyz: .xyz files cannot be read; supported: {ALL}"),
        ("README", b"x", f"README: files without a suffix cannot be read; supported: {ALL}"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(tmp_path: Path, name: str, data: bytes, line: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LoadError) as caught:
        load(tmp_path / name, max_bytes=10)
    assert str(caught.value) == line


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"^gone\.txt cannot be read: no such file or directory$"):
        load(tmp_path / "gone.txt", max_bytes=MB)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(LoadError, match=r"^folder\.txt is a folder, not a file$"):
        load(tmp_path / "folder.txt", max_bytes=MB)


def test_a_link_put_in_place_of_a_found_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "a.txt").symlink_to("secret.txt")
    with pytest.raises(LoadError, match=r"^a\.txt cannot be read: it is a symlink; name its target$"):
        load(tmp_path / "a.txt", max_bytes=MB)


@contextmanager
def without_privileges() -> Iterator[None]:
    """As somebody who is not root: root may read every file, whatever its mode."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_without_permission_is_one_line() -> None:
    with TemporaryDirectory() as folder:  # not in tmp_path, whose parents are shut too
        Path(folder).chmod(0o755)
        shut, open_ = Path(folder, "shut.txt"), Path(folder, "open.txt")
        for file, mode in ((shut, 0), (open_, 0o644)):
            file.write_text("Some words.")
            file.chmod(mode)
        with without_privileges():
            assert load(open_, max_bytes=MB).text == "Some words."
            with pytest.raises(LoadError, match=r"^shut\.txt cannot be read: permission denied$"):
                load(shut, max_bytes=MB)


def test_source_says_which_file_in_messages_and_in_the_document(tmp_path: Path) -> None:
    (tmp_path / "a.TXT").write_text("Some words.")
    assert load(tmp_path / "a.TXT", source="sub/a.TXT", max_bytes=MB).source == "sub/a.TXT"
    assert load(tmp_path / "a.TXT", max_bytes=MB).source == "a.TXT"
