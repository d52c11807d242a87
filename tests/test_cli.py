"""The command line, on the seeds, with everything real: models, SQLite, Chroma."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from eval.feedback import read_feedback
from qa.config import Config
from qa.conversations import Conversations
from qa.errors import AccessError
from qa.index import Index
from qa.lock import FolderLock
from tests.conftest import SEEDS, FakeEmbedder, make_document
from tests.talks import answer
from ui.cli import main
from ui.keys import Accounts

DEBT = "How much does Iraq owe Iran?"
LONG = "x" * 10_000


def run(*arguments: str, data: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SEEDS.parent), **extra}
    command = [sys.executable, "-m", "ui", "--data", str(data), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


def run_code(code: str) -> str:
    """What Python prints when it runs ``code`` in a process of its own."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_the_debt_question_is_answered_with_its_exact_passage(seeds_data: Path) -> None:
    done = run("ask", DEBT, "--json", data=seeds_data)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "approximately $11 billion" in answer["text"]
    cited = answer["citations"][0]
    text = (SEEDS / cited["source"]).read_text(encoding="utf-8")
    assert cited["quote"] == text[cited["start"] : cited["end"]]
    assert "approximately \\$11 billion" in cited["quote"]
    assert answer["sentences"][0]["support"] == "verbatim"
    assert done.stderr == ""


def test_what_is_printed_in_a_pipe_is_plain(seeds_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(seeds_data), "ask", DEBT]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Iran is owed approximately $11 billion by Iraq")
    assert "[1] IRANIAN PRESIDENT MASOUD PEZESHKIAN VISITS IRAQ" in printed
    assert "16 September 2024" in printed
    assert "\x1b" not in printed


def test_a_question_beside_the_point_is_withheld(
    seeds_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(seeds_data), "ask", "What is the boiling point of ethanol?"]) == 3
    printed = capsys.readouterr().out
    assert printed.startswith("The documents do not answer this.")
    assert "Nearest passages:" in printed


@pytest.mark.parametrize(
    ("question", "said"),
    [("", "the question is empty"), ("  \n", "the question is empty"), ("x" * 100_000, "shorten it")],
)
def test_a_question_that_cannot_be_asked(
    seeds_data: Path, capsys: pytest.CaptureFixture[str], question: str, said: str
) -> None:
    assert main(["--data", str(seeds_data), "ask", question]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_empty_data_folder_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "new"), "ask", DEBT]) == 3
    captured = capsys.readouterr()
    assert captured.out.startswith("There are no documents to answer from.")
    assert "footnote index PATH" in captured.err


def test_a_data_folder_in_use_is_refused_in_one_line(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    try:
        done = run("documents", "list", data=tmp_path)
    finally:
        lock.release()
    assert done.returncode == 1
    assert "is in use by another Footnote" in done.stderr
    assert str(os.getpid()) in done.stderr
    assert done.stderr.count("\n") == 1


def test_good_files_are_taken_beside_bad_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "good.txt").write_text("The bridge was opened on 4 May 1931 by the mayor of the town.")
    (folder / "empty.txt").write_text("")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\0")
    (folder / "table.xyz").write_text("a table")
    os.mkfifo(folder / "pipe.txt")
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "index", str(folder)]) == 1
    captured = capsys.readouterr()
    assert "1 added, 0 replaced, 0 unchanged, 3 failed." in captured.out
    assert len(captured.err.splitlines()) == 4
    assert "1 file of another kind was left out: .xyz 1" in captured.err
    assert main([*data, "ask", "When was the bridge opened?"]) == 0
    assert "4 May 1931" in capsys.readouterr().out


def test_indexing_ends_with_a_table_and_tells_what_failed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    text = (
        "The bridge was opened on 4 May 1931 by the mayor of the town, and many people came to see it then."
    )
    (folder / "good.txt").write_text(text)
    (folder / "twin.txt").write_text(text)
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\0")
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "index", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "file\toutcome\tpages\tcharacters\tpassages\tnotes",
        "picture.txt\tfailed\t\t\t\tpicture.txt looks like a PNG image, not text",
        "twin.txt\tadded\t\t98\t1\tthe same text as good.txt",
        "good.txt\tadded\t\t98\t1\t",
    ]
    assert main([*data, "documents", "failed", "--json"]) == 0
    [failed] = json.loads(capsys.readouterr().out)
    assert (failed["source"], failed["path"]) == ("picture.txt", str(folder / "picture.txt"))
    assert main([*data, "index", "--retry-failed"]) == 1
    assert "0 added, 0 replaced, 0 unchanged, 1 failed." in capsys.readouterr().out
    (folder / "picture.txt").write_text("It was a painting, after all.")
    assert main([*data, "index", "--retry-failed"]) == 0
    assert main([*data, "index", "--retry-failed"]) == 0  # nothing is left to do
    assert main([*data, "documents", "failed"]) == 0
    assert capsys.readouterr().out.endswith("source\tfailed at\twhy\n")


def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, data = tmp_path / "files", tmp_path / "data"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number:03}.txt").write_text(f"The well number {number} is {number + 3} metres deep.")
    command = [sys.executable, "-m", "ui", "--data", str(data), "index", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=SEEDS.parent) as indexing:
        while not _documents(data):
            assert indexing.poll() is None
            time.sleep(0.02)
        indexing.send_signal(signal.SIGINT)
        _, told = indexing.communicate(timeout=120)
    assert (indexing.returncode, told) == (130, "footnote: interrupted\n")
    done = _documents(data)
    assert 0 < done < 400
    for number in range(done, 400 - 5):
        (folder / f"{number:03}.txt").unlink()  # so that it doesn't take long
    assert main(["--data", str(data), "index", str(folder)]) == 0
    assert f"5 added, 0 replaced, {done} unchanged, 0 failed." in capsys.readouterr().out


def _documents(data: Path) -> int:
    """How many documents there are, seen from outside."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'catalog.sqlite3'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.OperationalError:  # it is not made yet
        return 0


def test_documents_whose_files_are_gone_are_pruned_when_that_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("kept.txt", "gone.txt"):
        (folder / name).write_text(f"The file is called {name}.")
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "index", str(folder)]) == 0
    (folder / "gone.txt").unlink()
    assert main([*data, "index", str(folder)]) == 0
    assert "The index holds 2 documents" in capsys.readouterr().out
    assert main([*data, "index", str(folder), "--prune"]) == 0
    printed = capsys.readouterr().out
    assert "Removed gone.txt: its file is gone." in printed
    assert "The index holds 1 document in" in printed
    folder.rename(tmp_path / "elsewhere")
    assert main([*data, "index", str(folder), "--prune"]) == 1
    assert "The index holds 1 document in" in capsys.readouterr().out


def test_documents_are_listed_shown_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "note.txt"
    file.write_text("The well is forty metres deep, as the survey of the village found.\n")
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "index", str(file)]) == 0
    assert main([*data, "index", str(file)]) == 0
    assert "0 added, 0 replaced, 1 unchanged" in capsys.readouterr().out
    assert main([*data, "documents", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["source"] for row in listed] == ["note.txt"]
    assert main([*data, "documents", "show", listed[0]["id"]]) == 0
    assert capsys.readouterr().out == file.read_text() + "\n"
    assert main([*data, "documents", "remove", "note.txt"]) == 0
    assert main([*data, "documents", "remove", "note.txt"]) == 1
    assert "no document is called 'note.txt'" in capsys.readouterr().err


def test_a_hostile_file_name_commands_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "evil\x1b[31m\u202e\nname.txt"
    (tmp_path / name).write_bytes(b"The caf\xe9 of the station was opened in the year 1907.")
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "index", str(tmp_path / name)]) == 0
    assert main([*data, "documents", "list", "--json"]) == 0
    assert main([*data, "documents", "list"]) == 0
    assert main([*data, "documents", "remove", name]) == 0
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    assert "\x1b" not in printed
    assert "\u202e" not in printed.replace(json.dumps(name, ensure_ascii=False), "")  # JSON has it exactly
    assert r"evil\x1b[31m\u202e\nname.txt" in captured.out
    assert "is not UTF-8" in captured.out
    assert "The index holds 1 document in 1 passage." in captured.out


def test_the_list_as_json_has_numbers_and_dates(seeds_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(seeds_data), "documents", "list", "--json"]) == 0
    undated, dated = json.loads(capsys.readouterr().out)
    assert (undated["published"], dated["published"]) == (None, "2024-09-16")
    assert isinstance(dated["passages"], int)


def test_an_encoding_that_lacks_a_character_is_no_failure(seeds_data: Path) -> None:
    plain = run("ask", DEBT, data=seeds_data, PYTHONIOENCODING="ascii")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "9,257\\u20139,368" in plain.stdout
    exact = run("ask", DEBT, "--json", data=seeds_data, PYTHONIOENCODING="latin-1")
    assert "\u2019" in "".join(passage["text"] for passage in json.loads(exact.stdout)["passages"])


def test_an_empty_data_folder_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """``--data "$UNSET"`` must not write into the folder one happens to be in."""
    assert main(["--data", "", "documents", "list"]) == 2
    assert "data must be" in capsys.readouterr().err


def test_chat_takes_any_bytes_and_tells_that_nothing_is_indexed(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "utf8", "-m", "ui", "--data", str(tmp_path), "chat"]
    done = subprocess.run(command, input=b"caf\xff?\n", capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert b"There are no documents to answer from." in done.stdout
    assert b"nothing is indexed" in done.stderr


def test_chat_goes_on_until_its_input_ends(seeds_data: Path) -> None:
    command = [sys.executable, "-m", "ui", "--data", str(seeds_data), "chat"]
    asked = f"{DEBT}\nWhy has it not paid?\n"
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0
    assert done.stdout.count("extractive reader") == 2


def test_doctor_shows_settings_and_state(seeds_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(seeds_data), "doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"]
    assert report["settings"]["data"]["from"] == "command line"
    assert report["parts"]["catalog"].startswith("2 documents")


def test_doctor_repairs_the_vector_index(
    seeds_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, it is told and answers are right; repaired, it is told that all was looked at."""
    copy = Path(shutil.copytree(seeds_data, tmp_path / "data"))
    [file] = (copy / "chroma").glob("*/chroma.sqlite3")
    file.write_bytes(file.read_bytes()[:50_000])
    data = ["--data", str(copy)]
    assert main([*data, "doctor"]) == 1
    assert "BROKEN: chroma.sqlite3 has 50,000 bytes" in " ".join(capsys.readouterr().out.split())
    assert main([*data, "ask", DEBT]) == 0
    assert "approximately $11 billion" in capsys.readouterr().out
    assert main([*data, "doctor", "--repair", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert "each compared with the catalog" in report["parts"]["vectors"]


def test_doctor_names_what_is_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.sqlite3").write_text("no database, whatever its name may be")
    assert main(["--data", str(tmp_path), "doctor"]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_what_is_indexed_is_backed_up_restored_and_renewed(
    seeds_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, data = str(tmp_path / "all.backup"), ["--data", str(tmp_path / "restored")]
    assert main(["--data", str(seeds_data), "backup", file]) == 0
    assert main(["--data", str(seeds_data), "backup", file]) == 1
    assert main([*data, "restore", file]) == 0
    assert main([*data, "restore", file]) == 1
    captured = capsys.readouterr()
    assert "Backed up 2 documents in" in captured.out
    assert "Restored 2 documents in" in captured.out
    assert [line.rsplit("with ", 1)[1] for line in captured.err.splitlines()] == ["--force", "--force"]
    monkeypatch.setenv("FOOTNOTE_PASSAGE_TOKENS", "120")
    assert main([*data, "doctor"]) == 1  # the vectors are not made yet
    assert "2 documents were cut by other settings" in " ".join(capsys.readouterr().out.split())
    assert main([*data, "index", "--renew"]) == 0
    assert capsys.readouterr().out.startswith("Made anew: 2 documents.")
    assert main([*data, "doctor"]) == 0
    assert main([*data, "ask", DEBT]) == 0
    assert "approximately $11 billion" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["documents", "show", LONG],
        ["documents", "remove", LONG],
        ["index", LONG],
        ["--data", LONG, "documents", "list"],
        ["--data", LONG, "doctor"],
        ["--data", LONG, "ask", DEBT],
        ["--data", LONG, "backup", "x"],
        ["--config", LONG, "doctor"],
        ["backup", LONG],
        ["restore", LONG],
        ["ask", DEBT, "--reader", LONG],
        ["eval", "--gold", LONG],
    ],
    ids=lambda arguments: " ".join(arguments).replace(LONG, "LONG"),
)
def test_names_of_10_000_characters_are_one_clear_line(
    seeds_data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    given = arguments if "--data" in arguments else ["--data", str(seeds_data), *arguments]
    assert main(given) in (1, 2)
    captured = capsys.readouterr()
    told = captured.err or captured.out
    assert "doctor" in arguments or told.count("\n") == 1
    assert "Traceback" not in told


def test_a_newer_data_folder_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Index(Config(data=tmp_path), FakeEmbedder()) as index:
        index.add(make_document("wheat"))
    db = sqlite3.connect(tmp_path / "catalog.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = (tmp_path / "catalog.sqlite3").read_bytes()
    elsewhere = tmp_path.with_name(f"{tmp_path.name}.backup")
    commands = (["ask", DEBT], ["index", "--renew"], ["documents", "list"], ["backup", str(elsewhere)])
    for command in commands:
        assert main(["--data", str(tmp_path), *command]) == 1
        told = capsys.readouterr().err
        assert "has schema 99, this Footnote reads" in told
        assert told.count("\n") == 1
    assert (tmp_path / "catalog.sqlite3").read_bytes() == before


def test_a_read_only_disk_is_one_line_and_can_be_backed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with Index(Config(data=data), FakeEmbedder()) as index:
        index.add(make_document("wheat"))
    mounting = ["mount", "--bind", "-o", "ro", str(data), str(data)]
    if shutil.which("mount") is None or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        for command in (["ask", DEBT], ["documents", "list"], ["index", "--renew"]):
            assert main(["--data", str(data), *command]) == 1
            told = capsys.readouterr().err
            assert "Read-only file system" in told
            assert told.count("\n") == 1
        assert main(["--data", str(data), "backup", str(tmp_path / "all.backup")]) == 0
    finally:
        subprocess.run(["umount", str(data)], check=True)


def test_eval_prints_figures_with_n_and_interval(
    seeds_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = tmp_path / "gold.jsonl"
    lines = (SEEDS.parent / "eval/gold/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    gold.write_text("\n".join(lines[:4]) + "\n", encoding="utf-8")
    assert main(["--data", str(seeds_data), "eval", "--gold", str(gold), "--json"]) == 0
    sections = {s["title"]: s["figures"] for s in json.loads(capsys.readouterr().out)["sections"]}
    assert next((f["name"], f["n"]) for f in sections["Grounded accuracy"]) == ("grounded accuracy", 4)
    assert {f["name"]: f["value"] for f in sections["Retrieval"]}["Success@5"] == 1


def test_two_runs_are_compared(seeds_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for reader in ("extractive", "sentence"):
        command = ["eval", "--limit", "4", "--reader", reader, "--run", str(tmp_path / reader)]
        assert main(["--data", str(seeds_data), *command]) == 0
    assert "grounded accuracy" in capsys.readouterr().out
    runs = [str(tmp_path / reader) for reader in ("extractive", "sentence")]
    assert main(["eval", "compare", *runs]) == 0
    told = capsys.readouterr().out
    assert "plan.reader\textractive\tsentence" in told
    assert "McNemar's exact test: p = " in told
    assert main(["eval", "compare", runs[0], runs[0], "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert (same["answers_changed"], same["flips"], same["changes"]) == (0, [], [])
    assert {difference["value"] for difference in same["differences"]} == {0}


def test_a_run_goes_on_with_what_it_was_begun_with(
    seeds_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = ["--data", str(seeds_data), "eval", "--run", str(tmp_path / "run")]
    assert main([*begin, "--limit", "2", "--reader", "sentence"]) == 0
    capsys.readouterr()
    assert main([*begin, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["speed"]["questions"] == 2
    assert main([*begin, "--limit", "3", "--reader", "sentence"]) == 1
    assert "holds a run of other things (plan)" in capsys.readouterr().err


def test_a_public_set_is_indexed_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [{"text": "40 metres", "answer_start": 12}]
    asked = {"id": "q", "question": "How deep is the well?", "answers": answers}
    paragraph = {"context": "The well is 40 metres deep.", "qas": [asked]}
    squad = tmp_path / "wells.json"
    squad.write_text(json.dumps({"data": [{"title": "Wells", "paragraphs": [paragraph]}]}))
    data, kept = tmp_path / "data", tmp_path / "run"
    arguments = ["eval", "--format", "squad", "--gold", str(squad), "--run", str(kept), "--json"]
    assert main(["--data", str(data), *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["speed"]["questions"] == 1
    assert not data.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "wells.json"]


@pytest.mark.parametrize("arguments", [[], ["fly"], ["ask"], ["index"], ["index", "--prune"], ["documents"]])
def test_wrong_usage_is_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_unknown_settings_are_refused(tmp_path: Path) -> None:
    done = run("doctor", data=tmp_path, FOOTNOTE_COLOUR="blue")
    assert done.returncode == 2
    assert "unknown setting 'colour'" in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from ui.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in ('numpy', 'chromadb', 'gradio', 'onnxruntime', 'rich') if m in sys.modules])"
    assert run_code(code).endswith("[]\n")


def test_asking_loads_no_more_than_it_needs(seeds_data: Path) -> None:
    code = f"import sys; from ui.cli import main; main(['--data', {str(seeds_data)!r}, 'ask', {DEBT!r}])\n"
    code += "print([m for m in ('llama_index', 'gradio', 'fastapi', 'torch') if m in sys.modules])"
    assert run_code(code).endswith("[]\n")


def test_feedback_is_told_while_the_folder_is_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "data", tmp_path / "feedback.jsonl"
    lock = FolderLock(data)
    with Conversations(data) as kept:
        for question in ("When was the bridge opened?", "¿When was the tower opened?"):
            kept.note_feedback("ada", "right", "", answer(question))
        assert main(["--data", str(data), "feedback"]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert lines == list(kept.feedback())
        assert main(["--data", str(data), "feedback", "--to", str(file)]) == 0
        assert capsys.readouterr().out.startswith("Wrote 2 answers;")
        assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] == lines
        assert [each.right for each in read_feedback(file)] == [True, True]
        assert main(["--data", str(data), "feedback", "--to", str(tmp_path)]) == 1
        assert capsys.readouterr().err == f"footnote: {tmp_path} cannot be written: Is a directory\n"
    lock.release()


def test_where_there_is_no_feedback_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "feedback.jsonl"
    assert main(["--data", str(tmp_path / "data"), "feedback", "--to", str(file)]) == 0
    assert "nobody has called an answer right or wrong" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_users_are_added_listed_and_revoked_beside_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server owns the folder; its look at the accounts is the one that counts."""
    data = ["--data", str(tmp_path), "access"]
    lock, accounts = FolderLock(tmp_path), Accounts(Config(data=tmp_path).access_path)
    try:
        assert main([*data, "add", "Ann", "--role", "admin"]) == 0
        key = capsys.readouterr().out.strip()
        assert accounts.by_key(key).role == "admin"
        assert main([*data, "add", "ann", "--no-key", "--role", "reader"]) == 0
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", "footnote: ann is reader\n")
        assert accounts.by_key(key).role == "reader"
        assert main([*data, "list", "--json"]) == 0
        [listed] = json.loads(capsys.readouterr().out)
        assert (listed["name"], listed["role"], listed["password"]) == ("ann", "reader", False)
        assert [known["id"] for known in listed["keys"]] == [key[:13]]
        assert main([*data, "revoke", key[:13]]) == 0
        with pytest.raises(AccessError):
            accounts.by_key(key)
        assert main([*data, "revoke", "ann"]) == 0
        assert main([*data, "list"]) == 0
        printed = capsys.readouterr().out
        assert "ann\trevoked\tno\t\t" in printed
        assert key[14:] not in printed
    finally:
        accounts.close()
        lock.release()


def test_a_password_is_read_from_input_and_never_shown(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui", "--data", str(tmp_path), "access", "add", "ann", "--password"]

    def add(typed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, input=typed, capture_output=True, text=True, check=False, timeout=120)

    short = add("too short\n")
    assert (short.returncode, short.stdout) == (2, "")
    assert short.stderr == "footnote: a password has at least 12 characters\n"
    accounts = Accounts(Config(data=tmp_path).access_path)
    assert accounts.users() == []
    done = add("correct horse battery\r\n")
    assert (done.returncode, done.stdout) == (0, "")
    assert "correct" not in done.stderr
    assert accounts.by_password("ann", "correct horse battery").role == "reader"
    accounts.close()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "a b"], 2, "a user's name is 1 to 64 letters"),
        (["add", "local"], 2, "take another name"),
        (["revoke", "nobody"], 1, "no user or key is called 'nobody'"),
        (["revoke", LONG], 1, "see: footnote access list"),
    ],
)
def test_accounts_that_cannot_be_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["--data", str(tmp_path), "access", *arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
