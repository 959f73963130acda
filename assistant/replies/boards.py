"""Replies about boards: an answer is kept on one, and which there are."""

from __future__ import annotations

from assistant.answer import Section
from assistant.replies.draft import Draft
from assistant.replies.restated import plan_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import DataError, Language, NotAllowedError, Text
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.plan import Catalogue, Pin, Plan
from semantic_layer.table import Cell, ResultColumn, Table
from tools.boards.pinnable import refuse_persons
from tools.boards.room import BoardRoom
from tools.boards.shelf import Pinned
from tools.boards.types import Board, Sharing

_MACHINES = ("http", "mcp")
_SHARED = {
    Sharing.PRIVATE: Text("仅自己", "only its owner"),
    Sharing.CHOSEN: Text("指定的人", "chosen people"),
    Sharing.EVERYONE: Text("所有人", "everybody"),
}
_RHYTHM = {
    "day": Text("每天", "every day"),
    "week": Text("每周一", "every Monday"),
    "change": Text("有变化时", "when something changes"),
}


def pin(step: Pin, asked: Asked, resources: Resources) -> Draft:
    """Keep what the answer before asked, and with a rhythm subscribe its asker to the board.

    Raises `NotAllowedError` for a program and for a board of somebody else, `InvalidPlanError` for what cannot be pinned.
    """
    room = _room(resources)
    rights_of(asked.user, resources.layer.policy)
    if asked.user.via in _MACHINES:
        raise NotAllowedError(
            Text("程序不能固定到看板。请在页面或对话里固定。", "Programs pin nothing. Pin from the page or the chat.")
        )
    plan = Plan(step.steps, chart=asked.plan.chart)
    refuse_persons(plan, resources.index)
    title = plan_text(plan, resources.index, resources.calendar, asked.language)
    pinned = room.shelf.pin(plan, title=title, by=asked.user.name, language=asked.language, name=step.board)
    said = _pinned(pinned, asked.language)
    if step.every is not None:
        room.subscriptions.subscribe(asked.user.name, step.every, language=asked.language, board=pinned.board)
        said = f"{said}{_subscribed(step.every, asked.language)}"
    return Draft(text=said, plan=plan, sections=(_card(pinned.board, asked.language),))


def board_catalogue(step: Catalogue, asked: Asked, resources: Resources) -> Draft:
    """The boards that somebody may look at; with a topic those whose name or tiles hold it."""
    rights_of(asked.user, resources.layer.policy)
    topic = (step.topic or "").casefold()
    boards = tuple(one for one in _room(resources).shelf.visible(asked.user.name) if topic in _words(one))
    zh = asked.language == "zh"
    if not boards:
        about = (f"关于「{step.topic}」的" if zh else f" about “{step.topic}”") if step.topic else ""
        text = (
            f"还没有{about}看板。问一个问题，再说「固定到看板」就有了。"
            if zh
            else f"There is no board{about} yet. Ask something, then say “pin this to a board”."
        )
        return Draft(text=text, plan=asked.plan)
    names = ("、" if zh else ", ").join(one.name for one in boards[:12])
    count = len(boards)
    text = f"共 {count} 个看板：{names}。" if zh else f"{count} {'board' if count == 1 else 'boards'}: {names}."
    return Draft(text=text, plan=asked.plan, table=_table(boards, asked.language))


def _room(resources: Resources) -> BoardRoom:
    if resources.boards is None:
        raise DataError(Text("这里没有打开看板。", "Boards are not open here."))
    return resources.boards


def _pinned(pinned: Pinned, language: Language) -> str:
    name, count = pinned.board.name, len(pinned.board.shown)
    if language == "zh":
        new = "新建的" if pinned.made else ""
        return f"已固定到{new}看板「{name}」，上面现有 {count} 张卡片，数据更新后会自动刷新。"
    new = "the new board" if pinned.made else "the board"
    return f"Pinned to {new} “{name}”, which has {count} {'tile' if count == 1 else 'tiles'} now. It follows the data."


def _subscribed(every: str, language: Language) -> str:
    rhythm = _RHYTHM[every]
    return Text(
        f"{rhythm.zh}会发给您，可以在看板上退订。", f" It is sent to you {rhythm.en}; stop that on the board."
    ).in_(language)


def _card(board: Board, language: Language) -> Section:
    lines = (
        (Text("卡片", "Tiles").in_(language), str(len(board.shown))),
        (Text("谁能看", "Open to").in_(language), _SHARED[board.sharing].in_(language)),
        (Text("负责人", "Owner").in_(language), board.owner),
    )
    return Section(title=board.name, lines=lines)


def _words(board: Board) -> str:
    return " ".join((board.name, *(tile.title for tile in board.shown))).casefold()


def _table(boards: tuple[Board, ...], language: Language) -> Table:
    columns = tuple(
        ResultColumn(name=name, label=label, role="attribute")
        for name, label in (
            ("board", Text("看板", "Board")),
            ("tiles", Text("卡片", "Tiles")),
            ("owner", Text("负责人", "Owner")),
            ("open_to", Text("谁能看", "Open to")),
            ("changed", Text("更新", "Changed")),
        )
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.name,
            len(one.shown),
            one.owner,
            _SHARED[one.sharing].in_(language),
            one.updated_at.date().isoformat(),
        )
        for one in boards
    )
    return Table(columns, rows)
