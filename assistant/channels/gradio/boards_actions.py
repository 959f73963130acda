"""What a person can do with boards. Each action changes the session and yields whenever it should be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from assistant.answer import Answer
from assistant.boards.port import PaperFormat, PinWish, Place
from assistant.channels.gradio import boards_sharing
from assistant.channels.gradio.asking import Action, GoneError, answered, did, run_plan
from assistant.channels.gradio.boards_open import can_pin, open_board, place_of, title_of, wanted
from assistant.channels.gradio.boards_state import (
    BoardNameDialog,
    BoardsView,
    PinDialog,
    TileDialog,
)
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language, UserError
from semantic_layer.query.types import Query
from tools.boards.types import Board, Size, Tile

PAPERS: Final[Mapping[str, PaperFormat]] = MappingProxyType({"pdf": "pdf", "pptx": "pptx"})


def arrive(session: Session, link: str, board: str) -> None:
    """Somebody came by an address that leads to a link or a board."""
    if not (link or board) or session.stewardship.boards is None:
        return
    session.page = "boards"
    if link:
        _follow(session, link)
    else:
        _open(session, Place(board=board))


def come(session: Session) -> None:
    """The page was turned to: what is outdated of the open board is computed."""
    place = session.boards.place
    if place is not None:
        _quietly(session, place)


def _follow(session: Session, token: str) -> None:
    try:
        place = wanted(session).follow(token, user=session.user)
    except UserError as error:
        session.boards = BoardsView(told=error.message.in_(session.language))
        return
    session.boards = BoardsView(place=place)
    _quietly(session, place)


def _open(session: Session, place: Place) -> None:
    try:
        wanted(session).opened(place, user=session.user)
    except UserError as error:
        session.boards = BoardsView(told=error.message.in_(session.language))
        return
    session.boards = BoardsView(place=place)


def _quietly(session: Session, place: Place) -> None:
    """Keep a board up to date; a board that is gone says so where it stands."""
    try:
        wanted(session).keep_up(place, user=session.user)
    except UserError:
        return


# --- boards


def look(session: Session, _: Payload) -> Iterator[None]:
    """The browser asks how far the work is, or came back to the tab; a file that is ready is fetched."""
    port, place = wanted(session), session.boards.place
    if place is not None:
        try:
            board = port.view(place, user=session.user)
        except UserError:  # the page says so
            yield
            return
        running = board.running
        if running is not None and board.ready:
            file = port.taken(running.id, user=session.user)
            session.outbox += [file] if file is not None else []
        if running is None or not running.open:
            _quietly(session, place)
    yield


def open_one(session: Session, payload: Payload) -> Iterator[None]:
    session.page = "boards"
    _open(session, Place(board=payload.text("ref")))
    yield


def close(session: Session, _: Payload) -> Iterator[None]:
    session.boards = BoardsView()
    yield


def open_new(session: Session, _: Payload) -> Iterator[None]:
    session.dialog = BoardNameDialog(language=session.language)
    yield


def open_rename(session: Session, payload: Payload) -> Iterator[None]:
    board = open_board(wanted(session), payload.text("ref"), session).board
    session.dialog = BoardNameDialog(board=board.id, name=board.name, language=board.language)
    yield


def name_board(session: Session, payload: Payload) -> Iterator[None]:
    dialog, port, name = session.dialog, wanted(session), payload.text("name").strip()
    if not isinstance(dialog, BoardNameDialog):
        raise GoneError
    language: Language = "en" if payload.text("language") == "en" else "zh"
    try:
        if dialog.board:
            port.rename(dialog.board, name, language=language, user=session.user)
            come(session)
        else:
            made = port.create(name, language=language, user=session.user)
            session.boards = BoardsView(place=Place(board=made.id))
    except UserError as error:
        session.dialog = replace(dialog, name=name, language=language, fault=error.message.in_(session.language))
    else:
        session.dialog = None
    yield


def delete(session: Session, payload: Payload) -> Iterator[None]:
    board = wanted(session).delete(payload.text("ref"), user=session.user)
    session.boards = BoardsView()
    said = say(session.language, "board_deleted", name=board.name)
    session.notify(said, act="board-restore", ref=board.id, label=say(session.language, "undo"))
    yield


def restore(session: Session, payload: Payload) -> Iterator[None]:
    board = wanted(session).restore(payload.text("ref"), user=session.user)
    session.notify(say(session.language, "board_restored", name=board.name))
    yield


def refresh(session: Session, _: Payload) -> Iterator[None]:
    wanted(session).refresh(place_of(session), user=session.user)
    yield


def stop(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).stop(payload.text("ref"), user=session.user)
    yield


def export(session: Session, payload: Payload) -> Iterator[None]:
    form = PAPERS.get(payload.text("ref"))
    if form is None:
        raise GoneError
    wanted(session).export(place_of(session), form, user=session.user)
    yield
    yield from look(session, payload)


# --- pinning


def open_pin(session: Session, payload: Payload) -> Iterator[None]:
    turn, answer = answered(session, payload)
    if not can_pin(answer, session):
        raise GoneError
    session.dialog = PinDialog(turn=turn.id, title=title_of(turn, answer, session))
    yield


def pin(session: Session, payload: Payload) -> Iterator[None]:
    dialog, port, language = session.dialog, wanted(session), session.language
    if not isinstance(dialog, PinDialog):
        raise GoneError
    turn = session.turn(dialog.turn)
    answer = turn.answer if turn is not None else None
    if turn is None or answer is None:
        raise GoneError
    board, name = payload.text("board"), payload.text("name").strip()
    title, note = payload.text("title").strip(), payload.text("note").strip()
    wish = PinWish(
        plan=answer.plan,
        title=title or title_of(turn, answer, session),
        language=answer.language,
        board=board,
        name=name,
        note=note,
        size=_size(answer),
    )
    try:
        pinned = port.pin(wish, user=session.user)
    except UserError as error:
        fault = error.message.in_(language)
        session.dialog = replace(dialog, board=board, name=name, title=title, note=note, fault=fault)
    else:
        session.dialog = None
        said = say(language, "pinned", name=pinned.board.name)
        session.notify(said, act="board-open", ref=pinned.board.id, label=say(language, "open_board"))
    yield


def _size(answer: Answer) -> Size:
    """A single figure needs little room; whatever may come with a picture needs more."""
    drawn = answer.chart is not None and bool(answer.chart.spec)
    one = isinstance(answer.plan.steps[0], Query) and answer.table is not None and len(answer.table) == 1
    return Size.SMALL if one and not drawn else Size.WIDE


# --- tiles


def ask_tile(session: Session, payload: Payload) -> Iterator[None]:
    """The tile as a question, so that all that can be done with an answer can be done with it."""
    tile, board = _tile(session, payload)
    session.page = "ask"
    return run_plan(session, tile.plan, did("did_choose", tile.title), board.language)


def refresh_tile(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).refresh(place_of(session), user=session.user, tile=payload.text("ref"))
    yield


def open_tile(session: Session, payload: Payload) -> Iterator[None]:
    tile, board = _tile(session, payload)
    session.dialog = TileDialog(board=board.id, tile=tile.id, title=tile.title, note=tile.note, size=tile.size)
    yield


def change_tile(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    if not isinstance(dialog, TileDialog):
        raise GoneError
    title, note = payload.text("title"), payload.text("note")
    size = next((one for one in Size if one == payload.text("size")), dialog.size)
    try:
        wanted(session).change_tile(dialog.board, dialog.tile, title=title, note=note, size=size, user=session.user)
    except UserError as error:
        session.dialog = replace(dialog, title=title, note=note, size=size, fault=error.message.in_(session.language))
    else:
        session.dialog = None
    yield


def earlier(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).move(place_of(session).board, payload.text("ref"), -1, user=session.user)
    yield


def later(session: Session, payload: Payload) -> Iterator[None]:
    wanted(session).move(place_of(session).board, payload.text("ref"), 1, user=session.user)
    yield


def remove(session: Session, payload: Payload) -> Iterator[None]:
    tile, board = _tile(session, payload)
    wanted(session).remove(board.id, tile.id, user=session.user)
    said = say(session.language, "tile_removed", name=tile.title)
    session.notify(said, act="tile-back", ref=f"{board.id} {tile.id}", label=say(session.language, "undo"))
    yield


def put_back(session: Session, payload: Payload) -> Iterator[None]:
    board, _, tile = payload.text("ref").partition(" ")
    after = wanted(session).put_back(board, tile, user=session.user)
    name = next((one.title for one in after.shown if one.id == tile), "")
    session.notify(say(session.language, "tile_back", name=name))
    yield


def _tile(session: Session, payload: Payload) -> tuple[Tile, Board]:
    board = wanted(session).view(place_of(session), user=session.user).board
    tile = next((one for one in board.shown if one.id == payload.text("ref")), None)
    if tile is None:
        raise GoneError
    return tile, board


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        **boards_sharing.ACTIONS,
        "boards": look,
        "board-open": open_one,
        "board-close": close,
        "board-new": open_new,
        "board-rename-open": open_rename,
        "board-name": name_board,
        "board-delete": delete,
        "board-restore": restore,
        "board-refresh": refresh,
        "board-stop": stop,
        "board-export": export,
        "pin-open": open_pin,
        "pin": pin,
        "tile-ask": ask_tile,
        "tile-refresh": refresh_tile,
        "tile-edit-open": open_tile,
        "tile": change_tile,
        "tile-earlier": earlier,
        "tile-later": later,
        "tile-remove": remove,
        "tile-back": put_back,
    }
)
