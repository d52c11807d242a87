"""What ``footnote doctor`` tells of a Chroma server, and of a language model's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from qa.catalog import Catalog
from qa.config import load_config
from qa.embed import BundledEmbedder
from qa.generation import Generation
from qa.places import place_of
from tests import corpus
from tests.llms import MODEL, says, scripted
from tests.servers import free_port, running
from ui.doctor import examine


def test_a_server_that_is_gone_is_told_and_the_key_is_not(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = load_config(
        {"data": tmp_path}, environment={"FOOTNOTE_CHROMA_URL": url, "FOOTNOTE_CHROMA_KEY": "ck-very-secret"}
    )
    catalog = Catalog(settings.config.catalog_path)
    corpus.put(catalog, 3)
    place = place_of(settings.config, catalog)
    catalog.set_state("embedder", BundledEmbedder.name)
    catalog.set_state(place.record, Generation(place.new_name(), 1).dump())
    catalog.close()
    report = examine(settings)
    assert not report.healthy
    told = dict(report.parts)["vectors"]
    assert told.startswith(f"BROKEN: the Chroma server {url} does not answer")
    assert told.endswith("; exact search answers until it does")
    assert ("chroma_key", "set", "environment") in report.settings
    assert "very-secret" not in json.dumps(report.as_dict())


def told_of_llm(tmp_path: Path, url: str, **settings: object) -> str:
    """What the doctor says of a language model."""
    given = {"data": tmp_path, "llm_url": url, "llm_model": MODEL, **settings}
    report = examine(load_config(given, environment={}))
    assert "sk-secret" not in json.dumps(report.as_dict())
    told = dict(report.parts)["language model"]
    assert report.healthy is not told.startswith("BROKEN")
    return told


def test_a_language_model_that_answers_is_told(tmp_path: Path) -> None:
    with scripted(says("In May [1]."), key="sk-secret") as server:
        told = told_of_llm(tmp_path, server.url, llm_key="sk-secret")
    assert told.startswith("scripted answers (")
    assert "language model" not in dict(examine(load_config({"data": tmp_path}, environment={})).parts)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"llm_key": "sk-secret2"}, "the language model's server refuses the key: set llm_key"),
        ({"llm_model": "gone"}, "does not know the model 'gone': set llm_model; it has: scripted"),
        (
            {"context": 300},
            "the language model's context is too small for the passages: lower llm_context_tokens",
        ),
        ({"listed_context": 2_000}, "context has 2,000 tokens: lower llm_context_tokens, which is 4,096"),
        ({"path": "/"}, "does not speak OpenAI's protocol: the address mostly ends with /v1"),
    ],
)
def test_what_is_wrong_with_a_language_model_is_named(
    tmp_path: Path, settings: dict[str, Any], line: str
) -> None:
    context, listed = settings.pop("context", 0), settings.pop("listed_context", 0)
    path, key = settings.pop("path", "/v1"), {"llm_key": "sk-secret", **settings}
    with scripted(says("In May [1]."), key="sk-secret", context=context, listed_context=listed) as server:
        told = told_of_llm(tmp_path, server.url.removesuffix("/v1") + path, **key)
    assert told.startswith("BROKEN: ")
    assert line in told


def test_a_language_model_that_is_gone_is_told(tmp_path: Path) -> None:
    told = told_of_llm(tmp_path, f"http://127.0.0.1:{free_port()}/v1")
    assert told == "BROKEN: the language model's server cannot be reached at llm_url"
    with running(PlainTextResponse("Hello")) as url:
        assert "does not speak OpenAI's protocol" in told_of_llm(tmp_path, url)
    with scripted(says()) as server:
        assert told_of_llm(tmp_path, server.url) == "BROKEN: the language model wrote nothing"
