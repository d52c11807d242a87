"""What goes wrong with a language model's server, as one clear line.

What the server says is looked at, and never told on: it may repeat the key, or the question.
"""

from __future__ import annotations

import re
import time
from email.utils import mktime_tz, parsedate_tz
from functools import cache

from qa.errors import LLMError

_CONTEXT = re.compile(
    r"context|(?:too|maximum|max\w*|prompt|input)\W+(?:\w+\W+){0,6}(?:long|large|length|tokens)|n_ctx"
)
_UNKNOWN_MODEL = re.compile(
    r"model\b.{0,200}(?:not (?:be )?found|not exist|unknown|not available|invalid)", re.S
)
_ANOTHER_PROTOCOL = (
    "what answers at llm_url does not speak OpenAI's protocol: the address mostly ends with /v1"
)
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@cache
def failures() -> tuple[type[Exception], ...]:
    """All that may be raised when a server is asked that may answer anything.

    What is no reply of the protocol makes the libraries stumble, hence the general errors.
    """
    import httpx
    import openai

    libraries = (openai.OpenAIError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL)
    return (
        *libraries,
        LLMError,
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
    )


def trouble(error: Exception, model: str) -> LLMError:
    """What a failure means, in words that have nothing of the server's."""
    import httpx
    import openai

    while isinstance(error, openai.APIConnectionError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, LLMError):
        return error
    if isinstance(error, openai.APIStatusError):
        return LLMError(_of_status(error.status_code, str(error.body or "")[:4_000].lower(), model))
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError | httpx.InvalidURL):
        return LLMError("the language model's server cannot be reached at llm_url", gone=True)
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.ReadTimeout | httpx.WriteError):
        return LLMError("the language model's server broke off")
    if isinstance(error, openai.APIError):  # told in the stream
        return LLMError(_of_status(500, str(error.message)[:4_000].lower(), model))
    return LLMError(_ANOTHER_PROTOCOL)


def another_protocol() -> LLMError:
    """For what can be told from a reply's head."""
    return LLMError(_ANOTHER_PROTOCOL)


def _of_status(status: int, said: str, model: str) -> str:
    if status in (401, 403):
        return "the language model's server refuses the key: set llm_key"
    if status in (400, 404, 422) and _UNKNOWN_MODEL.search(said):
        return f"the language model's server does not know the model {model!r}: set llm_model"
    if status in (400, 413, 422, 500) and _CONTEXT.search(said):
        return "the language model's context is too small for the passages: lower llm_context_tokens"
    if status in (300, 301, 302, 303, 307, 308, 404, 405, 406, 410, 415, 501):
        return _ANOTHER_PROTOCOL
    if status == 429:
        return "the language model's server is asked too much (429)"
    if status >= 500:
        return f"the language model's server failed ({status})"
    return f"the language model's server refuses the request ({status})"


def retry_after(error: Exception, pause: float) -> float | None:
    """Seconds to wait before asking again: as the server says, else ``pause``; None when it is no use."""
    import httpx
    import openai

    if isinstance(error, openai.APIStatusError):
        if error.status_code not in _AGAIN:
            return None
        told = _seconds(error.response.headers.get("retry-after", ""))
        return pause if told is None else max(told, 0.0)
    refused = isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)
    return pause if refused and isinstance(error.__cause__, httpx.TransportError) else None


def _seconds(header: str) -> float | None:
    """A ``Retry-After`` header in seconds from now (RFC 9110, 10.2.3); None when it says nothing of use."""
    try:
        return float(header)
    except ValueError:
        moment = parsedate_tz(header)
    return mktime_tz(moment) - time.time() if moment else None
