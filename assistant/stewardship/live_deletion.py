"""Deleting a person: what there is of them and where, the files that left with them, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.live_cards import Cards, golden_fields, name_in
from assistant.stewardship.people import DeletionPlace, DeletionPlan, HeldExport
from assistant.stewardship.types import StewardRights
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.ingestion.privacy.forgetting import forget, would_forget
from semantic_layer.policy.types import User
from tools.export.proof import Proof
from tools.export.rosters import Key

_PLACES: Final[Mapping[str, Text]] = {
    '"raw"': Text("来源的原始行", "rows of sources as found"),
    '"clean"': Text("清洗后的行", "cleaned rows"),
    '"work"': Text("隔离区、更正和事件", "quarantine, corrections and events"),
    '"identity"': Text("客户、关联和黄金记录", "customer, links and golden record"),
    '"tags"': Text("标签和标签历史", "tags and their history"),
}
_NOTES: Final = (
    Text("删除后不能恢复；同样的来源行再次到来时会被丢弃。", "It cannot be brought back; the same rows of sources are dropped when they come again."),
    Text("审计日志只记问题和数量，不含客户数据，保留。", "The audit log holds questions and counts, no customer data, and stays."),
)  # fmt: skip


class Elsewhere(Protocol):
    """What there is of people outside the warehouse: files that left the house, and segments, campaigns and models."""

    def holding(self, keys: Sequence[Key]) -> tuple[Proof, ...]:
        """The proofs of files that held one of these people."""
        ...

    def forget(self, customer: int) -> int:
        """Take a customer out of segments, campaigns and models; how many entries held them."""
        ...


class Deletion:
    """Plans and carries out the deletion of one person at a time. Rights are checked by whoever calls."""

    def __init__(self, house: DataHouse, cards: Cards, elsewhere: Elsewhere, now: Callable[[], datetime]) -> None:
        self._house = house
        self._cards = cards
        self._elsewhere = elsewhere
        self._now = now

    def plan(self, customer: int, user: User, rights: StewardRights) -> DeletionPlan:
        """What would be removed, and whose files have to be destroyed by those who have them."""
        with self._house.warehouse.writing() as connection:
            key = self._cards.seen_key(connection, customer, user)
            fields = golden_fields(connection, self._house.blueprint(), key, rights)
            there = would_forget(connection, key)
        places: dict[str, int] = {}
        for table, rows in there.rows.items():
            schema = table.partition(".")[0]
            places[schema] = places.get(schema, 0) + rows
        held = self._elsewhere.holding([*there.keys, *map(str, there.keys)])
        return DeletionPlan(
            customer=key,
            name=name_in(fields),
            places=tuple(
                DeletionPlace(place=_PLACES.get(schema, Text(schema, schema)), rows=rows)
                for schema, rows in places.items()
            ),
            exports=tuple(
                HeldExport(file=one.file_name, by=one.who, at=one.at, purpose=Text(one.purpose, one.purpose))
                for one in held
            ),
            code=str(key),
            notes=_NOTES,
        )

    def delete(self, plan: DeletionPlan, code: str, by: str) -> Text:
        """Do what the plan says. Raises `InvalidPlanError` without its code."""
        if code.strip() != plan.code:
            raise InvalidPlanError(Text(f"请输入 {plan.code} 来确认。", f"Type {plan.code} to confirm."))
        with self._house.warehouse.writing() as connection:
            done = forget(connection, plan.customer, secret=self._house.around.secret, now=self._now(), by=by)
        others = self._elsewhere.forget(plan.customer)
        return Text(
            f"已删除客户 {plan.customer} 的 {done.total:,} 行，并从人群、活动和模型的 {others:,} 处记录里去掉。还有 {len(plan.exports)} 个导出文件要由持有人销毁。",
            f"{done.total:,} rows of customer {plan.customer} were deleted, and {others:,} entries of segments, campaigns and "
            f"models. {len(plan.exports)} exported files are to be "
            "destroyed by whoever has them.",
        )
