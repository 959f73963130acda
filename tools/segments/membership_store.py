"""Memberships in a database, through SQLAlchemy: what stands now whole, each look as what moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import lru_cache
from typing import Final, cast

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.exc import IntegrityError

from semantic_layer.errors import Text
from semantic_layer.query.codec import audience_from_json, audience_to_json
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience
from tools.segments.membership import Cause, Failure, Moved, Side, Snapshot, Standing
from tools.segments.types import ChangedMeanwhileError
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_PORTION: Final = 500
_MOST_DECODED: Final = 4096
_LOOK: Final = ("at", "as_of", "data_version")
_STANDING: Final = sa.Table(
    "segment_standing",
    _METADATA,
    sa.Column("segment_id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", *_LOOK, "audience", "parts")),
    *(sa.Column(name, sa.Integer) for name in ("version", "serial")),
    sa.Column("keys", sa.LargeBinary),
)
_PARTS: Final = sa.Table(
    "segment_parts",
    _METADATA,
    sa.Column("data_set", sa.String, primary_key=True),
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("keys", sa.LargeBinary),
)
_SNAPSHOTS: Final = sa.Table(
    "segment_snapshots",
    _METADATA,
    sa.Column("segment_id", sa.String, primary_key=True),
    sa.Column("serial", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", *_LOOK)),
    *(sa.Column(name, sa.Integer) for name in ("version", "size")),
)
_MOVES: Final = sa.Table(
    "segment_moves",
    _METADATA,
    sa.Column("segment_id", sa.String, primary_key=True),
    sa.Column("serial", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", "side", "cause", "conditions")),
    sa.Column("keys", sa.LargeBinary),
)
_FAILURES: Final = sa.Table(
    "segment_failures",
    _METADATA,
    sa.Column("segment_id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("data_set", "at", "why_zh", "why_en")),
)


class SqlMembershipStore:
    """A `MembershipStore` of one data set on an engine from `tools.storage.open_storage`.

    Who met a condition is kept once, however many segments have it.
    """

    def __init__(self, engine: sa.Engine, data_set: str) -> None:
        self._engine = engine
        self._data_set = data_set
        self._decoded = lru_cache(maxsize=_MOST_DECODED)(audience_from_json)

    def standing(self, segment_id: str) -> Standing | None:
        return self.standings((segment_id,)).get(segment_id)

    def standings(self, segment_ids: Sequence[str], *, whole: bool = True) -> dict[str, Standing]:
        own = _STANDING.c
        with reading(self._engine) as connection:
            rows = [
                row
                for some in _portions(segment_ids)
                for row in connection.execute(sa.select(_STANDING).where(own.segment_id.in_(some))).all()
            ]
            digests = {digest for row in rows for _, digest in json.loads(row.parts)} if whole else set()
            met: dict[str, BitMap] = {}
            for some in _portions(sorted(digests)):
                part = _PARTS.c
                wanted = sa.select(part.digest, part["keys"]).where(
                    part.data_set == self._data_set, part.digest.in_(some)
                )
                met.update({digest: BitMap.deserialize(keys) for digest, keys in connection.execute(wanted).all()})
        return {row.segment_id: self._standing(row, met) for row in rows}

    def _standing(self, row: sa.Row[tuple[object, ...]], met: Mapping[str, BitMap]) -> Standing:
        return Standing(
            segment_id=row.segment_id,
            serial=row.serial,
            at=datetime.fromisoformat(row.at),
            as_of=date.fromisoformat(row.as_of),
            data_version=row.data_version,
            version=row.version,
            audience=self._decoded(row.audience),
            keys=BitMap.deserialize(row._mapping["keys"]),  # noqa: SLF001  # `row.keys` is the method
            parts=tuple(
                (_part(self._decoded(body)), met[digest]) for body, digest in json.loads(row.parts) if digest in met
            ),
        )

    def snapshots(self, segment_id: str) -> tuple[Snapshot, ...]:
        moves = sa.select(_MOVES).where(_MOVES.c.segment_id == segment_id).order_by(_MOVES.c.serial, _MOVES.c.place)
        with reading(self._engine) as connection:
            looks = connection.execute(_looks(segment_id)).all()
            rows = connection.execute(moves).all()
        moved: dict[int, list[Moved]] = {}
        for row in rows:
            moved.setdefault(row.serial, []).append(_moved(row))
        return tuple(_snapshot(row, moved.get(row.serial, ())) for row in looks)

    def sizes(self, segment_id: str) -> tuple[Snapshot, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(_looks(segment_id)).all()
        return tuple(_snapshot(row, ()) for row in rows)

    def keep(self, looks: Sequence[tuple[Standing, Snapshot]]) -> None:
        try:
            with transaction(self._engine) as connection:
                self._put(connection, [standing for standing, _ in looks])
                connection.execute(sa.insert(_SNAPSHOTS), [self._look_row(look) for _, look in looks])
                moves = [self._move_row(look, place, one) for _, look in looks for place, one in enumerate(look.moved)]
                if moves:
                    connection.execute(sa.insert(_MOVES), moves)
                done = [standing.segment_id for standing, _ in looks]
                connection.execute(sa.delete(_FAILURES).where(_FAILURES.c.segment_id.in_(done)))
        except IntegrityError as error:
            raise ChangedMeanwhileError(looks[0][0].segment_id) from error

    def fail(self, failure: Failure) -> None:
        row = {
            "segment_id": failure.segment_id,
            "data_set": self._data_set,
            "at": failure.at.isoformat(),
            "why_zh": failure.why.zh,
            "why_en": failure.why.en,
        }
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_FAILURES).where(_FAILURES.c.segment_id == failure.segment_id))
            connection.execute(sa.insert(_FAILURES).values(row))

    def failures(self) -> tuple[Failure, ...]:
        wanted = sa.select(_FAILURES).where(_FAILURES.c.data_set == self._data_set).order_by(_FAILURES.c.segment_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return tuple(
            Failure(segment_id=row.segment_id, at=datetime.fromisoformat(row.at), why=Text(row.why_zh, row.why_en))
            for row in rows
        )

    def forget(self, keys: BitMap) -> int:
        with transaction(self._engine) as connection:
            return sum(self._forget_in(connection, table, keys) for table in (_STANDING, _PARTS, _MOVES))

    def _forget_in(self, connection: sa.Connection, table: sa.Table, keys: BitMap) -> int:
        own = list(table.primary_key.columns)
        held = 0
        for row in connection.execute(sa.select(*own, table.c["keys"]).where(table.c.data_set == self._data_set)).all():
            stored = BitMap.deserialize(row[-1])
            if stored.isdisjoint(keys):
                continue
            held += 1
            same = sa.and_(*(column == value for column, value in zip(own, row, strict=False)))
            connection.execute(sa.update(table).where(same).values(keys=(stored - keys).serialize()))
        return held

    def _put(self, connection: sa.Connection, standings: Sequence[Standing]) -> None:
        ids = [standing.segment_id for standing in standings]
        own = _STANDING.c
        before = connection.execute(sa.select(own.parts).where(own.segment_id.in_(ids))).scalars().all()
        kept: dict[str, bytes] = {}
        for standing in standings:
            named: list[list[str]] = []
            for part, met in standing.parts:
                body = met.serialize()
                digest = hashlib.sha256(body).hexdigest()
                kept[digest] = body
                named.append([_body(part), digest])
            self._put_one(connection, standing, json.dumps(named))
        self._put_parts(connection, kept)
        old = {digest for parts in before for _, digest in json.loads(parts)}
        self._drop_unused(connection, old - kept.keys())

    def _put_one(self, connection: sa.Connection, standing: Standing, parts: str) -> None:
        row = {
            "segment_id": standing.segment_id,
            "data_set": self._data_set,
            "at": standing.at.isoformat(),
            "as_of": standing.as_of.isoformat(),
            "data_version": standing.data_version,
            "version": standing.version,
            "serial": standing.serial,
            "audience": audience_to_json(standing.audience),
            "keys": standing.keys.serialize(),
            "parts": parts,
        }
        if standing.serial == 1:
            connection.execute(sa.insert(_STANDING).values(row))
            return
        own = _STANDING.c
        same = sa.and_(own.segment_id == standing.segment_id, own.serial == standing.serial - 1)
        if connection.execute(sa.update(_STANDING).where(same).values(row)).rowcount != 1:
            raise ChangedMeanwhileError(standing.segment_id)

    def _put_parts(self, connection: sa.Connection, parts: Mapping[str, bytes]) -> None:
        own = _PARTS.c
        there = {
            digest
            for some in _portions(sorted(parts))
            for digest in connection.execute(
                sa.select(own.digest).where(own.data_set == self._data_set, own.digest.in_(some))
            ).scalars()
        }
        rows = [
            {"data_set": self._data_set, "digest": digest, "keys": keys}
            for digest, keys in parts.items()
            if digest not in there
        ]
        if rows:
            connection.execute(sa.insert(_PARTS), rows)

    def _drop_unused(self, connection: sa.Connection, digests: AbstractSet[str]) -> None:
        """Sets that no segment names any more."""
        own = _STANDING.c
        if not digests:
            return
        named = connection.execute(sa.select(own.parts).where(own.data_set == self._data_set)).scalars().all()
        unused = digests - {digest for parts in named for _, digest in json.loads(parts)}
        for some in _portions(sorted(unused)):
            gone = sa.and_(_PARTS.c.data_set == self._data_set, _PARTS.c.digest.in_(some))
            connection.execute(sa.delete(_PARTS).where(gone))

    def _look_row(self, look: Snapshot) -> dict[str, str | int]:
        return {
            "segment_id": look.segment_id,
            "serial": look.serial,
            "data_set": self._data_set,
            "at": look.at.isoformat(),
            "as_of": look.as_of.isoformat(),
            "data_version": look.data_version,
            "version": look.version,
            "size": look.size,
        }

    def _move_row(self, look: Snapshot, place: int, one: Moved) -> dict[str, str | int | bytes]:
        return {
            "segment_id": look.segment_id,
            "serial": look.serial,
            "place": place,
            "data_set": self._data_set,
            "side": one.side,
            "cause": one.cause.value,
            "conditions": json.dumps([_body(part) for part in one.conditions]),
            "keys": one.keys.serialize(),
        }


def _looks(segment_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(_SNAPSHOTS).where(_SNAPSHOTS.c.segment_id == segment_id).order_by(_SNAPSHOTS.c.serial)


def _snapshot(row: sa.Row[tuple[object, ...]], moved: Iterable[Moved]) -> Snapshot:
    return Snapshot(
        segment_id=row.segment_id,
        serial=row.serial,
        at=datetime.fromisoformat(row.at),
        as_of=date.fromisoformat(row.as_of),
        data_version=row.data_version,
        version=row.version,
        size=row.size,
        moved=tuple(moved),
    )


def _moved(row: sa.Row[tuple[object, ...]]) -> Moved:
    return Moved(
        side=cast("Side", row.side),
        cause=Cause(row.cause),
        keys=BitMap.deserialize(row._mapping["keys"]),  # noqa: SLF001  # `row.keys` is the method
        conditions=tuple(_condition(body) for body in json.loads(row.conditions)),
    )


def _body(part: Predicate) -> str:
    return audience_to_json(Audience(where=part))


def _condition(body: str) -> Predicate:
    return _part(audience_from_json(body))


def _part(audience: Audience) -> Predicate:
    assert audience.where is not None
    return audience.where


def _portions(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough at a time for the parameters of one statement."""
    for at in range(0, len(items), _PORTION):
        yield items[at : at + _PORTION]
