"""The headers that every response has, for browsers to hold to."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from ui.guard import paths

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DOCUMENT = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
DOCUMENT_IN_PICTURES = _DOCUMENT + "; img-src 'self'"
PICTURE = _DOCUMENT.replace("'self'", "'unsafe-inline'")  # by which browsers show a picture that is opened
_DOCUMENTS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_SIGN_IN = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_CHAT = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)
_DOCS = (  # the page that tries the API out begins itself by a script in it
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # To other sites nothing is told. Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def put_headers(headers: MutableHeaders, scope: Scope) -> None:
    """Add them to a response; a policy that the response has of its own stays."""
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", _policy(scope))
    if paths.is_private(scope):
        headers.setdefault("Cache-Control", "no-store")


def _policy(scope: Scope) -> str:
    path = scope["path"]
    if path == paths.SIGN_IN:
        return _SIGN_IN
    if path == "/docs":
        return _DOCS
    if path == paths.DOCUMENTS:
        return _DOCUMENTS
    if path.startswith(f"{paths.DOCUMENTS}/"):
        return _DOCUMENT
    return _NOTHING if paths.for_programs(scope) else _CHAT
