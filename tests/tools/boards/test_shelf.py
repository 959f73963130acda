"""Boards and what stands on them: the rules, over memory and over a database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UserError
from semantic_layer.query.plan import Became, Card, ChartKind, Export, ListPeople, Plan, SaveSegment
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, ByField, Query
from tools.boards.room import BoardRoom, room_of
from tools.boards.shelf import KEPT_FOR, MAX_TILES
from tools.boards.sql_store import SqlBoardStore
from tools.boards.store import BoardsInMemory, BoardStore
from tools.boards.subscribing import HOUR, WAITS, is_due, last_time
from tools.boards.types import (
    BoardChangedError,
    BoardNameTakenError,
    Bound,
    NotTheirBoardError,
    Sharing,
    Size,
)
from tools.storage import open_storage, transaction

MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SALES = Plan((Query(metrics=("sales",), by=(ByField("store.region"),)),), chart=ChartKind.BAR)
PEOPLE = Plan((ListPeople(Audience(where=Compare("customer.city", "=", "上海"))),))
KNOWN = {"wei", "lin", "ana", "张三", "ann@corp.example"}


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    opened = open_storage()
    yield opened
    opened.dispose()


@pytest.fixture(params=["memory", "database"])
def store(request: pytest.FixtureRequest, engine: sa.Engine) -> BoardStore:
    if request.param == "memory":
        return BoardsInMemory()
    with transaction(engine) as connection:
        for table in ("boards", "board_comments", "shared_links", "board_subscriptions"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    return SqlBoardStore(engine)


@pytest.fixture
def room(store: BoardStore, clock: Clock) -> BoardRoom:
    return opened(store, clock)


def opened(store: BoardStore, clock: Callable[[], datetime], data_set: str = "retail") -> BoardRoom:
    ids, tokens = itertools.count(1), itertools.count(1)
    return room_of(
        store,
        data_set,
        clock=clock,
        new_id=lambda: f"{data_set}-{next(ids)}",
        new_token=lambda: f"{data_set}-t{next(tokens)}",
        knows=lambda login: login in KNOWN,
    )


def pinned(room: BoardRoom, by: str = "wei", name: str = "周会", plan: Plan = SALES):
    return room.shelf.pin(plan, title="各大区销售额", by=by, language="zh", name=name)


# --- boards


def test_a_board_comes_back_as_it_was_written(store: BoardStore, clock: Clock) -> None:
    room = opened(store, clock)
    board = pinned(room).board
    board = room.shelf.share(board.id, Sharing.CHOSEN, ["lin", "wei", "lin"], by="wei")
    board = room.shelf.change_tile(board.id, board.shown[0].id, by="wei", note=" 看华东 ", size=Size.FULL)
    read = opened(store, clock).shelf.board(board.id, "wei")
    assert read == board
    assert (read.people, read.shown[0].plan, read.shown[0].note) == (("lin",), SALES, "看华东")


def test_names_are_unique_for_one_owner_and_free_for_another(room: BoardRoom) -> None:
    room.shelf.create(" 周会 ", by="wei", language="zh")
    with pytest.raises(BoardNameTakenError) as taken:
        room.shelf.create("周会", by="wei", language="zh")
    assert taken.value.suggestions == ("周会 2",)
    assert room.shelf.create("周会", by="lin", language="zh").owner == "lin"
    for bad in ("", "   ", "长" * 61):
        with pytest.raises(InvalidPlanError):
            room.shelf.create(bad, by="wei", language="zh")


def test_who_sees_a_board_and_who_changes_it(room: BoardRoom) -> None:
    board = pinned(room).board
    assert room.shelf.visible("lin") == ()
    with pytest.raises(UserError):
        room.shelf.board(board.id, "lin")
    room.shelf.share(board.id, Sharing.CHOSEN, ["lin"], by="wei")
    assert [one.id for one in room.shelf.visible("lin")] == [board.id]
    assert room.shelf.visible("ana") == ()
    for change in (
        lambda: room.shelf.rename(board.id, "新", by="lin"),
        lambda: room.shelf.delete(board.id, by="lin"),
        lambda: room.shelf.share(board.id, Sharing.EVERYONE, [], by="lin"),
        lambda: room.shelf.remove(board.id, board.shown[0].id, by="lin"),
        lambda: room.shelf.pin(SALES, title="", by="lin", language="zh", board=board.id),
        lambda: room.shelf.pin(SALES, title="", by="lin", language="zh", name="周会"),
    ):
        with pytest.raises(NotTheirBoardError):
            change()
    room.shelf.share(board.id, Sharing.EVERYONE, [], by="wei")
    assert [one.id for one in room.shelf.visible("ana")] == [board.id]
    with pytest.raises(InvalidPlanError):
        room.shelf.share(board.id, Sharing.CHOSEN, ["wei"], by="wei")


def test_a_data_set_sees_its_own_boards_alone(store: BoardStore, clock: Clock) -> None:
    board = pinned(opened(store, clock)).board
    other = opened(store, clock, "second")
    assert other.shelf.visible("wei") == ()
    with pytest.raises(UserError):
        other.shelf.restore(board.id, by="wei")


def test_a_deleted_board_comes_back_under_a_free_name(room: BoardRoom) -> None:
    board = pinned(room).board
    room.shelf.delete(board.id, by="wei")
    assert room.shelf.visible("wei") == ()
    room.shelf.create("周会", by="wei", language="zh")
    assert room.shelf.restore(board.id, by="wei").name == "周会 2"
    with pytest.raises(UserError):
        room.shelf.restore(board.id, by="lin")


def test_two_who_change_a_board_at_once_do_not_undo_each_other(store: BoardStore, clock: Clock) -> None:
    board = pinned(opened(store, clock)).board
    store.write(replace(board, name="甲", revision=board.revision + 1))
    with pytest.raises(BoardChangedError):
        store.write(replace(board, name="乙", revision=board.revision + 1))


# --- tiles


def test_pinning_makes_the_named_board_once_and_ones_own_without_a_name(room: BoardRoom) -> None:
    first, second = pinned(room), pinned(room, plan=PEOPLE)
    assert (first.made, second.made, len(second.board.shown)) == (True, False, 2)
    own = room.shelf.pin(SALES, title="x", by="wei", language="en")
    assert (own.board.name, own.made) == ("My board", True)
    again = room.shelf.pin(SALES, title="x", by="wei", language="zh")
    assert (again.board.id, again.made) == (own.board.id, False)


@pytest.mark.parametrize(
    "step",
    [
        Card("QH2026"),
        SaveSegment("x", Audience()),
        Export(audience=Audience()),
        Became(what=Compare("customer.level", "=", "gold"), key="QH2026"),
    ],
)
def test_what_names_one_person_or_does_something_is_not_pinned(room: BoardRoom, step) -> None:
    with pytest.raises(InvalidPlanError):
        pinned(room, plan=Plan((step,)))
    with pytest.raises(InvalidPlanError):
        room.links.to_answer(Plan((step,)), title="x", language="zh", by="wei")
    with pytest.raises(InvalidPlanError):
        pinned(room, plan=Plan(()))


def test_tiles_are_moved_past_those_that_were_removed(room: BoardRoom) -> None:
    tiles = [pinned(room).tile.id for _ in range(4)]
    board = room.shelf.visible("wei")[0]
    room.shelf.remove(board.id, tiles[1], by="wei")
    after = room.shelf.move(board.id, tiles[3], -1, by="wei")
    assert [one.id for one in after.shown] == [tiles[0], tiles[3], tiles[2]]
    after = room.shelf.move(board.id, tiles[3], -5, by="wei")
    assert [one.id for one in after.shown] == [tiles[3], tiles[0], tiles[2]]
    after = room.shelf.put_back(board.id, tiles[1], by="wei")
    assert [one.id for one in after.shown] == [tiles[3], tiles[0], tiles[1], tiles[2]]
    with pytest.raises(UserError):
        room.shelf.move(board.id, "nothing", 1, by="wei")


def test_a_board_holds_so_many_tiles_and_forgets_removed_ones_in_time(room: BoardRoom, clock: Clock) -> None:
    for _ in range(MAX_TILES):
        last = pinned(room)
    with pytest.raises(InvalidPlanError, match=str(MAX_TILES)):
        pinned(room)
    room.shelf.remove(last.board.id, last.tile.id, by="wei")
    clock.now += KEPT_FOR + timedelta(days=1)
    board = pinned(room).board
    assert (len(board.shown), len(board.tiles)) == (MAX_TILES, MAX_TILES)
    with pytest.raises(UserError):
        room.shelf.put_back(board.id, last.tile.id, by="wei")


# --- comments


def test_comments_name_people_who_may_look_even_where_chinese_goes_on(room: BoardRoom) -> None:
    board = room.shelf.share(pinned(room).board.id, Sharing.CHOSEN, ["lin", "张三", "ann@corp.example"], by="wei")
    said = room.talk.say(board, "@lin请看；@张三也看，抄送 @ann@corp.example。 @ana 看不到，x@lin 不算", by="wei")
    assert said.mentions == ("lin", "张三", "ann@corp.example")
    assert room.talk.waiting_for(board, "lin") == 1
    room.talk.settle(board, said.id, by="张三", done=True)
    assert room.talk.waiting_for(board, "lin") == 0
    assert room.talk.of(board)[0].resolved_by == "张三"


def test_only_its_author_changes_a_comment_and_nothing_empty_is_said(room: BoardRoom) -> None:
    board = pinned(room).board
    said = room.talk.say(board, "看看", by="wei", tile=board.shown[0].id)
    for change in (
        lambda: room.talk.edit(board, said.id, "改", by="lin"),
        lambda: room.talk.delete(board, said.id, by="lin"),
    ):
        with pytest.raises(NotAllowedError):
            change()
    for text in ("  ", "长" * 2001):
        with pytest.raises(InvalidPlanError):
            room.talk.say(board, text, by="wei")
    with pytest.raises(UserError):
        room.talk.say(board, "看看", by="wei", tile="nothing")
    assert room.talk.edit(board, said.id, "改了", by="wei").edited_at == MONDAY
    room.talk.delete(board, said.id, by="wei")
    assert room.talk.of(board) == ()
    room.talk.restore(board, said.id, by="wei")
    assert [one.text for one in room.talk.of(board)] == ["改了"]


# --- links


def test_a_link_keeps_the_plan_ends_in_time_and_can_be_taken_back(
    room: BoardRoom, store: BoardStore, clock: Clock
) -> None:
    link = room.links.to_answer(SALES, title="各大区销售额", language="zh", by="wei", days=7)
    assert room.links.follow(link.token).plan == SALES
    assert store.link(link.token) == link
    clock.now += timedelta(days=7)
    with pytest.raises(NotAllowedError, match="2026-11-09"):
        room.links.follow(link.token)
    clock.now = MONDAY
    with pytest.raises(NotAllowedError):
        room.links.revoke(link.token, by="lin")
    room.links.revoke(link.token, by="wei")
    with pytest.raises(NotAllowedError) as over:
        room.links.follow(link.token)
    assert over.value.message.zh.startswith("这个链接已被 wei 停用")
    with pytest.raises(UserError):
        room.links.follow("nothing")
    with pytest.raises(InvalidPlanError):
        room.links.to_answer(SALES, title="x", language="zh", by="wei", days=12)
    assert room.links.to_answer(SALES, title="x", language="zh", by="wei", days=0).expires_at is None


def test_only_the_owner_passes_a_board_on(room: BoardRoom) -> None:
    board = room.shelf.share(pinned(room).board.id, Sharing.EVERYONE, [], by="wei")
    with pytest.raises(NotTheirBoardError):
        room.links.to_board(board, by="lin")
    assert room.links.to_board(board, by="wei").board == board.id


# --- subscriptions


def test_one_subscription_a_person_and_place_with_the_last_wishes(room: BoardRoom, store: BoardStore) -> None:
    board = pinned(room).board
    tile = board.shown[0].id
    first = room.subscriptions.subscribe("lin", "day", language="zh", board=board)
    second = room.subscriptions.subscribe("lin", "week", language="zh", board=board, way="slack")
    assert (second.id, second.token) == (first.id, first.token)
    bound = Bound(op=">", value=1200.5)
    room.subscriptions.subscribe("lin", "change", language="en", board=board, tile=tile, bound=bound)
    assert [(one.every, one.way, one.bound) for one in room.subscriptions.of("lin", board.id)] == [
        ("week", "slack", None),
        ("change", "any", bound),
    ]
    with pytest.raises(InvalidPlanError):
        room.subscriptions.subscribe("lin", "day", language="zh", board=board, tile=tile, bound=bound)
    with pytest.raises(NotAllowedError):
        room.subscriptions.end(first.id, by="wei")
    room.subscriptions.end_by_token(first.token)
    assert room.subscriptions.end_by_token(first.token).ended_at == MONDAY
    failed = room.subscriptions.failed(second, Text("没有响应", "no answer"))
    assert failed.ended_at == MONDAY  # whoever unsubscribed meanwhile stays so
    assert store.subscription(first.token) == failed


def test_when_letters_are_due(room: BoardRoom, clock: Clock) -> None:
    board = pinned(room).board
    daily = room.subscriptions.subscribe("lin", "day", language="zh", board=board)
    weekly = room.subscriptions.subscribe("wei", "week", language="zh", board=board)
    change = room.subscriptions.subscribe("ana", "change", language="zh", board=board)
    tuesday = MONDAY.replace(day=3, hour=HOUR, minute=0)
    assert [is_due(one, MONDAY) for one in (daily, weekly, change)] == [False, False, True]
    assert not is_due(daily, tuesday - timedelta(minutes=1))
    assert is_due(daily, tuesday)
    assert not is_due(weekly, MONDAY + timedelta(days=6))
    assert is_due(weekly, MONDAY + timedelta(days=7))
    assert last_time("week", MONDAY) == MONDAY.replace(hour=HOUR, minute=0)
    assert last_time("week", MONDAY.replace(hour=7)) == datetime(2026, 10, 26, HOUR, tzinfo=UTC)
    clock.now = tuesday
    sent = room.subscriptions.sent(daily, "seen")
    assert not is_due(sent, tuesday + timedelta(hours=20))
    assert is_due(sent, tuesday + timedelta(days=1))


def test_what_failed_is_tried_again_with_growing_pauses(room: BoardRoom, clock: Clock) -> None:
    one = room.subscriptions.subscribe("lin", "change", language="zh", board=pinned(room).board)
    why = Text("邮件服务器没有响应。", "The mail server does not answer.")
    for wait in (*WAITS, WAITS[-1]):
        one = room.subscriptions.failed(one, why)
        assert not is_due(one, clock.now + wait - timedelta(seconds=1))
        clock.now += wait
        assert is_due(one, clock.now)
    assert (one.failures, one.fault) == (len(WAITS) + 1, why)
    one = room.subscriptions.sent(one, "seen")
    assert (one.failures, one.fault, one.next_try) == (0, None, None)
