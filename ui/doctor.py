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
from qa.errors import FootnoteError, LLMError
from ui.remote import RemoteLibrary, find_owner


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
    shown = [(f.name, config.shown(f.name), settings.origins[f.name]) for f in fields(Config)]
    shown[0] = ("data", str(config.data.absolute()), settings.origins["data"])
    libraries = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("chromadb", "gradio", "onnxruntime")
    )
    parts = [("footnote", f"{__version__}, Python {platform.python_version()}"), ("libraries", libraries)]
    try:
        remote = find_owner(config.data)
        parts += _ask_owner(remote, repair) if remote else _examine_index(config, repair)
    except FootnoteError as error:
        parts.append(("index", f"BROKEN: {error}"))
    except OSError as error:
        parts.append(("index", f"BROKEN: the data folder cannot be read: {error.strerror or error}"))
    parts += _examine_llm(config)
    return Report(shown, parts, not any(state.startswith("BROKEN") for _, state in parts))


def _examine_llm(config: Config) -> list[tuple[str, str]]:
    """Whether the language model that is set answers; it is asked something."""
    if not config.llm_url:
        return []
    from qa.read.diagnose import diagnose

    try:
        return [("language model", diagnose(config))]
    except LLMError as error:
        return [("language model", f"BROKEN: {error}")]


def _ask_owner(remote: RemoteLibrary, repair: bool) -> list[tuple[str, str]]:
    """What the process that runs on the data folder says of itself; it is not disturbed."""
    if repair:
        remote.repair()
    state = remote.state()
    chroma = state.vectors.by == "chroma"
    vectors = "Chroma answers" if chroma else f"BROKEN: {state.vectors.why}; exact search answers"
    return [
        ("owner", f"{remote.owner.page or 'a command'} (process {remote.owner.pid})"),
        ("embedder", state.embedder),
        ("catalog", _catalog(state.documents, state.passages, state.revision)),
        ("vectors", f"{vectors}; stop the owner to have each of them compared"),
    ]


def _examine_index(config: Config, repair: bool) -> list[tuple[str, str]]:
    from qa.build import open_index

    if not config.catalog_path.exists():
        return [("index", "empty: take documents in with: footnote index PATH")]
    if repair:
        with open_index(config, mending=False) as index:
            index.vectors.rebuild()
    with open_index(config, mending=False) as index:
        catalog = index.catalog
        return [
            ("embedder", f"{index.embedder.name}, {index.embedder.dimension} dimensions, checksum right"),
            ("passages", _cut(index.outdated)),
            ("catalog", _catalog(catalog.count_documents(), catalog.count(), catalog.revision)),
            ("vectors", _vectors(index.vectors.examine())),
        ]


def _catalog(documents: int, passages: int, revision: int) -> str:
    return f"{documents:,} documents, {passages:,} passages, revision {revision}"


def _cut(outdated: int) -> str:
    if not outdated:
        return "cut as is set"
    return f"{outdated:,} documents were cut by other settings: cut them anew by: footnote index --renew"


def _vectors(findings: Findings) -> str:
    if findings.gone:
        return f"BROKEN: {findings.gone}; exact search answers until it does"
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
