"""What ``footnote doctor`` finds: the settings in force, and the state of each part."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import metadata
from typing import Any

from qa import __version__
from qa.check import Findings
from qa.config import Config, Settings
from qa.errors import FootnoteError


@dataclass(frozen=True, slots=True)
class Report:
    """Settings as (name, value, origin), parts as (name, state), and whether all parts work."""

    settings: Sequence[tuple[str, str, str]]
    parts: Sequence[tuple[str, str]]
    healthy: bool

    def as_dict(self) -> dict[str, Any]:
        settings = {name: {"value": value, "from": origin} for name, value, origin in self.settings}
        return {"settings": settings, "parts": dict(self.parts), "healthy": self.healthy}


def examine(settings: Settings, *, repair: bool = False) -> Report:
    """Look at every part; what is broken becomes a line of the report, not an error.

    With ``repair`` the vector index is first made again from the catalog.
    """
    config = settings.config
    shown = [(f.name, str(getattr(config, f.name)), settings.origins[f.name]) for f in fields(Config)]
    shown[0] = ("data", str(config.data.absolute()), settings.origins["data"])
    libraries = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("chromadb", "gradio", "onnxruntime")
    )
    parts = [("footnote", f"{__version__}, Python {platform.python_version()}"), ("libraries", libraries)]
    try:
        if repair and config.catalog_path.exists():
            _repair(config)
        parts += _examine_index(config)
    except FootnoteError as error:
        parts.append(("index", f"BROKEN: {error}"))
    except OSError as error:
        parts.append(("index", f"BROKEN: the data folder cannot be read: {error.strerror or error}"))
    return Report(shown, parts, not any(state.startswith("BROKEN") for _, state in parts))


def _repair(config: Config) -> None:
    from qa.build import open_index

    with open_index(config, mending=False) as index:
        index.vectors.rebuild()


def _examine_index(config: Config) -> list[tuple[str, str]]:
    from qa.build import open_index

    if not config.catalog_path.exists():
        return [("index", "empty: take documents in with: footnote index PATH")]
    with open_index(config, mending=False) as index:
        documents, passages = len(index.catalog.documents()), index.catalog.count()
        return [
            ("embedder", f"{index.embedder.name}, {index.embedder.dimension} dimensions, checksum right"),
            ("passages", _cut(index.outdated)),
            ("catalog", f"{documents:,} documents, {passages:,} passages, revision {index.catalog.revision}"),
            ("vectors", _vectors(index.vectors.examine())),
        ]


def _cut(outdated: int) -> str:
    if not outdated:
        return "cut as is set"
    return f"{outdated:,} documents were cut by other settings: cut them anew by: footnote index --renew"


def _vectors(findings: Findings) -> str:
    if findings.trouble:
        return (
            f"BROKEN: {findings.trouble}; exact search answers, and it is made again when the index is used"
            " for a while, or at once by: footnote doctor --repair"
        )
    found = findings.sampled - findings.unfound
    return (
        f"{findings.passages:,} in Chroma, each compared with the catalog;"
        f" {found:,} of {findings.sampled:,} searched for were found"
    )
