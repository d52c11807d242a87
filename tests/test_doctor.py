"""What ``footnote doctor`` tells of a Chroma server."""

from __future__ import annotations

import json
from pathlib import Path

from qa.catalog import Catalog
from qa.config import load_config
from qa.embed import BundledEmbedder
from qa.generation import Generation
from qa.places import place_of
from tests import corpus
from tests.servers import free_port
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
