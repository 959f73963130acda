"""A `SlackStore` in the application database. Plans are kept as versioned JSON; results never."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.channels.slack.store import BUTTONS_LAST, DELIVERIES_LAST, MOST_TRIES, RESUMED_WITHIN, thread_at
from assistant.channels.slack.values import Kept, Offer, Place, Seat, Unfinished
from semantic_layer.query.codec import plan_from_json, plan_to_json
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_DELIVERIES: Final = sa.Table(
    "slack_deliveries",
    _METADATA,
    sa.Column("key", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("at", "state", "message", "job")),
    sa.Column("tries", sa.Integer),
)
_REPLIES: Final = sa.Table(
    "slack_replies",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(sa.Column(name, sa.String) for name in ("at", "owner", "data_set", "body")),
)
_PLACES: Final = sa.Table(
    "slack_places",
    _METADATA,
    *(sa.Column(name, sa.String, primary_key=True) for name in ("team", "channel", "thread")),
    *(sa.Column(name, sa.String) for name in ("data_set", "conversation")),
)
OPEN: Final = "open"
DONE: Final = "done"


class SqlSlackStore:
    """A `SlackStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def take(self, keys: Sequence[str], job: str, *, at: datetime) -> bool:
        rows = [
            {
                "key": key,
                "at": _moment(at),
                "state": DONE if index or not job else OPEN,
                "tries": 1,
                "message": "",
                "job": "" if index else job,
            }
            for index, key in enumerate(dict.fromkeys(keys))
        ]
        try:
            with transaction(self._engine) as connection:
                connection.execute(sa.insert(_DELIVERIES), rows)
        except IntegrityError:
            return False
        return True

    def posted(self, key: str, message: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.update(_DELIVERIES).where(_DELIVERIES.c.key == key).values(message=message))

    def done(self, key: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.update(_DELIVERIES).where(_DELIVERIES.c.key == key).values(state=DONE, job=""))

    def resume(self, *, before: datetime) -> tuple[Unfinished, ...]:
        table = _DELIVERIES.c
        recent = sa.and_(table.at >= _moment(before - RESUMED_WITHIN), table.at < _moment(before))
        left = sa.and_(table.state == OPEN, table.tries < MOST_TRIES, recent)
        with transaction(self._engine) as connection:
            rows = connection.execute(sa.select(_DELIVERIES).where(left).order_by(table.at, table.key)).all()
            keys = [row.key for row in rows]
            again = sa.update(_DELIVERIES).where(table.key.in_(keys)).values(tries=table.tries + 1)
            connection.execute(again)
        return tuple(Unfinished(row.key, row.job, row.message) for row in rows)

    def tidy(self, *, now: datetime) -> None:
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.at < _moment(now - DELIVERIES_LAST)))
            connection.execute(sa.delete(_REPLIES).where(_REPLIES.c.at < _moment(now - BUTTONS_LAST)))
            old = sa.and_(_PLACES.c.thread != "", _PLACES.c.thread < thread_at(now - BUTTONS_LAST))
            connection.execute(sa.delete(_PLACES).where(old))

    def keep(self, kept: Kept) -> None:
        row = {
            "id": kept.id,
            "at": _moment(kept.at),
            "owner": kept.owner,
            "data_set": kept.data_set,
            "body": _body(kept),
        }
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_REPLIES).where(_REPLIES.c.id == kept.id))
            connection.execute(sa.insert(_REPLIES).values(row))

    def kept(self, reply: str, *, now: datetime) -> Kept | None:
        table = _REPLIES.c
        wanted = sa.select(_REPLIES).where(table.id == reply, table.at >= _moment(now - BUTTONS_LAST))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        return _kept(row) if row is not None else None

    def seat(self, place: Place) -> Seat:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(_PLACES).where(_at(place))).first()
        return Seat(row.data_set, row.conversation) if row is not None else Seat()

    def put_seat(self, place: Place, seat: Seat) -> None:
        row = {"data_set": seat.data_set, "conversation": seat.conversation}
        where = {"team": place.team, "channel": place.channel, "thread": place.thread}
        with transaction(self._engine) as connection:
            connection.execute(sa.delete(_PLACES).where(_at(place)))
            connection.execute(sa.insert(_PLACES).values({**where, **row}))


def _at(place: Place) -> sa.ColumnElement[bool]:
    table = _PLACES.c
    return sa.and_(table.team == place.team, table.channel == place.channel, table.thread == place.thread)


def _moment(at: datetime) -> str:
    """One time zone and one length, so that the order of the texts is the order of the moments."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _body(kept: Kept) -> str:
    return json.dumps(
        {
            "conversation": kept.conversation,
            "language": kept.language,
            "question": kept.question,
            "answer": kept.answer,
            "read_by": kept.read_by,
            "follows": kept.follows,
            "asks_back": kept.asks_back,
            "plan": plan_to_json(kept.plan),
            "offers": [[offer.label, plan_to_json(offer.plan)] for offer in kept.offers],
        },
        ensure_ascii=False,
    )


def _kept(row: sa.Row[tuple[object, ...]]) -> Kept:
    body = json.loads(row.body)
    return Kept(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        owner=row.owner,
        data_set=row.data_set,
        conversation=body["conversation"],
        language=body["language"],
        question=body["question"],
        answer=body["answer"],
        read_by=body["read_by"],
        follows=body["follows"],
        asks_back=body["asks_back"],
        plan=plan_from_json(body["plan"]),
        offers=tuple(Offer(label, plan_from_json(plan)) for label, plan in body["offers"]),
    )
