"""A model's server, asked over real HTTP: what it writes, and each failure as one clear line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from qa.config import Config
from qa.errors import LLMError
from qa.read.model import Model
from qa.read.prompts import Message, Prompt
from tests.llms import MODEL, Reply, Scripted, endlessly, fails, says, scripted
from tests.servers import free_port, silent

SECRET = "sk-very-secret"
PROMPT = Prompt((Message("system", "Rules."), Message("user", "Question?")), 50, 1)
ANOTHER_PROTOCOL = "does not speak OpenAI's protocol: the address mostly ends with /v1"


def model_at(url: str, **settings: Any) -> Model:
    return Model(Config(**{"llm_url": url, "llm_model": MODEL, **settings}))


def write(server: Scripted, seconds: float = 20, **settings: Any) -> str:
    return model_at(server.url, **settings).write(PROMPT, seconds)


def test_it_is_asked_as_openai_is_and_told_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-another-service")
    with scripted(says("Hel", "lo ", "world.")) as server:
        assert write(server) == "Hello world."
    [asked], [headers] = server.asked, server.headers
    assert [(m["role"], m["content"]) for m in asked["messages"]] == [
        ("system", "Rules."),
        ("user", "Question?"),
    ]
    assert (asked["max_tokens"], asked["temperature"], asked["stream"]) == (50, 0.0, True)
    assert "tools" not in asked
    told = json.dumps(headers)
    assert "of-another-service" not in told
    assert "stainless" not in told.lower()


def test_the_key_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with scripted(says("Yes."), key=SECRET) as server:
        assert write(server, llm_key=SECRET) == "Yes."
        with pytest.raises(LLMError, match="refuses the key: set llm_key") as refused:
            write(server, llm_key=f"{SECRET}-wrong")
        with pytest.raises(LLMError, match="refuses the key"):
            write(server)
    told = repr((refused.value, refused.value.__cause__, refused.value.args, Model(Config(llm_key=SECRET))))
    assert SECRET not in told + caplog.text


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (fails(429, Retry_After="100"), r"is asked too much \(429\)"),
        (fails(404, "Not Found"), ANOTHER_PROTOCOL),
        (
            fails(400, "maximum context length is 5 tokens"),
            "context is too small .* lower llm_context_tokens",
        ),
        (fails(418), r"refuses the request \(418\)"),
        (Reply(headers={"Content-Type": "text/html"}, body=b"<html>Hello"), ANOTHER_PROTOCOL),
        (Reply(headers={"Content-Type": "application/json"}, body=b"[]"), ANOTHER_PROTOCOL),
        (Reply(status=302, headers={"Location": "http://evil.example"}, body=b""), ANOTHER_PROTOCOL),
        (says("Yes", cut=True), "broke off"),
        (says("Yes", finish="length"), "wrote more than it may"),
        (says(b"data: \xff\xfe{\n\n"), ANOTHER_PROTOCOL),
        (says(b"data: {\n\n"), ANOTHER_PROTOCOL),
        (says(b'data: {"choices": 5}\n\n'), ANOTHER_PROTOCOL),
        (says(b'data: {"error": {"message": "exceeds the context size"}}\n\n'), "context is too small"),
        (says(b'data: {"error": {"message": "failed"}}\n\n'), "failed"),
        (says("Yes", 60.0), "did not answer in time"),
        (says(slow=60.0), "did not answer in time"),
    ],
)
def test_each_failure_is_one_line(reply: Reply, line: str) -> None:
    with scripted(reply) as server, pytest.raises(LLMError, match=line) as failed:
        write(server, seconds=1.5)
    assert "\n" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_an_unknown_model_is_named() -> None:
    with scripted(says("Yes.")) as server, pytest.raises(LLMError, match="does not know the model 'gone'"):
        write(server, llm_model="gone")


@pytest.mark.parametrize(
    "first", [fails(429), fails(500), fails(503, Retry_After="0"), fails(429, Retry_After="0.1")]
)
def test_what_passes_is_tried_again(first: Reply) -> None:
    with scripted([first, says("Yes.")]) as server:
        assert write(server) == "Yes."
    assert len(server.asked) == 2


def test_what_does_not_pass_is_not() -> None:
    with scripted(fails(400)) as server, pytest.raises(LLMError, match="refuses the request"):
        write(server)
    assert len(server.asked) == 1


def test_where_nobody_listens_it_is_gone() -> None:
    with pytest.raises(LLMError, match="cannot be reached at llm_url") as failed:
        model_at(f"http://127.0.0.1:{free_port()}/v1").write(PROMPT, 5)
    assert failed.value.gone


def test_a_server_that_accepts_and_says_nothing_ends_with_the_time() -> None:
    with silent() as url, pytest.raises(LLMError, match="did not answer in time"):
        model_at(url).write(PROMPT, 0.5)


def test_who_waits_is_told_so_and_who_leaves_closes_the_connection() -> None:
    with scripted(says("One. ", *endlessly("word "))) as server:
        with model_at(server.url).asked(PROMPT, 30) as pieces:
            assert next(piece for piece in pieces if piece) == "One. "
        assert server.left.wait(10)
    with scripted(says(0.5, "One.")) as server, model_at(server.url).asked(PROMPT, 30) as pieces:
        assert next(pieces) is None


def test_several_are_asked_at_once() -> None:
    both = threading.Barrier(2, timeout=20)

    def together(_: dict[str, Any]) -> Reply:
        both.wait()
        return says("Yes.")

    found: list[str] = []
    with scripted(together) as server:
        model = model_at(server.url)
        asking: list[threading.Thread] = []
        for _ in range(2):
            work: Callable[[], None] = lambda: found.append(model.write(PROMPT, 20))  # noqa: E731
            asking.append(threading.Thread(target=work))
            asking[-1].start()
        for thread in asking:
            thread.join()
    assert found == ["Yes.", "Yes."]
