"""The clients that people have, against a real server: OpenAI's own, and LlamaIndex's for what is like it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from openai.types.chat import ChatCompletionMessageParam

from qa.build import open_assistant
from qa.config import Config
from qa.library import OwnedLibrary
from tests.servers import running
from tests.test_openai import DEBT, NOWHERE, app_of
from ui.service import Service

BODY: list[ChatCompletionMessageParam] = [{"role": "user", "content": DEBT}]


@pytest.fixture(scope="module")
def library(seeds_data: Path) -> Iterator[OwnedLibrary]:
    config = Config(data=seeds_data, threads=1)
    with open_assistant(config) as assistant:
        yield OwnedLibrary(assistant, config)


@pytest.fixture(scope="module")
def base(library: OwnedLibrary) -> Iterator[str]:
    with running(app_of(Service(library, Config()))) as address:
        yield f"{address}/v1"


@pytest.fixture(scope="module")
def client(base: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=base, api_key="none", max_retries=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def llm(base: str) -> OpenAILike:
    return OpenAILike(model="footnote", api_base=base, api_key="none", is_chat_model=True, max_retries=0)


def test_models(client: openai.OpenAI) -> None:
    first = next(iter(client.models.list()))
    assert first.id == "footnote"
    assert client.models.retrieve("footnote") == first


def test_an_answer_with_the_exact_quote(client: openai.OpenAI, library: OwnedLibrary) -> None:
    completion = client.chat.completions.create(model="footnote", messages=BODY, temperature=0.2)
    said = completion.choices[0].message
    assert said.content is not None
    assert "approximately $11 billion" in said.content
    assert said.annotations is not None
    note = said.annotations[0].url_citation
    assert said.content[note.start_index : note.end_index] == "[1]"
    assert completion.usage is not None
    assert completion.usage.completion_tokens > 10
    assert said.model_extra is not None
    cited = said.model_extra["footnote"]["citations"][0]
    assert note.url.endswith(cited["url"])
    assert library.text(cited["document_id"])[cited["start"] : cited["end"]] == cited["quote"]
    assert "approximately \\$11 billion" in cited["quote"]


def test_a_streamed_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="footnote", messages=BODY).choices[0].message
    stream = client.chat.completions.create(
        model="footnote", messages=BODY, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].usage is not None
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert chunks[-2].choices[0].finish_reason == "stop"
    extra = deltas[-2].model_extra
    assert extra is not None
    assert extra["annotations"] == [each.model_dump() for each in whole.annotations or []]
    assert extra["footnote"]["short_answer"] == "approximately $11 billion"


def test_the_clients_own_gathering_of_a_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="footnote", messages=BODY) as stream:
        final = stream.get_final_completion()
    said = final.choices[0].message
    whole = client.chat.completions.create(model="footnote", messages=BODY).choices[0].message
    assert said.content == whole.content
    assert (said.model_extra or {})["footnote"]["short_answer"] == "approximately $11 billion"
    assert said.annotations == whole.annotations


def test_options_of_footnotes_own(client: openai.OpenAI) -> None:
    extra: dict[str, Any] = {"footnote": {"filters": {"documents": []}}}
    completion = client.chat.completions.create(model="footnote-sentence", messages=BODY, extra_body=extra)
    assert completion.model == "footnote-sentence"
    assert completion.choices[0].message.content == "There are no documents to answer from."


def test_many_at_once_are_not_mixed_up(base: str) -> None:
    async def ask(client: openai.AsyncOpenAI, question: str) -> tuple[str, str | None]:
        completion = await client.chat.completions.create(
            model="footnote", messages=[{"role": "user", "content": question}]
        )
        return completion.id, completion.choices[0].message.content

    async def ask_all() -> list[tuple[str, str | None]]:
        async with openai.AsyncOpenAI(base_url=base, api_key="none") as client:
            return await asyncio.gather(*(ask(client, question) for question in [DEBT, NOWHERE] * 4))

    answers = asyncio.run(ask_all())
    assert len({id_ for id_, _ in answers}) == len(answers)
    assert ["$11 billion" in (text or "") for _, text in answers] == [True, False] * 4


@pytest.mark.parametrize("stream", [False, True])
def test_refusals_are_the_clients_own_errors(client: openai.OpenAI, stream: bool) -> None:
    create = client.chat.completions.create
    with pytest.raises(openai.BadRequestError, match="at most 4,000") as long:
        create(model="footnote", messages=[{"role": "user", "content": "why " * 25_000}], stream=stream)
    assert long.value.type == "invalid_request_error"
    with pytest.raises(openai.NotFoundError) as unknown:
        create(model="gpt-4o", messages=BODY, stream=stream)
    assert unknown.value.code == "model_not_found"
    assert unknown.value.param == "model"
    with pytest.raises(openai.BadRequestError, match=r"footnote\.k"):
        create(model="footnote", messages=BODY, stream=stream, extra_body={"footnote": {"k": 99}})


@pytest.mark.parametrize("stream", [False, True])
def test_a_library_that_fails_is_a_server_error(tmp_path: Path, stream: bool) -> None:
    config = Config(data=tmp_path, threads=1)
    with open_assistant(config) as assistant:
        library = OwnedLibrary(assistant, config)
    app = app_of(Service(library, config))  # whose index is closed now
    with (
        running(app) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
        pytest.raises(openai.InternalServerError) as failed,
    ):
        client.chat.completions.create(model="footnote", messages=BODY, stream=stream)
    assert failed.value.status_code == 503


def test_llama_index_completes_and_chats(llm: OpenAILike, base: str) -> None:
    assert "approximately $11 billion" in llm.complete(DEBT).text
    chat = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=DEBT)]
    answer = llm.chat(chat)
    assert "approximately $11 billion" in (answer.message.content or "")
    assert answer.raw is not None


def test_llama_index_streams(llm: OpenAILike) -> None:
    chat = [ChatMessage(role="user", content=DEBT)]
    *_, last = llm.stream_chat(chat)
    assert last.message.content == llm.chat(chat).message.content
    assert [*llm.stream_complete(DEBT)][-1].text == last.message.content
