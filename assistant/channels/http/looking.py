"""What is there: who you are, the data sets that are open to you, and what is defined in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath

from assistant.channels.http.bodies import VISIBLE, InCatalogue, InTongue, InWhere
from assistant.channels.http.callers import Anybody, Browser, Caller
from assistant.channels.http.converting import card_out, entries_out
from assistant.channels.http.documented import problems
from assistant.channels.http.outgoing import CardOut, CataloguePage, DataSetOut, KeyOut, MeOut
from assistant.channels.http.paging import page
from assistant.channels.http.service import Place, Service, spoken
from semantic_layer.errors import Language


class Looking:
    """The routes that only tell what is there."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def router(self) -> APIRouter:
        router = APIRouter(tags=["catalogue"])
        router.add_api_route(
            "/catalogue",
            self.catalogue,
            methods=["GET"],
            summary="Tags, metrics and dimensions · 标签、指标和维度",
            operation_id="list_catalogue",
            response_model=CataloguePage,
            responses=problems(404, 422),
        )
        router.add_api_route(
            "/catalogue/{name}",
            self.definition,
            methods=["GET"],
            summary="All about one definition · 一个定义的全部说明",
            operation_id="get_definition",
            response_model=CardOut,
            responses=problems(404, 422),
        )
        router.add_api_route(
            "/data-sets",
            self.data_sets,
            methods=["GET"],
            summary="Data sets open to you · 可以打开的数据集",
            operation_id="list_data_sets",
            response_model=list[DataSetOut],
            responses=problems(422),
        )
        router.add_api_route(
            "/me",
            self.me,
            methods=["GET"],
            summary="Whom this key stands for · 这个密钥是谁的",
            operation_id="me",
            response_model=MeOut,
            responses=problems(422),
        )
        return router

    async def catalogue(
        self,
        request: Request,
        caller: Browser,
        where: InCatalogue,
    ) -> CataloguePage:
        """In the order of their names."""
        tongue = spoken(request, where.language)

        def work(place: Place) -> CataloguePage:
            entries = place.assistant.catalogue(where.search, where.kind, where.category, tongue, user=place.user)
            shown, following = page(entries, lambda entry: entry.name, limit=where.limit, cursor=where.cursor)
            return CataloguePage(items=entries_out(shown), next_cursor=following)

        return await self._service.look(caller, where.data_set, work)

    async def definition(
        self,
        request: Request,
        name: Annotated[
            str, InPath(max_length=200, pattern=VISIBLE, description="as the catalogue names it · 目录里的名称")
        ],
        caller: Browser,
        where: InWhere,
    ) -> CardOut:
        tongue = spoken(request, where.language)
        return await self._service.look(
            caller,
            where.data_set,
            lambda place: card_out(name, place.assistant.definition(name, tongue, user=place.user), tongue),
        )

    async def data_sets(self, request: Request, caller: Anybody, where: InTongue) -> list[DataSetOut]:
        return self._open_to(caller, spoken(request, where.language))

    async def me(self, request: Request, caller: Anybody, where: InTongue) -> MeOut:
        key = caller.key
        return MeOut(
            login=caller.account.login,
            name=caller.account.name,
            scopes=[scope.value for scope in caller.scopes],
            key=None if key is None else KeyOut(label=key.label, hint=key.hint, expires_at=key.expires_at),
            data_sets=self._open_to(caller, spoken(request, where.language)),
        )

    def _open_to(self, caller: Caller, tongue: Language) -> list[DataSetOut]:
        return [
            DataSetOut(id=one.id, title=one.title.in_(tongue), roles=list(caller.account.roles_in(one.id)))
            for one in caller.may_open(self._service.workspace.datasets)
        ]
