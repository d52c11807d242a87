"""Printing: to the letter where a program reads, harmless where a terminal obeys."""

import sys
from pathlib import Path

import pytest

from qa.load import Candidate
from ui.terminal import print_table, print_text, taking_in

TEXT = "one\ttwo\r\n\x1b]0;title\x07three \u202efour\n"


def test_a_document_goes_to_a_pipe_to_the_letter(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(TEXT)
    assert capsys.readouterr().out == TEXT + "\n"


def test_a_document_commands_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_text(TEXT)
    assert capsys.readouterr().out == "one     two\n" + r"\x1b]0;title\x07three \u202efour" + "\n"


def test_a_table_in_a_pipe_has_a_line_a_row_and_a_tab_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("a", "b"), [("x\ty", "\x1b[2Jz\n")])
    assert capsys.readouterr().out == "a\tb\n" + r"x\ty" + "\t" + r"\x1b[2Jz\n" + "\n"


def test_a_narrow_terminal_cuts_no_name_short(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    print_table(("source", "passages"), [("a_file_name_as_machines_give_them.txt", "6")])
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert "them.txt" in printed


def test_a_bar_shows_how_many_files_are_done_and_how_far_a_large_one_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("wheat")
    files = [Candidate(tmp_path / name, name) for name in ("a.txt", "gone.txt")]
    with taking_in(files) as quiet:
        assert list(quiet.each("xy")) == ["x", "y"]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    with taking_in(files) as bar:
        bar.part("[red]\x1b[2J.txt", 300, 5_000)
        items = bar.each("xy")
        assert next(items) == "x"
        bar.part("[red]\x1b[2J.txt", 600, 5_000)
    shown = capsys.readouterr().err
    assert r"[red]\x1b[2J.txt: 600 of 5,000 passages" in shown
    assert "1 of 2 files" in shown
    assert "\x1b[2J" not in shown
