"""Who asks: by API key, by session, or by a trusted proxy's word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.config import Config
from qa.errors import AccessError, FootnoteError, ForbiddenError
from ui.access import LOCAL, Caller, is_open
from ui.guard import paths
from ui.guard.origins import is_own_page
from ui.guard.peers import PROXY_USER
from ui.guard.refusal import refuse_for
from ui.keys import Accounts
from ui.sessions import Sessions

_Value = TypeVar("_Value")
_AT_ONCE = 4  # looks into the file of users; questions, which have threads of their own, never hold them up


def session_cookie(scope: Scope) -> str:
    """The cookie's name; by https one that no other host of the domain can set."""
    return "__Host-footnote" if scope["scheme"] == "https" else "footnote"


class Identity:
    """Lets in whom the accounts know, as ``Caller`` in the request's state.

    Where access is off everybody is ``LOCAL``, and no header is looked at: clients that insist on sending
    some key may. ``paths.for_all`` is answered without a caller.
    """

    def __init__(self, app: ASGIApp, config: Config, accounts: Accounts, sessions: Sessions) -> None:
        self._app = app
        self._open = is_open(config)
        self._accounts = accounts
        self._sessions = sessions
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if paths.for_all(scope) and not self._open:
            await self._app(scope, receive, send)
            return
        try:
            caller = LOCAL if self._open else await self._caller(scope)
            scope["state"]["caller"] = caller
            if paths.for_admins(scope):
                caller.need("admin")
            if paths.for_editors(scope):  # before a file is read
                caller.need("editor")
        except FootnoteError as error:
            stranger = isinstance(error, AccessError) and not isinstance(error, ForbiddenError)
            if stranger and _is_page(scope):
                await _to_sign_in(scope)(scope, receive, send)
            else:
                await refuse_for(scope, receive, send, error)
            return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        """Raises AccessError, StoreError."""
        key, proxied = _bearer(scope), scope["state"][PROXY_USER]
        if key.startswith("fn_"):
            return await self._look(lambda: self._accounts.by_key(key))
        token = HTTPConnection(scope).cookies.get(session_cookie(scope), "")
        caller = await self._look(lambda: self._sessions.caller(token)) if token else None
        if caller is not None:
            _check_page(scope, told=True)
            return caller
        if proxied is not None:
            _check_page(scope, told="origin" in Headers(scope=scope))  # programs have no page
            return await self._look(lambda: self._accounts.by_name(proxied))
        if key:
            raise AccessError("this API key is not known: ours begin with fn_")
        raise AccessError("sign in, or send an API key: Authorization: Bearer fn_…")

    async def _look(self, work: Callable[[], _Value]) -> _Value:
        return await run_sync(work, limiter=self._limiter)


def _bearer(scope: Scope) -> str:
    """The key of ``Authorization: Bearer``; empty without one, and for other schemes. Raises AccessError."""
    values = Headers(scope=scope).getlist("authorization")
    if len(values) > 1:
        raise AccessError("the request has several Authorization headers")
    scheme, _, key = values[0].partition(" ") if values else ("", "", "")
    return key.strip() if scheme.lower() == "bearer" else ""


def _check_page(scope: Scope, *, told: bool) -> None:
    """For who is known without sending a key of theirs: other sites' pages would be taken for them.

    ``told``: whether it must be told from which page. Raises ForbiddenError.
    """
    if told and paths.changes(scope) and not is_own_page(scope):
        raise ForbiddenError("without an API key, only pages of this server may change anything")


def _is_page(scope: Scope) -> bool:
    """Whether somebody wants to look at a page, rather than a page or program at something."""
    headers = Headers(scope=scope)
    looks = headers.get("sec-fetch-mode", "navigate") == "navigate"
    return looks and scope["method"] in ("GET", "HEAD") and not paths.for_programs(scope)


def _to_sign_in(scope: Scope) -> RedirectResponse:
    query = scope["query_string"].decode("latin-1")
    wanted = paths.safe_path(quote(scope["path"]) + (f"?{query}" if query else ""))
    return RedirectResponse(f"{paths.SIGN_IN}?next={quote(wanted, safe='')}", 303)
