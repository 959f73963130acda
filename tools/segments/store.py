"""Segments in a database, through SQLAlchemy. Audiences are kept as versioned JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.query.codec import audience_from_json, audience_to_json
from semantic_layer.query.types import Audience
from tools.segments.types import (
    Arrangement,
    Change,
    ChangedMeanwhileError,
    NameTakenError,
    Rhythm,
    Segment,
    Sharing,
    What,
    name_key,
)
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_MOST_DECODED: Final = 4096
_SEGMENTS: Final = sa.Table(
    "segments",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(
        sa.Column(name, sa.String)
        for name in ("data_set", "name", "name_key", "owner", "audience", "created_at", "updated_at")
    ),
    *(sa.Column(name, sa.Integer) for name in ("version", "revision", "count_at_save")),
    *(sa.Column(name, sa.String) for name in ("as_of", "counted_under", "deleted_at")),
    *(sa.Column(name, sa.String) for name in ("folder", "sharing", "shared_with", "rhythm")),
    *(sa.Column(name, sa.Integer) for name in ("frozen", "at_least", "at_most")),
)
_CHANGES: Final = sa.Table(
    "segment_changes",
    _METADATA,
    sa.Column("segment_id", sa.String, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("at", "by", "what", "name", "audience", "counted_under")),
    *(sa.Column(name, sa.Integer) for name in ("version", "count")),
)


class SqlSegmentStore:
    """A `SegmentStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._decoded = lru_cache(maxsize=_MOST_DECODED)(audience_from_json)  # rules seldom change and are read often

    def load(self, data_set: str) -> tuple[Segment, ...]:
        wanted = sa.select(_SEGMENTS).where(_SEGMENTS.c.data_set == data_set)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(_SEGMENTS.c.created_at, _SEGMENTS.c.id)).all()
        return tuple(_segment(row, self._decoded) for row in rows)

    def write(self, changes: Sequence[tuple[Segment, Change]]) -> None:
        for segment, _ in changes:
            current = segment.name
        try:
            with transaction(self._engine) as connection:
                for segment, change in changes:
                    current = segment.name
                    _put(connection, segment)
                    connection.execute(sa.insert(_CHANGES).values(_change_row(change)))
        except IntegrityError as error:
            # Another process took the name between the check and this write.
            raise NameTakenError(current, f"{current} 2") from error

    def history(self, segment_id: str) -> tuple[Change, ...]:
        wanted = sa.select(_CHANGES).where(_CHANGES.c.segment_id == segment_id).order_by(_CHANGES.c.revision)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return tuple(_change(row) for row in rows)


def _put(connection: sa.Connection, segment: Segment) -> None:
    row = _segment_row(segment)
    if segment.revision == 1:
        connection.execute(sa.insert(_SEGMENTS).values(row))
        return
    table = _SEGMENTS.c
    same = sa.and_(table.id == segment.id, table.revision == segment.revision - 1)
    if connection.execute(sa.update(_SEGMENTS).where(same).values(row)).rowcount != 1:
        raise ChangedMeanwhileError(segment.name)


def _segment_row(segment: Segment) -> dict[str, str | int | None]:
    return {
        "id": segment.id,
        "data_set": segment.data_set,
        "name": segment.name,
        "name_key": name_key(segment.name),
        "owner": segment.owner,
        "audience": audience_to_json(segment.audience),
        "created_at": segment.created_at.isoformat(),
        "updated_at": segment.updated_at.isoformat(),
        "version": segment.version,
        "revision": segment.revision,
        "count_at_save": segment.count_at_save,
        "as_of": segment.as_of.isoformat() if segment.as_of else None,
        "counted_under": segment.counted_under,
        "deleted_at": segment.deleted_at.isoformat() if segment.deleted_at else None,
        "frozen": int(segment.frozen),
        "folder": segment.arrangement.folder,
        "sharing": segment.arrangement.sharing,
        "shared_with": json.dumps(segment.arrangement.shared_with, ensure_ascii=False),
        "rhythm": segment.arrangement.rhythm.value,
        "at_least": segment.arrangement.at_least,
        "at_most": segment.arrangement.at_most,
    }


def _segment(row: sa.Row[tuple[object, ...]], decoded: Callable[[str], Audience]) -> Segment:
    return Segment(
        id=row.id,
        data_set=row.data_set,
        name=row.name,
        audience=decoded(row.audience),
        owner=row.owner,
        created_at=datetime.fromisoformat(row.created_at),
        updated_at=datetime.fromisoformat(row.updated_at),
        version=row.version,
        revision=row.revision,
        count_at_save=row.count_at_save,
        as_of=date.fromisoformat(row.as_of) if row.as_of else None,
        counted_under=row.counted_under,
        deleted_at=datetime.fromisoformat(row.deleted_at) if row.deleted_at else None,
        frozen=bool(row.frozen),
        arrangement=Arrangement(
            folder=row.folder,
            sharing=cast("Sharing", row.sharing),
            shared_with=tuple(json.loads(row.shared_with)),
            rhythm=Rhythm(row.rhythm),
            at_least=row.at_least,
            at_most=row.at_most,
        ),
    )


def _change_row(change: Change) -> dict[str, str | int | None]:
    return {
        "segment_id": change.segment_id,
        "revision": change.revision,
        "at": change.at.isoformat(),
        "by": change.by,
        "what": change.what,
        "version": change.version,
        "name": change.name,
        "audience": audience_to_json(change.audience),
        "count": change.count,
        "counted_under": change.counted_under,
    }


def _change(row: sa.Row[tuple[object, ...]]) -> Change:
    return Change(
        segment_id=row.segment_id,
        revision=row.revision,
        at=datetime.fromisoformat(row.at),
        by=row.by,
        what=cast("What", row.what),
        version=row.version,
        name=row.name,
        audience=audience_from_json(row.audience),
        count=row._mapping["count"],  # noqa: SLF001  # `row.count` is the tuple method
        counted_under=row.counted_under,
    )
