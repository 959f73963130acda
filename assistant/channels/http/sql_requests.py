"""Requests that must not be carried out twice, in a database, through SQLAlchemy."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.channels.http.requests import (
    GIVEN_UP_AFTER,
    KEPT_FOR,
    InProgressError,
    Kept,
    OtherRequestError,
    RequestKey,
)
from tools.storage import transaction

_REQUESTS: Final = sa.Table(
    "http_requests",
    sa.MetaData(),
    *(sa.Column(name, sa.String, primary_key=True) for name in ("owner", "route", "key")),
    *(sa.Column(name, sa.String) for name in ("digest", "begun_at", "response")),
)


class SqlRequestStore:
    """A `RequestStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, key: RequestKey, digest: str, *, at: datetime) -> Kept | None:
        try:
            with transaction(self._engine) as connection:
                return _begin(connection, key, digest, at)
        except IntegrityError as error:
            # Another process began the same request between the look and this write.
            raise InProgressError from error

    def finish(self, key: RequestKey, kept: Kept) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.update(_REQUESTS).where(_same(key)).values(response=_written(kept)))

    def forget(self, key: RequestKey) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_REQUESTS).where(_same(key)))


def _begin(connection: sa.Connection, key: RequestKey, digest: str, at: datetime) -> Kept | None:
    table = _REQUESTS.c
    connection.execute(sa.delete(_REQUESTS).where(table.begun_at <= _moment(at - KEPT_FOR)))
    row = connection.execute(sa.select(_REQUESTS).where(_same(key))).one_or_none()
    if row is None:
        begun = {"owner": key.owner, "route": key.route, "key": key.key, "digest": digest, "begun_at": _moment(at)}
        connection.execute(sa.insert(_REQUESTS).values(begun))
        return None
    if row.digest != digest:
        raise OtherRequestError
    if row.response is not None:
        return _read(row.response)
    if row.begun_at > _moment(at - GIVEN_UP_AFTER):
        raise InProgressError
    mine = sa.update(_REQUESTS).where(_same(key), table.begun_at == row.begun_at, table.response.is_(None))
    if connection.execute(mine.values(begun_at=_moment(at))).rowcount != 1:
        raise InProgressError
    return None


def _same(key: RequestKey) -> sa.ColumnElement[bool]:
    table = _REQUESTS.c
    return sa.and_(table.owner == key.owner, table.route == key.route, table.key == key.key)


def _moment(at: datetime) -> str:
    """All of one length and zone, so that their order as text is that of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _written(kept: Kept) -> str:
    data = {"status": kept.status, "headers": kept.headers, "body": kept.body, "file": kept.file}
    return json.dumps(data, ensure_ascii=False)


def _read(text: str) -> Kept:
    data = json.loads(text)
    headers = tuple((str(name), str(value)) for name, value in data["headers"])
    return Kept(status=int(data["status"]), headers=headers, body=str(data["body"]), file=str(data["file"]))
