"""What people see on boards: under their own rights, refreshed with the data, with failures said; links, files, the stop."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.boards.cache import FRESH_FOR, TRY_AGAIN, TileCache, key_of
from assistant.boards.pictures import Pictures
from assistant.boards.port import BoardView, Content, PinWish, Place, SubscribeWish
from assistant.boards.scripted import AS_OF, ScriptedBoards, scripted_boards
from assistant.channels.scripted_access import ScriptedAccess
from assistant.stewardship.types import TaskState
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience
from tests.assistant.boards.conftest import ANA, LIN, MONDAY, NEW, PEOPLE, SALES, SVG, WEI, Clock
from tools.boards.types import Bound, NotTheirBoardError, Sharing
from tools.export.proof import Format


def pin(boards: ScriptedBoards, plan: Plan = PEOPLE, by: User = WEI, title: str = "上海客户") -> Place:
    wish = PinWish(plan=plan, title=title, language="zh", name="周会")
    return Place(board=boards.desk.pin(wish, user=by).board.id)


def shared(boards: ScriptedBoards, plan: Plan = PEOPLE) -> Place:
    place = pin(boards, plan)
    boards.desk.share(place.board, Sharing.EVERYONE, "", user=WEI)
    return place


def seen(boards: ScriptedBoards, place: Place, user: User) -> BoardView:
    boards.desk.opened(place, user=user)
    return boards.desk.view(place, user=user)


def text_of(view: BoardView) -> str:
    content = view.tiles[0].content
    assert content is not None
    return content.text


# --- whose numbers


def test_everybody_sees_numbers_of_their_own_rights(boards: ScriptedBoards) -> None:
    place = shared(boards)
    assert text_of(seen(boards, place, WEI)) == "这样的客户共 214 人。"
    before = boards.desk.view(place, user=LIN)
    assert (before.tiles[0].state, before.tiles[0].content) == ("waiting", None)  # nothing of wei's shines through
    assert text_of(seen(boards, place, LIN)) == "这样的客户共 98 人。"
    assert text_of(boards.desk.view(place, user=WEI)) == "这样的客户共 214 人。"


def test_people_of_equal_rights_share_what_was_computed_but_not_what_rests_on_segments(boards: ScriptedBoards) -> None:
    place = shared(boards)
    seen(boards, place, WEI)
    seen(boards, place, ANA)
    assert boards.numbers.computed == [("wei", "上海客户")]
    by_segment = Plan((ListPeople(Audience(where=InSegment("我的人群"))),))
    assert key_of(by_segment, "zh", "d", "wei") != key_of(by_segment, "zh", "d", "ana")
    assert key_of(PEOPLE, "zh", "d", "wei") == key_of(PEOPLE, "zh", "d", "ana")
    assert key_of(PEOPLE, "zh", "d", "wei") != key_of(PEOPLE, "zh", "e", "wei")


def test_somebody_without_a_role_sees_nothing_not_even_names(boards: ScriptedBoards) -> None:
    place = shared(boards)
    link = boards.desk.link_board(place.board, 7, user=WEI)
    for look in (
        lambda: boards.desk.boards(user=NEW),
        lambda: boards.desk.view(place, user=NEW),
        lambda: boards.desk.opened(place, user=NEW),
        lambda: boards.desk.follow(link.token, user=NEW),
        lambda: boards.desk.comment(place, "看看", user=NEW),
        lambda: boards.desk.export(place, "pdf", user=NEW),
        lambda: boards.desk.subscribe(place.board, SubscribeWish(every="day", language="zh"), user=NEW),
        lambda: boards.desk.create("x", language="zh", user=NEW),
        lambda: pin(boards, by=NEW),
    ):
        with pytest.raises(NotAllowedError):
            look()


def test_rights_that_were_lost_leave_no_old_number(boards: ScriptedBoards) -> None:
    place = shared(boards)
    seen(boards, place, WEI)
    less = replace(WEI, roles=("region_east",))
    assert boards.desk.view(place, user=less).tiles[0].content is None
    assert text_of(seen(boards, place, less)) == "这样的客户共 98 人。"


def test_a_private_board_is_not_there_for_others(boards: ScriptedBoards) -> None:
    place = pin(boards)
    assert boards.desk.boards(user=LIN) == ()
    for look in (boards.desk.view, boards.desk.opened, boards.desk.refresh):
        with pytest.raises(UserError, match="no such board"):
            look(place, user=LIN)


# --- when


def test_tiles_follow_the_data_and_their_age(boards: ScriptedBoards, clock: Clock) -> None:
    place = pin(boards)
    view = seen(boards, place, WEI)
    assert (view.tiles[0].state, view.tiles[0].computed_at, view.outdated) == ("fresh", MONDAY, False)
    assert view.tiles[0].content is not None
    assert view.tiles[0].content.as_of == AS_OF
    boards.numbers.data = "2"
    assert boards.desk.view(place, user=WEI).tiles[0].state == "old"
    boards.desk.keep_up(place, user=WEI)
    assert boards.desk.view(place, user=WEI).tiles[0].state == "fresh"
    clock.pass_(seconds=FRESH_FOR.total_seconds())
    assert boards.desk.view(place, user=WEI).tiles[0].state == "old"
    boards.desk.keep_up(place, user=WEI)
    boards.desk.keep_up(place, user=WEI)
    assert len(boards.numbers.computed) == 3


def test_a_failure_is_said_beside_the_last_good_value(boards: ScriptedBoards, clock: Clock) -> None:
    place = pin(boards)
    seen(boards, place, WEI)
    boards.numbers.broken, boards.numbers.data = True, "2"
    view = seen(boards, place, WEI)
    (tile,) = view.tiles
    assert (tile.state, tile.fault) == (
        "failed",
        Text("数据暂时读不了，请稍后刷新。", "The data cannot be read just now; refresh later."),
    )
    assert text_of(view) == "这样的客户共 214 人。"
    assert tile.computed_at == MONDAY
    attempts = len(boards.numbers.computed)
    boards.desk.keep_up(place, user=WEI)
    assert len(boards.numbers.computed) == attempts  # not again and again
    clock.pass_(seconds=TRY_AGAIN.total_seconds())
    boards.numbers.broken = False
    boards.desk.keep_up(place, user=WEI)
    assert boards.desk.view(place, user=WEI).tiles[0].state == "fresh"


def test_one_tile_that_breaks_off_does_not_end_the_others(
    boards: ScriptedBoards, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(boards, SALES, title="坏的")
    place = pin(boards, PEOPLE, title="好的")
    compute = boards.numbers.compute

    def sometimes(self: object, plan: Plan, *, title: str, **given: Any) -> Content:
        if title == "坏的":
            raise ZeroDivisionError
        return compute(plan, title=title, **given)

    monkeypatch.setattr(type(boards.numbers), "compute", sometimes)
    states = [one.state for one in seen(boards, place, WEI).tiles]
    assert states == ["failed", "fresh"]


def test_the_least_lately_used_go_first() -> None:
    cache, content = TileCache(most=2), Content(text="x", as_of=AS_OF)
    keys = [key_of(PEOPLE, "zh", name, "wei") for name in ("a", "b", "c")]
    cache.put(keys[0], content, version="1", at=MONDAY)
    cache.put(keys[1], content, version="1", at=MONDAY)
    cache.get(keys[0])
    cache.put(keys[2], content, version="1", at=MONDAY)
    assert [cache.get(key) is not None for key in keys] == [True, False, True]


def test_a_picture_is_drawn_once_for_each_ground(boards: ScriptedBoards) -> None:
    drawn: list[bool] = []
    pictures = Pictures(lambda chart, dark: drawn.append(dark) or SVG)
    content = boards.numbers.compute(SALES, title="x", user=WEI, language="zh", cancel=Cancel())
    assert content.chart is not None
    for dark in (False, True, False, True):
        assert pictures.svg(content.chart, dark=dark) == SVG
    assert drawn == [False, True]

    def fails(_: object, __: bool) -> str:
        raise DataError(Text("x", "x"))

    assert Pictures(fails).svg(content.chart, dark=False) == ""


# --- stopping


class Later(Executor):
    """Work that waits for a test."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def slow(tmp_path: Path, access: ScriptedAccess, clock: Clock, later: Later) -> ScriptedBoards:
    return scripted_boards("retail", tmp_path, access, clock=clock, executor=later, picture=lambda chart, dark: SVG)


def test_work_is_seen_and_stopped_by_whoever_started_it(slow: ScriptedBoards, later: Later) -> None:
    place = shared(slow)
    task = slow.desk.refresh(place, user=WEI)
    assert slow.desk.refresh(place, user=WEI).id == task.id  # the same is not begun twice
    running = slow.desk.view(place, user=WEI).running
    assert running is not None
    assert running.open
    assert slow.desk.view(place, user=LIN).running is None
    with pytest.raises(NotAllowedError):
        slow.desk.stop(task.id, user=LIN)
    slow.desk.stop(task.id, user=WEI)
    later.run()
    ended = slow.desk.view(place, user=WEI).running
    assert ended is not None
    assert ended.state is TaskState.STOPPED
    assert slow.numbers.computed == []


def test_what_was_finished_before_a_stop_stays(
    slow: ScriptedBoards, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(slow, PEOPLE, title="一")
    place = pin(slow, SALES, title="二")
    task = slow.desk.refresh(place, user=WEI)
    compute = slow.numbers.compute

    def then_stop(self: object, plan: Plan, **given: Any) -> Content:
        slow.desk.stop(task.id, user=WEI)
        return compute(plan, **given)

    monkeypatch.setattr(type(slow.numbers), "compute", then_stop)
    later.run()
    view = slow.desk.view(place, user=WEI)
    assert [one.state for one in view.tiles] == ["fresh", "waiting"]
    assert view.running is not None
    assert view.running.message.zh == "已停止，完成了 1 / 2 张。"


# --- sharing


def test_sharing_names_people_who_exist_and_have_a_role(boards: ScriptedBoards, noted: list[str]) -> None:
    place = pin(boards)
    with pytest.raises(UnknownNameError):
        boards.desk.share(place.board, Sharing.CHOSEN, "lin, nobody", user=WEI)
    with pytest.raises(NotAllowedError, match="no role"):
        boards.desk.share(place.board, Sharing.CHOSEN, "lin、new", user=WEI)
    board = boards.desk.share(place.board, Sharing.CHOSEN, "@lin，wei ", user=WEI)
    assert board.people == ("lin",)
    assert noted[-1] == f"wei shared a board {{'board': '{board.id}', 'with': 'chosen', 'people': ['lin']}}"
    with pytest.raises(UserError):
        boards.desk.view(place, user=ANA)


def test_a_link_leads_to_a_board_until_it_is_taken_back(boards: ScriptedBoards, clock: Clock, noted: list[str]) -> None:
    place = pin(boards)
    link = boards.desk.link_board(place.board, 7, user=WEI)
    assert boards.desk.address(link) == f"http://127.0.0.1:7860/shared/l/{link.token}"
    there = boards.desk.follow(link.token, user=LIN)
    assert text_of(seen(boards, there, LIN)) == "这样的客户共 98 人。"
    assert noted[-1] == f"lin followed a link {{'board': '{place.board}', 'made_by': 'wei'}}"
    assert boards.desk.comment(there, "收到", user=LIN).author == "lin"
    with pytest.raises(UserError):
        boards.desk.view(place, user=LIN)  # the link opens the board, not the list
    clock.pass_(days=7)
    with pytest.raises(NotAllowedError, match="ended on 2026-11-09"):
        boards.desk.view(there, user=LIN)
    clock.now = MONDAY
    boards.desk.revoke(link.token, user=WEI)
    with pytest.raises(NotAllowedError, match="taken back by wei"):
        boards.desk.view(there, user=LIN)


def test_a_link_to_a_deleted_board_says_so(boards: ScriptedBoards) -> None:
    place = pin(boards)
    link = boards.desk.link_board(place.board, 7, user=WEI)
    boards.desk.delete(place.board, user=WEI)
    with pytest.raises(NotAllowedError, match="was deleted"):
        boards.desk.follow(link.token, user=LIN)


def test_a_link_to_an_answer_keeps_no_number(boards: ScriptedBoards, noted: list[str]) -> None:
    link = boards.desk.link_answer(PEOPLE, "上海客户", "zh", 30, user=WEI)
    assert "214" not in repr(boards.store.link(link.token))
    place = boards.desk.follow(link.token, user=LIN)
    view = seen(boards, place, LIN)
    assert (view.single, view.mine, text_of(view)) == (True, False, "这样的客户共 98 人。")
    assert "followed a link {'question': '上海客户'" in noted[-1]
    with pytest.raises(UserError):
        boards.desk.comment(place, "收到", user=LIN)
    with pytest.raises(NotTheirBoardError):
        boards.desk.link_board(shared(boards).board, 7, user=LIN)


def test_views_of_a_board_are_noted(boards: ScriptedBoards, noted: list[str]) -> None:
    place = shared(boards)
    noted.clear()
    boards.desk.opened(place, user=LIN)
    boards.desk.view(place, user=LIN)
    assert noted == [f"lin looked at a board {{'board': '{place.board}'}}"]


def test_the_list_counts_comments_that_name_one(boards: ScriptedBoards) -> None:
    place = shared(boards)
    boards.desk.comment(place, "@lin 看一下", user=WEI)
    assert [(row.mine, row.waiting) for row in boards.desk.boards(user=LIN)] == [(False, 1)]
    assert [(row.mine, row.waiting) for row in boards.desk.boards(user=WEI)] == [(True, 0)]


# --- files


def test_a_file_holds_what_its_taker_may_see_and_is_given_once(boards: ScriptedBoards) -> None:
    place = shared(boards, SALES)
    task = boards.desk.export(place, "pptx", user=WEI)
    assert boards.desk.taken(task.id, user=ANA) is None
    path = boards.desk.taken(task.id, user=WEI)
    assert path is not None
    assert path.suffix == ".pptx"
    assert boards.desk.taken(task.id, user=WEI) is None
    (proof,) = boards.numbers.proofs
    assert (proof.who, proof.format, proof.data_set, proof.columns) == (
        "wei",
        Format.PPTX,
        "retail",
        ("store.region", "sales"),
    )
    assert boards.numbers.computed == [("wei", "上海客户")]


def test_who_may_not_export_is_told_at_once(boards: ScriptedBoards) -> None:
    place = shared(boards)
    with pytest.raises(NotAllowedError):
        boards.desk.export(place, "pdf", user=LIN)
    assert not boards.desk.view(place, user=LIN).may_export
    assert boards.numbers.proofs == []


def test_an_export_can_be_stopped(slow: ScriptedBoards, later: Later, tmp_path: Path) -> None:
    place = pin(slow)
    task = slow.desk.export(place, "pdf", user=WEI)
    slow.desk.stop(task.id, user=WEI)
    later.run()
    assert slow.desk.taken(task.id, user=WEI) is None
    assert list(tmp_path.iterdir()) == []


# --- subscribing


def test_subscriptions_belong_to_the_person(boards: ScriptedBoards) -> None:
    place = shared(boards)
    tile = boards.desk.view(place, user=LIN).tiles[0].tile.id
    wish = SubscribeWish(every="change", language="zh", tile=tile, bound=Bound(op=">", value=100))
    one = boards.desk.subscribe(place.board, wish, user=LIN)
    assert boards.desk.view(place, user=LIN).subscriptions == (one,)
    assert boards.desk.view(place, user=WEI).subscriptions == ()
    with pytest.raises(NotAllowedError):
        boards.desk.unsubscribe(one.id, user=WEI)
    boards.desk.unsubscribe(one.id, user=LIN)
    assert boards.desk.view(place, user=LIN).subscriptions == ()
    assert boards.desk.digest(user=LIN) is None
    weekly = boards.desk.subscribe_digest(language="zh", user=LIN)
    assert boards.desk.digest(user=LIN) == weekly
    assert (weekly.every, weekly.board) == ("week", "")


def test_a_file_that_was_ready_between_two_looks_is_still_told_of(slow: ScriptedBoards, later: Later) -> None:
    place = pin(slow)
    task = slow.desk.export(place, "pptx", user=WEI)
    assert not slow.desk.view(place, user=WEI).ready
    later.run()
    assert slow.desk.view(place, user=WEI).ready
    assert slow.desk.taken(task.id, user=WEI) is not None
    assert not slow.desk.view(place, user=WEI).ready
