"""Failures as programs see them: a true status, one clear sentence, the request's id. Never a traceback."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from qa.errors import (
    AccessError,
    BusyError,
    ConfigError,
    FootnoteError,
    ForbiddenError,
    FullError,
    LoadError,
    NotFoundError,
    QuestionError,
    StoreError,
)
from ui.discretion import FAILED, is_full, is_ours, seconds_of, sentence_of, without_keys

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[FootnoteError], int], ...] = (  # the first that fits
    (ForbiddenError, 403),
    (AccessError, 401),
    (NotFoundError, 404),
    (QuestionError, 422),
    (ConfigError, 422),  # a reader that there is not
    (LoadError, 422),
    (BusyError, 503),
    (StoreError, 503),
)
_Told = Annotated[str, AfterValidator(without_keys)]
_GRADIO = "/gradio_api/"


class Failure(BaseModel):
    """What went wrong. ``type`` is for programs, ``message`` for people, ``param`` names what is at fault."""

    type: str
    message: _Told
    param: _Told | None = None
    code: str | None = None
    request_id: str = Field(description="quote it when you ask for help; the server's log has it, too")


class Problem(BaseModel):
    """The body of every response that is an error."""

    error: Failure


# Not by ``model``: FastAPI would tell of it in the media type of the route's own responses.
_BODY = {
    "application/json": {
        "schema": {
            "type": "object",
            "description": Problem.__doc__,
            "properties": {"error": Failure.model_json_schema()},
            "required": ["error"],
        }
    }
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"content": _BODY, "description": "What was asked cannot be done, and why."},
    "5XX": {"content": _BODY, "description": "It failed on this side, or too much is asked at once."},
}
"""For ``responses=`` of every route: what all of them may answer."""


def handle_problems(app: Starlette) -> None:
    """Have ``app`` answer every failure with a ``Problem``."""
    app.add_exception_handler(FootnoteError, _footnote_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, crash)


def as_problem(request: Request, error: FootnoteError) -> tuple[int, Problem]:
    """The status that tells what kind of failure it is, and the failure as a body."""
    status = status_of(error)
    return status, _problem(request, status, told(request, error))


def status_of(error: FootnoteError) -> int:
    """The HTTP status that tells what kind of failure it is."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def told(request: Request, error: FootnoteError) -> str:
    """What is said of the error; what only concerns whoever runs the server goes to the log instead."""
    if is_ours(error):
        _log.error("request %s: %s", request_id(request), error)
    return sentence_of(error)


def headers_of(error: FootnoteError) -> dict[str, str]:
    """What a response that tells of the error must say in its headers: when to come again, how to sign in."""
    if status_of(error) == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(seconds_of(error))}
    return {"WWW-Authenticate": "Bearer"} if status_of(error) == HTTPStatus.UNAUTHORIZED else {}


def problem(  # noqa: PLR0913 - each is a field or header of its own
    request: Request,
    status: int,
    message: str,
    *,
    kind: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A failure as a response; ``kind`` defaults to the status's name, such as ``not_found``."""
    return _response(request, status, _problem(request, status, message, kind, param), headers)


def request_id(request: Request) -> str:
    """The id of a request, which its log line and its response carry."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def crash(request: Request, error: Exception) -> JSONResponse:
    """Log where it failed, without what the error says: that may hold anyone's words."""
    state = request.scope.setdefault("state", {})
    if state.get("crash") is not error:  # each app that it passes on its way out calls here
        state["crash"] = error
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("request %s failed: %s\n%s", request_id(request), type(error).__name__, frames)
    return JSONResponse(as_crash(request).model_dump(), 500)


def as_crash(request: Request) -> Problem:
    """What is told of a failure that nobody foresaw."""
    return _problem(request, 500, f"{FAILED}.")


def _problem(
    request: Request, status: int, message: str, kind: str | None = None, param: str | None = None
) -> Problem:
    kind = kind or HTTPStatus(status).name.lower()
    return Problem(error=Failure(type=kind, message=message, param=param, request_id=request_id(request)))


def _footnote_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FootnoteError)
    status, body = as_problem(request, error)
    return _response(request, status, body, headers_of(error))


def _response(
    request: Request, status: int, body: Problem, headers: Mapping[str, str] | None
) -> JSONResponse:
    content = body.model_dump()
    if request.scope["path"].startswith(_GRADIO):
        content["detail"] = body.error.message  # where Gradio's page looks for what to show
    again = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(content, status, {**again, **(headers or {})})


def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What was sent is not repeated: it may be huge, secret, or not fit to be encoded."""
    assert isinstance(error, RequestValidationError)
    [first, *_] = error.errors()
    where = ".".join(str(part) for part in first["loc"] if part != "body")[:200]
    where = where.encode("ascii", "backslashreplace").decode()
    message = f"{where or 'The request body'}: {first['msg']}"
    return problem(request, 422, message, kind="invalid_request", param=where or None)


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if is_full(error.__cause__):  # FastAPI takes it for a body that cannot be read
        return _footnote_error(request, FullError("the disk is full, what is sent cannot be kept"))
    return problem(request, error.status_code, str(error.detail), headers=error.headers)
