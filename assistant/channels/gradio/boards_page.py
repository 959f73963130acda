"""The Boards page: which boards there are, or one of them with its tiles and comments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from assistant.boards.port import BoardRow, BoardsPort, BoardView
from assistant.channels.gradio.boards_talk import render_talk_of
from assistant.channels.gradio.boards_tiles import render_tile
from assistant.channels.gradio.data_parts import back, badge, empty, progress
from assistant.channels.gradio.markup import Child, Html, button, element, lang_of
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.types import Task, TaskState
from semantic_layer.errors import Language, UserError
from tools.boards.types import Every, Sharing, Subscription

FORMATS = ("pdf", "pptx")
OPEN_TO: Mapping[Sharing, str] = MappingProxyType(
    {
        Sharing.PRIVATE: "open_to_private",
        Sharing.CHOSEN: "open_to_chosen",
        Sharing.EVERYONE: "open_to_everyone",
    }
)
RHYTHMS: Mapping[Every, str] = MappingProxyType({"day": "every_day", "week": "every_week", "change": "every_change"})


def render_boards(session: Session) -> Html:
    """The open board, or the list when there is none."""
    port, view = session.stewardship.boards, session.boards
    if port is None:
        return Html("")
    if view.place is None:
        return _list(port, session)
    try:
        board = port.view(view.place, user=session.user)
    except UserError as error:  # taken back, deleted or no longer shared while it was open
        return _gone(error.message.in_(session.language), session.language)
    return _board(board, port, session)


# --- the list


def _list(port: BoardsPort, session: Session) -> Html:
    language, rows = session.language, port.boards(user=session.user)
    told = element("p", session.boards.told, class_="fault", role="alert") if session.boards.told else None
    if not rows:
        step = element(
            "div",
            button(say(language, "go_ask"), "page", kind="primary", data_ref="ask"),
            button(say(language, "board_new"), "board-new", kind="link"),
            class_="row",
        )
        return element(
            "div",
            told,
            empty(say(language, "no_boards"), say(language, "no_boards_hint"), step),
            _weekly(port, session),
            data_key="boards-empty",
        )
    head = element(
        "div",
        element("h1", say(language, "boards")),
        button(say(language, "board_new"), "board-new", kind="primary"),
        class_="row spread heading",
    )
    cards = element("ul", [_row(row, language) for row in rows], class_="board-list")
    return element("div", head, told, cards, _weekly(port, session), data_key="boards-list")


def _row(row: BoardRow, language: Language) -> Html:
    board = row.board
    whose = say(language, "mine") if row.mine else say(language, "owned_by", name=board.owner)
    about = [say_count(language, "tiles_count", len(board.shown)), whose]
    if row.mine:
        about.append(say(language, OPEN_TO[board.sharing]))
    titles = say(language, "list_comma").join(tile.title for tile in board.shown[:3])
    return element(
        "li",
        element(
            "h2", button(board.name, "board-open", kind="link strong", data_ref=board.id), lang=lang_of(board.language)
        ),
        element("p", " · ".join(about), class_="quiet"),
        element("p", titles, class_="quiet titles", lang=lang_of(board.language)) if titles else None,
        badge(say_count(language, "mentions", row.waiting), "warning") if row.waiting else None,
        data_key=f"board-{board.id}",
    )


def _weekly(port: BoardsPort, session: Session) -> Html:
    language, own = session.language, port.digest(user=session.user)
    act = (
        button(say(language, "unsubscribe"), "unsubscribe", data_ref=own.id)
        if own is not None
        else button(say(language, "board_subscribe"), "digest-on")
    )
    return element(
        "section",
        element(
            "div",
            element("h2", say(language, "digest_title"), class_="strong"),
            element("p", say(language, "digest_hint"), class_="quiet"),
            _undelivered(own, language) if own is not None else None,
        ),
        act,
        class_="panel weekly row spread",
        data_key="weekly",
    )


# --- one board


def _board(board: BoardView, port: BoardsPort, session: Session) -> Html:
    language = session.language
    tiles: Child = (
        element("div", [render_tile(one, board, port, session) for one in board.tiles], class_="board-grid")
        if board.tiles
        else empty(
            say(language, "board_empty"),
            say(language, "board_empty_hint"),
            button(say(language, "go_ask"), "page", kind="primary", data_ref="ask"),
        )
    )
    # It ends with the file in the browser: the work may be done between two looks.
    running = board.ready or (board.running is not None and board.running.open)
    return element(
        "div",
        back(say(language, "all_boards"), "board-close"),
        _head(board, language),
        _work(board.running, language) if board.running is not None else None,
        tiles,
        _subscriptions(board, language),
        None if board.single else render_talk_of(board, session),
        data_key=f"board-{board.board.id}",
        data_watch="boards" if running else None,
        data_return="boards",
    )


def _head(board: BoardView, language: Language) -> Html:
    one = board.board
    if board.single:
        about = say(language, "shared_answer", name=one.owner)
    else:
        whose = say(language, "mine") if board.mine else say(language, "owned_by", name=one.owner)
        about = f"{whose} · {say(language, OPEN_TO[one.sharing])}" if board.mine else whose
    rights = element("p", say(language, "own_rights"), class_="quiet") if not board.mine else None
    return element(
        "div",
        element(
            "div", element("h1", one.name, lang=lang_of(one.language)), element("p", about, class_="quiet"), rights
        ),
        _acts(board, language),
        class_="row spread board-head",
    )


def _acts(board: BoardView, language: Language) -> Html:
    items: list[Child] = []
    if board.tiles:
        items.append(button(say(language, "board_refresh"), "board-refresh"))
    if not board.single:
        items.append(button(say(language, "board_subscribe"), "subscribe-open"))
    if board.mine:
        items.append(button(say(language, "board_share"), "share-open", kind="primary"))
    more: list[Child] = []
    if board.may_export and board.tiles:
        more += [_menu_item(say(language, "board_export", format=one.upper()), "board-export", one) for one in FORMATS]
    if board.mine:
        more.append(_menu_item(say(language, "board_rename"), "board-rename-open", board.board.id))
        more.append(_menu_item(say(language, "board_delete"), "board-delete", board.board.id))
    if more:
        items.append(
            element(
                "details",
                element("summary", say(language, "board_more"), class_="button"),
                element("div", more, class_="menu at-end"),
                class_="dropdown",
                data_own="dropdown",
            )
        )
    return element("div", items, class_="row", role="toolbar", aria_label=say(language, "actions"))


def _menu_item(label: str, act: str, ref: str) -> Html:
    return element("button", label, type="button", data_act=act, data_ref=ref)


def _work(task: Task, language: Language) -> Html | None:
    """What is under way, with its stop; what was stopped or failed stays said until the next attempt."""
    label = task.label.in_(language)
    if task.open:
        stop = button(
            say(language, "task_cancel"),
            "board-stop",
            data_ref=task.id,
            aria_label=say(language, "task_cancel_name", what=label),
        )
        return element(
            "section",
            element("h2", label),
            element("div", progress(task, language), stop, class_="row spread"),
            class_="panel",
            data_key="board-work",
            role="status",
        )
    if task.state is TaskState.DONE:
        return None
    return element(
        "p",
        f"{label}：" if language == "zh" else f"{label}: ",
        task.message.in_(language),
        class_="attention",
        role="status",
    )


def _subscriptions(board: BoardView, language: Language) -> Html | None:
    if not board.subscriptions:
        return None
    titles = {one.tile.id: one.tile.title for one in board.tiles}
    items = [
        element(
            "li",
            element("span", titles.get(one.tile) or say(language, "subscribe_all")),
            badge(say(language, RHYTHMS[one.every])),
            _undelivered(one, language),
            button(say(language, "unsubscribe"), "unsubscribe", kind="link", data_ref=one.id),
            class_="row",
            data_key=f"subscription-{one.id}",
        )
        for one in board.subscriptions
    ]
    return element(
        "section",
        element("h2", say(language, "your_subscriptions"), class_="label"),
        element("ul", items, class_="subscriptions"),
    )


def _undelivered(one: Subscription, language: Language) -> Html | None:
    if one.fault is None:
        return None
    return element("p", say(language, "not_sent", why=one.fault.in_(language)), class_="fault")


def _gone(why: str, language: Language) -> Html:
    return element(
        "div",
        back(say(language, "all_boards"), "board-close"),
        element("p", why, class_="fault", role="alert"),
        data_key="board-gone",
    )
