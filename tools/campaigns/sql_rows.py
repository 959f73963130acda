"""Rows of the database, and what they stand for."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa
from pyroaring import BitMap

from tools.campaigns.as_json import campaign_to_json
from tools.campaigns.rules import rule_from_json, rule_to_json
from tools.campaigns.store import ConsentEvent, Contacted, PolicyChange, PolicyRow, Said
from tools.campaigns.types import Campaign, Change, State, What


def in_utc(at: datetime) -> str:
    """One form for all times, so that they sort as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def change_row(change: Change, campaign: Campaign) -> dict[str, str | int]:
    return {
        "campaign": change.campaign,
        "number": change.number,
        "at": in_utc(change.at),
        "by": change.by,
        "what": change.what,
        "revision": change.revision,
        "state": change.state.value,
        "note": change.note,
        "body": campaign_to_json(campaign),
    }


def change_of(row: sa.Row[tuple[object, ...]]) -> Change:
    return Change(
        campaign=row.campaign,
        number=row.number,
        at=datetime.fromisoformat(row.at),
        by=row.by,
        what=cast("What", row.what),
        revision=row.revision,
        state=State(row.state),
        note=row.note,
    )


def policy_row(change: PolicyChange) -> dict[str, str | int | bool]:
    row = change.row
    return {
        "data_set": row.data_set,
        "id": row.id,
        "revision": row.revision,
        "rule": json.dumps(rule_to_json(row.rule), ensure_ascii=False, sort_keys=True),
        "owner": row.owner,
        "on": row.on,
        "at": in_utc(change.at),
        "by": change.by,
        "what": change.what,
    }


def policy_of(found: sa.Row[tuple[object, ...]]) -> PolicyChange:
    at = datetime.fromisoformat(found.at)
    row = PolicyRow(
        id=found.id,
        data_set=found.data_set,
        rule=rule_from_json(json.loads(found.rule)),
        owner=found.owner,
        updated_at=at,
        on=found.on,
        revision=found.revision,
    )
    return PolicyChange(row=row, at=at, by=found.by, what=found.what)


def consent_row(event: ConsentEvent) -> dict[str, str | int]:
    said = [event.data_set, event.channel, event.key, in_utc(event.at), event.said.value, event.by, event.source]
    return {
        "id": hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest(),
        "data_set": event.data_set,
        "channel": event.channel,
        "key": event.key,
        "at": in_utc(event.at),
        "said": event.said.value,
        "by": event.by,
        "source": event.source,
    }


def consent_of(row: sa.Row[tuple[object, ...]]) -> ConsentEvent:
    return ConsentEvent(
        data_set=row.data_set,
        channel=row.channel,
        key=row.key,
        at=datetime.fromisoformat(row.at),
        said=Said(row.said),
        by=row.by,
        source=row.source,
    )


def contact_of(row: sa.Row[tuple[object, ...]]) -> Contacted:
    return Contacted(
        campaign=row.campaign,
        data_set=row.data_set,
        channel=row.channel,
        at=datetime.fromisoformat(row.at),
        keys=BitMap.deserialize(row._mapping["keys"]),  # noqa: SLF001  # `row.keys` would be a method
        held=row.held,
        kind=row.kind,
        counts=row.counts,
    )
