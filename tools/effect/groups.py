"""Who was planned into past campaigns, as the data tells it, and all campaigns there are: those and our own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.nearest import nearest
from semantic_layer.model.outreach import History
from semantic_layer.model.types import Scalar
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Compare, Did, Not, Predicate
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell
from tools.campaigns.keys import bitmap
from tools.campaigns.types import Groups, GroupsOf
from tools.effect.naming import Listed, Lists, listed_of

CAMPAIGN = Text("活动", "campaign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A campaign in the data: `value` is its name as the data has it, which is what rows are found by."""

    listed: Listed
    value: Scalar
    ends: date | None
    channel: str
    planned_control: float | None


class DataGroups:
    """The groups of the past campaigns in the data, for one person under their rights: a `GroupsOf`.

    People whom the person may not see are in no group. Where the data has no groups, everybody planned counts as treated; where
    it does not say who was planned either, both groups are empty.
    """

    def __init__(self, layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> None:
        self._layer = layer
        self._user = user
        self._cancel = cancel
        self._known: tuple[Past, ...] | None = None

    def names(self) -> tuple[str, ...]:
        return tuple(one.listed.name for one in self.past())

    def listed(self) -> tuple[Listed, ...]:
        return tuple(one.listed for one in self.past())

    def groups(self, campaign: str) -> Groups:
        found = self.one(campaign)
        history = self._history()
        treated, control = BitMap(), BitMap()
        if history is not None and history.member:
            held_back = Compare(history.group, "=", history.control) if history.group else None
            treated = self.people(history.member, found, Not(held_back) if held_back is not None else None)
            control = self.people(history.member, found, held_back) if held_back is not None else BitMap()
        return Groups(
            campaign=found.listed.id,
            name=found.listed.name,
            starts=found.listed.starts,
            ends=found.ends,
            treated=treated,
            control=control,
            channel=found.channel,
            planned_control=found.planned_control,
        )

    def one(self, campaign: str) -> Past:
        """A campaign by its name or id; raises `UnknownNameError` with the nearest names."""
        wanted = campaign.strip()
        past = self.past()
        found = [one for one in past if one.listed.name == wanted] or [one for one in past if one.listed.id == wanted]
        if found:
            return found[0]
        names = [one.listed.name for one in past]
        raise UnknownNameError(CAMPAIGN, campaign, nearest(wanted, names) or names[:3])

    def people(self, entity: str, of: Past, where: Predicate | None = None) -> BitMap:
        """Everybody with a row of `entity` that belongs to the campaign and meets `where`."""
        history = self._history()
        if history is None:
            return BitMap()
        own: Predicate = Compare(history.name, "=", of.value)
        did = Did(entity=entity, where=own if where is None else And((own, where)))
        audience = Audience(where=did, entity=self._layer.index.model.customer_entity)
        return bitmap(self._layer.key_array(audience, self._user, cancel=self._cancel))

    def clicked(self, campaign: str) -> BitMap | None:
        """Who clicked a message of the campaign; `None` where the data keeps no clicks."""
        history = self._history()
        if history is None or not history.message or not history.clicked:
            return None
        return self.people(history.message, self.one(campaign), Compare(history.clicked, "=", value=True))

    def past(self) -> tuple[Past, ...]:
        """All that have a first day, newest first."""
        if self._known is None:
            self._known = self._read()
        return self._known

    def _history(self) -> History | None:
        return self._layer.index.model.outreach.history

    def _read(self) -> tuple[Past, ...]:
        history = self._history()
        if history is None:
            return ()
        fields = (history.name, history.starts, history.ends, history.channel, history.kind, history.planned_control)
        wanted = tuple(dict.fromkeys(field for field in fields if field))
        table = self._layer.people(
            Audience(entity=history.campaign), self._user, fields=wanted, cancel=self._cancel
        ).table
        at = {column.source: place for place, column in enumerate(table.columns) if column.role != "key"}

        def cell(row: tuple[Cell, ...], field: str) -> Cell:
            return row[at[field]] if field in at else None

        found = []
        for row in table:
            # The field of the name may be the key itself, which stands first and not once more.
            name = cell(row, history.name) if history.name in at else row[0]
            starts = _day(cell(row, history.starts))
            if starts is None or not isinstance(name, str | int | float | bool):
                continue
            kind, channel = cell(row, history.kind), cell(row, history.channel)
            share = cell(row, history.planned_control)
            said = (*self._words(history.kind, kind), *self._words(history.channel, channel))
            listed = Listed(id=str(row[0]), name=str(name), starts=starts, words=said)
            found.append(
                Past(
                    listed=listed,
                    value=name,
                    ends=_day(cell(row, history.ends)),
                    channel=str(channel or ""),
                    planned_control=float(share) if isinstance(share, int | float) else None,
                )
            )
        return tuple(sorted(found, key=lambda one: (one.listed.starts, one.listed.name), reverse=True))

    def _words(self, field: str, value: Cell) -> tuple[str, ...]:
        """What people call a value: itself, its labels, its aliases, and the channel of that name."""
        if not field or value is None:
            return ()
        words = [str(value)]
        channel = self._layer.index.model.outreach.channel(str(value))
        if channel is not None:
            words += [channel.label.zh, channel.label.en]
        for one in self._layer.index.field(field).values:
            if one.value == value:
                words += [one.label.zh, one.label.en, *one.aliases]
        return tuple(dict.fromkeys(word for word in words if word))


class AllGroups:
    """Our own campaigns before those in the data; a name that both have means our own."""

    def __init__(self, own: GroupsOf | None, data: Lists) -> None:
        self._own = own
        self._data = data

    def names(self) -> tuple[str, ...]:
        own = self._own.names() if self._own is not None else ()
        return tuple(dict.fromkeys((*own, *self._data.names())))

    def listed(self) -> tuple[Listed, ...]:
        own = listed_of(self._own) if self._own is not None else ()
        taken = {one.name for one in own}
        return (*own, *(one for one in self._data.listed() if one.name not in taken))

    def groups(self, campaign: str) -> Groups:
        """Raises `InvalidPlanError` for one of ours that has not begun."""
        own = self._of_ours(campaign)
        if own is not None:
            return own
        try:
            return self._data.groups(campaign)
        except UnknownNameError:
            names = self.names()
            raise UnknownNameError(CAMPAIGN, campaign, nearest(campaign, names) or names[:3]) from None

    def is_own(self, campaign: str) -> bool:
        """Whether it is a campaign of this product."""
        return self._of_ours(campaign) is not None

    def _of_ours(self, campaign: str) -> Groups | None:
        """A draft of ours does not hide a campaign of its name in the data."""
        if self._own is None:
            return None
        try:
            return self._own.groups(campaign)
        except UnknownNameError:
            return None
        except InvalidPlanError:
            if campaign in self._data.names():
                return None
            raise


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else None
