"""Events that other systems send in: kept before they are confirmed, each once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Protocol

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, JsonValue
from starlette.responses import Response

from assistant.accounts.types import Scope
from assistant.channels.http.bodies import Body, DataSet, Name, Tongue
from assistant.channels.http.callers import Anybody, Caller
from assistant.channels.http.documented import Responses, problems
from assistant.channels.http.problems import MEDIA_TYPE, Problem, told
from assistant.channels.http.service import Service, spoken
from semantic_layer.errors import Language, NotAllowedError, Text, UnknownNameError
from semantic_layer.ingestion.landing.intake import EVENT_ID, Accepted, FullError
from semantic_layer.policy.types import User
from tools.effect.hearing import Taken

MOST_EVENTS: Final = 500
MOST_BYTES: Final = 4_000_000
"""Of one request."""
_THREADS: Final = 4

NOT_ALLOWED: Final = Text(
    "您的角色不能写入事件。请使用有此权限的账号的密钥。",
    "Your role may not send events. Use a key of an account that may.",
)
TOO_LARGE: Final = Text(
    f"请求太大：最多 {MOST_BYTES // 1_000_000} MB。请分成几批发送。",
    f"The request is too large: at most {MOST_BYTES // 1_000_000} MB. Send it in several batches.",
)
_FULL: Final[Responses] = {
    429: {
        "description": "Too many events wait; send the same batch again after Retry-After seconds · 等待的事件太多，请稍后重发同一批",
        "headers": {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
    }
}


class Inlet(Protocol):
    """What keeps events: `EventIntake`, or a fake."""

    def accept(self, source: str, events: Sequence[Mapping[str, object]]) -> Accepted: ...


def deaf(data_set: str, _: bytes) -> Taken:
    """For data sets that have no campaigns."""
    raise UnknownNameError(Text("有活动的数据集", "data set with campaigns"), data_set)


@dataclass(frozen=True, slots=True)
class Inlets:
    """`of` gives what keeps the events of a data set, `hear` takes in responses to its campaigns, and `may_write` says whether
    somebody may send any of them to it.
    """

    of: Callable[[str], Inlet]
    may_write: Callable[[str, User], bool]
    hear: Callable[[str, bytes], Taken] = deaf


def nowhere() -> Inlets:
    """For an installation that takes no events."""

    def refuse(data_set: str) -> Inlet:
        raise UnknownNameError(Text("接收事件的数据集", "data set that takes events"), data_set)

    return Inlets(of=refuse, may_write=lambda _data_set, _user: True)


class EventsBody(Body):
    """Events of one source. Each is an object with an `event_id`; `time` (ISO 8601) and all else are up to the sender."""

    source: Annotated[Name, Field(description="a source of events, as it is declared", examples=["app"])]
    events: Annotated[
        list[dict[str, JsonValue]],
        Field(
            min_length=1,
            max_length=MOST_EVENTS,
            examples=[
                [{"event_id": "9f2c", "time": "2026-10-31T08:30:00+08:00", "kind": "add_to_cart", "device": "d-17"}]
            ],
        ),
    ]
    data_set: DataSet = None
    language: Tongue = None


class EventOut(BaseModel):
    """What became of one event. `index` is its place in what was sent."""

    index: int
    event_id: str | None = None
    state: Literal["new", "known", "refused"]
    reason: str = ""


class EventsOut(BaseModel):
    """What became of a batch: `new` events are on the disk, `known` ones were before."""

    new: int
    known: int
    refused: int
    events: list[EventOut]


class Events:
    """The route that events come in by.

    `inlet` gives what keeps the events of a data set; it raises `UnknownNameError` for one without. `scope` is what a key
    must have for it, where keys have one.
    """

    def __init__(
        self,
        service: Service,
        *,
        inlet: Callable[[str], Inlet],
        can_write_events: Callable[[str, User], bool],
        scope: Scope | None = None,
    ) -> None:
        self._service = service
        self._inlet = inlet
        self._can_write_events = can_write_events
        self._scope = scope
        # Threads of its own, so that events never wait behind questions.
        self._limiter = anyio.CapacityLimiter(_THREADS)

    def router(self) -> APIRouter:
        router = APIRouter(tags=["events"])
        router.add_api_route(
            "/events",
            self.events,
            methods=["POST"],
            status_code=202,
            summary="Send events · 发送事件",
            operation_id="send_events",
            response_model=EventsOut,
            responses={**_FULL, **problems(400, 404, 413, 422)},
        )
        return router

    async def events(self, request: Request, body: EventsBody, caller: Anybody) -> Any:
        """Up to 500 events. Those that are new are on the disk when this answers; a batch may be sent again without harm.

        An event counts once for its `event_id` and source. Those that cannot be kept are refused one by one, with a reason;
        the others are kept. Late and early events keep their own `time`.
        """
        tongue = spoken(request, body.language)
        if len(await request.body()) > MOST_BYTES:
            return told(request, Problem(status=413, kind="too-large", detail=TOO_LARGE))
        data_set = self._allowed(caller, body.data_set)

        def keep() -> Accepted:
            return self._inlet(data_set).accept(body.source, body.events)

        try:
            accepted = await anyio.to_thread.run_sync(keep, limiter=self._limiter)
        except FullError as error:
            return _come_back(request, error)
        return _out(body.events, accepted, tongue)

    def _allowed(self, caller: Caller, wanted: str | None) -> str:
        if self._scope is not None:
            caller.require(self._scope)
        data_set = self._service.data_set(caller, wanted)
        if not self._can_write_events(data_set, caller.user_in(data_set)):
            raise NotAllowedError(NOT_ALLOWED)
        return data_set


def _come_back(request: Request, error: FullError) -> Response:
    headers = {"Retry-After": str(error.retry_after)}
    return told(request, Problem(status=429, kind="busy", detail=error.message, headers=headers))


def _out(events: Sequence[Mapping[str, object]], accepted: Accepted, tongue: Language) -> EventsOut:
    refused, known = dict(accepted.refused), frozenset(accepted.known_at)
    out: list[EventOut] = []
    for at, event in enumerate(events):
        name = event.get(EVENT_ID)
        state: Literal["new", "known", "refused"] = "refused" if at in refused else "known" if at in known else "new"
        reason = refused[at].in_(tongue) if at in refused else ""
        shown = name if isinstance(name, str) and name.isprintable() else None
        out.append(EventOut(index=at, event_id=shown, state=state, reason=reason))
    return EventsOut(new=accepted.new, known=accepted.known, refused=len(refused), events=out)
