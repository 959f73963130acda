"""Files to take away: tables, lists of people and pictures, each with its purpose and the digest that its proof holds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, assert_never
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from assistant.answer import Answer
from assistant.channels.http import words
from assistant.channels.http.answering import readable
from assistant.channels.http.bodies import ExportBody, InWhere, OfPlan, OfQuestion, OfSegment
from assistant.channels.http.callers import Exporting
from assistant.channels.http.changing import IdempotencyKey, carried_out
from assistant.channels.http.documented import EXPORTED, problems
from assistant.channels.http.outgoing import PurposeOut
from assistant.channels.http.requests import Kept
from assistant.channels.http.segments import answer_of, clear, named
from assistant.channels.http.service import Place, Service, last_reply, spoken
from assistant.channels.workspace import ExportColumn, ExportPart, ExportRequest, FileFormat
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, Text, UnknownNameError
from semantic_layer.model.nearest import nearest

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
}


class Exports:
    """The routes by which files leave."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def router(self) -> APIRouter:
        router = APIRouter(tags=["exports"])
        router.add_api_route(
            "/exports",
            self.export,
            methods=["POST"],
            summary="Take a result away as a file · 导出文件",
            operation_id="export",
            response_class=Response,
            responses={**EXPORTED, **problems(400, 404, 409, 410, 413, 422)},
        )
        router.add_api_route(
            "/purposes",
            self.purposes,
            methods=["GET"],
            summary="Purposes that an export may state · 导出用途",
            operation_id="list_purposes",
            response_model=list[PurposeOut],
            responses=problems(404, 422),
        )
        return router

    async def export(
        self, request: Request, body: ExportBody, caller: Exporting, key: IdempotencyKey = None
    ) -> Response:
        """A CSV or XLSX file of the table or the people of an answer, or of a segment; or an answer's picture.

        Contacts leave unmasked only for a purpose that your role allows. The audit ledger keeps a proof of each file.
        """
        tongue = spoken(request, body.language)
        data_set = self._service.data_set(caller, body.data_set)
        if isinstance(body.what, OfPlan):
            readable(body.what.plan)

        def work() -> Kept:
            place = self._service.place(caller, data_set)
            return _kept(_written(place, body, tongue), body.format)

        content = json.dumps([data_set, body.model_dump(mode="json")], sort_keys=True)
        return await carried_out(self._service, caller, "POST /exports", key, content, work)

    async def purposes(
        self,
        request: Request,
        caller: Exporting,
        where: InWhere,
    ) -> list[PurposeOut]:
        tongue = spoken(request, where.language)

        def work(place: Place) -> list[PurposeOut]:
            offered = place.assistant.export_purposes(user=place.user)
            return [PurposeOut(id=one.id, label=one.label.in_(tongue)) for one in offered]

        return await self._service.look(caller, where.data_set, work)


def _written(place: Place, body: ExportBody, tongue: Language) -> Path:
    """The file that is wanted."""
    match body.what:
        case OfSegment(segment=name):
            return _segment(place, named(place, name).name, body)
        case OfQuestion(question=question):
            answer = answer_of(place, question)
        case OfPlan(plan=plan):
            events = place.assistant.run_plan(
                readable(plan), user=place.user, conversation="", language=tongue, cancel=Cancel()
            )
            answer = clear(last_reply(events), place.data_set)
        case _:
            assert_never(body.what)
    match body.format:
        case "png" | "svg" as picture:
            if answer.chart is None or not answer.chart.spec:
                raise InvalidPlanError(words.NO_PICTURE)
            return place.assistant.chart_file(answer, picture, user=place.user)
        case "csv" | "xlsx" as form:
            return _answer(place, answer, body, form)
        case _:
            assert_never(body.format)


def _segment(place: Place, name: str, body: ExportBody) -> Path:
    match body.format:
        case "csv" | "xlsx" as form:
            offered = place.assistant.segment_columns(name, user=place.user)
            return place.assistant.export_segment(name, _request(body, form, offered), user=place.user)
        case "png" | "svg":
            raise InvalidPlanError(words.SEGMENT_PICTURE, suggestions=("csv", "xlsx"))
        case _:
            assert_never(body.format)


def _answer(place: Place, answer: Answer, body: ExportBody, form: FileFormat) -> Path:
    part: ExportPart = body.part or ("table" if answer.table is not None else "people")
    if part == "people" and place.assistant.audience_of(answer) is None:
        raise InvalidPlanError(words.NO_PEOPLE_FILE)
    if part == "table" and answer.table is None:
        raise InvalidPlanError(words.NO_TABLE)
    offered = place.assistant.export_columns(answer, part, user=place.user)
    return place.assistant.export_answer(answer, part, _request(body, form, offered), user=place.user)


def _request(body: ExportBody, form: FileFormat, offered: Sequence[ExportColumn]) -> ExportRequest:
    """The request with the columns that are wanted, all when none are; raises `UnknownNameError` for another one."""
    names = [column.name for column in offered]
    for wanted in body.columns:
        if wanted not in names:
            raise UnknownNameError(Text("列", "column"), wanted, nearest(wanted, names) or tuple(names))
    columns = tuple(name for name in names if not body.columns or name in body.columns)
    return ExportRequest(format=form, bom=body.bom, purpose=body.purpose, columns=columns)


def _kept(path: Path, form: str) -> Kept:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    headers = (
        ("Content-Type", MEDIA[form]),
        ("Content-Disposition", f"attachment; filename*=utf-8''{quote(path.name)}"),
        ("Content-Digest", f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"),
        ("X-Proof-SHA256", digest.hexdigest()),
    )
    return Kept(status=200, headers=headers, file=str(path))
