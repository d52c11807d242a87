"""Public question sets as they are published, one small module a format, and our own gold files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eval.formats import beir, canard, chunking, gold, inscit, squad, tatqa
from eval.formats.suite import Loader, Suite, twin

FORMATS: Mapping[str, Loader] = MappingProxyType(
    {
        "gold": gold.load,
        "squad": squad.load,
        "beir": beir.load,
        "tatqa": tatqa.load,
        "chunking": chunking.load,
        "inscit": inscit.load,
        "canard": canard.load,
    }
)
"""What a file or folder may be, by name. Each loader raises GoldError for what is broken."""

__all__ = ["FORMATS", "Loader", "Suite", "twin"]
