"""How often may be asked."""

from __future__ import annotations

import re
from pathlib import Path

from qa.config import Config
from tests.guard.guarded import (
    BEYOND,
    bearer,
    client,
    problem_of,
)
from ui.keys import Accounts


def test_each_key_has_its_rate(tmp_path: Path, accounts: Accounts) -> None:
    asking = client(Config(data=tmp_path, requests_per_minute=3, **BEYOND))
    ann, bob = bearer(accounts, "ann"), bearer(accounts, "bob")
    left = []
    for _ in range(3):
        answer = asking.get("/v1/me", headers=ann)
        assert answer.headers["ratelimit-policy"] == '"default";q=3;w=60'
        found = re.fullmatch(r'"default";r=(\d);t=(\d+)', answer.headers["ratelimit"])
        assert found
        assert 0 < int(found[2]) <= 60
        left.append(int(found[1]))
    assert left == [2, 1, 0]
    refused = asking.get("/v1/me", headers=ann)
    assert refused.status_code == 429
    assert "at most 3 a minute" in problem_of(refused)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert asking.get("/v1/me", headers=bob).status_code == 200
    assert asking.get("/", headers=ann).status_code == 200  # pages are not counted


def test_without_a_limit_and_on_this_machine_nothing_is_counted(tmp_path: Path, accounts: Accounts) -> None:
    unlimited = client(Config(data=tmp_path, requests_per_minute=0, **BEYOND))
    local = client(Config(data=tmp_path, requests_per_minute=1))
    headers = bearer(accounts)
    for asking in (unlimited, local):
        answers = [asking.get("/v1/me", headers=headers) for _ in range(5)]
        assert {answer.status_code for answer in answers} == {200}
        assert "ratelimit" not in answers[0].headers


def test_what_is_asked_on_the_chat_page_counts(tmp_path: Path, accounts: Accounts) -> None:
    asking = client(Config(data=tmp_path, requests_per_minute=2, **BEYOND))
    headers = bearer(accounts)
    assert asking.get("/v1/me", headers=headers).status_code == 200
    told = [asking.post("/gradio_api/queue/join", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in told] == [200, 429]
    assert told[1].json()["detail"] == told[1].json()["error"]["message"]  # which Gradio's page shows
    assert asking.get("/gradio_api/queue/data", headers=headers).status_code == 200
