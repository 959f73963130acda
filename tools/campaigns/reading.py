"""What a campaign must know of customers, read through the semantic layer under the rights of a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.engines.columns import Array, Columns
from semantic_layer.errors import CancelledError, NotAllowedError, Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.outreach import Channel, History
from semantic_layer.model.types import Dimension, Sensitivity, Tag
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.predicate import Among, And, Compare, Did, HasMetric, Moment, Predicate
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience, ByField, Order, Query
from semantic_layer.table import Cell, Table
from tools.campaigns.contacts import Contacts, from_data, nobody
from tools.campaigns.keys import bitmap
from tools.export.rights import needs_consent, policy_for


class HasTable(Protocol):
    @property
    def table(self) -> Table: ...


class OutreachLayer(Protocol):
    """What campaigns need of the semantic layer, which has this shape. Every call may raise a `UserError`."""

    index: ModelIndex
    policy: Policy

    @property
    def as_of(self) -> date: ...

    def may_use(self, name: str, user: User | None) -> bool: ...

    def key_array(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> NDArray[np.int64]: ...

    def columns(self, query: Query, user: User, *, cancel: Cancel | None = None) -> Columns: ...

    def people(
        self,
        audience: Audience,
        user: User,
        *,
        fields: tuple[str, ...] | None = None,
        order: Sequence[Order] = (),
        limit: int | None = None,
        offset: int = 0,
        cancel: Cancel | None = None,
    ) -> HasTable: ...


LayerUnder = Callable[[Policy], OutreachLayer]
_DAY_END: Final = time(23, 59, 59)
_PAGE: Final = 20_000  # people read by one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads for one person. `layer_under` gives a layer that reads under another policy, for contacts."""

    layer: OutreachLayer
    layer_under: LayerUnder
    user: User
    cancel: Cancel | None = None

    @property
    def index(self) -> ModelIndex:
        return self.layer.index

    @property
    def key(self) -> str:
        """The field of a customer's key."""
        entity = self.index.entity(self.index.model.customer_entity)
        return f"{entity.name}.{entity.primary_key[0]}"

    @property
    def zone(self) -> str:
        return self.index.model.conventions.time_zone

    @property
    def everybody(self) -> Audience:
        return Audience(entity=self.index.model.customer_entity)

    def data_until(self, now: datetime) -> datetime:
        """Up to when the data knows what happened: now on its own day, else the end of its day."""
        local = now.astimezone(ZoneInfo(self.zone))
        if self.layer.as_of == local.date():
            return now
        return datetime.combine(self.layer.as_of, _DAY_END, tzinfo=ZoneInfo(self.zone))

    # ---- people

    def matched(self, audience: Audience) -> BitMap:
        return bitmap(self.layer.key_array(audience, self.user, cancel=self.cancel))

    def all_with(self, where: Predicate, as_of: date | None = None) -> BitMap:
        """Everybody for whom `where` holds. Asked apart from any audience: conditions of the two may contradict each other."""
        return self.matched(replace(self.everybody, where=where, as_of=as_of))

    def agreed(self, channel: Channel) -> BitMap:
        return self.all_with(Compare(channel.consent, "=", value=True))

    def unsubscribed(self, channel: Channel, history: History | None) -> BitMap:
        """Who answered a message of the channel with no, as far as messages in the data say."""
        if history is None or not history.message or not history.unsubscribed:
            return BitMap()
        said_no: Predicate = Compare(history.unsubscribed, "=", value=True)
        if history.channel:
            said_no = And((said_no, Compare(history.channel, "=", channel.name)))
        return self.all_with(Did(entity=history.message, where=said_no))

    def in_zone(self, field: str, values: Sequence[str]) -> BitMap:
        return self.all_with(Among(field, tuple(values)))

    # ---- figures

    def contacts(self, history: History | None, hours: float, now: datetime) -> Contacts:
        """The messages of the data in a window that ends with the data."""
        if history is None or not history.message or not history.sent:
            return nobody()
        until = self.data_until(now).astimezone(ZoneInfo(self.zone))
        first = (until - timedelta(hours=hours)).date()
        names = [name for name in (history.channel, history.kind) if name]
        query = Query(
            metrics=(),
            by=tuple(ByField(name) for name in (self.key, history.sent, *names)),
            where=Moment(op=">=", value=first.isoformat(), field=history.sent),
        )
        keys, sent, *others = self.layer.columns(query, self.user, cancel=self.cancel).values()
        blank = np.full(keys.size, "", dtype=object)
        by_name = dict(zip(names, others, strict=True))
        return from_data(keys, sent, by_name.get(history.channel, blank), by_name.get(history.kind, blank), until)

    def base_rate(self, audience: Audience, goal: str, days: int) -> tuple[float, int] | None:
        """Of those who were in the audience `days` ago, the share that reached the goal since, and how many they were.

        Where the past of the audience cannot be read, today's members stand for them. `None` for nobody.
        """
        reached = HasMetric(metric=goal, op=">", value=0, time=Rolling(days, Grain.DAY))
        then = (audience.as_of or self.layer.as_of) - timedelta(days=days)
        try:
            before = self.matched(replace(audience, as_of=then))
        except CancelledError:
            raise
        except UserError:
            before = BitMap()
        people = before or self.matched(audience)
        if not people:
            return None
        return len(people & self.all_with(reached)) / len(people), len(people)

    def rows(
        self, fields: Sequence[str], where: Predicate | None, channel: Channel
    ) -> tuple[NDArray[np.int64], list[Array]]:
        """Keys and fields of customers under the purpose of the channel: contacts are clear where it allows them.

        Raises `NotAllowedError` where the person may not use a contact for it.
        """
        names = list(dict.fromkeys(fields))
        query = Query(metrics=(), by=tuple(ByField(name) for name in (self.key, *names)), where=where)
        keys, *columns = self.contact_layer(channel).columns(query, self.user, cancel=self.cancel).values()
        by_name = dict(zip(names, columns, strict=True))
        return keys.astype(np.int64), [by_name[name] for name in fields]

    def contact_layer(self, channel: Channel) -> OutreachLayer:
        """The layer that may read the addresses of a channel; raises `NotAllowedError` for a purpose that is not theirs."""
        if channel.purpose:
            return self.layer_under(policy_for(self.layer.policy, self.user, channel.purpose))
        if sensitivity_of(self.index.field(channel.contact), self.index) is Sensitivity.CONTACT:
            raise NotAllowedError(
                Text(
                    f"渠道「{channel.label.zh}」没有写明用途（purpose），联系方式不能使用。",
                    f"The channel {channel.label.en!r} names no purpose, so its contacts may not be used.",
                )
            )
        return self.layer

    def needs_consent(self, channel: Channel) -> bool:
        """Whether the purpose for which contacts leave asks for consent, whatever the rules of contact say."""
        return needs_consent(self.layer.policy, channel.purpose)

    def addresses(self, audience: Audience, channel: Channel) -> tuple[NDArray[np.int64], Array] | None:
        """Keys and addresses of the audience; `None` where this person may not read them."""
        try:
            keys, (found,) = self.rows((channel.contact,), audience.where, channel)
        except NotAllowedError:
            return None
        return keys, found

    def sample(self, audience: Audience, people: BitMap, most: int) -> Table:
        """Up to `most` of `people`, who are of the audience, with a few telling fields, masked as this person sees them."""
        found: list[tuple[Cell, ...]] = []
        offset = 0
        while True:
            page = self.layer.people(audience, self.user, limit=_PAGE, offset=offset, cancel=self.cancel).table
            found += [row for row in page.rows if isinstance(row[0], int) and row[0] in people][: most - len(found)]
            offset += _PAGE
            if len(found) >= min(most, len(people)) or len(page.rows) < _PAGE:
                return replace(page, rows=tuple(found), total_rows=len(people))


def sensitivity_of(field: Dimension | Tag, index: ModelIndex) -> Sensitivity:
    """How closely a field points at a person; what a tag rests on is for the layer to judge."""
    if isinstance(field, Tag):
        return Sensitivity.NONE
    column = index.entity(field.entity).column(field.expr.strip())
    declared = column.sensitivity if column is not None else Sensitivity.NONE
    return field.sensitivity if field.sensitivity is not Sensitivity.NONE else declared
