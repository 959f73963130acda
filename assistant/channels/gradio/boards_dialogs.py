"""Dialogs about boards: where an answer is kept, names, tiles, who may look, links, and when one is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from assistant.boards.port import BoardsPort
from assistant.channels.gradio.boards_open import open_board
from assistant.channels.gradio.boards_page import RHYTHMS
from assistant.channels.gradio.boards_state import (
    BoardDialog,
    BoardNameDialog,
    LinkDialog,
    PinDialog,
    ShareDialog,
    SubscribeDialog,
    TileDialog,
)
from assistant.channels.gradio.frames import frame
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.sections import render_code
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language
from tools.boards.links import DAYS
from tools.boards.types import Link, Sharing, Size, Way

SIZES: Mapping[Size, str] = MappingProxyType({Size.SMALL: "size_small", Size.WIDE: "size_wide", Size.FULL: "size_full"})
SHARING: Mapping[Sharing, str] = MappingProxyType(
    {Sharing.PRIVATE: "share_private", Sharing.CHOSEN: "share_chosen", Sharing.EVERYONE: "share_everyone"}
)
WAYS: Mapping[Way, str] = MappingProxyType({"any": "way_any", "mail": "way_mail", "slack": "way_slack"})


def render_about_boards(dialog: BoardDialog, session: Session) -> Html:
    """One of the dialogs about boards."""
    port, language = session.stewardship.boards, session.language
    if port is None:
        return Html("")
    match dialog:
        case PinDialog():
            return _pin(dialog, port, session)
        case BoardNameDialog():
            title = say(language, "board_rename" if dialog.board else "board_new")
            spoken = [("zh", say(language, "board_zh")), ("en", say(language, "board_en"))]
            named = [
                _text("name", say(language, "board_name"), dialog.name, 60),
                _choice("language", say(language, "board_language"), spoken, dialog.language),
            ]
            return frame("board-name", title, named, say(language, "save"), dialog.fault, language)
        case TileDialog():
            return _tile(dialog, language)
        case ShareDialog():
            return _share(dialog, port, session)
        case LinkDialog():
            return _link(dialog, language)
        case SubscribeDialog():
            return _subscribe(dialog, port, session)
        case unreachable:
            assert_never(unreachable)


def _pin(dialog: PinDialog, port: BoardsPort, session: Session) -> Html:
    language = session.language
    own = [(row.board.id, row.board.name) for row in port.boards(user=session.user) if row.mine]
    boards = [*own, ("", say(language, "pin_new"))]
    chosen = dialog.board if dialog.board or not own else own[0][0]
    if dialog.name:
        chosen = ""
    name = element(
        "label",
        say(language, "pin_name"),
        element("input", name="name", type="text", value=dialog.name, maxlength="60", autocomplete="off"),
        data_when="board=",
        hidden=bool(chosen),
    )
    body: list[Child] = [
        _choice("board", say(language, "pin_where"), boards, chosen),
        name,
        _text("title", say(language, "tile_title"), dialog.title, 120, first=False),
        _note(dialog.note, language),
    ]
    return frame("pin", say(language, "pin"), body, say(language, "pin"), dialog.fault, language)


def _tile(dialog: TileDialog, language: Language) -> Html:
    sizes = [(one.value, say(language, key)) for one, key in SIZES.items()]
    body: list[Child] = [
        _text("title", say(language, "tile_title"), dialog.title, 120),
        _note(dialog.note, language),
        _choice("size", say(language, "tile_size"), sizes, dialog.size.value),
    ]
    return frame("tile", say(language, "tile_edit_title"), body, say(language, "save"), dialog.fault, language)


def _share(dialog: ShareDialog, port: BoardsPort, session: Session) -> Html:
    language = session.language
    board = open_board(port, dialog.board, session)
    ways = [(one.value, say(language, key)) for one, key in SHARING.items()]
    people = element(
        "label",
        say(language, "share_people"),
        element("input", name="people", type="text", value=dialog.people, autocomplete="off"),
        data_when=f"sharing={Sharing.CHOSEN.value}",
        hidden=dialog.sharing is not Sharing.CHOSEN,
    )
    makers = [
        button(
            say(language, "link_new", n=str(days)), "link-board", kind="link", data_ref=board.board.id, data_index=days
        )
        for days in DAYS
    ]
    body: list[Child] = [
        _choice("sharing", say(language, "share_who"), ways, dialog.sharing.value),
        people,
        element("p", say(language, "share_note"), class_="quiet"),
        element(
            "section",
            element("h3", say(language, "links")),
            element("p", say(language, "links_hint"), class_="quiet"),
            element("ul", [_one_link(one, port, session) for one in board.links], class_="link-list"),
            element("div", makers, class_="row"),
        ),
    ]
    title = say(language, "share_title", name=board.board.name)
    return frame("share", title, body, say(language, "save"), dialog.fault, language)


def _one_link(link: Link, port: BoardsPort, session: Session) -> Html:
    language = session.language
    until = (
        say(language, "link_until", day=link.expires_at.date().isoformat())
        if link.expires_at is not None
        else say(language, "link_always")
    )
    if link.state(session.clock()) == "expired":
        until = say(language, "link_ended")
    return element(
        "li",
        render_code(port.address(link), language),
        element(
            "div",
            element("span", until, class_="quiet"),
            button(say(language, "link_revoke"), "link-revoke", kind="link", data_ref=link.token),
            class_="row",
        ),
        data_key=f"link-{link.token}",
    )


def _link(dialog: LinkDialog, language: Language) -> Html:
    if dialog.address:
        return element(
            "dialog",
            element("h2", say(language, "link_title"), id="dialog-title"),
            element("p", say(language, "link_ready")),
            render_code(dialog.address, language),
            element("p", say(language, "link_note"), class_="quiet"),
            element(
                "div",
                button(say(language, "board_close"), "dialog-close", kind="primary"),
                button(say(language, "link_revoke"), "link-revoke", kind="link", data_ref=dialog.token),
                class_="row buttons",
            ),
            aria_labelledby="dialog-title",
            data_key="link-made",
        )
    days = [(str(one), say(language, "link_days_of", n=str(one))) for one in DAYS]
    days.append(("0", say(language, "link_always")))
    body: list[Child] = [
        _choice("days", say(language, "link_days"), days, "30"),
        element("p", say(language, "link_note"), class_="quiet"),
    ]
    return frame("link-answer", say(language, "link_title"), body, say(language, "link_make"), dialog.fault, language)


def _subscribe(dialog: SubscribeDialog, port: BoardsPort, session: Session) -> Html:
    language = session.language
    board = open_board(port, dialog.board, session)
    tiles = [("", say(language, "subscribe_all")), *((one.tile.id, one.tile.title) for one in board.tiles)]
    rhythms = [(one, say(language, key)) for one, key in RHYTHMS.items()]
    ways = [(one, say(language, key)) for one, key in WAYS.items()]
    ops = [("", say(language, "bound_none")), (">", say(language, "bound_over")), ("<", say(language, "bound_under"))]
    bound = element(
        "fieldset",
        element("legend", say(language, "bound_when")),
        element(
            "div",
            _select("op", say(language, "bound_when"), ops, dialog.op, seen=False),
            element(
                "label",
                element("span", say(language, "bound_value"), class_="unseen"),
                element("input", name="bound", type="text", inputmode="decimal", value=dialog.bound, maxlength="20"),
            ),
            class_="row",
        ),
        data_when="every=change",
        hidden=dialog.every != "change",
    )
    body: list[Child] = [
        _select("tile", say(language, "subscribe_what"), tiles, dialog.tile),
        _choice("every", say(language, "subscribe_every"), rhythms, dialog.every),
        bound,
        _select("way", say(language, "subscribe_way"), ways, dialog.way),
        element("p", say(language, "subscribe_note"), class_="quiet"),
    ]
    title = say(language, "subscribe_title", name=board.board.name)
    return frame("subscribe", title, body, say(language, "board_subscribe"), dialog.fault, language)


# --- pieces


def _text(name: str, label: str, value: str, most: int, *, first: bool = True) -> Html:
    box = element(
        "input", name=name, type="text", value=value, maxlength=str(most), autocomplete="off", autofocus=first
    )
    return element("label", label, box)


def _note(note: str, language: Language) -> Html:
    area = element("textarea", note, name="note", rows="3", maxlength="500", class_="written")
    return element("label", say(language, "tile_note"), area)


def _choice(name: str, legend: str, choices: Sequence[tuple[str, str]], chosen: str) -> Html:
    radios = [
        element(
            "label",
            element("input", type="radio", name=name, value=value, checked=value == chosen),
            words,
            class_="check",
        )
        for value, words in choices
    ]
    return element("fieldset", element("legend", legend), element("div", radios, class_="choices"))


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str, *, seen: bool = True) -> Html:
    options = [element("option", words, value=value, selected=value == chosen) for value, words in choices]
    said: Child = label if seen else element("span", label, class_="unseen")
    return element("label", said, element("select", options, name=name))
