"""Settings: which source wins, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from qa.config import Config, Settings, load_config
from qa.errors import ConfigError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ``footnote.toml`` of the working folder gets into a test."""
    monkeypatch.chdir(tmp_path)


def from_file(text: str, **environment: str) -> Settings:
    file = Path("settings.toml")
    file.write_text(text, encoding="utf-8")
    return load_config(file=file, environment=environment)


def test_without_any_source_all_is_default() -> None:
    settings = load_config(environment={})
    assert settings.config == Config()
    assert set(settings.origins.values()) == {"default"}
    assert settings.config.catalog_path == Path(".footnote/catalog.sqlite3")
    assert settings.config.vectors_path == Path(".footnote/chroma")


def test_the_later_source_wins_and_is_named() -> None:
    file = Path("settings.toml")
    file.write_text("port = 1\npassages = 2\ncandidates = 3\n", encoding="utf-8")
    settings = load_config(
        {"port": 7, "passages": None}, file=file, environment={"FOOTNOTE_PORT": "6", "FOOTNOTE_PASSAGES": "5"}
    )
    config, origins = settings.config, settings.origins
    assert (config.port, config.passages, config.candidates) == (7, 5, 3)
    assert (origins["port"], origins["passages"], origins["candidates"], origins["host"]) == (
        "command line",
        "environment",
        "file",
        "default",
    )


def test_the_file_is_the_named_one_or_the_one_lying_there() -> None:
    Path("footnote.toml").write_text("port = 1\n", encoding="utf-8")
    Path("other.toml").write_text("port = 2\n", encoding="utf-8")
    assert load_config(environment={}).config.port == 1
    assert load_config(environment={"FOOTNOTE_CONFIG": ""}).config.port == 1
    assert load_config(environment={"FOOTNOTE_CONFIG": "other.toml"}).config.port == 2


def test_two_sources_are_judged_together() -> None:
    """40 tokens a passage alone would be refused for the default overlap of 40."""
    settings = from_file("passage_tokens = 40", FOOTNOTE_OVERLAP_TOKENS="10")
    assert (settings.config.passage_tokens, settings.config.overlap_tokens) == (40, 10)


def test_examples_are_a_list_in_the_file_and_parted_by_bars_in_the_environment() -> None:
    assert from_file('examples = ["Who owes?", " Why? "]').config.examples == ("Who owes?", "Why?")
    assert from_file("", FOOTNOTE_EXAMPLES="Who owes? | Why?").config.examples == ("Who owes?", "Why?")
    assert from_file('examples = ["Why?"]', FOOTNOTE_EXAMPLES="").config.examples == ()


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert from_file('data = "~/papers"').config.data == Path("/home/ann/papers")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("prot = 1", "unknown setting 'prot' (file); known: accepted_risk, allowed_origins"),
        ("[server]\nport = 1", "unknown setting 'server' (file)"),
        ("port = true", "port must be of type int, not True (file)"),
        ("port = 1.5", "port must be of type int, not 1.5 (file)"),
        ('port = "many"', "port must be a number, not 'many' (file)"),
        ("host = 7", "host must be of type str, not 7 (file)"),
        ("data = 7", "data must be of type Path, not 7 (file)"),
        ('data = ""', "data must be of type Path, not '' (file)"),
        ("examples = 7", "examples must be of type tuple, not 7 (file)"),
        ("examples = [7]", "examples must be of type tuple, not [7] (file)"),
        ("port = 65536", "port must be between 0 and 65535, not 65536"),
        ("port = -1", "port must be between 0 and 65535, not -1"),
        ("passages = 0", "passages must be between 1 and 50, not 0"),
        ("passage_tokens = 40", "overlap_tokens must be smaller than passage_tokens"),
        ("port = ", "settings.toml is not valid TOML"),
        ('chroma_url = "localhost:8000"', "chroma_url must be like http://localhost:8000"),
        ('chroma_url = "http://localhost:many"', "chroma_url must be like http://localhost:8000"),
        ('chroma_url = "http://me:word@localhost"', "(a key goes into chroma_key)"),
        ('chroma_tenant = "a/../b"', "chroma_tenant must be 1 to 128 letters, digits"),
        ('chroma_database = ""', "chroma_database must be 1 to 128 letters, digits"),
        ('llm_url = "localhost:8080"', "llm_url must be like http://127.0.0.1:8080/v1"),
        ('llm_url = "http://me:word@localhost/v1"', "(a key goes into llm_key)"),
        ('llm_url = "http://localhost/v1"', "llm_url and llm_model go together: set llm_model, too"),
        ('llm_model = "m"', "llm_url and llm_model go together: set llm_url, too"),
        ('llm_key = "a b"', "llm_key must be ASCII letters, digits and signs, without spaces"),
        ("llm_key = 7", "llm_key must be of type str, not what it is (file)"),
        ('llm_unsupported = "show"', "llm_unsupported must be drop or mark, not 'show'"),
        ('reader = "llm"', "the reader llm needs a language model: set llm_url and llm_model"),
        ("llm_context_tokens = 10", "llm_context_tokens must be between 512 and 1000000"),
        ('names = ["http://footnote.example"]', "names must be host names such as footnote.example"),
        ('names = ["footnote.example:7860"]', "without a port, not 'footnote.example:7860'"),
        ('names = ["*"]', "names must be host names"),
        ('names = ["café.example"]', "names must be host names"),
        ('trusted_proxies = ["proxy.example"]', "trusted_proxies must be addresses or networks"),
        ('trusted_proxies = ["10.1.2.3/8"]', "trusted_proxies must be addresses or networks"),
        ('trusted_proxies = ["0.0.0.0/0"]', "trusted_proxies must be addresses or networks"),
        ('trusted_proxies = ["::/0"]', "trusted_proxies must be addresses or networks"),
        ('allowed_origins = ["*"]', "allowed_origins must be like https://intranet.example"),
        ('allowed_origins = ["null"]', "allowed_origins must be like https://intranet.example"),
        ('allowed_origins = ["https://a.example/"]', "without a path, not 'https://a.example/'"),
        ('allowed_origins = ["https://me@a.example"]', "allowed_origins must be like"),
        ('allowed_origins = ["https://a.example:99999"]', "allowed_origins must be like"),
        ('allowed_origins = ["ftp://a.example"]', "allowed_origins must be like"),
        ('proxy_user_header = "X-User"', "proxy_user_header needs trusted_proxies"),
        (
            'proxy_user_header = "X User:"\ntrusted_proxies = ["10.1.2.3"]',
            "proxy_user_header must be the name of a header",
        ),
    ],
)
def test_a_bad_setting_is_one_clear_line(toml: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_file(toml)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"FOOTNOTE_PROT": "1"}, "unknown setting 'prot' (environment)"),
        ({"FOOTNOTE_PORT": "1.5"}, "port must be a number, not '1.5' (environment)"),
        ({"FOOTNOTE_PORT": ""}, "port must be a number, not '' (environment)"),
        ({"FOOTNOTE_CONFIG": "gone.toml"}, "cannot read the settings file gone.toml: No such file"),
        ({"FOOTNOTE_CONFIG": "."}, "the settings file . is not a file"),
    ],
)
def test_a_bad_environment_is_one_clear_line(variables: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(environment=variables)
    assert said in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused() -> None:
    Path("settings.toml").write_bytes(b'host = "caf\xe9"')
    with pytest.raises(ConfigError, match=r"settings\.toml is not valid TOML"):
        load_config(file=Path("settings.toml"), environment={})


@pytest.mark.parametrize("override", [{"port": True}, {"nonsense": 1}, {"host": 1}])
def test_overrides_are_held_to_the_same_rules(override: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"\(command line\)"):
        load_config(override, environment={})


def test_other_variables_are_no_concern() -> None:
    assert load_config(environment={"PORT": "1", "FOOTNOTES": "x", "footnote_port": "2"}).config == Config()


def test_a_settings_file_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="is not a file"):
            load_config(environment={}, file=path)


def test_a_key_is_never_shown() -> None:
    settings = from_file('chroma_url = "https://api.trychroma.com"', FOOTNOTE_CHROMA_KEY="ck-very-secret")
    assert settings.config.chroma_key == "ck-very-secret"
    assert "secret" not in repr(settings)
    assert (settings.config.shown("chroma_key"), Config().shown("chroma_key")) == ("set", "not set")
    assert settings.config.shown("chroma_url") == "https://api.trychroma.com"


@pytest.mark.parametrize("toml", ["chroma_key = 740815", 'chroma_key = "740815 "', 'chroma_key = "740815ü"'])
def test_a_key_that_cannot_be_one_is_not_repeated(toml: str) -> None:
    with pytest.raises(ConfigError, match="chroma_key") as caught:
        from_file(toml)
    assert "740815" not in str(caught.value)


def test_how_people_reach_the_server_is_taken_as_written() -> None:
    config = from_file(
        'names = ["Footnote.example", "10.1.2.3", "::1"]\nproxy_user_header = "X-Forwarded-User"\n'
        'trusted_proxies = ["10.1.2.3", "fd00::/8"]\nallowed_origins = ["https://a.example:8443"]'
    ).config
    assert config.names == ("Footnote.example", "10.1.2.3", "::1")
    assert config.trusted_proxies == ("10.1.2.3", "fd00::/8")
    assert config.allowed_origins == ("https://a.example:8443",)
