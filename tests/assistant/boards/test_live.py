"""Boards over the demo company: figures under the rights of whoever looks, against counts by hand; the replies; the files."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.answer import Answer
from assistant.boards.desk import BoardDesk
from assistant.boards.looking import Lookout
from assistant.boards.numbers import LiveNumbers
from assistant.boards.pictures import Pictures
from assistant.boards.port import PinWish, Place
from assistant.boards.scripted import AtOnce
from assistant.boards.stories import EffectStories, SegmentStories
from assistant.boards.working import Works
from assistant.channels.scripted_access import ScriptedAccess, person
from assistant.replies.boards import board_catalogue, pin
from assistant.resources import Asked, Resources
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, InvalidPlanError, NotAllowedError
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Card, Catalogue, ListPeople, Pin, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, ByField, Query
from tests.assistant.boards.conftest import MONDAY, SVG
from tools.boards.room import BoardRoom, room_of
from tools.boards.store import BoardsInMemory
from tools.boards.types import NotTheirBoardError, Sharing
from tools.effect.effects import Effects

HEAD = User(name="wei", roles=("analyst",))
EAST = User(name="lin", roles=("region_east",))
ALL = Plan((ListPeople(Audience()),))


@pytest.fixture
def room() -> BoardRoom:
    ids = itertools.count(1)
    return room_of(
        BoardsInMemory(),
        "retail",
        clock=lambda: MONDAY,
        new_id=lambda: f"b{next(ids)}",
        new_token=lambda: f"t{next(ids)}",
    )


@pytest.fixture
def resources(assistant: Assistant, room: BoardRoom, tmp_path: Path) -> Resources:
    return replace(assistant.resources, boards=room, exports=tmp_path)


@pytest.fixture
def desk(resources: Resources, room: BoardRoom) -> BoardDesk:
    lookout = Lookout(
        room=room,
        numbers=LiveNumbers(lambda: resources),
        directory=ScriptedAccess([person("wei", "王伟"), person("lin", "林芳")]),
        clock=lambda: MONDAY,
        pictures=Pictures(lambda chart, dark: SVG),
    )
    works = Works(lookout, now=lambda: MONDAY, seconds=lambda: 0.0, new_id=lambda: "task", executor=AtOnce())
    return BoardDesk(lookout, works, base="", note=lambda user, what, about: None)


def asked(plan: Plan, user: User = HEAD) -> Asked:
    return Asked(text="固定到看板", language="zh", user=user, plan=plan)


# --- numbers


def test_a_tile_counts_what_the_viewer_may_see(desk: BoardDesk, assistant: Assistant) -> None:
    board = desk.pin(PinWish(plan=ALL, title="全部客户", language="zh", name="周会"), user=HEAD).board
    desk.share(board.id, Sharing.EVERYONE, "", user=HEAD)
    place = Place(board=board.id)
    counted = {}
    for user in (HEAD, EAST):
        desk.opened(place, user=user)
        (tile,) = desk.view(place, user=user).tiles
        assert tile.content is not None
        counted[user.name] = tile.content.value
        assert tile.content.as_of == assistant.resources.as_of
        notes = " ".join(tile.content.notes)
        assert ("只含您能看到的数据" in notes) is (user is EAST)
    layer, admin = assistant.resources.layer, User(name="x", roles=("admin",))
    east = Audience(where=Compare("city.region", "=", "华东"))
    assert counted == {"wei": layer.count(Audience(), admin), "lin": layer.count(east, admin)}
    assert counted["lin"] < counted["wei"]


def test_no_person_stands_on_a_tile(desk: BoardDesk, resources: Resources) -> None:
    numbers = LiveNumbers(lambda: resources)
    content = numbers.compute(ALL, title="全部客户", user=HEAD, language="zh", cancel=Cancel())
    assert content.table is None
    assert content.chart is None or "会员" not in content.chart.spec
    assert all(section.table is None for section in content.sections)


def test_what_a_role_may_not_use_is_said_on_the_tile(desk: BoardDesk, resources: Resources) -> None:
    nobody = User(name="lin", roles=("nothing",))
    board = desk.pin(PinWish(plan=ALL, title="全部客户", language="zh", name="周会"), user=HEAD).board
    desk.share(board.id, Sharing.EVERYONE, "", user=HEAD)
    with pytest.raises(NotAllowedError):
        desk.view(Place(board=board.id), user=nobody)


def test_every_computation_is_in_the_audit(desk: BoardDesk, resources: Resources) -> None:
    board = desk.pin(PinWish(plan=ALL, title="一个很特别的标题", language="zh", name="周会"), user=HEAD).board
    desk.opened(Place(board=board.id), user=HEAD)
    first = resources.audit.questions(limit=1)[0]
    assert (first.who, first.question, first.outcome) == ("wei", "一个很特别的标题", "answer")


@pytest.mark.slow
def test_a_real_board_is_taken_out_and_proven(desk: BoardDesk, assistant: Assistant, resources: Resources) -> None:
    reply = assistant.ask("上个月各大区销售额跟去年同期比", user=HEAD)
    assert isinstance(reply, Answer)
    board = desk.pin(PinWish(plan=reply.plan, title="销售额", language="zh", name="周会"), user=HEAD).board
    task = desk.export(Place(board=board.id), "pdf", user=HEAD)
    path = desk.taken(task.id, user=HEAD)
    assert path is not None
    from pypdf import PdfReader

    said = PdfReader(path).pages[0].extract_text()
    assert "华东" in said
    assert f"数据截至 {resources.as_of}" in said
    proof = resources.audit.proofs(limit=1)[0]
    assert (proof.who, proof.file_name, proof.data_date) == ("wei", path.name, resources.as_of)
    assert "sales" in proof.columns


# --- replies


def test_pinning_in_words_makes_the_board_and_subscribes(resources: Resources, room: BoardRoom) -> None:
    draft = pin(Pin(steps=ALL.steps, board="周会", every="week"), asked(ALL), resources)
    assert draft.text.startswith("已固定到新建的看板「周会」，上面现有 1 张卡片")
    assert draft.text.endswith("每周一会发给您，可以在看板上退订。")
    assert draft.plan == ALL
    (board,) = room.shelf.visible("wei")
    assert board.shown[0].title
    (one,) = room.subscriptions.of("wei", board.id)
    assert one.every == "week"
    again = pin(Pin(steps=ALL.steps, board="周会"), asked(ALL), resources)
    assert again.text.startswith("已固定到看板「周会」，上面现有 2 张卡片")
    english = pin(Pin(steps=ALL.steps), replace(asked(ALL), language="en"), resources)
    assert english.text == "Pinned to the new board “My board”, which has 1 tile now. It follows the data."


def test_figures_that_are_listed_by_person_stand_on_no_board(desk: BoardDesk, resources: Resources) -> None:
    for field in ("customer.member_no", "customer.name"):
        by_person = Plan((Query(metrics=("sales",), by=(ByField(field),)),))
        with pytest.raises(InvalidPlanError, match="customer by customer"):
            desk.pin(PinWish(plan=by_person, title="x", language="zh"), user=HEAD)
        with pytest.raises(InvalidPlanError):
            desk.link_answer(by_person, "x", "zh", 7, user=HEAD)
        with pytest.raises(InvalidPlanError):
            pin(Pin(steps=by_person.steps), asked(by_person), resources)
        with pytest.raises(InvalidPlanError):
            LiveNumbers(lambda: resources).compute(by_person, title="x", user=HEAD, language="zh", cancel=Cancel())


def test_pinning_is_refused_in_words(resources: Resources, room: BoardRoom) -> None:
    pin(Pin(steps=ALL.steps, board="周会"), asked(ALL), resources)
    room.shelf.share(room.shelf.visible("wei")[0].id, Sharing.EVERYONE, [], by="wei")
    with pytest.raises(NotTheirBoardError, match="belongs to wei"):
        pin(Pin(steps=ALL.steps, board="周会"), asked(ALL, EAST), resources)
    with pytest.raises(NotAllowedError):
        pin(Pin(steps=ALL.steps), asked(ALL, replace(HEAD, via="mcp")), resources)
    with pytest.raises(NotAllowedError):
        pin(Pin(steps=ALL.steps), asked(ALL, User(name="new", roles=())), resources)
    card = Plan((Card("QH20260001"),))
    with pytest.raises(InvalidPlanError):
        pin(Pin(steps=card.steps), asked(card), resources)
    with pytest.raises(DataError):
        pin(Pin(steps=ALL.steps), asked(ALL), replace(resources, boards=None))


def test_boards_are_listed_in_words(resources: Resources, room: BoardRoom) -> None:
    wanted = Catalogue(kind="board")
    nothing = board_catalogue(wanted, asked(ALL), resources)
    assert nothing.text.startswith("还没有看板。")
    pin(Pin(steps=ALL.steps, board="周会"), asked(ALL), resources)
    pin(Pin(steps=ALL.steps, board="华东"), asked(ALL), resources)
    found = board_catalogue(wanted, asked(ALL), resources)
    assert found.text in {"共 2 个看板：周会、华东。", "共 2 个看板：华东、周会。"}
    assert found.table is not None
    assert {row[0] for row in found.table} == {"周会", "华东"}
    assert board_catalogue(wanted, asked(ALL, EAST), resources).table is None
    topic = board_catalogue(Catalogue(kind="board", topic="周会"), replace(asked(ALL), language="en"), resources)
    assert topic.text == "1 board: 周会."


# --- the weekly letter


@pytest.mark.slow
def test_the_weekly_letter_tells_of_campaigns_whose_window_ran(resources: Resources) -> None:
    measured = replace(resources, effects=Effects(resources.layer))
    stories = EffectStories(lambda: measured)
    told = stories.between(date(2026, 5, 4), date(2026, 5, 10), HEAD)
    assert told[0].name == "2026年5月优惠券活动"
    assert "不能证明有效" in told[0].text.zh
    after = resources.as_of + timedelta(days=1)
    assert stories.between(after, after + timedelta(days=6), HEAD) == ()  # the data has no day of that week
    bare = replace(resources, effects=None, living=None)
    assert EffectStories(lambda: bare).between(date(2026, 5, 4), date(2026, 5, 10), HEAD) == ()
    assert SegmentStories(lambda: bare).between(date(2026, 5, 4), date(2026, 5, 10), HEAD) == ()
