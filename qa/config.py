"""The one configuration: frozen, made once at the edge, passed down. The only reader of the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import urlsplit

from qa import addresses
from qa.errors import ConfigError

Origin = Literal["default", "file", "environment", "command line"]


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting. In ``footnote.toml`` by these names, in the environment as ``FOOTNOTE_<NAME>``."""

    data: Path = Path(".footnote")
    """The data folder: catalog and vectors."""
    host: str = "127.0.0.1"
    """Where ``footnote serve`` listens."""
    port: int = 7860
    passage_tokens: int = 200
    """Most cl100k_base tokens of a passage."""
    overlap_tokens: int = 40
    """Most tokens, in whole sentences, that a passage repeats of the one before."""
    candidates: int = 50
    """How many passages each of the two searches puts up for fusion."""
    passages: int = 8
    """How many passages are read (k)."""
    reader: str = "extractive"
    """Which reader answers."""
    accepted_risk: float = 0.30
    """The share of wrong answers among those given that is accepted, where a quarter can't be answered."""
    llm_url: str = ""
    """An OpenAI-compatible server for ``reader = "llm"``, such as ``http://127.0.0.1:8080/v1``."""
    llm_model: str = ""
    """The model's name, as that server calls it."""
    llm_key: str = field(default="", repr=False)
    """The server's API key, where it wants one. It is never shown."""
    llm_seconds: int = 30
    """How long the model may take over a question; then the extractive reader answers it."""
    llm_at_once: int = 4
    """How many questions the model is asked at the same time."""
    llm_context_tokens: int = 4_096
    """Most cl100k_base tokens of what the model is given and writes; keep a tenth below what it can take."""
    llm_unsupported: str = "drop"
    """What becomes of a sentence of the model that the passages don't bear out: ``drop`` or ``mark`` it."""
    max_question_chars: int = 4_000
    """Longer questions are refused."""
    max_file_mb: int = 100
    """Larger files are refused."""
    load_seconds: int = 30
    """How long reading one file may take."""
    load_memory_mb: int = 1_000
    """The memory that reading one file may take."""
    load_processes: int = 0
    """How many files are read at the same time; 0 means one a core, at most four."""
    examples: tuple[str, ...] = ()
    """Questions the chat page offers; in the environment separated by ``|``."""
    names: tuple[str, ...] = ()
    """The host names that people reach the server by, besides the address it listens on."""
    sign_in: bool = False
    """Whether everyone signs in. For any but a loopback address, or with ``names``, everyone does anyhow."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose word on who asks, and from where, is taken."""
    proxy_user_header: str = ""
    """The header in which a trusted proxy says who asks, such as ``X-Forwarded-User``; empty: none does."""
    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may call the API (CORS), such as ``https://intranet.example``."""
    requests_per_minute: int = 300
    """How often one key or user may call the API; 0 means no limit."""
    answers_at_once: int = 0
    """How many questions are answered at the same time; 0 means one a core."""
    questions_waiting: int = 64
    """How many questions wait for their turn; more are refused."""
    waiting_seconds: int = 30
    """How long a question waits for its turn before it is refused."""
    conversation_days: int = 365
    """How long a conversation is kept after its last question; 0 means for ever."""
    threads: int = 0
    """Threads of the models; 0 means all cores."""
    chroma_url: str = ""
    """A Chroma server for the vectors, such as ``http://localhost:8000``; empty: the data folder has them."""
    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"
    """Where on that server."""
    chroma_key: str = field(default="", repr=False)
    """The server's API key, as Chroma Cloud wants one. It is never shown."""

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} must be between {low} and {high}, not {value}")
        if self.overlap_tokens >= self.passage_tokens:
            raise ConfigError("overlap_tokens must be smaller than passage_tokens")
        _check_server(self)
        _check_llm(self)
        _check_reach(self)

    @property
    def catalog_path(self) -> Path:
        return self.data / "catalog.sqlite3"

    @property
    def access_path(self) -> Path:
        return self.data / "access.sqlite3"

    @property
    def vectors_path(self) -> Path:
        return self.data / "chroma"

    def answering(self) -> dict[str, object]:
        """The settings that make passages and answers different."""
        return {name: getattr(self, name) for name in _ANSWERING}

    def shown(self, name: str) -> str:
        """The value of a setting for a person to see; of a secret only whether it is set."""
        value = getattr(self, name)
        return ("set" if value else "not set") if name in _SECRETS else str(value)


_ANSWERING = (
    "passage_tokens",
    "overlap_tokens",
    "candidates",
    "passages",
    "reader",
    "accepted_risk",
    "max_file_mb",
    "llm_url",
    "llm_model",
    "llm_seconds",
    "llm_context_tokens",
    "llm_unsupported",
)
_SWITCH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_SECRETS = frozenset({"chroma_key", "llm_key"})

_KEY = re.compile(r"[!-~]*")

_RANGES: tuple[tuple[str, float, float], ...] = (
    ("port", 0, 65_535),
    ("passage_tokens", 32, 400),
    ("overlap_tokens", 0, 200),
    ("candidates", 1, 300),
    ("passages", 1, 50),
    ("accepted_risk", 0.0, 1.0),
    ("llm_seconds", 1, 600),
    ("llm_at_once", 1, 1_024),
    ("llm_context_tokens", 512, 1_000_000),
    ("max_question_chars", 1, 100_000),
    ("max_file_mb", 1, 10_000),
    ("load_seconds", 1, 3_600),
    ("load_memory_mb", 256, 1_000_000),
    ("load_processes", 0, 64),
    ("threads", 0, 1_024),
    ("requests_per_minute", 0, 1_000_000),
    ("answers_at_once", 0, 1_024),
    ("questions_waiting", 0, 10_000),
    ("waiting_seconds", 1, 3_600),
    ("conversation_days", 0, 36_500),
)


def _check_address(whose: str, url: str, key: str, like: str) -> None:
    """Raises ConfigError for an address that is none, and a key that can't be sent; it is not repeated."""
    if url and not _is_url(url):
        raise ConfigError(
            f"{whose}_url must be like {like}, without a user, a password or a question mark"
            f" (a key goes into {whose}_key)"
        )
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{whose}_key must be ASCII letters, digits and signs, without spaces")


def _check_server(config: Config) -> None:
    """Raises ConfigError for an address that is none, and for what can't be sent; the key is not repeated."""
    _check_address("chroma", config.chroma_url, config.chroma_key, "http://localhost:8000")
    for name in ("chroma_tenant", "chroma_database"):
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", getattr(config, name)):
            raise ConfigError(f"{name} must be 1 to 128 letters, digits, dots, dashes or underscores")


def _check_llm(config: Config) -> None:
    """Raises ConfigError for a language model that can't be asked; the key is not repeated."""
    _check_address("llm", config.llm_url, config.llm_key, "http://127.0.0.1:8080/v1")
    if bool(config.llm_url) != bool(config.llm_model):
        missing = "llm_model" if config.llm_url else "llm_url"
        raise ConfigError(f"llm_url and llm_model go together: set {missing}, too")
    if config.llm_unsupported not in ("drop", "mark"):
        raise ConfigError(f"llm_unsupported must be drop or mark, not {config.llm_unsupported!r}")
    if config.reader == "llm" and not config.llm_url:
        raise ConfigError("the reader llm needs a language model: set llm_url and llm_model")


def _is_url(text: str) -> bool:
    """Whether it is a server's address that holds no secret."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        return False
    return usable and "@" not in parts.netloc and not parts.query and not parts.fragment


def _check_reach(config: Config) -> None:
    """Raises ConfigError for names, proxies and origins that are none."""
    for name in config.names:
        if addresses.host_name(name) is None:
            raise ConfigError(
                f"names must be host names such as footnote.example, without a port, not {name!r}"
            )
    for proxy in config.trusted_proxies:
        if addresses.network(proxy) is None:
            raise ConfigError(
                f"trusted_proxies must be addresses or networks such as 10.1.2.0/24, not {proxy!r}"
            )
    for origin in config.allowed_origins:
        if addresses.origin(origin) is None:
            raise ConfigError(
                f"allowed_origins must be like https://intranet.example, without a path, not {origin!r}"
            )
    if config.proxy_user_header and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", config.proxy_user_header):
        raise ConfigError("proxy_user_header must be the name of a header, such as X-Forwarded-User")
    if config.proxy_user_header and not config.trusted_proxies:
        raise ConfigError("proxy_user_header needs trusted_proxies: anyone else could send that header, too")


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration, and for each setting where it came from."""

    config: Config
    origins: Mapping[str, Origin]


def load_config(
    overrides: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Defaults, then the TOML file, then ``FOOTNOTE_*``, then ``overrides``; the later wins.

    ``file`` defaults to ``FOOTNOTE_CONFIG`` or, where it exists, ``./footnote.toml``.
    Raises ConfigError for an unknown name, a wrong type or a value out of range.
    """
    env = os.environ if environment is None else environment
    merged: dict[str, Any] = {}
    origins: dict[str, Origin] = {field.name: "default" for field in fields(Config)}
    layers: tuple[tuple[Origin, Mapping[str, object]], ...] = (
        ("file", _read_file(file or _config_file(env))),
        ("environment", _read_environment(env)),
        ("command line", {k: v for k, v in (overrides or {}).items() if v is not None}),
    )
    for origin, values in layers:
        typed = {name: _typed(name, value, origin) for name, value in values.items()}
        merged |= typed
        origins |= dict.fromkeys(typed, origin)
    return Settings(Config(**merged), origins)


def _config_file(env: Mapping[str, str]) -> Path | None:
    named = env.get("FOOTNOTE_CONFIG")
    if named:
        return Path(named)
    local = Path("footnote.toml")
    return local if local.is_file() else None


def _read_file(path: Path | None) -> Mapping[str, object]:
    if path is None:
        return {}
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"the settings file {path} is not a file")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _read_environment(env: Mapping[str, str]) -> Mapping[str, object]:
    prefix = "FOOTNOTE_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in env.items()
        if name.startswith(prefix) and name != "FOOTNOTE_CONFIG"
    }


def _typed(name: str, value: object, origin: str) -> Any:
    types = get_type_hints(Config)
    if name not in types:
        raise ConfigError(f"unknown setting {name!r} ({origin}); known: {', '.join(sorted(types))}")
    wanted = types[name]
    if wanted is Path and isinstance(value, str | Path) and str(value):
        return Path(os.path.expanduser(value))  # noqa: PTH111 - Path.expanduser fails for an unknown user
    if wanted == tuple[str, ...] and isinstance(value, str | list | tuple):
        parts = value.split("|") if isinstance(value, str) else value
        if all(isinstance(part, str) for part in parts):
            return tuple(part.strip() for part in parts if part.strip())
    if isinstance(value, str) and wanted is bool and value.lower() in _SWITCH:
        return _SWITCH[value.lower()]
    if wanted in (int, float) and isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return wanted(value)
        except ValueError as error:
            raise ConfigError(f"{name} must be a number, not {value!r} ({origin})") from error
    if type(value) is not wanted:
        said = "what it is" if name in _SECRETS else repr(value)
        raise ConfigError(f"{name} must be of type {wanted.__name__}, not {said} ({origin})")
    return value
