"""Signing in and out, for people: by name and password, or by an API key."""

from __future__ import annotations

from http import HTTPStatus

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.errors import AccessError, BusyError, ConfigError, StoreError
from ui.access import Caller
from ui.discretion import seconds_of, sentence_of
from ui.guard import paths
from ui.guard.attempts import Attempts, Count, of_address, of_browser, of_name
from ui.guard.identity import session_cookie
from ui.keys import Accounts, clean_name, digest_of
from ui.problems import crash, headers_of, told
from ui.render import sign_in_html
from ui.sessions import BROWSER_SECONDS, LIFE_SECONDS, Sessions

_AT_ONCE = 2  # passwords checked, at 32 MB each
_WAITING = 20  # to be checked; more are told to come again
_BROWSER = "footnote_browser"
_LONGEST = 4_096  # bytes of a field
_WAIT = "There were too many attempts that failed. Wait {} and try again."


class SignIn:
    """``/sign-in`` and ``/sign-out``; everything else is the app's."""

    def __init__(self, app: ASGIApp, accounts: Accounts, sessions: Sessions) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions = sessions
        self._attempts = Attempts()
        self._limiter = CapacityLimiter(_AT_ONCE)
        self._pages = Starlette(
            routes=[
                Route(paths.SIGN_IN, self._show, methods=["GET"]),
                Route(paths.SIGN_IN, self._sign_in, methods=["POST"]),
                Route(paths.SIGN_OUT, self._sign_out, methods=["POST"]),
            ],
            exception_handlers={StoreError: _unreadable, Exception: crash},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["path"] in (paths.SIGN_IN, paths.SIGN_OUT)
        await (self._pages if ours else self._app)(scope, receive, send)

    async def _show(self, request: Request) -> Response:
        return HTMLResponse(sign_in_html(paths.safe_path(request.query_params.get("next", "/"))))

    async def _sign_in(self, request: Request) -> Response:
        form = await _form(request)
        after, name, key = paths.safe_path(_text(form, "next")), _text(form, "name"), _text(form, "key")
        try:
            counts = await self._counts(request, name, key)
            if seconds := self._attempts.seconds(counts):
                return _again(429, after, _WAIT.format(_minutes(seconds)), name, seconds)
            caller = await self._check(counts, name, _text(form, "password"), key)
            return await self._welcome(request, caller, after)
        except AccessError as error:
            return _again(401, after, f"{sentence_of(error)}.", name)
        except BusyError as error:
            return _again(503, after, f"{sentence_of(error)}.", name, error.seconds)
        except StoreError as error:
            return _again(503, after, f"{told(request, error)}.", name, seconds_of(error))

    async def _counts(self, request: Request, name: str, key: str) -> list[Count]:
        """What a failure would count for."""
        at = of_address(request.client.host if request.client else "")
        if key:
            return [at]
        try:
            name = clean_name(name)
        except ConfigError:
            return [at]
        token = request.cookies.get(_BROWSER, "")
        if await self._is_known(name, token):
            return [of_browser(digest_of(token).hex())]
        return [at, of_name(name)]

    async def _check(self, counts: list[Count], name: str, password: str, key: str) -> Caller:
        """Raises AccessError, BusyError, StoreError."""
        if self._limiter.statistics().tasks_waiting >= _WAITING:
            raise BusyError("too many people sign in at once: try again in a moment", 2)
        try:
            if key:
                return await run_sync(self._accounts.by_key, key, limiter=self._limiter)
            return await run_sync(self._accounts.by_password, name, password, limiter=self._limiter)
        except AccessError:
            self._attempts.failed(counts)
            raise

    async def _welcome(self, request: Request, caller: Caller, after: str) -> Response:
        """Begin a new session, whatever session the browser may have brought along."""
        response = RedirectResponse(after, 303)
        secure, cookie = request.scope["scheme"] == "https", session_cookie(request.scope)
        if old := request.cookies.get(cookie):
            await run_sync(self._sessions.end, old)
        token = await run_sync(self._sessions.begin, caller)
        response.set_cookie(
            cookie, token, max_age=LIFE_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
        )
        known = request.cookies.get(_BROWSER, "")
        if not await self._is_known(caller.name, known):
            response.set_cookie(
                _BROWSER,
                await run_sync(self._sessions.meet, caller.name),
                max_age=BROWSER_SECONDS,
                path=paths.SIGN_IN,
                secure=secure,
                httponly=True,
                samesite="strict",
            )
        request.state.caller = caller  # for the log
        return response

    async def _is_known(self, name: str, token: str) -> bool:
        """Whether the cookie says truly that ``name`` has signed in from this browser."""
        known: bool = bool(token) and await run_sync(self._sessions.knows, name, token)
        return known

    async def _sign_out(self, request: Request) -> Response:
        cookie = session_cookie(request.scope)
        if token := request.cookies.get(cookie):
            await run_sync(self._sessions.end, token)
        response = RedirectResponse(paths.SIGN_IN, 303)
        response.delete_cookie(cookie, path="/", secure=request.scope["scheme"] == "https", httponly=True)
        return response


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    return PlainTextResponse(f"{told(request, error)}.", 503, headers_of(error))


async def _form(request: Request) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Sign in with the form of the page.")
    return await request.form(max_fields=10, max_part_size=_LONGEST)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _again(status: int, after: str, message: str, name: str, seconds: int = 0) -> Response:
    headers = {"Retry-After": str(seconds)} if seconds else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return HTMLResponse(sign_in_html(after, message, _shown(name)), status, headers)


def _shown(name: str) -> str:
    """A name to be put into the form again; not what may be a key or a password in the wrong field."""
    try:
        return clean_name(name)
    except ConfigError:
        return ""


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
