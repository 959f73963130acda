"""Boards and what belongs to them in a database, through SQLAlchemy. Plans are kept as versioned JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from semantic_layer.errors import Text
from semantic_layer.query.codec import plan_from_json, plan_to_json
from tools.boards.types import Board, BoardChangedError, Bound, Comment, Link, Sharing, Size, Subscription, Tile
from tools.storage import reading, transaction

Row = sa.Row[tuple[object, ...]]
Values = dict[str, str | int | None]

_METADATA: Final = sa.MetaData()


def _table(name: str, key: str, texts: str, numbers: str = "") -> sa.Table:
    return sa.Table(
        name,
        _METADATA,
        sa.Column(key, sa.String, primary_key=True),
        *(sa.Column(one, sa.String) for one in texts.split()),
        *(sa.Column(one, sa.Integer) for one in numbers.split()),
    )


_BOARDS: Final = _table(
    "boards", "id", "data_set name owner language sharing people tiles created_at updated_at deleted_at", "revision"
)
_COMMENTS: Final = _table(
    "board_comments", "id", "board tile author text mentions at edited_at deleted_at resolved_by resolved_at"
)
_LINKS: Final = _table(
    "shared_links", "token", "data_set board plan title language made_by made_at expires_at revoked_at"
)
_SUBSCRIPTIONS: Final = _table(
    "board_subscriptions",
    "id",
    "token data_set board tile person every way language bound made_at seen sent_at fault next_try ended_at",
    "failures",
)


class SqlBoardStore:
    """A `BoardStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def boards(self, data_set: str) -> tuple[Board, ...]:
        return tuple(_board(row) for row in self._rows(_BOARDS, _BOARDS.c.data_set == data_set, "created_at", "id"))

    def write(self, board: Board) -> None:
        row = _board_row(board)
        with transaction(self._engine) as connection:
            if board.revision == 1:
                connection.execute(sa.insert(_BOARDS).values(row))
                return
            same = sa.and_(_BOARDS.c.id == board.id, _BOARDS.c.revision == board.revision - 1)
            if connection.execute(sa.update(_BOARDS).where(same).values(row)).rowcount != 1:
                raise BoardChangedError(board.name)

    def comments(self, board: str) -> tuple[Comment, ...]:
        return tuple(_comment(row) for row in self._rows(_COMMENTS, _COMMENTS.c.board == board, "at", "id"))

    def put_comment(self, comment: Comment) -> None:
        self._put(_COMMENTS, _COMMENTS.c.id, _comment_row(comment))

    def links(self, data_set: str) -> tuple[Link, ...]:
        return tuple(_link(row) for row in self._rows(_LINKS, _LINKS.c.data_set == data_set, "made_at", "token"))

    def link(self, token: str) -> Link | None:
        return next((_link(row) for row in self._rows(_LINKS, _LINKS.c.token == token, "token")), None)

    def put_link(self, link: Link) -> None:
        self._put(_LINKS, _LINKS.c.token, _link_row(link))

    def subscriptions(self, data_set: str) -> tuple[Subscription, ...]:
        table = _SUBSCRIPTIONS
        return tuple(_subscription(row) for row in self._rows(table, table.c.data_set == data_set, "made_at", "id"))

    def subscription(self, token: str) -> Subscription | None:
        table = _SUBSCRIPTIONS
        return next((_subscription(row) for row in self._rows(table, table.c.token == token, "id")), None)

    def put_subscription(self, subscription: Subscription) -> None:
        self._put(_SUBSCRIPTIONS, _SUBSCRIPTIONS.c.id, _subscription_row(subscription))

    def _rows(self, table: sa.Table, where: sa.ColumnElement[bool], *order: str) -> list[Row]:
        wanted = sa.select(table).where(where).order_by(*(table.c[one] for one in order))
        with reading(self._engine) as connection:
            return list(connection.execute(wanted).all())

    def _put(self, table: sa.Table, key: sa.Column[str], row: Values) -> None:
        with transaction(self._engine) as connection:
            same = key == row[key.name]
            if connection.execute(sa.update(table).where(same).values(row)).rowcount == 0:
                connection.execute(sa.insert(table).values(row))


def _said(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _board_row(board: Board) -> Values:
    return {
        "id": board.id,
        "data_set": board.data_set,
        "name": board.name,
        "owner": board.owner,
        "language": board.language,
        "sharing": board.sharing.value,
        "people": json.dumps(board.people, ensure_ascii=False),
        "tiles": json.dumps([_tile_data(tile) for tile in board.tiles], ensure_ascii=False),
        "created_at": board.created_at.isoformat(),
        "updated_at": board.updated_at.isoformat(),
        "revision": board.revision,
        "deleted_at": _said(board.deleted_at),
    }


def _tile_data(tile: Tile) -> Mapping[str, str | None]:
    return {
        "id": tile.id,
        "plan": plan_to_json(tile.plan),
        "title": tile.title,
        "language": tile.language,
        "added_by": tile.added_by,
        "added_at": tile.added_at.isoformat(),
        "note": tile.note,
        "size": tile.size.value,
        "removed_at": _said(tile.removed_at),
    }


def _board(row: Row) -> Board:
    return Board(
        id=row.id,
        data_set=row.data_set,
        name=row.name,
        owner=row.owner,
        language=row.language,
        sharing=Sharing(row.sharing),
        people=tuple(json.loads(row.people)),
        tiles=tuple(_tile(data) for data in json.loads(row.tiles)),
        created_at=datetime.fromisoformat(row.created_at),
        updated_at=datetime.fromisoformat(row.updated_at),
        revision=row.revision,
        deleted_at=_moment(row.deleted_at),
    )


def _tile(data: Mapping[str, str]) -> Tile:
    return Tile(
        id=data["id"],
        plan=plan_from_json(data["plan"]),
        title=data["title"],
        language="en" if data["language"] == "en" else "zh",
        added_by=data["added_by"],
        added_at=datetime.fromisoformat(data["added_at"]),
        note=data["note"],
        size=Size(data["size"]),
        removed_at=_moment(data["removed_at"]),
    )


def _comment_row(comment: Comment) -> Values:
    return {
        "id": comment.id,
        "board": comment.board,
        "tile": comment.tile,
        "author": comment.author,
        "text": comment.text,
        "mentions": json.dumps(comment.mentions, ensure_ascii=False),
        "at": comment.at.isoformat(),
        "edited_at": _said(comment.edited_at),
        "deleted_at": _said(comment.deleted_at),
        "resolved_by": comment.resolved_by,
        "resolved_at": _said(comment.resolved_at),
    }


def _comment(row: Row) -> Comment:
    return Comment(
        id=row.id,
        board=row.board,
        tile=row.tile,
        author=row.author,
        text=row.text,
        mentions=tuple(json.loads(row.mentions)),
        at=datetime.fromisoformat(row.at),
        edited_at=_moment(row.edited_at),
        deleted_at=_moment(row.deleted_at),
        resolved_by=row.resolved_by,
        resolved_at=_moment(row.resolved_at),
    )


def _link_row(link: Link) -> Values:
    return {
        "token": link.token,
        "data_set": link.data_set,
        "board": link.board,
        "plan": plan_to_json(link.plan) if link.plan is not None else None,
        "title": link.title,
        "language": link.language,
        "made_by": link.made_by,
        "made_at": link.made_at.isoformat(),
        "expires_at": _said(link.expires_at),
        "revoked_at": _said(link.revoked_at),
    }


def _link(row: Row) -> Link:
    return Link(
        token=row.token,
        data_set=row.data_set,
        board=row.board,
        plan=plan_from_json(row.plan) if row.plan else None,
        title=row.title,
        language=row.language,
        made_by=row.made_by,
        made_at=datetime.fromisoformat(row.made_at),
        expires_at=_moment(row.expires_at),
        revoked_at=_moment(row.revoked_at),
    )


def _subscription_row(one: Subscription) -> Values:
    return {
        "id": one.id,
        "token": one.token,
        "data_set": one.data_set,
        "board": one.board,
        "tile": one.tile,
        "person": one.person,
        "every": one.every,
        "way": one.way,
        "language": one.language,
        "bound": json.dumps([one.bound.op, one.bound.value]) if one.bound is not None else None,
        "made_at": one.made_at.isoformat(),
        "seen": one.seen,
        "sent_at": _said(one.sent_at),
        "failures": one.failures,
        "fault": json.dumps([one.fault.zh, one.fault.en], ensure_ascii=False) if one.fault is not None else None,
        "next_try": _said(one.next_try),
        "ended_at": _said(one.ended_at),
    }


def _subscription(row: Row) -> Subscription:
    bound = json.loads(row.bound) if row.bound else None
    return Subscription(
        id=row.id,
        token=row.token,
        data_set=row.data_set,
        board=row.board,
        tile=row.tile,
        person=row.person,
        every=row.every,
        way=row.way,
        language=row.language,
        bound=Bound(op=bound[0], value=bound[1]) if bound else None,
        made_at=datetime.fromisoformat(row.made_at),
        seen=row.seen,
        sent_at=_moment(row.sent_at),
        failures=row.failures,
        fault=Text(*json.loads(row.fault)) if row.fault else None,
        next_try=_moment(row.next_try),
        ended_at=_moment(row.ended_at),
    )
