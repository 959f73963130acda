"""Takes a person who was deleted out of campaigns: groups, contacts, consents and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from pyroaring import BitMap

from tools.campaigns.tables import CAMPAIGNS, CONSENTS, CONTACTS, PEOPLE
from tools.storage import transaction

_DELIVERIES = sa.table("deliveries", sa.column("campaign"), sa.column("key"))


def forget_in_campaigns(engine: sa.Engine, data_set: str, key: int) -> int:
    """How many entries held the person (integer customer key); all are gone or none. Their opt-out goes with them: whoever
    comes back under another key is asked anew.
    """
    with transaction(engine) as connection:
        ours = connection.execute(sa.select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.data_set == data_set)).scalars().all()
        found = _from_bitmaps(connection, PEOPLE, PEOPLE.c.campaign.in_(ours), key)
        found += _from_bitmaps(connection, CONTACTS, CONTACTS.c.data_set == data_set, key)
        for statement in (
            sa.delete(CONSENTS).where(CONSENTS.c.data_set == data_set, CONSENTS.c.key == key),
            sa.delete(_DELIVERIES).where(_DELIVERIES.c.campaign.in_(ours), _DELIVERIES.c.key == key),
        ):
            found += connection.execute(statement).rowcount
    return found


def _from_bitmaps(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool], key: int) -> int:
    found = 0
    for row in connection.execute(sa.select(table).where(where)).mappings().all():
        people = BitMap.deserialize(row["keys"])
        if key not in people:
            continue
        people.discard(key)
        this = sa.and_(*(column == row[column.name] for column in table.primary_key.columns))
        changed: dict[str, object] = {"keys": people.serialize()}
        if "people" in table.c:
            changed["people"] = len(people)
        connection.execute(sa.update(table).where(this).values(changed))
        found += 1
    return found
