"""A language model behind an OpenAI-compatible server, asked through llama-index. Its types stay here.

Each question has a connection of its own, on an event loop that runs while any is asked: so a deadline holds
wherever a server is slow, and whoever stops listening closes the connection. Nothing that a server says in
an error is told on: it may repeat the key or the question.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anyio.from_thread import BlockingPortalProvider

from qa.addresses import is_loopback
from qa.errors import LLMError
from qa.read.prompts import Prompt
from qa.read.troubles import another_protocol, failures, retry_after, trouble

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    from qa.config import Config

TICK_SECONDS = 0.1
"""How often whoever waits for a model is told that nothing new has come."""
CONNECT_SECONDS = 5.0
_NO_KEY = "none"  # or llama-index would take a key from the environment, and send it
_TOLD_OF_US = ("openai-organization", "openai-project", "x-stainless-")  # by openai's client, of this machine
_FIRST_PAUSE_SECONDS = 0.5
_MOST_TRIES = 4
_MOST_KNOCKS = 2  # where nobody listens
_END = None

Pieces = Iterator[str | None]
"""What a model writes, piece by piece; None every ``TICK_SECONDS`` in which nothing came."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that a server lists; ``context`` is how many tokens it takes, where the server says it."""

    name: str
    context: int | None


class Model:
    """Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        """The server and the model that ``config`` names."""
        self.name = config.llm_model
        self._url = config.llm_url.rstrip("/")
        self._key = config.llm_key or _NO_KEY
        self._portal = BlockingPortalProvider()

    @contextmanager
    def asked(self, prompt: Prompt, seconds: float) -> Iterator[Pieces]:
        """What the model writes to ``prompt``, for at most ``seconds``; leaving closes the connection.

        The pieces raise LLMError when it can't be asked, fails or does not end in time. What may pass
        (too many requests, a server that starts) is tried again meanwhile.
        """
        self.load()
        pieces: SimpleQueue[str | LLMError | None] = SimpleQueue()
        deadline = time.monotonic() + seconds
        with self._portal as portal:
            task = portal.start_task_soon(self._ask, prompt, deadline, pieces.put)
            try:
                yield _told(pieces)
            finally:
                task.cancel()
                with suppress(CancelledError):
                    task.result()  # the connection is closed now

    def load(self) -> None:
        """Import what asking needs. It takes seconds once, which are not the model's."""
        import openai.resources.chat  # noqa: F401 - else when it is first used
        from llama_index.llms.openai_like import OpenAILike  # noqa: F401

        self._certificates  # noqa: B018 - likewise

    def write(self, prompt: Prompt, seconds: float) -> str:
        """All that the model writes. Raises LLMError."""
        with self.asked(prompt, seconds) as pieces:
            return "".join(piece for piece in pieces if piece)

    def listed(self, seconds: float) -> list[Listed]:
        """The models that the server has. Raises LLMError."""
        self.load()
        with self._portal as portal:
            return portal.call(self._list, seconds)

    async def _list(self, seconds: float) -> list[Listed]:
        from openai import AsyncOpenAI

        try:
            async with asyncio.timeout(seconds), self._client(streams=False) as client:
                asked = AsyncOpenAI(api_key=self._key, base_url=self._url, http_client=client, max_retries=0)
                return [Listed(str(each.id), _context(each)) async for each in asked.models.list()]
        except failures() as error:  # a timeout is an OSError
            raise trouble(error, self.name) from None

    async def _ask(
        self, prompt: Prompt, deadline: float, tell: Callable[[str | LLMError | None], None]
    ) -> None:
        """Tell each piece, and at last the end or what went wrong."""
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                async with aclosing(self._pieces(prompt, deadline)) as pieces:
                    async for piece in pieces:
                        tell(piece)
            tell(_END)
        except TimeoutError:
            tell(LLMError("the language model did not answer in time"))
        except LLMError as error:
            tell(error)

    async def _pieces(self, prompt: Prompt, deadline: float) -> AsyncGenerator[str]:
        pause = _FIRST_PAUSE_SECONDS
        for tries in range(1, _MOST_TRIES + 1):
            begun = False
            try:
                async with aclosing(self._once(prompt)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except failures() as error:
                found = trouble(error, self.name)
                wait = retry_after(error, pause)
                late = wait is not None and time.monotonic() + wait >= deadline
                most = _MOST_TRIES if not found.gone else _MOST_KNOCKS
                if begun or wait is None or late or tries >= most:
                    raise found from None  # what came before may hold the key
                await asyncio.sleep(wait)
                pause *= 2
            else:
                return

    async def _once(self, prompt: Prompt) -> AsyncGenerator[str]:
        """One request. Raises whatever the libraries raise."""
        from llama_index.core.llms import ChatMessage

        messages = [ChatMessage(role=each.role, content=each.content) for each in prompt.messages]
        async with self._client() as client:
            llm = self._llm(client, prompt.most_tokens)
            stream = await llm.astream_chat(messages)
            async with aclosing(stream) as replies:
                begun = False
                async for reply in replies:
                    begun = True
                    if reply.delta:
                        yield reply.delta
                    finish = _finish(reply.raw)
                    if finish == "length":
                        raise LLMError("the language model wrote more than it may")
                    if finish:
                        return
            raise LLMError("the language model's server broke off") if begun else another_protocol()

    def _llm(self, client: httpx.AsyncClient, most_tokens: int) -> OpenAILike:
        """llama-index's client. Not to be kept, or shown: its repr has the key."""
        from llama_index.llms.openai_like import OpenAILike

        llm: OpenAILike = OpenAILike(
            model=self.name,
            api_base=self._url,
            api_key=self._key,
            is_chat_model=True,
            temperature=0.0,
            max_tokens=most_tokens,
            max_retries=0,
            timeout=3_600.0,  # the deadline is ours
            async_http_client=client,
        )
        return llm

    def _client(self, *, streams: bool = True) -> httpx.AsyncClient:
        import httpx

        async def discreet(request: httpx.Request) -> None:
            for name in [name for name in request.headers if name.startswith(_TOLD_OF_US)]:
                del request.headers[name]

        async def expected(response: httpx.Response) -> None:
            kind = response.headers.get("content-type", "")
            if response.is_success and kind.startswith(("text/html", "application/json")[: 1 + streams]):
                raise another_protocol()

        return httpx.AsyncClient(
            verify=self._certificates,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            trust_env=not is_loopback(
                urlsplit(self._url).hostname or ""
            ),  # proxies are for what is beyond this machine
            event_hooks={"request": [discreet], "response": [expected]},
        )

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _told(pieces: SimpleQueue[str | LLMError | None]) -> Pieces:
    while True:
        try:
            piece = pieces.get(timeout=TICK_SECONDS)
        except Empty:
            yield None
            continue
        if isinstance(piece, LLMError):
            raise piece
        if piece is _END:
            return
        yield piece


def _context(listed: Any) -> int | None:
    """How many tokens a listed model takes: as vLLM says it, or as llama.cpp does."""
    meta = getattr(listed, "meta", None)
    told = getattr(listed, "max_model_len", None) or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if isinstance(told, int) and told > 0 else None


def _finish(raw: Any) -> str | None:
    """Why a reply is the last of its stream; None when it is not: a stream without such a one was cut."""
    choices = getattr(raw, "choices", None) or []
    return choices[0].finish_reason if choices else None
