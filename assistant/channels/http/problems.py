"""Every error as `application/problem+json` (RFC 9457), in the language of the request. What is inside stays inside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, assert_never

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from assistant.accounts.types import ChangedMeanwhileError as AccountChangedError
from assistant.accounts.types import KeyRefusedError, Scope, SignInError
from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.channels.http import words
from assistant.channels.http.converting import reply_out
from assistant.channels.http.outgoing import ReplyBody
from assistant.channels.http.requests import InProgressError, OtherRequestError
from assistant.channels.streams import BusyError
from semantic_layer.errors import (
    CancelledError,
    DataError,
    DefinitionError,
    InvalidPlanError,
    Language,
    NotAllowedError,
    NotYetError,
    Text,
    TooLongError,
    UnknownNameError,
    UserError,
)
from tools.segments.types import ChangedMeanwhileError, NameTakenError

LOG: Final = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
BEARER: Final = 'Bearer realm="qunxiang"'
_RETRY_LATER: Final = 5


class FaultBody(BaseModel):
    """One fault of a request: where it stands (`body.question`) and what is wrong with it."""

    where: str
    message: str


class ProblemBody(BaseModel):
    """What went wrong, after RFC 9457. `suggestions` are valid choices near what was sent; `errors` the faults of a
    request; `reply` what stands in the way where a question has no one clear answer.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "problems/unknown-name",
                    "title": "Not found",
                    "status": 404,
                    "detail": "No segment is called 'Shangahi'. Did you mean 'Shanghai'?",
                    "instance": "requests/3f9a1c",
                    "suggestions": ["Shanghai"],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    suggestions: list[str] = Field(default_factory=list)
    errors: list[FaultBody] = Field(default_factory=list)
    scopes: list[str] | None = None
    reply: ReplyBody | None = None


class UnclearError(UserError):
    """A question or plan that gives no one answer to save or take away; `reply` says what is in the way."""

    def __init__(self, reply: Reply, data_set: str) -> None:
        match reply:
            case Clarification(question=said) | Refusal(reason=said):
                super().__init__(Text(said, said), suggestions=reply.suggestions)
            case Answer():
                raise AssertionError("an answer is clear")
            case _:
                assert_never(reply)
        self.reply = reply
        self.data_set = data_set


class LacksScopeError(NotAllowedError):
    """The key was not made for this; `scopes` are those it has."""

    def __init__(self, refused: NotAllowedError, wanted: Scope, scopes: Sequence[Scope]) -> None:
        super().__init__(refused.message, suggestions=refused.suggestions)
        self.wanted = wanted
        self.scopes = tuple(scope.value for scope in scopes)


class FileGoneError(UserError):
    """A file that was written for an earlier request is no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as it will be told; `kind` names it in its address and in `words.TITLES`."""

    status: int
    kind: str
    detail: Text
    suggestions: tuple[str, ...] = ()
    faults: tuple[tuple[str, str, Mapping[str, object]], ...] = ()  # where, kind of fault, its context
    scopes: tuple[str, ...] | None = None
    reply: ReplyBody | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, language: Language, number: str) -> ProblemBody:
        return ProblemBody(
            type=f"problems/{self.kind}",
            title=words.TITLES[self.kind].in_(language),
            status=self.status,
            detail=self.detail.in_(language),
            instance=f"requests/{number}",
            suggestions=list(self.suggestions),
            errors=[
                FaultBody(where=where, message=words.fault(kind, context, language))
                for where, kind, context in self.faults
            ],
            scopes=None if self.scopes is None else list(self.scopes),
            reply=self.reply,
        )

    def response(self, language: Language, number: str) -> Response:
        body = self.body(language, number)
        content = body.model_dump_json(exclude={name for name in ("scopes", "reply") if getattr(body, name) is None})
        return Response(content, self.status, dict(self.headers), MEDIA_TYPE)


_RETRY: Final[Mapping[str, str]] = {"Retry-After": str(_RETRY_LATER)}
# The first class that fits decides; `UserError` fits all.
_KINDS: Final[tuple[tuple[type[UserError], Problem], ...]] = tuple(
    (error, Problem(status=status, kind=kind, detail=Text("", ""), headers=headers))
    for error, status, kind, headers in (
        (KeyRefusedError, 401, "key-refused", {"WWW-Authenticate": f'{BEARER}, error="invalid_token"'}),
        (SignInError, 401, "key-refused", {"WWW-Authenticate": BEARER}),
        (NotAllowedError, 403, "not-allowed", {}),
        (UnknownNameError, 404, "unknown-name", {}),
        (NameTakenError, 409, "name-taken", {}),
        (ChangedMeanwhileError, 409, "changed-meanwhile", {}),
        (AccountChangedError, 409, "changed-meanwhile", {}),
        (InProgressError, 409, "in-progress", _RETRY),
        (OtherRequestError, 422, "other-request", {}),
        (FileGoneError, 410, "gone", {}),
        (UnclearError, 422, "unclear", {}),
        (InvalidPlanError, 422, "invalid-plan", {}),
        (NotYetError, 422, "not-yet", {}),
        (TooLongError, 503, "too-long", _RETRY),
        (BusyError, 503, "busy", _RETRY),
        (CancelledError, 503, "stopped", _RETRY),
        (DataError, 503, "data", _RETRY),
        (UserError, 422, "cannot-be-done", {}),
    )
)


def problem_of(error: UserError) -> Problem:
    """The problem that an error is told as."""
    base = next(problem for kind, problem in _KINDS if isinstance(error, kind))
    told = replace(base, detail=error.message, suggestions=error.suggestions)
    match error:
        case LacksScopeError(wanted=wanted, scopes=scopes):
            asked = f'{BEARER}, error="insufficient_scope", scope="{wanted.value}"'
            return replace(told, scopes=scopes, headers={"WWW-Authenticate": asked})
        case UnclearError(reply=reply, data_set=data_set):
            out = ReplyBody(reply_out(reply, data_set=data_set, conversation=None))
            return replace(told, reply=out, kind="unclear" if isinstance(reply, Clarification) else "cannot-be-done")
        case BusyError(retry_after=seconds):
            return replace(told, headers={"Retry-After": str(seconds)})
        case _:
            return told


def unexpected(number: str) -> Problem:
    """What is told of an error that nobody foresaw: its number."""
    return Problem(status=500, kind="internal", detail=words.went_wrong(number))


def invalid(error: RequestValidationError) -> Problem:
    """The faults of a request; what was sent is not repeated."""
    faults = tuple(
        (".".join(str(part) for part in one["loc"]), str(one["type"]), one.get("ctx") or {}) for one in error.errors()
    )
    return Problem(status=422, kind="invalid-request", detail=words.INVALID, faults=faults)


_HTTP: Final[Mapping[int, tuple[str, Text]]] = {
    404: ("unknown-name", words.NO_SUCH_PATH),
    405: ("method-not-allowed", words.NO_SUCH_METHOD),
}


def of_http(error: HTTPException) -> Problem:
    """An error of the web framework in our words."""
    kind, detail = _HTTP.get(error.status_code, ("bad-request", words.UNREADABLE))
    return Problem(status=error.status_code, kind=kind, detail=detail, headers=dict(error.headers or {}))


def language_of_request(connection: HTTPConnection) -> Language:
    """The language that was said in the request: a field of it, else Accept-Language; English when nothing says."""
    said = getattr(connection.state, "language", None)
    if said in ("zh", "en"):
        return "zh" if said == "zh" else "en"
    return accepted(connection) or "en"


def accepted(connection: HTTPConnection) -> Language | None:
    """What Accept-Language prefers of the two; `None` when it names neither."""
    found: list[tuple[float, Language]] = []
    for part in connection.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";")
        tongue = name.strip().casefold().split("-")[0]
        if tongue in ("zh", "en"):
            found.append((_weight(weight), "zh" if tongue == "zh" else "en"))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 1.0


def number_of(connection: HTTPConnection) -> str:
    return str(connection.state.number)


def told(request: Request, problem: Problem) -> Response:
    return problem.response(language_of_request(request), number_of(request))


async def on_user_error(request: Request, error: UserError) -> Response:
    return told(request, problem_of(error))


async def on_definition_error(request: Request, error: DefinitionError) -> Response:
    LOG.error("request %s: definitions cannot be opened", number_of(request), exc_info=error)
    return told(request, Problem(status=503, kind="data", detail=words.BROKEN_DEFINITIONS))


async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    return told(request, invalid(error))


async def on_http(request: Request, error: HTTPException) -> Response:
    return told(request, of_http(error))


HANDLERS: Final[Mapping[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]] = {
    UserError: on_user_error,
    DefinitionError: on_definition_error,
    RequestValidationError: on_invalid,
    HTTPException: on_http,
}
