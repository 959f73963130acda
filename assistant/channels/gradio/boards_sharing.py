"""Boards among people: who may look, links, comments, and who is told. Each action yields when it should be drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from assistant.boards.port import SubscribeWish
from assistant.channels.gradio.asking import Action, GoneError, answered
from assistant.channels.gradio.boards_open import can_pin, place_of, title_of, wanted
from assistant.channels.gradio.boards_state import (
    LinkDialog,
    ShareDialog,
    SubscribeDialog,
)
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS, say
from semantic_layer.errors import UserError
from tools.boards.types import Bound, Every, Sharing, Way

RHYTHMS: Final[Mapping[str, Every]] = MappingProxyType({"day": "day", "week": "week", "change": "change"})
WAYS: Final[Mapping[str, Way]] = MappingProxyType({"any": "any", "mail": "mail", "slack": "slack"})


def open_share(session: Session, _: Payload) -> Iterator[None]:
    board = wanted(session).view(place_of(session), user=session.user).board
    session.dialog = ShareDialog(board=board.id, sharing=board.sharing, people=", ".join(board.people))
    yield


def share(session: Session, payload: Payload) -> Iterator[None]:
    dialog, people = session.dialog, payload.text("people")
    if not isinstance(dialog, ShareDialog):
        raise GoneError
    sharing = next((one for one in Sharing if one == payload.text("sharing")), dialog.sharing)
    try:
        board = wanted(session).share(dialog.board, sharing, people, user=session.user)
    except UserError as error:
        session.dialog = replace(dialog, sharing=sharing, people=people, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        session.notify(say(session.language, "shared", name=board.name))
    yield


def link_board(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).link_board(payload.text("ref"), payload.number("index"), user=session.user)
    yield


def open_link(session: Session, payload: Payload) -> Iterator[None]:
    turn, answer = answered(session, payload)
    if not can_pin(answer, session):
        raise GoneError
    session.dialog = LinkDialog(turn=turn.id)
    yield


def link_answer(session: Session, payload: Payload) -> Iterator[None]:
    dialog, port = session.dialog, wanted(session)
    if not isinstance(dialog, LinkDialog):
        raise GoneError
    turn = session.turn(dialog.turn)
    answer = turn.answer if turn is not None else None
    if turn is None or answer is None:
        raise GoneError
    title = title_of(turn, answer, session)
    try:
        link = port.link_answer(answer.plan, title, answer.language, payload.number("days"), user=session.user)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    else:
        session.dialog = LinkDialog(turn=turn.id, address=port.address(link), token=link.token)
    yield


def revoke(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).revoke(payload.text("ref"), user=session.user)
    if isinstance(session.dialog, LinkDialog):
        session.dialog = None
    session.notify(say(session.language, "link_revoked"))
    yield


# --- comments


def comment(session: Session, payload: Payload) -> Iterator[None]:
    text, view = payload.text("text"), session.boards
    try:
        wanted(session).comment(place_of(session), text, tile=payload.text("tile"), user=session.user)
    except UserError as error:
        view.typed, view.fault = text, error.message.in_(session.language)
    else:
        view.typed, view.fault = "", ""
    yield


def open_comment(session: Session, payload: Payload) -> Iterator[None]:
    session.boards.editing = payload.text("ref")
    yield


def close_comment(session: Session, _: Payload) -> Iterator[None]:
    session.boards.editing = ""
    yield


def edit_comment(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).edit_comment(place_of(session), payload.text("ref"), payload.text("text"), user=session.user)
    session.boards.editing = ""
    yield


def delete_comment(session: Session, payload: Payload) -> Iterator[None]:
    gone = wanted(session).delete_comment(place_of(session), payload.text("ref"), user=session.user)
    said = say(session.language, "comment_deleted")
    session.notify(said, act="comment-restore", ref=gone.id, label=say(session.language, "undo"))
    yield


def restore_comment(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).restore_comment(place_of(session), payload.text("ref"), user=session.user)
    yield


def settle(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).settle(place_of(session), payload.text("ref"), user=session.user, done=True)
    yield


def reopen(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).settle(place_of(session), payload.text("ref"), user=session.user, done=False)
    yield


# --- subscriptions


def open_subscribe(session: Session, payload: Payload) -> Iterator[None]:
    """For the board, or with a `ref` for one tile; what was wished before stands in it."""
    board, tile = wanted(session).view(place_of(session), user=session.user), payload.text("ref")
    old = next((one for one in board.subscriptions if one.tile == tile), None)
    dialog = SubscribeDialog(board=board.board.id, tile=tile)
    if old is not None:
        dialog = replace(dialog, every=old.every, way=old.way)
        if old.bound is not None:
            dialog = replace(dialog, op=old.bound.op, bound=f"{old.bound.value:g}")
    session.dialog = dialog
    yield


def subscribe(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    every, way = RHYTHMS.get(payload.text("every")), WAYS.get(payload.text("way"))
    if not isinstance(dialog, SubscribeDialog) or every is None or way is None:
        raise GoneError
    tile, op, bound = payload.text("tile"), payload.text("op"), payload.text("bound").strip()
    filled = replace(dialog, tile=tile, every=every, way=way, op=op, bound=bound)
    try:
        wish = SubscribeWish(
            every=every,
            language=session.language,
            tile=tile,
            way=way,
            bound=_bound(op, bound) if every == "change" else None,
        )
        wanted(session).subscribe(dialog.board, wish, user=session.user)
    except UserError as error:
        session.dialog = replace(filled, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        session.notify(say(session.language, "subscribed"))
    yield


def _bound(op: str, typed: str) -> Bound | None:
    if op not in ("<", ">"):
        return None
    try:
        value = float(typed.replace(",", "").replace("，", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(WORDS["bound_wrong"])
    return Bound(op="<" if op == "<" else ">", value=value)


def unsubscribe(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).unsubscribe(payload.text("ref"), user=session.user)
    session.notify(say(session.language, "unsubscribed"))
    yield


def digest_on(session: Session, _: Payload) -> Iterator[None]:
    wanted(session).subscribe_digest(language=session.language, user=session.user)
    session.notify(say(session.language, "subscribed"))
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "tile-subscribe": open_subscribe,
        "share-open": open_share,
        "share": share,
        "link-board": link_board,
        "link-open": open_link,
        "link-answer": link_answer,
        "link-revoke": revoke,
        "board-comment": comment,
        "comment-edit-open": open_comment,
        "comment-edit-close": close_comment,
        "comment-edit": edit_comment,
        "comment-delete": delete_comment,
        "comment-restore": restore_comment,
        "comment-settle": settle,
        "comment-reopen": reopen,
        "subscribe-open": open_subscribe,
        "subscribe": subscribe,
        "unsubscribe": unsubscribe,
        "digest-on": digest_on,
    }
)
