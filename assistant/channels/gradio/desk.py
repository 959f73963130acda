"""Receives what a browser sends, finds whose it is, and lets the right action change the session."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assistant.channels.gradio import asking, browsing, opinions, reviewing, taking
from assistant.channels.gradio.asking import refusal
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import draw
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.topbar import PAGES
from assistant.channels.gradio.words import say
from assistant.channels.workspace import Completion, WordSpan, Workspace
from semantic_layer.errors import DefinitionError, Language, Text, UserError

LOG: Final = logging.getLogger(__name__)
ACTIONS: Final[Mapping[str, asking.Action]] = {
    **asking.ACTIONS,
    **browsing.ACTIONS,
    **opinions.ACTIONS,
    **reviewing.ACTIONS,
    **taking.ACTIONS,
}


def now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """All open tabs of one server. `outbox` is a private folder that the server may hand out files from."""

    def __init__(self, workspace: Workspace, outbox: Path, *, clock: Callable[[], datetime] = now) -> None:
        self._workspace = workspace
        self._outbox = outbox
        self._clock = clock
        self._open: dict[str, Session] = {}
        # As long as the tool-kit keeps a session, its tab may come back to it after a broken connection.
        self._known: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def arrive(self, tab: str, login: str | None, payload: Payload) -> Session:
        """A new session for a tab that was opened or reloaded."""
        known = {dataset.id for dataset in self._workspace.datasets}
        wanted = payload.text("dataset")
        dataset = wanted if wanted in known else self._workspace.datasets[0].id
        session = Session(
            workspace=self._workspace,
            user=self._workspace.user(login),
            dataset=dataset,
            assistant=self._workspace.assistant(dataset),
            language="en" if payload.text("language") == "en" else "zh",
            clock=self._clock,
        )
        session.visit = secrets.token_urlsafe(12)
        session.dark = payload.text("ground") == "dark"
        session.page = next((page for page in PAGES if page == payload.text("page")), "ask")
        session.start_over()
        with self._lock:
            self._open[tab] = session
            self._known[session.visit] = session
        return session

    def knows(self, visit: str) -> bool:
        """Whether a tab that lost its connection can go on where it was."""
        with self._lock:
            return visit in self._known

    def leave(self, tab: str) -> None:
        """The tab was closed: whatever was computed for it stops, and files it did not fetch are deleted."""
        with self._lock:
            session = self._open.pop(tab, None)
        if session is not None:
            session.stop()
            for path in session.outbox:
                shutil.rmtree(path.parent, ignore_errors=True)

    def handle(self, session: Session, login: str | None, payload: Payload) -> Iterator[dict[str, str]]:
        """Carry out one action; yields the regions to redraw. Who asks is read from the login each time."""
        session.user = self._workspace.user(login)
        action = ACTIONS.get(payload.act)
        if action is None:
            return
        try:
            for _ in action(session, payload):
                self._put_out(session)
                yield draw(session)
        except UserError as error:
            session.notify(error.message.in_(session.language), bad=True)
            yield draw(session)
        except DefinitionError as error:
            session.notify(str(error.issues[0]) if error.issues else str(error), bad=True)
            yield draw(session)
        except Exception:  # the one outermost handler of this channel: logged whole, shown as a number
            number = secrets.token_hex(4)
            LOG.exception("action %s failed, shown as %s", payload.act, number)
            _give_up(session, number)
            yield draw(session)

    def complete(
        self, dataset: str, text: str, language: Language
    ) -> tuple[tuple[Completion, ...], tuple[WordSpan, ...]]:
        """Ways to finish what is being typed, and which of its words are known."""
        if dataset not in {known.id for known in self._workspace.datasets} or not text.strip():
            return (), ()
        assistant = self._workspace.assistant(dataset)
        return assistant.complete(text, language), assistant.understood_spans(text)

    def _put_out(self, session: Session) -> None:
        """Move new files to where the server may hand them out, under names that cannot be guessed."""
        for position, path in enumerate(session.outbox):
            if not path.is_relative_to(self._outbox):
                folder = self._outbox / secrets.token_urlsafe(24)
                folder.mkdir(mode=0o700)
                session.outbox[position] = Path(shutil.copy2(path, folder / path.name))


def _give_up(session: Session, number: str) -> None:
    """Say what happened where the answer would stand, or else at the foot of the page."""
    session.selected, session.dialog = "", None  # whatever could not be drawn is out of sight
    turn = session.turn(session.running.turn) if session.running is not None else None
    if turn is None or turn.reply is not None:
        session.stop()
        session.notify(_apology(session.language, number), bad=True)
    else:
        session.finish(turn, refusal(turn, UserError(Text(_apology("zh", number), _apology("en", number)))))


def _apology(language: Language, number: str) -> str:
    return f"{say(language, 'went_wrong', id=number)} {say(language, 'went_wrong_hint')}"
