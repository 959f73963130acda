"""What tests of the page without a browser do again and again."""

from __future__ import annotations

from assistant.channels.gradio.desk import Desk
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session


def arrive(desk: Desk, tab: str = "tab", login: str | None = None, **fields: str) -> Session:
    session = desk.arrive(tab, login, Payload.of({"language": "zh", **fields}))
    assert session is not None
    return session


def do(desk: Desk, session: Session, login: str | None = None, /, **fields: object) -> dict[str, str]:
    """Carry out an action to its end; the regions as they are last drawn."""
    last: dict[str, str] = {}
    for changed in desk.handle(session, login, Payload.of(fields)):
        last |= changed
    return last
