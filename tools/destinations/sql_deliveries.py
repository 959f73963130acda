"""`Deliveries` in the application database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from semantic_layer.errors import Text
from tools.destinations.deliveries import OPEN, TO_DECIDE, Delivery, NotHeldError, Step, Tally
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_TEXTS: Final = ("destination", "state", "message", "variant", "next_try", "reference", "why_zh", "why_en", "at")
_DELIVERIES: Final = sa.Table(
    "deliveries",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempts", sa.Integer),
    *(sa.Column(name, sa.String) for name in _TEXTS),
)
_SENDS: Final = sa.Table(
    "sends",
    _METADATA,
    sa.Column("campaign", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("destination", "started_at", "holder", "until")),
)
_CHANGED: Final = (*_TEXTS, "attempts")
_CHANGE_MANY: Final = (
    sa.update(_DELIVERIES)
    .where(_DELIVERIES.c.campaign == sa.bindparam("of_campaign"), _DELIVERIES.c.key == sa.bindparam("of_key"))
    .values({name: sa.bindparam(f"new_{name}") for name in _CHANGED})
)
_CHANGE: Final = _CHANGE_MANY.where(_DELIVERIES.c.state.in_(sa.bindparam("steps", expanding=True)))
_AT_ONCE: Final = 10_000  # rows in one statement of many
_KEYS: Final = 500  # values in one list of a statement
_LONGEST: Final = {"reference": 300, "variant": 200, "message": 64}


class SqlDeliveries:
    """`Deliveries` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._open: dict[str, sa.Connection] = {}

    def enlist(self, campaign: str, destination: str, keys: Iterable[int], *, at: datetime) -> int:
        table = _DELIVERIES.c
        with transaction(self._engine) as connection:
            there = connection.execute(sa.select(_SENDS.c.campaign).where(_SENDS.c.campaign == campaign)).first()
            wanted = list(dict.fromkeys(int(key) for key in keys))
            known: set[int] = set()
            if there is None:
                row = {"campaign": campaign, "destination": destination, "started_at": _moment(at)}
                connection.execute(sa.insert(_SENDS).values(holder="", until="", **row))
            else:
                known = set(connection.execute(sa.select(table.key).where(table.campaign == campaign)).scalars())
            new = [key for key in wanted if key not in known]
            blank = Delivery(campaign=campaign, key=0, destination=destination, step=Step.WAITING, at=at)
            shared = _row(blank)
            for start in range(0, len(new), _AT_ONCE):
                rows = [{**shared, "key": key} for key in new[start : start + _AT_ONCE]]
                connection.execute(sa.insert(_DELIVERIES), rows)
        return len(new)

    def hold(self, campaign: str, holder: str, *, until: datetime, now: datetime) -> bool:
        table = _SENDS.c
        free = sa.or_(table.holder.in_(("", holder)), table.until <= _moment(now))
        change = sa.update(_SENDS).where(table.campaign == campaign, free)
        with transaction(self._engine) as connection:
            held = connection.execute(change.values(holder=holder, until=_moment(until))).rowcount == 1
        if held and holder not in self._open and isinstance(self._engine.pool, sa.NullPool):
            # SQLite writes its log back whenever the last connection closes: one that stays open saves that for each message.
            self._open[holder] = self._engine.connect()
        return held

    def let_go(self, campaign: str, holder: str) -> None:
        if (connection := self._open.pop(holder, None)) is not None:
            connection.close()
        mine = sa.and_(_SENDS.c.campaign == campaign, _SENDS.c.holder == holder)
        with transaction(self._engine) as connection:
            connection.execute(sa.update(_SENDS).where(mine).values(holder="", until=""))

    def recover(self, campaign: str, holder: str, *, to: Step, why: Text, at: datetime) -> int:
        table = _DELIVERIES.c
        left = sa.and_(table.campaign == campaign, table.state == Step.HANDING.value)
        values = {"state": to.value, "why_zh": why.zh, "why_en": why.en, "at": _moment(at), "next_try": ""}
        with transaction(self._engine) as connection:
            _must_hold(connection, campaign, holder)
            return connection.execute(sa.update(_DELIVERIES).where(left).values(values)).rowcount

    def due(self, campaign: str, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        table = _DELIVERIES.c
        found: list[Delivery] = []
        with reading(self._engine) as connection:
            for step in OPEN:  # one after the other, so that each comes in order out of the index, however many wait
                ready = sa.and_(table.campaign == campaign, table.state == step.value, table.next_try <= _moment(now))
                wanted = sa.select(_DELIVERIES).where(ready).order_by(table.next_try, table.key).limit(limit)
                found += [_delivery(row) for row in connection.execute(wanted).all()]
        found.sort(key=lambda one: (_moment(one.next_try) if one.next_try else "", one.key))
        return tuple(found[:limit])

    def hand(self, holder: str, deliveries: Sequence[Delivery], *, at: datetime) -> tuple[Delivery, ...]:
        with transaction(self._engine) as connection:
            for campaign in {one.campaign for one in deliveries}:
                _must_hold(connection, campaign, holder)
            handed = [replace(one, step=Step.HANDING, attempts=one.attempts + 1, at=at) for one in deliveries]
            return tuple(_write(connection, handed, OPEN))

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        with transaction(self._engine) as connection:
            _write(connection, deliveries, (Step.HANDING, Step.UNSURE))

    def put_off(self, holder: str, deliveries: Sequence[Delivery]) -> None:
        with transaction(self._engine) as connection:
            for campaign in {one.campaign for one in deliveries}:
                _must_hold(connection, campaign, holder)
            _write(connection, deliveries, OPEN)

    def decide(self, campaign: str, keys: Iterable[int], *, to: Step, why: Text, at: datetime) -> int:
        values = {
            "state": to.value,
            "why_zh": why.zh,
            "why_en": why.en,
            "at": _moment(at),
            "attempts": 0,
            "next_try": "",
        }
        table, wanted, changed = _DELIVERIES.c, [int(key) for key in keys], 0
        with transaction(self._engine) as connection:
            for start in range(0, len(wanted), _KEYS):
                these = sa.and_(table.campaign == campaign, table.key.in_(wanted[start : start + _KEYS]))
                open_ones = sa.and_(these, table.state.in_(_values(TO_DECIDE)))
                changed += connection.execute(sa.update(_DELIVERIES).where(open_ones).values(values)).rowcount
        return changed

    def tally(self, campaign: str) -> Tally:
        table = _DELIVERIES.c
        counts = sa.select(table.state, sa.func.count()).where(table.campaign == campaign).group_by(table.state)
        waiting = sa.and_(table.campaign == campaign, table.state.in_(_values(OPEN)), table.next_try != "")
        with reading(self._engine) as connection:
            found = {Step(state): int(number) for state, number in connection.execute(counts).all()}
            moment = connection.execute(sa.select(sa.func.min(table.next_try)).where(waiting)).scalar()
        return Tally(counts=found, next_try=datetime.fromisoformat(moment) if moment else None)

    def rows(
        self, campaign: str, *, steps: Sequence[Step] = (), after: int | None = None, limit: int | None = None
    ) -> tuple[Delivery, ...]:
        table = _DELIVERIES.c
        wanted = sa.select(_DELIVERIES).where(table.campaign == campaign).order_by(table.key).limit(limit)
        wanted = wanted if not steps else wanted.where(table.state.in_(_values(steps)))
        wanted = wanted if after is None else wanted.where(table.key > after)
        with reading(self._engine) as connection:
            return tuple(_delivery(row) for row in connection.execute(wanted).all())

    def accepted_keys(self, campaign: str) -> tuple[int, ...]:
        table = _DELIVERIES.c
        wanted = sa.select(table.key).where(table.campaign == campaign, table.state == Step.ACCEPTED.value)
        with reading(self._engine) as connection:
            return tuple(connection.execute(wanted).scalars())

    def one(self, campaign: str, key: int) -> Delivery | None:
        same = sa.and_(_DELIVERIES.c.campaign == campaign, _DELIVERIES.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(_DELIVERIES).where(same)).first()
        return _delivery(row) if row is not None else None

    def of_message(self, message: str) -> Delivery | None:
        if not message:
            return None
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(_DELIVERIES).where(_DELIVERIES.c.message == message)).first()
        return _delivery(row) if row is not None else None

    def of_person(self, key: int) -> tuple[Delivery, ...]:
        table = _DELIVERIES.c
        wanted = sa.select(_DELIVERIES).where(table.key == key).order_by(table.at.desc(), table.campaign.desc())
        with reading(self._engine) as connection:
            return tuple(_delivery(row) for row in connection.execute(wanted).all())


def _must_hold(connection: sa.Connection, campaign: str, holder: str) -> None:
    """Asked inside the transaction that writes, so that whoever lost the campaign meanwhile writes nothing."""
    found = connection.execute(sa.select(_SENDS.c.holder).where(_SENDS.c.campaign == campaign)).scalar()
    if found != holder:
        raise NotHeldError(campaign)


def _at_steps(connection: sa.Connection, deliveries: Sequence[Delivery], steps: Sequence[Step]) -> list[Delivery]:
    """Those of `deliveries` that are at one of `steps` in the database."""
    table, found = _DELIVERIES.c, set[tuple[str, int]]()
    for start in range(0, len(deliveries), _KEYS):
        part = deliveries[start : start + _KEYS]
        for campaign in {one.campaign for one in part}:
            these = sa.and_(table.campaign == campaign, table.key.in_([o.key for o in part if o.campaign == campaign]))
            wanted = sa.select(table.key).where(these, table.state.in_(_values(steps)))
            found |= {(campaign, key) for key in connection.execute(wanted).scalars()}
    return [one for one in deliveries if (one.campaign, one.key) in found]


def _write(connection: sa.Connection, deliveries: Sequence[Delivery], at: Sequence[Step]) -> list[Delivery]:
    """Write those that are at one of these steps in the database; returns them."""
    if len(deliveries) == 1:  # mail goes one by one: the change looks for itself
        changed = connection.execute(_CHANGE, {**_bound(deliveries[0]), "steps": _values(at)}).rowcount
        return list(deliveries) if changed else []
    still = _at_steps(connection, deliveries, at)
    if still:
        connection.execute(_CHANGE_MANY, [_bound(one) for one in still])
    return still


def _bound(delivery: Delivery) -> dict[str, str | int]:
    row = _row(delivery)
    return {"of_campaign": row["campaign"], "of_key": row["key"], **{f"new_{name}": row[name] for name in _CHANGED}}


def _row(delivery: Delivery) -> dict[str, str | int]:
    row: dict[str, str | int] = {
        "campaign": delivery.campaign,
        "key": delivery.key,
        "destination": delivery.destination,
        "state": delivery.step.value,
        "message": delivery.message,
        "variant": delivery.variant,
        "attempts": delivery.attempts,
        "next_try": _moment(delivery.next_try) if delivery.next_try else "",
        "reference": delivery.reference,
        "why_zh": delivery.why.zh,
        "why_en": delivery.why.en,
        "at": _moment(delivery.at),
    }
    return row | {name: str(row[name])[:most] for name, most in _LONGEST.items()}


def _delivery(row: sa.Row[tuple[object, ...]]) -> Delivery:
    return Delivery(
        campaign=row.campaign,
        key=row.key,
        destination=row.destination,
        step=Step(row.state),
        at=datetime.fromisoformat(row.at),
        message=row.message,
        variant=row.variant,
        attempts=row.attempts,
        next_try=datetime.fromisoformat(row.next_try) if row.next_try else None,
        reference=row.reference,
        why=Text(row.why_zh, row.why_en),
    )


def _values(steps: Sequence[Step]) -> list[str]:
    return [step.value for step in steps]


def _moment(at: datetime) -> str:
    """Moments of one length in one zone, so that their texts sort as they do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
