"""Saved groups of people: list, save, rename, recount, delete, take back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, assert_never

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from starlette.responses import Response

from assistant.answer import Answer, Reply
from assistant.channels.http import words
from assistant.channels.http.answering import readable
from assistant.channels.http.bodies import (
    VISIBLE,
    InListing,
    InWhere,
    NewSegmentBody,
    OfPlan,
    OfQuestion,
    OfTwo,
    RenameBody,
)
from assistant.channels.http.callers import Caller, SegmentReader, SegmentWriter
from assistant.channels.http.changing import IdempotencyKey, carried_out, kept_json
from assistant.channels.http.converting import segment_out
from assistant.channels.http.documented import problems
from assistant.channels.http.outgoing import SegmentOut, SegmentsPage
from assistant.channels.http.paging import page
from assistant.channels.http.problems import UnclearError
from assistant.channels.http.requests import Kept
from assistant.channels.http.service import Place, Service, last_reply, spoken
from assistant.channels.workspace import SegmentEntry
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from tools.segments.types import name_key

SegmentName = Annotated[str, InPath(max_length=60, pattern=VISIBLE, description="name of a segment · 人群名称")]


class Segments:
    """The routes about segments."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/segments", tags=["segments"])
        router.add_api_route(
            "",
            self.list_,
            methods=["GET"],
            summary="List segments · 列出人群",
            operation_id="list_segments",
            response_model=SegmentsPage,
            responses=problems(404, 422),
        )
        router.add_api_route(
            "",
            self.create,
            methods=["POST"],
            status_code=201,
            summary="Save people as a segment · 保存人群",
            operation_id="create_segment",
            response_model=SegmentOut,
            responses=problems(400, 404, 409, 413, 422),
        )
        # Names may hold slashes, so these two stand before those that end in a name.
        for path, handler, summary in (
            ("recount", self.recount, "Count a segment again · 重新计数"),
            ("restore", self.restore, "Take back a deletion · 撤销删除"),
        ):
            router.add_api_route(
                f"/{{name:path}}/{path}",
                handler,
                methods=["POST"],
                summary=summary,
                operation_id=f"{path}_segment",
                response_model=SegmentOut,
                responses=problems(404, 409, 422),
            )
        router.add_api_route(
            "/{name:path}",
            self.get,
            methods=["GET"],
            summary="One segment · 一个人群",
            operation_id="get_segment",
            response_model=SegmentOut,
            responses=problems(404, 422),
        )
        router.add_api_route(
            "/{name:path}",
            self.rename,
            methods=["PATCH"],
            summary="Rename a segment · 改名",
            operation_id="rename_segment",
            response_model=SegmentOut,
            responses=problems(400, 404, 409, 413, 422),
        )
        router.add_api_route(
            "/{name:path}",
            self.delete,
            methods=["DELETE"],
            status_code=204,
            summary="Delete a segment; it can be restored · 删除人群，可以恢复",
            operation_id="delete_segment",
            responses=problems(404, 409, 422),
        )
        return router

    async def list_(
        self,
        request: Request,
        caller: SegmentReader,
        where: InListing,
    ) -> SegmentsPage:
        """In the order of their names."""
        tongue = spoken(request, where.language)

        def work(place: Place) -> SegmentsPage:
            entries = place.assistant.segments.list(user=place.user)
            shown, following = page(entries, lambda entry: entry.name, limit=where.limit, cursor=where.cursor)
            items = [segment_out(entry, place.data_set, tongue) for entry in shown]
            return SegmentsPage(items=items, next_cursor=following)

        return await self._service.look(caller, where.data_set, work)

    async def get(
        self,
        request: Request,
        name: SegmentName,
        caller: SegmentReader,
        where: InWhere,
    ) -> SegmentOut:
        tongue = spoken(request, where.language)
        return await self._service.look(
            caller, where.data_set, lambda place: segment_out(named(place, name), place.data_set, tongue)
        )

    async def create(
        self, request: Request, body: NewSegmentBody, caller: SegmentWriter, key: IdempotencyKey = None
    ) -> Response:
        """People by a question, by a plan that a reply gave, or from two segments. A question must have one meaning."""
        tongue = spoken(request, body.language)
        data_set = self._service.data_set(caller, body.data_set)
        plan = readable(body.people.plan) if isinstance(body.people, OfPlan) else None

        def work() -> Kept:
            place = self._service.place(caller, data_set)
            segments = place.assistant.segments
            match body.people:
                case OfTwo(first=first, operation=operation, second=second):
                    entry = segments.combine(first, operation, second, body.name, user=place.user)
                case OfQuestion(question=question):
                    entry = _saved(place, body.name, answer_of(place, question))
                case OfPlan():
                    assert plan is not None
                    events = place.assistant.run_plan(
                        plan, user=place.user, conversation="", language=tongue, cancel=Cancel()
                    )
                    entry = _saved(place, body.name, clear(last_reply(events), data_set))
                case _:
                    assert_never(body.people)
            return kept_json(segment_out(entry, data_set, tongue), 201)

        content = json.dumps([data_set, body.model_dump(mode="json")], sort_keys=True)
        return await carried_out(self._service, caller, "POST /segments", key, content, work)

    async def rename(
        self,
        request: Request,
        name: SegmentName,
        body: RenameBody,
        caller: SegmentWriter,
        where: InWhere,
    ) -> SegmentOut:
        tongue = spoken(request, where.language)
        return await self._changed(
            caller,
            where.data_set,
            tongue,
            lambda place: place.assistant.segments.rename(name, body.name, user=place.user),
        )

    async def recount(
        self,
        request: Request,
        name: SegmentName,
        caller: SegmentWriter,
        where: InWhere,
        key: IdempotencyKey = None,
    ) -> Response:
        """The count as the data is now."""
        tongue = spoken(request, where.language)
        return await self._once(
            caller,
            "POST /segments/{name}/recount",
            key,
            (name, where.data_set, tongue),
            lambda place: place.assistant.segments.recount(name, user=place.user),
        )

    async def restore(
        self,
        request: Request,
        name: SegmentName,
        caller: SegmentWriter,
        where: InWhere,
        key: IdempotencyKey = None,
    ) -> Response:
        """Take back the last deletion of this name."""
        tongue = spoken(request, where.language)
        return await self._once(
            caller,
            "POST /segments/{name}/restore",
            key,
            (name, where.data_set, tongue),
            lambda place: place.assistant.segments.restore(name, user=place.user),
        )

    async def delete(
        self,
        request: Request,
        name: SegmentName,
        caller: SegmentWriter,
        where: InWhere,
    ) -> Response:
        spoken(request, where.language)
        wanted = self._service.data_set(caller, where.data_set)

        def work() -> None:
            place = self._service.place(caller, wanted)
            place.assistant.segments.delete(name, user=place.user)

        await self._service.change(caller, work)
        return Response(status_code=204)

    async def _changed(
        self, caller: Caller, data_set: str | None, tongue: Language, work: Callable[[Place], SegmentEntry]
    ) -> SegmentOut:
        wanted = self._service.data_set(caller, data_set)

        def run() -> SegmentOut:
            return segment_out(work(self._service.place(caller, wanted)), wanted, tongue)

        return await self._service.change(caller, run)

    async def _once(
        self,
        caller: Caller,
        route: str,
        key: str | None,
        said: tuple[str, str | None, Language],
        work: Callable[[Place], SegmentEntry],
    ) -> Response:
        name, data_set, tongue = said
        wanted = self._service.data_set(caller, data_set)

        def run() -> Kept:
            return kept_json(segment_out(work(self._service.place(caller, wanted)), wanted, tongue))

        return await carried_out(self._service, caller, route, key, json.dumps([wanted, name]), run)


def named(place: Place, name: str) -> SegmentEntry:
    """A living segment; raises `UnknownNameError` with the nearest names."""
    entries = place.assistant.segments.list(user=place.user)
    for entry in entries:
        if name_key(entry.name) == name_key(name):
            return entry
    raise UnknownNameError(Text("人群", "segment"), name, nearest(name, [entry.name for entry in entries]))


def answer_of(place: Place, question: str) -> Answer:
    """The answer to a question that has one clear meaning; raises `UnclearError` with the reply otherwise."""
    events = place.assistant.stream(question, user=place.user, conversation="", cancel=Cancel())
    return clear(last_reply(events), place.data_set)


def clear(reply: Reply, data_set: str) -> Answer:
    if isinstance(reply, Answer):
        return reply
    raise UnclearError(reply, data_set)


def _saved(place: Place, name: str, answer: Answer) -> SegmentEntry:
    audience = place.assistant.audience_of(answer)
    if audience is None:
        raise InvalidPlanError(words.NOT_PEOPLE)
    return place.assistant.segments.save(audience, name, user=place.user)
