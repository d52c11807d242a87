"""Which requests are which, by path alone."""

from __future__ import annotations

from starlette.types import Scope

from ui.discretion import holds_key

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
DOCUMENTS, SCOPE = "/documents", "/scope"
CHAT = "/gradio_api/queue/join"
"""Where the chat page asks."""

_PROGRAMS = ("/v1", "/mcp", "/metrics", "/docs", "/openapi.json", "/gradio_api", "/healthz", "/readyz")
_COUNTED = ("/v1", "/mcp")
_ADMINS = ("/metrics", "/docs", "/openapi.json")
_FOR_ALL = ("/healthz", "/readyz", SIGN_IN, SIGN_OUT)
_STYLES = "/styles"
_DOCUMENTS = "/v1/documents"
_PRIVATE = ("/v1", "/mcp", "/metrics", DOCUMENTS, SCOPE, SIGN_IN)
_LONGEST = 2_000  # characters of an address that is gone back to
_SAFE = ("GET", "HEAD", "OPTIONS")


def changes(scope: Scope) -> bool:
    """Whether it may change anything."""
    return scope["method"] not in _SAFE


def for_programs(scope: Scope) -> bool:
    """Whether failures are told as ``Problem``; otherwise as text for people."""
    return _under(scope, _PROGRAMS)


def for_all(scope: Scope) -> bool:
    """Whether it is answered without asking who asks."""
    return scope["path"] in _FOR_ALL or _is_under(scope["path"], _STYLES)


def for_admins(scope: Scope) -> bool:
    """Whether it is for admins alone."""
    return _under(scope, _ADMINS)


def for_editors(scope: Scope) -> bool:
    """Whether it is for editors alone: documents in and out."""
    return changes(scope) and _under(scope, (_DOCUMENTS,))


def is_counted(scope: Scope) -> bool:
    """Whether it counts against a key's or user's requests per minute."""
    return _under(scope, _COUNTED) or str(scope["path"]) == CHAT


def is_mcp(scope: Scope) -> bool:
    """Whether it is for the MCP server, all of whose requests are checked as those that change something."""
    return _under(scope, ("/mcp",))


def is_upload(scope: Scope) -> bool:
    """Whether its body may be a file."""
    return bool(scope["method"] == "POST" and scope["path"] == _DOCUMENTS)


def is_private(scope: Scope) -> bool:
    """Whether nothing on the way, nor the browser, may keep what is answered."""
    return _under(scope, _PRIVATE)


def template(scope: Scope) -> str:
    """Where a request went, without what people put into paths: the route's template, or a known beginning.

    To be asked after routing, which leaves its mark in ``scope``.
    """
    route = scope.get("route")
    included = scope.get("fastapi", {}).get("effective_route_context")
    found = included if getattr(included, "original_route", None) is route else route
    known = getattr(found, "path_format", None)
    if known:
        return str(scope.get("root_path", "")) + str(known)
    path = scope["path"]
    first = next(
        (prefix for prefix in (*_PROGRAMS, *_FOR_ALL, *_PRIVATE, _STYLES) if _is_under(path, prefix)), ""
    )
    return path if path == first else f"{first}/*"


def safe_path(wanted: str) -> str:
    """Where to go after signing in: a path of ours, or the chat page when anything else is wanted.

    Two slashes begin another site's address, and to browsers a backslash is one, and a tab is nothing.
    """
    printable = all("!" <= character <= "~" for character in wanted) and "\\" not in wanted
    local = wanted.startswith("/") and not wanted.startswith("//") and len(wanted) <= _LONGEST
    if not (printable and local) or holds_key(wanted):
        return "/"
    return "/" if wanted.partition("?")[0] in (SIGN_IN, SIGN_OUT) else wanted


def _under(scope: Scope, prefixes: tuple[str, ...]) -> bool:
    return any(_is_under(scope["path"], prefix) for prefix in prefixes)


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
