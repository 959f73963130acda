"""What actions and dialogs about boards share: the port, the open board, and what an answer is called."""

from __future__ import annotations

from assistant.answer import Answer
from assistant.boards.port import BoardsPort, BoardView, Place
from assistant.channels.gradio.asking import GoneError
from assistant.channels.gradio.session import Session, Turn
from tools.boards.pinnable import is_pinnable


def can_pin(answer: Answer, session: Session) -> bool:
    """Whether an answer may be kept on a board and passed on."""
    return session.stewardship.boards is not None and bool(session.user.roles) and is_pinnable(answer.plan)


def wanted(session: Session) -> BoardsPort:
    """The boards of the open data set; raises when there are none."""
    port = session.stewardship.boards
    if port is None:
        raise GoneError
    return port


def open_board(port: BoardsPort, board: str, session: Session) -> BoardView:
    """The board of a dialog, as it is now."""
    place = session.boards.place
    if place is None or place.board != board:
        place = Place(board=board)
    return port.view(place, user=session.user)


def place_of(session: Session) -> Place:
    """The open board; raises when none is."""
    if session.boards.place is None:
        raise GoneError
    return session.boards.place


def title_of(turn: Turn, answer: Answer, session: Session) -> str:
    """What was asked, in the person's words or as it was understood; never a number of the answer."""
    if isinstance(turn.request, str):
        return turn.asked.in_(answer.language)
    return session.assistant.restated(answer) or turn.asked.in_(answer.language)
