"""Campaigns in a database, through SQLAlchemy. Bodies are JSON, people are bitmaps, times are ISO text in UTC.

The log of changes and the rows of policies are written once each: the newest revision of a policy is the one that holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.exc import IntegrityError

from tools.campaigns.as_json import campaign_from_json, campaign_to_json
from tools.campaigns.keys import union
from tools.campaigns.sql_rows import (
    change_of,
    change_row,
    consent_of,
    consent_row,
    contact_of,
    in_utc,
    policy_of,
    policy_row,
)
from tools.campaigns.store import (
    ConsentEvent,
    Contacted,
    Frozen,
    PolicyChange,
    PolicyChangedError,
    PolicyRow,
    minute,
)
from tools.campaigns.tables import CAMPAIGNS, CHANGES, CONSENTS, CONTACTS, FROZEN, PEOPLE, POLICIES
from tools.campaigns.types import Campaign, CampaignChangedError, Change, LeftOut
from tools.storage import reading, transaction

_TREATED: Final = "treated"
_CONTROL: Final = "control"
_PLANNED: Final = "planned"
_BATCH: Final = 500


class SqlCampaignStore:
    """A `CampaignStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    # ---- campaigns

    def load(self, data_set: str) -> tuple[Campaign, ...]:
        wanted = sa.select(CAMPAIGNS.c.body).where(CAMPAIGNS.c.data_set == data_set)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(CAMPAIGNS.c.created_at, CAMPAIGNS.c.id)).scalars().all()
        return tuple(campaign_from_json(row) for row in rows)

    def get(self, campaign_id: str) -> Campaign | None:
        wanted = sa.select(CAMPAIGNS.c.body).where(CAMPAIGNS.c.id == campaign_id)
        with reading(self._engine) as connection:
            body = connection.execute(wanted).scalar()
        return campaign_from_json(body) if body is not None else None

    def write(
        self,
        campaign: Campaign,
        change: Change,
        *,
        frozen: Frozen | None = None,
        planned: BitMap | None = None,
        contacted: Sequence[Contacted] = (),
    ) -> None:
        try:
            with transaction(self._engine) as connection:
                _put(connection, campaign)
                connection.execute(sa.insert(CHANGES).values(change_row(change, campaign)))
                if planned is not None:
                    _put_people(connection, campaign.id, {_PLANNED: planned})
                if frozen is not None:
                    _put_frozen(connection, frozen)
                for one in contacted:
                    _add_contacted(connection, one)
        except IntegrityError as error:
            raise CampaignChangedError(campaign.name) from error

    def history(self, campaign_id: str) -> tuple[Change, ...]:
        wanted = sa.select(CHANGES).where(CHANGES.c.campaign == campaign_id).order_by(CHANGES.c.number)
        with reading(self._engine) as connection:
            return tuple(change_of(row) for row in connection.execute(wanted).all())

    def planned(self, campaign_id: str) -> BitMap:
        with reading(self._engine) as connection:
            return _people(connection, campaign_id).get(_PLANNED, BitMap())

    def frozen(self, campaign_id: str) -> Frozen | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(FROZEN).where(FROZEN.c.campaign == campaign_id)).first()
            if row is None:
                return None
            people = _people(connection, campaign_id)
        return Frozen(
            campaign=campaign_id,
            at=datetime.fromisoformat(row.at),
            revision=row.revision,
            treated=people.get(_TREATED, BitMap()),
            control=people.get(_CONTROL, BitMap()),
            left_out={reason: people[reason.value] for reason in LeftOut if reason.value in people},
            rules=tuple(json.loads(row.rules)),
            base_rate=row.base_rate,
            detectable=row.detectable,
        )

    # ---- policies

    def policies(self, data_set: str) -> tuple[PolicyRow, ...]:
        newest: dict[str, PolicyRow] = {}
        for change in self.policy_log(data_set):
            newest[change.row.id] = change.row
        return tuple(newest[row] for row in sorted(newest))

    def write_policies(self, changes: Sequence[PolicyChange]) -> None:
        with transaction(self._engine) as connection:
            for change in changes:
                row = change.row
                same = sa.and_(POLICIES.c.data_set == row.data_set, POLICIES.c.id == row.id)
                last = connection.execute(sa.select(sa.func.max(POLICIES.c.revision)).where(same)).scalar()
                if (last or 0) != row.revision - 1:
                    raise PolicyChangedError(row.rule)
                connection.execute(sa.insert(POLICIES).values(policy_row(change)))

    def policy_log(self, data_set: str) -> tuple[PolicyChange, ...]:
        wanted = sa.select(POLICIES).where(POLICIES.c.data_set == data_set)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(POLICIES.c.at, POLICIES.c.revision, POLICIES.c.id)).all()
        return tuple(policy_of(row) for row in rows)

    # ---- who agreed, who was contacted

    def add_consents(self, events: Sequence[ConsentEvent]) -> None:
        rows = {str(row["id"]): row for row in map(consent_row, events)}
        ids = list(rows)
        with transaction(self._engine) as connection:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                known = set(connection.execute(sa.select(CONSENTS.c.id).where(CONSENTS.c.id.in_(batch))).scalars())
                if new := [rows[one] for one in batch if one not in known]:
                    connection.execute(sa.insert(CONSENTS), new)

    def consents(self, data_set: str, channel: str) -> tuple[ConsentEvent, ...]:
        return self._consents(sa.and_(CONSENTS.c.data_set == data_set, CONSENTS.c.channel == channel))

    def consents_of(self, data_set: str, key: int) -> tuple[ConsentEvent, ...]:
        return self._consents(sa.and_(CONSENTS.c.data_set == data_set, CONSENTS.c.key == key))

    def _consents(self, where: sa.ColumnElement[bool]) -> tuple[ConsentEvent, ...]:
        # By text: "no" stands before "yes", so of one time the no comes last when descending.
        wanted = sa.select(CONSENTS).where(where).order_by(CONSENTS.c.at, CONSENTS.c.said.desc(), CONSENTS.c.id)
        with reading(self._engine) as connection:
            return tuple(consent_of(row) for row in connection.execute(wanted).all())

    def add_contacted(self, contacted: Contacted) -> BitMap:
        with transaction(self._engine) as connection:
            return _add_contacted(connection, contacted)

    def contacted(self, data_set: str, since: datetime) -> tuple[Contacted, ...]:
        wanted = sa.select(CONTACTS).where(CONTACTS.c.data_set == data_set, CONTACTS.c.at >= in_utc(minute(since)))
        with reading(self._engine) as connection:
            return tuple(contact_of(row) for row in connection.execute(wanted.order_by(CONTACTS.c.at)).all())

    def noted(self, campaign_id: str) -> BitMap:
        wanted = sa.select(CONTACTS.c["keys"]).where(CONTACTS.c.campaign == campaign_id, CONTACTS.c.held.is_(False))
        with reading(self._engine) as connection:
            return union(BitMap.deserialize(keys) for keys in connection.execute(wanted).scalars())


def _put(connection: sa.Connection, campaign: Campaign) -> None:
    row = {
        "id": campaign.id,
        "data_set": campaign.data_set,
        "number": campaign.number,
        "state": campaign.state.value,
        "created_at": in_utc(campaign.created_at),
        "body": campaign_to_json(campaign),
    }
    if campaign.number == 1:
        connection.execute(sa.insert(CAMPAIGNS).values(row))
        return
    same = sa.and_(CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.number == campaign.number - 1)
    if connection.execute(sa.update(CAMPAIGNS).where(same).values(row)).rowcount != 1:
        raise CampaignChangedError(campaign.name)


def _people(connection: sa.Connection, campaign_id: str) -> dict[str, BitMap]:
    wanted = sa.select(PEOPLE.c.part, PEOPLE.c["keys"]).where(PEOPLE.c.campaign == campaign_id)
    return {part: BitMap.deserialize(keys) for part, keys in connection.execute(wanted).all()}


def _put_people(connection: sa.Connection, campaign_id: str, parts: Mapping[str, BitMap]) -> None:
    gone = sa.and_(PEOPLE.c.campaign == campaign_id, PEOPLE.c.part.in_(list(parts)))
    connection.execute(sa.delete(PEOPLE).where(gone))
    for part, people in parts.items():
        row = {"campaign": campaign_id, "part": part, "people": len(people), "keys": people.serialize()}
        connection.execute(sa.insert(PEOPLE).values(row))


def _put_frozen(connection: sa.Connection, frozen: Frozen) -> None:
    connection.execute(sa.delete(FROZEN).where(FROZEN.c.campaign == frozen.campaign))
    row = {
        "campaign": frozen.campaign,
        "at": in_utc(frozen.at),
        "revision": frozen.revision,
        "rules": json.dumps(frozen.rules, ensure_ascii=False),
        "base_rate": frozen.base_rate,
        "detectable": frozen.detectable,
    }
    connection.execute(sa.insert(FROZEN).values(row))
    parts = {_TREATED: frozen.treated, _CONTROL: frozen.control}
    _put_people(connection, frozen.campaign, parts | {one.value: people for one, people in frozen.left_out.items()})


def _add_contacted(connection: sa.Connection, contacted: Contacted) -> BitMap:
    table = CONTACTS.c
    of_campaign = sa.and_(table.campaign == contacted.campaign, table.held.is_(contacted.held))
    stored = connection.execute(sa.select(table.at, table["keys"]).where(of_campaign)).all()
    parts = {at: BitMap.deserialize(keys) for at, keys in stored}
    new = contacted.keys - union(parts.values())
    if not new:
        return new
    at = in_utc(minute(contacted.at))
    if at in parts:
        row = sa.and_(of_campaign, table.at == at)
        connection.execute(sa.update(CONTACTS).where(row).values(keys=(parts[at] | new).serialize()))
        return new
    values = {
        "campaign": contacted.campaign,
        "held": contacted.held,
        "at": at,
        "data_set": contacted.data_set,
        "channel": contacted.channel,
        "kind": contacted.kind,
        "counts": contacted.counts,
        "keys": new.serialize(),
    }
    connection.execute(sa.insert(CONTACTS).values(values))
    return new
