"""Questions and offered plans: one reply as JSON, or events while it is worked on."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final, assert_never

import anyio
from fastapi import APIRouter, Request
from starlette.responses import Response

from assistant.answer import Event, Finished, Progress, Reply
from assistant.channels.http import words
from assistant.channels.http.bodies import AskBody, PlanBody, PlansBody
from assistant.channels.http.callers import Asker, Caller
from assistant.channels.http.converting import reply_out
from assistant.channels.http.documented import STREAMED, problems
from assistant.channels.http.event_stream import ALIVE, MEDIA_TYPE, EventStream, event
from assistant.channels.http.outgoing import ProgressOut, ReplyBody
from assistant.channels.http.problems import language_of_request, number_of, problem_of, unexpected
from assistant.channels.http.service import Place, Service, last_reply, spoken, unless_gone
from assistant.channels.http.workers import Job
from assistant.interpreters.language import language_of
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, UserError
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.codec import decode_plan
from semantic_layer.query.plan import Export, Pin, Plan, SaveSegment

LOG: Final = logging.getLogger(__name__)
Work = Callable[[Place, Cancel], Iterator[Event]]


class Answering:
    """The routes that answer."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def router(self) -> APIRouter:
        router = APIRouter(tags=["answers"])
        router.add_api_route(
            "/ask",
            self.ask,
            methods=["POST"],
            summary="Ask a question · 提问",
            operation_id="ask",
            response_model=ReplyBody,
            responses={**STREAMED, **problems(400, 404, 413, 422)},
        )
        router.add_api_route(
            "/plans",
            self.plans,
            methods=["POST"],
            summary="Run a plan that a reply offered · 运行回答给出的计划",
            operation_id="run_plan",
            response_model=ReplyBody,
            responses={**STREAMED, **problems(400, 404, 413, 422)},
        )
        return router

    async def ask(self, request: Request, body: AskBody, caller: Asker) -> Response:
        """Replies with an answer, a question back, or an honest no, all with status 200 and told apart by `kind`.

        With `Accept: text/event-stream` the events are `progress` (any number), `reply` (one or more: each is fuller than
        the one before), and `done`; or `problem`, after which nothing comes.
        """
        spoken(request, body.language, language_of(body.question))

        def work(place: Place, cancel: Cancel) -> Iterator[Event]:
            return place.assistant.stream(
                body.question,
                user=place.user,
                conversation=inner(caller, body.conversation),
                cancel=cancel,
                ask_model=body.ask_model,
            )

        return await self._reply(request, caller, body, work)

    async def plans(self, request: Request, body: PlansBody, caller: Asker) -> Response:
        """As POST /ask, for a plan. Plans that save or export are refused: there are routes for that."""
        language = spoken(request, body.language)
        plan = readable(body.plan)

        def work(place: Place, cancel: Cancel) -> Iterator[Event]:
            return place.assistant.run_plan(
                plan,
                user=place.user,
                conversation=inner(caller, body.conversation),
                language=language,
                cancel=cancel,
            )

        return await self._reply(request, caller, body, work)

    async def _reply(self, request: Request, caller: Caller, asked: AskBody | PlansBody, work: Work) -> Response:
        data_set = self._service.data_set(caller, asked.data_set)

        def body(reply: Reply) -> ReplyBody:
            return ReplyBody(reply_out(reply, data_set=data_set, conversation=asked.conversation))

        def one_reply(place: Place, cancel: Cancel) -> Iterator[str]:
            yield body(last_reply(_wanted(work(place, cancel), asked))).model_dump_json()

        def told(place: Place, cancel: Cancel) -> Iterator[bytes]:
            return _told(_wanted(work(place, cancel), asked), body)

        if MEDIA_TYPE not in request.headers.get("accept", ""):
            return await unless_gone(request, _json(self._service.job(caller, data_set, one_reply)))
        held = self._service.streams.open(caller.account.login)
        try:
            job = self._service.job(caller, data_set, told)
        except BaseException:
            held.close()
            raise

        def close() -> None:
            job.stop()
            held.close()

        return EventStream(self._events(request, job), close)

    async def _events(self, request: Request, job: Job[bytes]) -> AsyncIterator[bytes]:
        try:
            while True:
                chunk = ALIVE
                with anyio.move_on_after(self._service.heartbeat):
                    chunk = await anext(job)
                yield chunk
        except StopAsyncIteration:
            yield event("done")
        except UserError as error:
            yield event("problem", problem_of(error).body(language_of_request(request), number_of(request)))
        except Exception:  # the response has begun: told in the stream, logged whole
            number = number_of(request)
            LOG.exception("request %s failed", number)
            yield event("problem", unexpected(number).body(language_of_request(request), number))


def _wanted(events: Iterator[Event], asked: AskBody | PlansBody) -> Iterator[Event]:
    """The events up to the reply that is wanted: the whole one, or the first."""
    for one in events:
        yield one
        if isinstance(one, Finished) and not asked.whole:
            return


def _told(events: Iterator[Event], body: Callable[[Reply], ReplyBody]) -> Iterator[bytes]:
    for one in events:
        match one:
            case Progress(stage=stage, label=label):
                yield event("progress", ProgressOut(stage=stage, label=label))
            case Finished(reply=reply):
                yield event("reply", body(reply))
            case _:
                assert_never(one)


async def _json(job: Job[str]) -> Response:
    try:
        return Response(await anext(job), media_type="application/json")
    finally:
        job.stop()


def inner(caller: Caller, conversation: str | None) -> str:
    """What a conversation is called inside: no caller can name one of somebody else. Empty: nothing is remembered."""
    return "" if conversation is None else f"http:{caller.account.login}:{conversation}"


def readable(body: PlanBody) -> Plan:
    """The plan in a body, if it only reads; raises `InvalidPlanError`."""
    plan = decode_plan(body.root)
    if not plan.steps:
        raise InvalidPlanError(words.PLAN_EMPTY)
    for step in plan.steps:
        match step:
            case SaveSegment():
                raise InvalidPlanError(words.PLAN_SAVES)
            case Export():
                raise InvalidPlanError(words.PLAN_EXPORTS)
            case StartCampaign() | Pin():
                raise InvalidPlanError(words.PLAN_ACTS)
            case _:
                pass
    return plan
