"""The Boards page without a browser: pin, list, board, tiles, sharing, comments, subscriptions, links; who may; what is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.accounts.open_access import OpenAccess
from assistant.boards.scripted import ScriptedBoards
from assistant.channels.gradio.boards_words import BOARDS_WORDS
from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.screen import draw
from assistant.channels.gradio.session import Session
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.scripted_access import LOCAL, ScriptedAccess
from assistant.stewardship.port import Stewardship
from tests.assistant.boards.conftest import LIN, SVG, WEI, Clock
from tests.assistant.channels.desks import arrive, do
from tools.boards.types import Sharing

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(tmp_path: Path, boards: ScriptedBoards, access: ScriptedAccess, clock: Clock) -> Desk:
    workspace = ScriptedWorkspace(tmp_path, picture=lambda chart, dark: SVG)
    (tmp_path / "outbox").mkdir()
    port = Stewardship(boards=boards.desk)
    return Desk(
        workspace,
        access,
        tmp_path / "outbox",
        stewards=lambda dataset: port if dataset == "retail" else Stewardship(),
        clock=clock,
    )


@pytest.fixture
def wei(desk: Desk) -> Session:
    return arrive(desk, "wei", login="wei")


Act = Callable[..., Session]


@pytest.fixture
def act(desk: Desk) -> Act:
    def acting(session: Session, name: str, /, **fields: object) -> Session:
        do(desk, session, session.account.login, act=name, **fields)
        return session

    return acting


def region(session: Session, name: str = "boards") -> str:
    session.drawn.clear()
    return draw(session)[name]


def ref_of(session: Session, act: str, at: int = 0) -> str:
    return re.findall(rf'data-act="{act}" data-ref="([^"]+)"', region(session))[at]


def pinned(
    act: Act, session: Session, question: str = "上海有流失风险的高价值客户有哪些？", board: str = "周会"
) -> Session:
    act(session, "page", ref="ask")
    act(session, "ask", text=question)
    act(session, "pin-open", turn=session.selected)
    known = {row.board.name: row.board.id for row in session.stewardship.boards.boards(user=session.user)}
    act(session, "pin", board=known.get(board, ""), name=board, title=question, note="")
    assert session.dialog is None
    return act(session, "board-open", ref=session.notice.ref)


# --- pinning and the list


def test_the_empty_page_says_how_a_board_begins(desk: Desk, wei: Session, act: Act) -> None:
    act(wei, "page", ref="boards")
    page = region(wei)
    assert "还没有看板" in page
    assert 'data-act="page" data-ref="ask"' in page


def test_an_answer_is_pinned_shown_and_counted(wei: Session, act: Act, boards: ScriptedBoards) -> None:
    act(wei, "ask", text="上海有流失风险的高价值客户有哪些？")
    assert 'data-act="pin-open"' in region(wei, "result")
    act(wei, "pin-open", turn=wei.selected)
    dialog = region(wei, "dialog")
    assert 'value="上海有流失风险的高价值客户有哪些？"' in dialog
    assert "新建看板" in dialog
    act(wei, "pin", board="", name="", title="", note="先看上海")
    assert "已固定到看板「我的看板」" in region(wei, "notice")
    act(wei, "board-open", ref=wei.notice.ref)
    page = region(wei)
    for shown in ("我的看板", "214", "先看上海", "数据截至 2026-10-31 · 2026-11-02 09:30 计算", "仅自己可见"):
        assert shown in page, shown
    act(wei, "board-close")
    page = region(wei)
    assert "1 张卡片" in page
    assert boards.numbers.computed == [("wei", "上海有流失风险的高价值客户有哪些？")]


def test_a_name_that_is_taken_or_too_long_leaves_the_form_as_it_was(wei: Session, act: Act) -> None:
    pinned(act, wei)
    act(wei, "board-new")
    act(wei, "board-name", name="周会")
    dialog = region(wei, "dialog")
    assert "可以用「周会 2」" in dialog
    assert 'value="周会"' in dialog
    act(wei, "board-name", name="长" * 80)
    assert "1 到 60 个字" in region(wei, "dialog")


def test_what_cannot_be_pinned_has_no_button(wei: Session, act: Act) -> None:
    act(wei, "ask", text="写一首诗")
    assert "pin-open" not in region(wei, "result")
    act(wei, "pin-open", turn=wei.selected)
    assert wei.dialog is None


def test_without_boards_there_is_no_page_and_no_button(tmp_path: Path) -> None:
    workspace = ScriptedWorkspace(tmp_path, picture=lambda chart, dark: SVG)
    (tmp_path / "outbox").mkdir(exist_ok=True)
    desk = Desk(workspace, OpenAccess(LOCAL), tmp_path / "outbox")
    session = arrive(desk, page="boards", link="t1")
    assert session.page == "ask"
    do(desk, session, act="ask", text="上海有流失风险的高价值客户有哪些？")
    assert "pin-open" not in region(session, "result")
    for name in ("board-open", "pin-open", "board-new", "digest-on"):
        do(desk, session, act=name, ref="x", turn=session.selected)


# --- tiles


def test_tiles_are_changed_moved_removed_and_put_back(wei: Session, act: Act) -> None:
    pinned(act, wei, "上海有流失风险的高价值客户有哪些？")
    pinned(act, wei, "上个月各大区销售额")

    def order() -> list[str]:
        return re.findall(r'<h2 lang="zh-CN">([^<]+)</h2>', region(wei))

    assert order() == ["上海有流失风险的高价值客户有哪些？", "上个月各大区销售额"]
    second = ref_of(wei, "tile-earlier")
    act(wei, "tile-earlier", ref=second)
    assert order() == ["上个月各大区销售额", "上海有流失风险的高价值客户有哪些？"]
    act(wei, "tile-edit-open", ref=second)
    act(wei, "tile", title="销售额", note=HOSTILE, size="full")
    page = region(wei)
    assert HOSTILE not in page
    assert "&lt;img" in page
    assert 'class="tile-card full"' in page
    act(wei, "tile-edit-open", ref=second)
    act(wei, "tile", title="销售额", note="长" * 501, size="full")
    assert "最多 500 字" in region(wei, "dialog")
    act(wei, "dialog-close")
    act(wei, "tile-remove", ref=second)
    assert order() == ["上海有流失风险的高价值客户有哪些？"]
    act(wei, "board-close")
    act(wei, "tile-back", ref=wei.notice.ref)  # the undo works from anywhere
    act(wei, "board-open", ref=ref_of(wei, "board-open"))
    assert order() == ["销售额", "上海有流失风险的高价值客户有哪些？"]


def test_a_tile_opens_as_a_question(wei: Session, act: Act) -> None:
    pinned(act, wei)
    act(wei, "tile-ask", ref=ref_of(wei, "tile-ask"))
    assert wei.page == "ask"
    assert wei.shown is not None
    assert wei.shown.answer is not None
    assert wei.shown.answer.plan.steps


def test_a_failure_and_an_earlier_result_look_so(wei: Session, act: Act, boards: ScriptedBoards) -> None:
    pinned(act, wei)
    boards.numbers.data = "2"
    assert "较早的结果" in region(wei)
    boards.numbers.broken = True
    act(wei, "board-refresh")
    page = region(wei)
    for shown in ("没有算出来，以下是上一次的结果", "数据暂时读不了，请稍后刷新。", "214"):
        assert shown in page, shown
    boards.numbers.broken = False
    act(wei, "tile-refresh", ref=ref_of(wei, "tile-refresh"))
    assert "没有算出来" not in region(wei)


# --- others


def test_another_sees_the_board_under_their_rights_and_changes_nothing(
    desk: Desk, wei: Session, act: Act, boards: ScriptedBoards
) -> None:
    pinned(act, wei)
    lin = arrive(desk, "lin", login="lin", page="boards")
    assert "周会" not in region(lin)
    act(wei, "share-open")
    act(wei, "share", sharing="chosen", people="nobody")
    assert "没有名为「nobody」的账号" in region(wei, "dialog")
    act(wei, "share", sharing="chosen", people="lin")
    assert wei.dialog is None
    board = ref_of(lin, "board-open")
    act(lin, "board-open", ref=board)
    page = region(lin)
    assert "98" in page
    assert "214" not in page
    for way in ("tile-remove", "tile-edit-open", "share-open", "board-delete", "board-export"):
        assert way not in page, way
    for name, ref in (
        ("tile-remove", ref_of(lin, "tile-refresh")),
        ("board-delete", board),
        ("board-rename-open", board),
    ):
        act(lin, name, ref=ref)
        act(lin, "board-name", name="我的了")
        lin.dialog = None
    assert [(row.board.name, len(row.board.shown)) for row in boards.desk.boards(user=WEI)] == [("周会", 1)]
    boards.desk.share(board, Sharing.PRIVATE, "", user=WEI)
    page = region(lin)
    assert "没有共享给您" in page
    assert "98" not in page


def test_comments_are_escaped_marked_changed_and_settled(
    desk: Desk, wei: Session, act: Act, boards: ScriptedBoards
) -> None:
    pinned(act, wei)
    board = wei.boards.place.board
    boards.desk.share(board, Sharing.CHOSEN, "lin", user=WEI)
    act(wei, "board-comment", text=f"@lin {HOSTILE}", tile="")
    page = region(wei)
    assert "<mark>@lin</mark> &lt;img" in page
    assert HOSTILE not in page
    act(wei, "board-comment", text="  ", tile="")
    assert "请先写点什么" in region(wei)
    act(wei, "board-comment", text="长" * 2001, tile="")
    assert "长" * 2001 in region(wei)  # nothing that was typed is lost
    lin = arrive(desk, "lin", login="lin", page="boards")
    assert "1 条评论提到您" in region(lin)
    act(lin, "board-open", ref=board)
    comment = ref_of(lin, "comment-settle")
    assert "comment-delete" not in region(lin)
    act(lin, "comment-delete", ref=comment)
    act(lin, "comment-edit", ref=comment, text="改")
    act(lin, "comment-settle", ref=comment)
    assert "lin 已解决" in region(lin)
    act(wei, "comment-reopen", ref=comment)
    act(wei, "comment-edit-open", ref=comment)
    act(wei, "comment-edit", ref=comment, text="改过的话")
    assert "改过的话" in region(wei)
    act(wei, "comment-delete", ref=comment)
    assert "改过的话" not in region(wei)
    act(wei, "comment-restore", ref=wei.notice.ref)
    assert "改过的话" in region(wei)


def test_subscribing_with_a_bound_and_stopping(wei: Session, act: Act, boards: ScriptedBoards) -> None:
    pinned(act, wei)
    tile = ref_of(wei, "tile-subscribe")
    act(wei, "tile-subscribe", ref=tile)
    act(wei, "subscribe", tile=tile, every="change", way="mail", op=">", bound="很多")
    dialog = region(wei, "dialog")
    assert "界限要是一个数" in dialog
    assert 'value="很多"' in dialog
    act(wei, "subscribe", tile="", every="change", way="mail", op=">", bound="1,200")
    assert "请选一张卡片" in region(wei, "dialog")
    act(wei, "subscribe", tile=tile, every="change", way="mail", op=">", bound="1,200")
    (one,) = boards.room.subscriptions.living()
    assert one.bound is not None
    assert (one.bound.value, one.way) == (1200.0, "mail")
    act(wei, "unsubscribe", ref=ref_of(wei, "unsubscribe"))
    assert boards.room.subscriptions.living() == ()
    act(wei, "board-close")
    act(wei, "digest-on")
    assert boards.desk.digest(user=WEI) is not None


# --- links and files


def test_a_link_opens_the_board_for_whoever_signs_in(
    desk: Desk, wei: Session, act: Act, boards: ScriptedBoards
) -> None:
    pinned(act, wei)
    act(wei, "share-open")
    act(wei, "link-board", ref=wei.boards.place.board, index=30)
    assert "http://127.0.0.1:7860/shared/l/t1" in region(wei, "dialog")
    lin = arrive(desk, "lin", login="lin", link="t1")
    assert lin.page == "boards"
    assert "98" in region(lin)
    act(wei, "link-revoke", ref="t1")
    assert "已被 wei 停用" in region(lin)
    late = arrive(desk, "late", login="lin", link="t1")
    assert "已被 wei 停用" in region(late)
    nothing = arrive(desk, "nothing", login="lin", link=HOSTILE)
    assert HOSTILE not in region(nothing)
    assert "没有这个链接" in region(nothing)


def test_a_link_to_one_answer_is_made_and_followed(desk: Desk, wei: Session, act: Act) -> None:
    act(wei, "ask", text="上海有流失风险的高价值客户有哪些？")
    act(wei, "link-open", turn=wei.selected)
    act(wei, "link-answer", days="7")
    assert "shared/l/t1" in region(wei, "dialog")
    lin = arrive(desk, "lin", login="lin", link="t1", language="en")
    page = region(lin)
    for shown in ("An answer shared by wei", "98", "your own rights"):
        assert shown in page, shown
    assert "214" not in page
    assert "board-comment" not in page


def test_an_export_is_fetched_once_and_refused_to_who_may_not(
    desk: Desk, wei: Session, act: Act, boards: ScriptedBoards
) -> None:
    pinned(act, wei)
    act(wei, "board-export", ref="pptx")
    assert [path.suffix for path in wei.outbox] == [".pptx"]
    act(wei, "boards")
    assert len(wei.outbox) == 1
    boards.desk.share(wei.boards.place.board, Sharing.EVERYONE, "", user=WEI)
    lin = arrive(desk, "lin", login="lin", board=wei.boards.place.board)
    act(lin, "board-export", ref="pdf")
    assert lin.outbox == []
    assert "不允许导出" in region(lin, "notice")


def test_somebody_without_a_role_has_no_boards_page(desk: Desk) -> None:
    session = arrive(desk, "new", login="new", page="boards")
    assert session.page == "ask"
    assert 'data-ref="boards"' not in region(session, "top")


def test_every_word_is_there_in_both_languages() -> None:
    assert all(one.zh.strip() and one.en.strip() for one in BOARDS_WORDS.values())
    fields = re.compile(r"\{(\w+)\}")
    assert all(sorted(fields.findall(one.zh)) == sorted(fields.findall(one.en)) for one in BOARDS_WORDS.values())


def test_the_page_speaks_english_around_chinese_content(desk: Desk, boards: ScriptedBoards, act: Act) -> None:
    session = arrive(desk, "wei", login="wei", language="en")
    pinned(act, session)
    page = region(session)
    for shown in ("All boards", "only you can see it", "data until 2026-10-31", "Comments", "Remove"):
        assert shown in page, shown
    assert boards.desk.boards(user=LIN) == ()
