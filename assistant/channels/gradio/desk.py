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
from typing import Final, Literal

from assistant.accounts.port import Access
from assistant.accounts.types import Account
from assistant.channels.gradio import (
    administering,
    asking,
    boards_actions,
    browsing,
    campaigns_actions,
    data_actions,
    data_drafting,
    data_tasks,
    keys,
    models_actions,
    opinions,
    people_actions,
    reviewing,
    segments_actions,
    tag_actions,
    taking,
    watching,
)
from assistant.channels.gradio.asking import refusal
from assistant.channels.gradio.data_uploads import UploadError, Uploads
from assistant.channels.gradio.office import Office
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.screen import draw, draw_closed
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.topbar import pages_of
from assistant.channels.gradio.words import WORDS, say
from assistant.channels.workspace import Completion, WordSpan, Workspace
from assistant.stewardship.port import Stewards, nobody
from assistant.stewardship.types import StewardRights, require_manage_data
from semantic_layer.errors import DefinitionError, Language, Text, UserError

LOG: Final = logging.getLogger(__name__)
ACTIONS: Final[Mapping[str, asking.Action]] = {
    **administering.ACTIONS,
    **asking.ACTIONS,
    **boards_actions.ACTIONS,
    **browsing.ACTIONS,
    **campaigns_actions.ACTIONS,
    **models_actions.actions(lambda session: session.stewardship.models, lambda session: session.models),
    **data_actions.ACTIONS,
    **data_drafting.ACTIONS,
    **data_tasks.ACTIONS,
    **keys.ACTIONS,
    **opinions.ACTIONS,
    **people_actions.ACTIONS,
    **reviewing.ACTIONS,
    **segments_actions.actions(lambda session: session.stewardship.living, lambda session: session.segments),
    **tag_actions.ACTIONS,
    **taking.ACTIONS,
    **watching.ACTIONS,
}


def now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """All open tabs of one server. `outbox` is a private folder that the server may hand out files from.

    A `login` is what the server found out about a request, never what a browser says; `None` means that nobody is
    signed in, which is enough only where `access` has a person at the machine.
    """

    def __init__(
        self,
        workspace: Workspace,
        access: Access,
        outbox: Path,
        *,
        office: Office | None = None,
        stewards: Stewards = nobody,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._workspace = workspace
        self._access = access
        self._outbox = outbox
        self._office = office if office is not None else Office()
        self._stewards = stewards
        self._uploads = Uploads()
        self._clock = clock
        self._open: dict[str, Session] = {}
        # As long as the tool-kit keeps a session, its tab may come back to it after a broken connection.
        self._known: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def account(self, login: str | None) -> Account | None:
        """Who a login is now; `None` for nobody, and for one that is missing or closed."""
        return self._access.account(login) if login is not None else self._access.local

    def arrive(self, tab: str, login: str | None, payload: Payload, *, form_token: str = "") -> Session | None:
        """A new session for a tab that was opened or reloaded; `None` for nobody, or when the tab is another person's."""
        account = self.account(login)
        if account is None or not self.may_use(tab, login):
            return None
        dataset = self._first(account, payload.text("dataset"))
        session = Session(
            workspace=self._workspace,
            access=self._access,
            account=account,
            office=self._office,
            dataset=dataset,
            assistant=self._workspace.assistant(dataset),
            language=spoken(payload),
            clock=self._clock,
            stewards=self._stewards,
            uploads=self._uploads,
            form_token=form_token,
        )
        session.visit = secrets.token_urlsafe(12)
        session.dark = payload.text("ground") == "dark"
        session.page = next((page for page in pages_of(session) if page == payload.text("page")), "ask")
        session.start_over()
        if session.page == "insights":
            watching.look(session)
        boards_actions.arrive(session, payload.text("link"), payload.text("board"))
        with self._lock:
            self._open[tab] = session
            self._known[session.visit] = session
        return session

    def _first(self, account: Account, wanted: str) -> str:
        """The data set that the browser remembers, if there is a role for it; else the first with one."""
        allowed = [one.id for one in self._workspace.datasets if account.roles_in(one.id)]
        return wanted if wanted in allowed else (allowed or [self._workspace.datasets[0].id])[0]

    def may_use(self, tab: str, login: str | None) -> bool:
        """Whether a tab is this person's or nobody's yet."""
        account = self.account(login)
        with self._lock:
            session = self._open.get(tab)
        return account is not None and (session is None or session.account.login == account.login)

    def may_fetch(self, path: Path, login: str | None) -> bool:
        """Whether a file waits for this person in one of their tabs."""
        account = self.account(login)
        if account is None:
            return False
        with self._lock:
            sessions = [one for one in self._open.values() if one.account.login == account.login]
        return any(path in session.outbox for session in sessions)

    def whose(self, visit: str, login: str | None) -> Literal["yours", "another's", "gone"]:
        """Whether a tab that was away can go on where it was; `gone` after a restart."""
        with self._lock:
            session = self._known.get(visit)
        if session is None:
            return "gone"
        return "yours" if self._admitted(session, login) is not None else "another's"

    def _admitted(self, session: Session, login: str | None) -> Account | None:
        """The account as it is now, if it is the one that opened the session."""
        account = self.account(login)
        return account if account is not None and account.login == session.account.login else None

    def leave(self, tab: str, login: str | None) -> None:
        """The tab was closed: whatever was computed for it stops, and files it did not fetch are deleted.

        Also for somebody who was signed out meanwhile, but not for another person.
        """
        with self._lock:
            session = self._open.get(tab)
            if session is None or login not in (None, session.account.login):
                return
            del self._open[tab]
        session.stop()
        for path in session.outbox:
            shutil.rmtree(path.parent, ignore_errors=True)

    def handle(self, session: Session, login: str | None, payload: Payload) -> Iterator[dict[str, str]]:
        """Carry out one action; yields the regions to redraw. Who asks is looked up anew before each of them."""
        action = ACTIONS.get(payload.act)
        if not self._admit(session, login):
            yield draw_closed(session)
            return
        if action is None:
            return
        try:
            for _ in action(session, payload):
                if not self._admit(session, login):
                    yield draw_closed(session)
                    return
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

    def _admit(self, session: Session, login: str | None) -> bool:
        """Bring the account of a session up to date. Work for an account that was closed stops; another's goes on."""
        account = self._admitted(session, login)
        if account is not None:
            if session.account.administrator and not account.administrator:
                session.dialog = None  # whatever it shows was for administrators
            session.account = account
            if session.page not in pages_of(session):
                session.page = "ask"
            return True
        if self._access.account(session.account.login) is None:
            session.stop()
        return False

    def complete(
        self, dataset: str, text: str, language: Language, login: str | None
    ) -> tuple[tuple[Completion, ...], tuple[WordSpan, ...]]:
        """Ways to finish what is being typed, and which of its words are known; nothing without a role in the data set."""
        account = self.account(login)
        if account is None or not account.roles_in(dataset) or not text.strip():
            return (), ()
        if dataset not in {known.id for known in self._workspace.datasets}:
            return (), ()
        assistant = self._workspace.assistant(dataset)
        user = account.user_in(dataset, via="page")
        return assistant.complete(text, language, user=user), assistant.understood_spans(text)

    def receive(self, payload: Payload, login: str | None) -> int:
        """A piece of a file for the Data page; how many bytes of it are there now.

        Raises a `UserError` for nobody, for who may not change sources, and as `Uploads.receive` does.
        """
        account, dataset = self.account(login), payload.text("dataset")
        if account is None or dataset not in {known.id for known in self._workspace.datasets}:
            raise UploadError(WORDS["upload_failed"])
        ports = self._stewards(dataset)
        user = account.user_in(dataset, via="page")
        manages = ports.sources is not None and bool(user.roles) and ports.sources.may_manage(user)
        may = manages or (ports.living is not None and bool(ports.living.identifiers(user=user)))
        require_manage_data(StewardRights(manage_data=may))
        return self._uploads.receive(
            account.login,
            payload.text("upload"),
            name=payload.text("name"),
            offset=payload.number("offset"),
            data=payload.long_text("data"),
        )

    def _put_out(self, session: Session) -> None:
        """Move new files to where the server may hand them out, under names that cannot be guessed."""
        for position, path in enumerate(session.outbox):
            if not path.is_relative_to(self._outbox):
                folder = self._outbox / secrets.token_urlsafe(24)
                folder.mkdir(mode=0o700)
                session.outbox[position] = Path(shutil.copy2(path, folder / path.name))


def spoken(payload: Payload) -> Language:
    """The language that a browser asks for."""
    return "en" if payload.text("language") == "en" else "zh"


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
