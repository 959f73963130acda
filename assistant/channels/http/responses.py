"""What customers did after a campaign, sent in by the services that carry messages: opens, clicks, noes, bounces, orders."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, JsonValue

from assistant.accounts.types import Scope
from assistant.channels.http.bodies import Body, DataSet, Tongue
from assistant.channels.http.callers import Anybody
from assistant.channels.http.documented import problems
from assistant.channels.http.events import MOST_BYTES, MOST_EVENTS, NOT_ALLOWED, TOO_LARGE
from assistant.channels.http.problems import Problem, told
from assistant.channels.http.service import Service, spoken
from semantic_layer.errors import NotAllowedError
from semantic_layer.policy.types import User
from tools.effect.hearing import Taken

Hear = Callable[[str, bytes], Taken]
"""Takes in a JSON body of responses for a data set."""
_THREADS: Final = 2


class ResponsesBody(Body):
    """Responses: each an object with `id`, `kind` (open, click, reply, unsubscribe, bounce, order, complaint), `at` (ISO 8601),
    and `message`, or `campaign` and `key`.
    """

    events: Annotated[
        list[dict[str, JsonValue]],
        Field(
            min_length=1,
            max_length=MOST_EVENTS,
            examples=[[{"id": "r-1", "kind": "click", "at": "2026-11-02T09:10:00+08:00", "message": "c1-204"}]],
        ),
    ]
    data_set: DataSet = None
    language: Tongue = None


class UnreadOut(BaseModel):
    """A response that could not be read. `index` is its place in what was sent, from 0."""

    index: int
    reason: str


class ResponsesOut(BaseModel):
    """What became of a batch. `aside` are of people whom nobody knows: kept, and never counted."""

    new: int
    known: int
    aside: int
    unsubscribed: int
    unread: list[UnreadOut]


class Responses:
    """The route that responses come in by: for keys that send events, of accounts that may write them."""

    def __init__(self, service: Service, *, hear: Hear, may_write: Callable[[str, User], bool]) -> None:
        self._service = service
        self._hear = hear
        self._may_write = may_write
        self._limiter = anyio.CapacityLimiter(_THREADS)

    def router(self) -> APIRouter:
        router = APIRouter(tags=["events"])
        router.add_api_route(
            "/responses",
            self.responses,
            methods=["POST"],
            status_code=202,
            summary="Send responses to campaigns · 发送活动反馈",
            operation_id="send_responses",
            response_model=ResponsesOut,
            responses=problems(400, 404, 413, 422),
        )
        return router

    async def responses(self, request: Request, body: ResponsesBody, caller: Anybody) -> Any:
        """Up to 500 responses. A batch may be sent again without harm; a no holds at once."""
        tongue = spoken(request, body.language)
        if len(await request.body()) > MOST_BYTES:
            return told(request, Problem(status=413, kind="too-large", detail=TOO_LARGE))
        caller.require(Scope.EVENTS)
        data_set = self._service.data_set(caller, body.data_set)
        if not self._may_write(data_set, caller.user_in(data_set)):
            raise NotAllowedError(NOT_ALLOWED)
        sent = json.dumps(body.events).encode()
        taken = await anyio.to_thread.run_sync(lambda: self._hear(data_set, sent), limiter=self._limiter)
        return ResponsesOut(
            new=taken.new,
            known=taken.known,
            aside=taken.aside,
            unsubscribed=taken.optouts,
            unread=[UnreadOut(index=one.place - 1, reason=one.message.in_(tongue)) for one in taken.faults],
        )
