"""What all routes share: the workspace, the threads that compute, and how a request becomes work on one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from fastapi import Request
from starlette.responses import Response

from assistant.answer import Event, Finished, Reply
from assistant.channels.http.callers import Caller
from assistant.channels.http.problems import accepted, language_of_request
from assistant.channels.http.requests import RequestStore
from assistant.channels.http.workers import Job, Workers
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import AssistantPort, Workspace
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language
from semantic_layer.policy.types import User

CLIENT_GONE: Final = 499  # nobody reads it; it only ends the request
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An open data set and who the caller is in it."""

    data_set: str
    assistant: AssistantPort
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`answers` compute what may take long, `looks` what is looked up; so that a look never waits for an answer.

    `heartbeat` is after how many seconds of silence a stream says that it is alive.
    """

    workspace: Workspace
    requests: RequestStore
    streams: OpenStreams
    answers: Workers
    looks: Workers
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    heartbeat: float = 15.0

    def place(self, caller: Caller, data_set: str) -> Place:
        """Open a data set, which may take long the first time; so this is called on a thread."""
        return Place(data_set=data_set, assistant=self.workspace.assistant(data_set), user=caller.user_in(data_set))

    def data_set(self, caller: Caller, wanted: str | None) -> str:
        return caller.data_set(wanted, self.workspace.datasets)

    async def look(self, caller: Caller, wanted: str | None, work: Callable[[Place], _T]) -> _T:
        """Look something up in a data set."""
        data_set = self.data_set(caller, wanted)
        return await self._one(self.looks, caller, lambda: work(self.place(caller, data_set)))

    async def change(self, caller: Caller, work: Callable[[], _T]) -> _T:
        """Change something or write a file: begun work is carried to its end, also when the client goes away."""
        return await self._one(self.answers, caller, work)

    def job(self, caller: Caller, wanted: str | None, work: Callable[[Place, Cancel], Iterator[_T]]) -> Job[_T]:
        """Work whose items arrive one by one; raises `BusyError`."""
        data_set = self.data_set(caller, wanted)
        return Job(self.answers, caller.account.login, lambda cancel: work(self.place(caller, data_set), cancel))

    async def _one(self, workers: Workers, caller: Caller, work: Callable[[], _T]) -> _T:
        job = Job(workers, caller.account.login, lambda _: iter((work(),)))
        try:
            async for item in job:
                return item
            raise AssertionError("work ended without a result")
        finally:
            job.stop()


def spoken(request: Request, said: Language | None, otherwise: Language | None = None) -> Language:
    """The language of this request from here on: what a field says, else the header, else `otherwise`."""
    request.state.language = said or accepted(request) or otherwise
    return language_of_request(request)


async def unless_gone(request: Request, work: Awaitable[Response]) -> Response:
    """The response, unless the client goes away first: then the work is cancelled."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return Response(status_code=CLIENT_GONE)
    finally:
        leaving.cancel()
        working.cancel()


async def gone(request: Request) -> None:
    """Returns when the client has gone away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def last_reply(events: Iterator[Event]) -> Reply:
    """The whole reply."""
    reply: Reply | None = None
    for event in events:
        if isinstance(event, Finished):
            reply = event.reply
    if reply is None:
        raise AssertionError("a stream ended without a reply")
    return reply
