"""The modules depend on each other one way, and each library stays where it belongs."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A module may import from its own layer and those before it. A package counts as one module.
LAYERS = (
    {"qa", "qa.types", "qa.errors", "qa.addresses"},
    {
        "qa.config",
        "qa.words",
        "qa.notation",
        "qa.anchors",
        "qa.display",
        "qa.models",
        "qa.centrality",
        "qa.turns",
        "qa.pipeline",
    },
    {
        "qa.load",
        "qa.sentences",
        "qa.chunk",
        "qa.embed",
        "qa.lock",
        "qa.schema",
        "qa.full_text",
        "qa.likeness",
        "qa.looks",
        "qa.files",
        "qa.catalog",
        "qa.vectors",
    },
    {"qa.exact", "qa.generation", "qa.check", "qa.spelling"},
    {"qa.places"},
    {
        "qa.rebuild",
        "qa.renewal",
        "qa.verify",
        "qa.cite",
        "qa.wire",
        "qa.contextualise",
        "qa.talk",
        "qa.transcript",
    },
    {"qa.kept", "qa.backup", "qa.conversations"},
    {"qa.index"},
    {"qa.survey"},
    {"qa.ingest", "qa.prune", "qa.retrieve", "qa.read", "qa.about", "qa.summarise"},
    {"qa.assistant", "qa.build"},
    {"qa.library"},
    {"qa.integrations"},
    {"eval"},
    {"ui", "drills"},
)
HOMES = {
    "chromadb": {"qa/vectors.py", "drills/__main__.py", "drills/llama.py"},
    "gradio": {"ui/chat.py", "ui/app.py"},
    "fastapi": {"ui/app.py", "ui/documents.py", "ui/pages.py", "ui/api", "ui/openai.py", "ui/problems.py"},
    "onnxruntime": {"qa/embed.py", "qa/models", "eval/speed.py"},
    "llama_index": {
        "qa/load",
        "qa/sentences.py",
        "qa/chunk.py",
        "qa/embed.py",
        "qa/integrations/llama_index.py",
        "drills/llama.py",
    },
    "torch": {"qa/models"},
    "sqlite3": {
        "qa/catalog.py",
        "qa/schema.py",
        "qa/renewal.py",
        "qa/backup.py",
        "qa/conversations.py",
        "qa/talk.py",
        "ui/keys.py",
        "drills/backups.py",
    },
    "mcp": {"ui/mcp.py", "ui/stdio.py"},
    "rapidfuzz": {"qa/spelling.py"},
    "pypdfium2": {"qa/load"},
    "trafilatura": {"qa/load"},
    "htmldate": {"qa/load"},
    "lxml": {"qa/load"},
}
FILES = sorted(path for folder in ("qa", "ui", "eval", "drills") for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def layer(module: str) -> int | None:
    """The layer of the longest known prefix of ``module``; None for other people's modules."""
    known = {name: at for at, names in enumerate(LAYERS) for name in names}
    parts = module.split(".")
    prefixes = [".".join(parts[:size]) for size in range(len(parts), 0, -1)]
    return next((known[prefix] for prefix in prefixes if prefix in known), None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    own = layer(module)
    assert own is not None, f"{module} has no layer yet"
    wrong = {name for name in imports(path) if (other := layer(name)) is not None and other > own}
    assert not wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_libraries_stay_home(path: Path) -> None:
    here = path.relative_to(ROOT).as_posix()
    for library, homes in HOMES.items():
        used = any(name == library or name.startswith(f"{library}.") for name in imports(path))
        assert not used or any(here == home or here.startswith(f"{home}/") for home in homes), library


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_group_is_repeated_possessively(path: Path) -> None:
    """Python before 3.11.5, which Debian 12 has, matches such groups wrongly (cpython issue 106052)."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\)(?:[*+?]|\{+\d*,?\d*\}+)\+", text) == []


def test_every_module_of_qa_has_a_layer() -> None:
    unknown = {
        path.name
        for path in (ROOT / "qa").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
        if path.stem != "__init__" and f"qa.{path.stem}" not in {name for names in LAYERS for name in names}
    }
    assert not unknown
