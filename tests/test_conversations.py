"""Conversations and feedback stay with their user, whatever happens. The SQLite files are real."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from eval.drafts import draft_files
from eval.gold import load_gold
from qa.conversations import Conversations, path_in
from qa.errors import NotFoundError, StoreError
from qa.talk import Conversation, Exchange
from qa.types import Turn
from tests.talks import answer

UNKNOWN = "0" * 32


class Clock:
    """Goes on by a second each time it is looked at, and by days when told to."""

    def __init__(self) -> None:
        self.time = datetime(2024, 9, 16, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, clock: Clock) -> Iterator[Conversations]:
    opened = Conversations(tmp_path, clock)
    yield opened
    opened.close()


def test_a_conversation_is_kept_and_outlives_a_restart(kept: Conversations) -> None:
    made = kept.create("ada")
    assert (made.title, made.turns, made.created) == ("", 0, "2024-09-16T12:00:01.000Z")
    first = kept.add("ada", made.id, answer("When was the bridge opened?"))
    kept.add("ada", made.id, answer("And the tower?", "It opened in 1940."))
    kept.close()
    with_title = Conversations(kept.path.parent)
    found = with_title.get("ada", made.id)
    assert (found.title, found.turns) == ("When was the bridge opened?", 2)
    assert found.updated > first.asked > found.created
    exchanges = with_title.exchanges("ada", made.id)
    assert [each.question for each in exchanges] == ["When was the bridge opened?", "And the tower?"]
    assert exchanges[0] == first
    assert exchanges[0].answer == json.loads(json.dumps(first.answer))
    assert with_title.turns("ada", made.id)[1] == Turn("And the tower?", "It opened in 1940. [1]", "1931")
    assert [each.question for each in with_title.exchanges("ada", made.id, last=1)] == ["And the tower?"]
    with_title.close()


def test_only_the_last_turns_go_along(kept: Conversations) -> None:
    made = kept.create("ada")
    for number in range(60):
        kept.add("ada", made.id, answer(f"What about {number}?"))
    turns = kept.turns("ada", made.id)
    assert [turns[0].question, turns[-1].question, len(turns)] == ["What about 10?", "What about 59?", 50]
    assert kept.get("ada", made.id).turns == 60


def test_a_title_is_one_line_of_the_question_unless_it_is_given(kept: Conversations) -> None:
    named = kept.create("ada", " Bridges\nand towers ")
    kept.add("ada", named.id, answer("When was the bridge opened?"))
    assert kept.get("ada", named.id).title == "Bridges and towers"
    assert kept.rename("ada", named.id, "Bridges").title == "Bridges"
    long = kept.create("ada")
    kept.add("ada", long.id, answer("Why was the bridge " + "so very " * 100 + "long?"))
    title = kept.get("ada", long.id).title
    assert len(title) <= 82
    assert title.endswith("so …")


def test_a_list_goes_from_the_last_used_page_by_page(kept: Conversations) -> None:
    ids = [kept.create("ada", f"Number {number}").id for number in range(5)]
    kept.create("eve", "Another's")
    kept.add("ada", ids[0], answer("When?"))
    order = [ids[0], *ids[:0:-1]]
    first = kept.find("ada", limit=2)
    second = kept.find("ada", limit=2, before=first[-1].cursor)
    kept.delete("ada", second[-1].id)  # a page goes on where it left off all the same
    third = kept.find("ada", limit=2, before=second[-1].cursor)
    assert [each.id for each in (*first, *second, *third)] == order
    assert kept.find("ada", before=third[-1].cursor) == []
    kept.rename("ada", ids[1], "Renamed")
    assert [each.id for each in kept.find("ada")] == [ids[0], ids[4], ids[3], ids[1]]  # not used by that


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("bridge", ["When was the bridge opened?"]),
        ("BRÍDGE opened 1931", ["When was the bridge opened?"]),  # question and answer together
        ("opened in", ["And the tower?", "When was the bridge opened?"]),
        ("brid", ["When was the bridge opened?"]),
        ("bridge tower", []),
        ("%", []),
        ("_", []),
        ("???", []),
        ("  ", ["And the tower?", "When was the bridge opened?"]),
    ],
)
def test_titles_questions_and_answers_are_searched(
    kept: Conversations, search: str, found: list[str]
) -> None:
    said = {"When was the bridge opened?": "In 1931.", "And the tower?": "It opened in 1940."}
    for question, text in said.items():
        kept.add("ada", kept.create("ada").id, answer(question, text))
    kept.add("eve", kept.create("eve").id, answer("And the bridge and tower of Eve, opened in 1931?"))
    assert [each.title for each in kept.find("ada", search)] == found


def test_what_belongs_to_another_is_not_there(kept: Conversations) -> None:
    hers = kept.create("ada", "Private")
    said = kept.add("ada", hers.id, answer("When?"))
    for id_ in (hers.id, UNKNOWN, "", "../" * 9, "\0", "\ud800", "x" * 10_000, hers.id.upper()):
        told = set()
        for attempt in (
            lambda id_=id_: kept.get("eve", id_),
            lambda id_=id_: kept.rename("eve", id_, "Mine"),
            lambda id_=id_: kept.delete("eve", id_),
            lambda id_=id_: kept.add("eve", id_, answer("When?")),
            lambda id_=id_: kept.exchanges("eve", id_),
            lambda id_=id_: kept.turns("eve", id_),
            lambda id_=id_: kept.export("eve", id_, "json"),
        ):
            with pytest.raises(NotFoundError) as raised:
                attempt()
            told.add(str(raised.value))
        assert told == {"there is no such conversation; it may have been deleted"}
    for id_ in (said.id, UNKNOWN, "\ud800"):
        with pytest.raises(NotFoundError, match="there is no such answer"):
            kept.mark("eve", id_, "wrong")
    assert kept.find("eve") == []
    assert kept.find("eve", "Private") == []
    assert kept.get("ada", hers.id).title == "Private"
    assert kept.exchanges("ada", hers.id) == [said]


WORDS = {"ada": "quince", "eve": "walnut"}
Act = Callable[[Conversations, str, str, str], object]
ACTS: dict[str, Act] = {
    "create": lambda kept, user, _id, _exchange: kept.create(user, WORDS[user]),
    "add": lambda kept, user, id_, _: kept.add(user, id_, answer(f"What is a {WORDS[user]}?")),
    "mark": lambda kept, user, _, exchange: kept.mark(user, exchange, "wrong", WORDS[user]),
    "note": lambda kept, user, _id, _exchange: kept.note_feedback(
        user, "right", WORDS[user], answer(WORDS[user])
    ),
    "get": lambda kept, user, id_, _: kept.get(user, id_),
    "rename": lambda kept, user, id_, _: kept.rename(user, id_, f"{WORDS[user]}s"),
    "delete": lambda kept, user, id_, _: kept.delete(user, id_),
    "list": lambda kept, user, _id, _exchange: kept.find(user),
    "search": lambda kept, user, _id, _exchange: [kept.find(user, word) for word in WORDS.values()],
    "turns": lambda kept, user, id_, _: kept.turns(user, id_),
    "markdown": lambda kept, user, id_, _: kept.export(user, id_, "markdown"),
    "json": lambda kept, user, id_, _: kept.export(user, id_, "json"),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(WORDS)), st.sampled_from(sorted(ACTS)), st.integers(0, 5)), max_size=40
)


@given(steps=STEPS)
def test_two_users_never_see_each_others_words(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    """Each does anything with any id, of their own or not; each says one word that the other never says."""
    kept = Conversations(tmp_path_factory.mktemp("two"))
    ids, exchanges = [UNKNOWN], [UNKNOWN]
    for user, what, at in steps:
        try:
            seen = ACTS[what](kept, user, ids[at % len(ids)], exchanges[at % len(exchanges)])
        except NotFoundError as error:
            seen = str(error)
        assert said_by_another(user, repr(seen)) == []
        if isinstance(seen, Conversation):
            ids.append(seen.id)
        elif isinstance(seen, Exchange):
            exchanges.append(seen.id)
        elif what == "note":
            exchanges.append(str(seen))
    for user in WORDS:
        left = [kept.export(user, conversation.id, "json") for conversation in kept.find(user)]
        assert said_by_another(user, repr(left)) == []
    kept.close()


def said_by_another(user: str, text: str) -> list[str]:
    return [word for other, word in WORDS.items() if other != user and word in text]


def test_feedback_becomes_gold_questions(kept: Conversations, tmp_path: Path) -> None:
    made = kept.create("ada")
    first = kept.add("ada", made.id, answer("When was the bridge opened?"))
    second = kept.add("ada", made.id, answer("When was the tower opened?"))
    third = kept.add("ada", made.id, answer("When was the road opened?"))
    kept.mark("ada", first.id, "right")
    kept.mark("ada", second.id, "right")
    kept.mark("ada", second.id, "wrong", "That is the bridge.")
    kept.mark("ada", third.id, None, "I shall look this up.")
    alone = kept.note_feedback("eve", "right", "", answer("When was the mill opened?"))
    lines = list(kept.feedback())
    assert [(line["verdict"], line["note"]) for line in lines] == [
        ("right", ""),
        ("wrong", "That is the bridge."),
        ("right", ""),
    ]
    assert set(lines[0]) == {"verdict", "note", "answer"}
    assert kept.exchanges("ada", made.id)[1].verdict == "wrong"
    file = tmp_path / "feedback.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    drafted = draft_files([file], tmp_path / "gold.jsonl")
    assert (drafted.complete, drafted.to_do) == (2, 1)
    assert [q.id for q in load_gold(drafted.file)] == ["bridge-opened", "mill-opened"]
    kept.mark("eve", alone, None)
    kept.mark("ada", first.id, None)
    assert [line["verdict"] for line in kept.feedback()] == ["wrong"]


def test_much_feedback_is_told_while_more_comes(kept: Conversations) -> None:
    plain = answer("When?")
    for number in range(250):
        kept.note_feedback("ada", "right", str(number), plain)
    told = kept.feedback()
    first = next(told)
    kept.note_feedback("ada", "right", "250", plain)
    assert [line["note"] for line in (first, *told)] == [str(number) for number in range(251)]


def test_what_is_deleted_is_gone_from_the_file(kept: Conversations) -> None:
    made = kept.create("ada", "quince")
    said = kept.add("ada", made.id, answer("What is a quince?"))
    kept.mark("ada", said.id, "wrong", "quince!")
    left = kept.create("ada", "Other")
    kept.delete("ada", made.id)
    with pytest.raises(NotFoundError):
        kept.get("ada", made.id)
    assert [each.id for each in kept.find("ada")] == [left.id]
    assert list(kept.feedback()) == []
    kept.close()
    assert [path.name for path in kept.path.parent.iterdir()] == [kept.path.name]
    assert b"quince" not in kept.path.read_bytes()


def test_what_was_not_used_for_long_is_forgotten(kept: Conversations, clock: Clock) -> None:
    old, used = kept.create("ada", "Old"), kept.create("eve", "Used")
    kept.add("ada", old.id, answer("When?"))
    kept.note_feedback("ada", "right", "old", answer("When?"))
    clock.time += timedelta(days=20)
    kept.add("eve", used.id, answer("When?"))
    kept.note_feedback("ada", "right", "new", answer("When?"))
    clock.time += timedelta(days=20)
    assert kept.expire(0) == 0
    assert kept.expire(100) == 0
    assert kept.expire(30) == 1
    assert kept.find("ada") == []
    assert kept.get("eve", used.id).turns == 1
    assert [line["note"] for line in kept.feedback()] == ["new"]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "![x](https://evil.example/x.png)",
        "[x](javascript:alert(1))",
        "https://evil.example and www.evil.example and me@evil.example",
        "a\n\n# b\n\n| c | d |\n|---|---|\n| e | f |",
        "1. one\n- two\n\n---\n\n    code\n\n```\nmore\n```",
        "<https://evil.example>",
        "&lt;b&gt; \\<i\\> `<u>` ~~x~~ **y** _z_",
        "[x]: https://evil.example 'y'\n\n[x]",
    ],
)
def test_markdown_shows_words_and_obeys_none(kept: Conversations, hostile: str) -> None:
    made = kept.create("ada", hostile)
    said = kept.add("ada", made.id, answer(hostile, hostile, quote=hostile))
    kept.mark("ada", said.id, "wrong", hostile)
    exported = kept.export("ada", made.id, "markdown")
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    tokens = [inner for token in parser.parse(exported) for inner in (token, *(token.children or ()))]
    plain = {"heading", "paragraph", "blockquote", "em", "inline", "text", "softbreak", "hardbreak"}
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= plain | {
        "text_special"
    }
    assert sum(token.type == "heading_open" for token in tokens) == 2
    assert "https://" not in exported


def test_markdown_reads_as_it_was_said(kept: Conversations) -> None:
    made = kept.create("ada", "Bridges")
    said = kept.add("ada", made.id, answer("When was it opened?"))
    kept.mark("ada", said.id, "right", "Thanks.")
    assert kept.export("ada", made.id, "markdown") == (
        "# Bridges\n\n## When was it opened?\n\n*2024-09-16T12:00:02.000Z*\n\n"
        "The bridge opened in 1931. \\[1\\]\n\n"
        "> \\[1\\] The bridge · 2024-09-16 · History · bridge.txt, characters 100–107  \n> “in 1931”\n\n"
        "Feedback: Marked right. Thanks.\n"
    )
    whole = json.loads(kept.export("ada", made.id, "json"))
    assert (whole["title"], whole["turns"]) == ("Bridges", 1)
    assert whole["exchanges"][0]["answer"]["citations"][0]["published"] == "2024-09-16"


def test_many_threads_add_at_once(kept: Conversations) -> None:
    made = kept.create("ada")

    def add(name: int) -> None:
        for number in range(20):
            kept.add("ada", made.id, answer(f"Question {name}-{number}?"))
            kept.find("ada", "question")

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = [each.question for each in kept.exchanges("ada", made.id)]
    assert len(set(asked)) == kept.get("ada", made.id).turns == 80
    for name in range(4):
        mine = [each for each in asked if each.startswith(f"Question {name}-")]
        assert mine == [f"Question {name}-{number}?" for number in range(20)]


def test_the_file_is_for_its_owner_alone(kept: Conversations) -> None:
    kept.create("ada")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in kept.path.parent.iterdir()}
    assert modes == {0o600}
    kept.close()
    kept.path.chmod(0o644)
    Conversations(kept.path.parent).close()
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_a_full_disk_loses_nothing_and_is_one_line(kept: Conversations) -> None:
    made = kept.create("ada")
    kept.add("ada", made.id, answer("When?"))
    db = kept._db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StoreError, match="the disk is full") as raised:
        kept.add("ada", made.id, answer("x" * 100_000))
    assert "\n" not in str(raised.value)
    [said] = kept.exchanges("ada", made.id)
    assert (said.question, kept.get("ada", made.id).turns) == ("When?", 1)
    kept.mark("ada", said.id, "right")
    kept.delete("ada", made.id)


def test_what_is_no_file_of_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, foreign, newer = (path_in(tmp_path / name) for name in ("text", "foreign", "newer"))
    for path in (text, foreign):
        path.parent.mkdir()
    text.write_text("no database at all, " * 100, encoding="utf-8")
    db = sqlite3.connect(foreign)
    db.execute("CREATE TABLE mine (x)")
    db.close()
    Conversations(newer.parent).close()
    db = sqlite3.connect(newer)
    db.execute("PRAGMA user_version = 9")
    db.close()
    for path, said in ((text, "not a database"), (foreign, "does not hold"), (newer, "schema 9")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=said) as raised:
            Conversations(path.parent)
        assert "\n" not in str(raised.value)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be used"):
        Conversations(text)  # a file is no folder


def test_a_damaged_file_is_told_in_one_line(kept: Conversations) -> None:
    made = kept.create("ada")
    for number in range(50):
        kept.add("ada", made.id, answer(f"Question {number}?"))
    kept.close()
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))
    damaged = Conversations(kept.path.parent)
    with pytest.raises(StoreError, match="move the file away") as raised:
        damaged.find("ada")
    assert "\n" not in str(raised.value)
    damaged.close()


def test_half_a_character_is_an_error_and_changes_nothing(kept: Conversations) -> None:
    made = kept.create("ada")
    for attempt in (
        lambda: kept.create("ada", "\ud800"),
        lambda: kept.rename("ada", made.id, "\ud800"),
        lambda: kept.add("ada", made.id, answer("\ud800")),
        lambda: kept.find("\ud800"),
    ):
        with pytest.raises(StoreError):
            attempt()
    assert kept.find("ada") == [made]
