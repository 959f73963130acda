"""Feedback and the items of the queue in a database, through SQLAlchemy. Plans are kept as versioned JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.memory.types import DecidedMeanwhileError, Feedback, FeedbackKind, Item, State
from assistant.memory.wordings import key_hash
from semantic_layer.errors import Language
from tools.storage import reading, transaction

_METADATA: Final = sa.MetaData()
_FEEDBACK: Final = sa.Table(
    "feedback",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(
        sa.Column(name, sa.String)
        for name in ("at", "who", "data_set", "kind", "answer", "question", "question_key", "language", "conversation")
    ),
    *(sa.Column(name, sa.String) for name in ("plan", "comment", "correction", "corrected", "understood_by")),
    sa.Column("good", sa.Integer),
)
_ITEMS: Final = sa.Table(
    "review_items",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    *(
        sa.Column(name, sa.String)
        for name in ("data_set", "question", "question_key", "language", "opened_at", "last_seen")
    ),
    *(sa.Column(name, sa.String) for name in ("state", "decided_by", "decided_at", "why", "plan")),
    sa.Column("revision", sa.Integer),
)


class SqlFeedbackStore:
    """A `FeedbackStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def write(self, feedback: Feedback | None, item: Item | None) -> None:
        try:
            with transaction(self._engine) as connection:
                if item is not None:
                    _put(connection, item)
                if feedback is not None:
                    _say(connection, feedback)
        except IntegrityError as error:
            # Another process wrote the same question, or the same thumb, between the check and this write.
            about = item.question if item is not None else feedback.question if feedback is not None else ""
            raise DecidedMeanwhileError(about) from error

    def feedback(
        self, data_set: str, *, since: datetime | None = None, question: str | None = None
    ) -> tuple[Feedback, ...]:
        table = _FEEDBACK.c
        wanted = sa.select(_FEEDBACK).where(table.data_set == data_set)
        if since is not None:
            wanted = wanted.where(table.at >= _moment(since))
        if question is not None:
            wanted = wanted.where(table.question_key == key_hash(question))
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(table.at.desc(), table.id.desc())).all()
        return tuple(_feedback(row) for row in rows)

    def items(self, data_set: str) -> tuple[Item, ...]:
        wanted = sa.select(_ITEMS).where(_ITEMS.c.data_set == data_set)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(_ITEMS.c.opened_at, _ITEMS.c.id)).all()
        return tuple(_item(row) for row in rows)

    def item_of(self, data_set: str, question: str) -> Item | None:
        table = _ITEMS.c
        wanted = sa.select(_ITEMS).where(table.data_set == data_set, table.question_key == key_hash(question))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        return _item(row) if row is not None else None


def _put(connection: sa.Connection, item: Item) -> None:
    row = _item_row(item)
    if item.revision == 1:
        connection.execute(sa.insert(_ITEMS).values(row))
        return
    same = sa.and_(_ITEMS.c.id == item.id, _ITEMS.c.revision == item.revision - 1)
    if connection.execute(sa.update(_ITEMS).where(same).values(row)).rowcount != 1:
        raise DecidedMeanwhileError(item.question)


def _say(connection: sa.Connection, said: Feedback) -> None:
    table = _FEEDBACK.c
    same = sa.and_(
        table.data_set == said.data_set,
        table.answer == said.answer,
        table.who == said.who,
        table.kind == said.kind.value,
    )
    connection.execute(sa.delete(_FEEDBACK).where(same))
    connection.execute(sa.insert(_FEEDBACK).values(_feedback_row(said)))


def _moment(at: datetime) -> str:
    """One time zone and one length, so that the order of the texts is the order of the moments."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _feedback_row(said: Feedback) -> dict[str, str | int | None]:
    return {
        "id": said.id,
        "at": _moment(said.at),
        "who": said.who,
        "data_set": said.data_set,
        "kind": said.kind.value,
        "answer": said.answer,
        "question": said.question,
        "question_key": key_hash(said.question),
        "language": said.language,
        "conversation": said.conversation,
        "plan": said.plan,
        "good": None if said.good is None else int(said.good),
        "comment": said.comment,
        "correction": said.correction,
        "corrected": said.corrected,
        "understood_by": said.understood_by,
    }


def _feedback(row: sa.Row[tuple[object, ...]]) -> Feedback:
    return Feedback(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        who=row.who,
        data_set=row.data_set,
        kind=FeedbackKind(row.kind),
        answer=row.answer,
        question=row.question,
        language=cast("Language", row.language),
        conversation=row.conversation,
        plan=row.plan,
        good=None if row.good is None else bool(row.good),
        comment=row.comment,
        correction=row.correction,
        corrected=row.corrected,
        understood_by=row.understood_by,
    )


def _item_row(item: Item) -> dict[str, str | int | None]:
    return {
        "id": item.id,
        "data_set": item.data_set,
        "question": item.question,
        "question_key": key_hash(item.question),
        "language": item.language,
        "opened_at": _moment(item.opened_at),
        "last_seen": _moment(item.last_seen),
        "state": item.state.value,
        "decided_by": item.decided_by,
        "decided_at": _moment(item.decided_at) if item.decided_at else None,
        "why": item.why,
        "plan": item.plan,
        "revision": item.revision,
    }


def _item(row: sa.Row[tuple[object, ...]]) -> Item:
    return Item(
        id=row.id,
        data_set=row.data_set,
        question=row.question,
        language=cast("Language", row.language),
        opened_at=datetime.fromisoformat(row.opened_at),
        last_seen=datetime.fromisoformat(row.last_seen),
        state=State(row.state),
        decided_by=row.decided_by,
        decided_at=datetime.fromisoformat(row.decided_at) if row.decided_at else None,
        why=row.why,
        plan=row.plan,
        revision=row.revision,
    )
