"""What is not told."""

from __future__ import annotations

import errno

import pytest

from qa.errors import (
    BusyError,
    FullError,
    GoneError,
    LockedError,
    ModelError,
    NotFoundError,
    QuestionError,
    StoreError,
)
from ui.discretion import holds_key, is_full, is_ours, seconds_of, sentence_of, without_keys

SECRET = "A-z_9" * 8 + "abc"
KEY = f"fn_0123456789_{SECRET}"


@pytest.mark.parametrize("text", [KEY, f"no {KEY!r}", f"a/{KEY}?b", KEY[:40], KEY.upper(), f"{KEY} {KEY}"])
def test_of_a_key_only_its_public_part_is_told(text: str) -> None:
    told = without_keys(text)
    assert holds_key(text)
    assert "0123456789_*****" in told
    assert SECRET[:20].lower() not in told.lower()
    assert len(told) == len(text)


@pytest.mark.parametrize("text", ["", "fn_0123456789", "fn_short_abc", "a name of a function: fn_x"])
def test_other_words_stay(text: str) -> None:
    assert without_keys(text) == text
    assert not holds_key(text)


@pytest.mark.parametrize("kind", [StoreError, LockedError, GoneError, ModelError])
def test_places_on_this_machine_are_not_told(kind: type[StoreError]) -> None:
    error = kind("the file /srv/data cannot be used")
    assert is_ours(error)
    assert "/srv" not in sentence_of(error)
    assert "the server's log" in sentence_of(error)


def test_a_full_disk_is_told_without_its_place() -> None:
    error = FullError("the disk is full, /srv/data cannot be written")
    assert is_ours(error)
    assert sentence_of(error).startswith("The server's disk is full")
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(None)


@pytest.mark.parametrize("kind", [NotFoundError, QuestionError])
def test_what_whoever_asks_can_mend_is_told(kind: type[NotFoundError]) -> None:
    assert not is_ours(kind("no such thing"))
    assert sentence_of(kind(f"no such thing as {KEY}")).startswith("No such thing as fn_0123456789_***")


def test_when_to_try_again() -> None:
    assert (seconds_of(BusyError("busy", 7)), seconds_of(StoreError("gone"))) == (7, 5)
