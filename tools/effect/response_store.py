"""Responses in a database, through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from pyroaring import BitMap

from tools.effect.responses import Response, ResponseKind, Standing, forgotten
from tools.storage import reading, transaction

_ROWS: Final = sa.Table(
    "responses",
    sa.MetaData(),
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("kind", "at", "source", "standing", "campaign", "channel", "message")),
    sa.Column("customer", sa.BigInteger),
)
_AT_ONCE: Final = 500  # ids in one statement


class SqlResponses:
    """A `ResponseStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def known(self, data_set: str, ids: Sequence[str]) -> frozenset[str]:
        with reading(self._engine) as connection:
            return _known(connection, data_set, ids)

    def add(self, responses: Sequence[Response]) -> int:
        with transaction(self._engine) as connection:
            new: dict[tuple[str, str], Response] = {}
            for data_set in dict.fromkeys(one.data_set for one in responses):
                own = [one for one in responses if one.data_set == data_set]
                there = _known(connection, data_set, [one.id for one in own])
                for one in own:
                    if one.id not in there:
                        new.setdefault((data_set, one.id), one)
            if new:
                connection.execute(sa.insert(_ROWS), [_row(one) for one in new.values()])
        return len(new)

    def people(self, campaign: str, kind: ResponseKind) -> BitMap:
        c = _ROWS.c
        wanted = sa.select(c.customer).where(
            c.campaign == campaign, c.kind == kind.value, c.standing == Standing.COUNTS.value, c.customer.is_not(None)
        )
        with reading(self._engine) as connection:
            return BitMap(connection.execute(wanted.distinct()).scalars())

    def counts(self, data_set: str, kind: ResponseKind, since: datetime) -> Mapping[tuple[str, int], int]:
        c = _ROWS.c
        known = (c.data_set == data_set, c.kind == kind.value, c.at >= _moment(since), c.customer.is_not(None))
        wanted = sa.select(c.channel, c.customer, sa.func.count()).where(*known).group_by(c.channel, c.customer)
        with reading(self._engine) as connection:
            return {(channel, key): count for channel, key, count in connection.execute(wanted).all()}

    def tally(self, data_set: str, campaign: str = "") -> Mapping[tuple[ResponseKind, Standing], int]:
        c = _ROWS.c
        wanted = sa.select(c.kind, c.standing, sa.func.count()).where(c.data_set == data_set)
        if campaign:
            wanted = wanted.where(c.campaign == campaign)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.group_by(c.kind, c.standing)).all()
        return {(ResponseKind(kind), Standing(standing)): count for kind, standing, count in rows}

    def of_person(self, data_set: str, key: int) -> tuple[Response, ...]:
        return self._newest(_ROWS.c.data_set == data_set, _ROWS.c.customer == key)

    def aside(self, data_set: str, limit: int = 100) -> tuple[Response, ...]:
        unknown = _ROWS.c.standing == Standing.UNKNOWN_PERSON.value
        return self._newest(_ROWS.c.data_set == data_set, unknown, limit=limit)

    def forget(self, data_set: str, key: int) -> int:
        theirs = sa.and_(_ROWS.c.data_set == data_set, _ROWS.c.customer == key)
        with transaction(self._engine) as connection:
            rows = [_response(row) for row in connection.execute(sa.select(_ROWS).where(theirs)).all()]
            connection.execute(sa.delete(_ROWS).where(theirs))
            if rows:
                connection.execute(sa.insert(_ROWS), [_row(forgotten(one)) for one in rows])
        return len(rows)

    def _newest(self, *where: sa.ColumnElement[bool], limit: int | None = None) -> tuple[Response, ...]:
        wanted = sa.select(_ROWS).where(*where).order_by(_ROWS.c.at.desc(), _ROWS.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_response(row) for row in connection.execute(wanted).all())


def _known(connection: sa.Connection, data_set: str, ids: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        wanted = sa.select(_ROWS.c.id).where(_ROWS.c.data_set == data_set, _ROWS.c.id.in_(part))
        found.update(connection.execute(wanted).scalars())
    return frozenset(found)


def _moment(at: datetime) -> str:
    """Of one form and one offset, so that texts are ordered as moments are."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _row(one: Response) -> dict[str, str | int | None]:
    return {
        "data_set": one.data_set,
        "id": one.id,
        "kind": one.kind.value,
        "at": _moment(one.at),
        "source": one.source,
        "standing": one.standing.value,
        "campaign": one.campaign,
        "channel": one.channel,
        "message": one.message,
        "customer": one.key,
    }


def _response(row: sa.Row[tuple[object, ...]]) -> Response:
    return Response(
        id=row.id,
        data_set=row.data_set,
        kind=ResponseKind(row.kind),
        at=datetime.fromisoformat(row.at),
        source=row.source,
        standing=Standing(row.standing),
        campaign=row.campaign,
        key=row.customer,
        channel=row.channel,
        message=row.message,
    )
