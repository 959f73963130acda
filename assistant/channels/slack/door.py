"""Slack as a door to the assistant: opened and closed with the process, and ended alone when its token is taken back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from assistant.accounts.port import Access
from assistant.channels.slack.api import TOKEN_GONE, SlackApi, SlackRefusedError
from assistant.channels.slack.blocks import Json
from assistant.channels.slack.connection import Socket
from assistant.channels.slack.counter import Counter
from assistant.channels.slack.desk import Desk, Running
from assistant.channels.slack.people import People
from assistant.channels.slack.sharing import Rooms
from assistant.channels.slack.store import SlackStore
from assistant.channels.slack.web import SlackAsgi
from assistant.channels.slack.words import WORDS, fill
from assistant.channels.workspace import Workspace
from assistant.settings import Settings
from semantic_layer.errors import DataError, NotAllowedError, Text, UserError

LOG: Final = logging.getLogger(__name__)
WAITS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)  # seconds between attempts to reach Slack; the last one repeats
PATIENCE: Final = 5.0  # seconds that stopping waits for work under way


class SlackDoor:
    """`start` opens it without waiting for Slack; `said` tells how it is."""

    def __init__(
        self,
        workspace: Workspace,
        access: Access,
        settings: Settings,
        *,
        store: SlackStore,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._access = access
        self._settings = settings
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._said = WORDS["off"]
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._app: App | None = None
        self._counter: Counter | None = None
        self._socket: Socket | None = None
        self._asgi = SlackAsgi(
            self._bolt,
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            most_bytes=settings.body_kilobytes * 1024,
        )

    @property
    def asgi(self) -> SlackAsgi:
        """To be mounted at `/slack` in HTTP mode; refuses everything while the door is not open."""
        return self._asgi

    def said(self) -> Text:
        """How the door is, in words."""
        socket = self._socket
        with self._lock:
            said = self._said
        if said == WORDS["connected"] and socket is not None and not socket.is_connected():
            return WORDS["reconnecting"]
        return said

    def start(self) -> None:
        """Open the door, if it was chosen. Raises `UserError`: no accounts here, or a setting is missing."""
        if self._settings.slack == "off":
            return
        if self._access.local is not None:
            raise NotAllowedError(WORDS["needs_accounts"])
        missing = self._missing()
        if missing:
            raise UserError(fill("needs_setting", names=", ".join(missing)), suggestions=missing)
        self._closing.clear()
        self._say(WORDS["connecting"])
        self._thread = threading.Thread(target=self._open, name="slack-open", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the door. Questions under way are left for the next start."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)
        if self._socket is not None:
            self._socket.close_soon()
        self._end(WORDS["off"] if self._settings.slack == "off" else WORDS["ended"])

    def _missing(self) -> tuple[str, ...]:
        needed = {"QUNXIANG_SLACK_BOT_TOKEN": self._settings.slack_bot_token}
        if self._settings.slack == "socket":
            needed["QUNXIANG_SLACK_APP_TOKEN"] = self._settings.slack_app_token
        else:
            needed["QUNXIANG_SLACK_SIGNING_SECRET"] = self._settings.slack_signing_secret
        return tuple(name for name, secret in needed.items() if not secret.get_secret_value())

    def _open(self) -> None:
        """Try until Slack can be reached, the token proves to be no good, or the door is closed."""
        attempt = 0
        while not self._closing.is_set():
            try:
                self._connect()
            except Exception as error:  # noqa: BLE001  # the client raises what its sockets raise; none may end the process
                if self._closing.is_set():
                    return
                code = error.code if isinstance(error, SlackRefusedError) else type(error).__name__
                LOG.warning("Slack cannot be reached: %s", code)
                self._say(fill("unreachable", code=code))
                self._closing.wait(WAITS[min(attempt, len(WAITS) - 1)])
                attempt += 1
            else:
                return

    def _connect(self) -> None:
        settings = self._settings
        token = settings.slack_bot_token.get_secret_value()
        api = SlackApi(token=token, address=settings.slack_api_url, on_token_gone=self._lost)
        us = api.ourselves()
        people = People(api, self._access, team=us.team, match_email=settings.slack_match_email, clock=self._clock)
        desk = Desk(
            workspace=self._workspace,
            api=api,
            people=people,
            rooms=Rooms(api, people, team=us.team, ourselves=us.user, clock=self._clock),
            store=self._store,
            running=Running(),
            us=us,
            clock=self._clock,
            new_id=self._new_id,
            base_url=settings.base_url,
        )
        counter = Counter(desk, on_lost=self._lost)
        allowed = AuthorizeResult(
            enterprise_id=None, team_id=us.team, bot_user_id=us.user, bot_id=us.bot, bot_token=token
        )
        app = _bolt(api, settings, allowed, counter)
        opened = self._clock()
        counter.start()
        if settings.slack == "socket":
            try:
                self._dial(app, api)
            except Exception:
                counter.stop(0.0)
                raise
        self._counter = counter
        counter.resume(opened)
        with self._lock:
            self._app = app
        self._say(WORDS["connected" if settings.slack == "socket" else "listening"])

    def _dial(self, app: App, api: SlackApi) -> None:
        token = self._settings.slack_app_token.get_secret_value()
        socket = Socket(app, api.client, app_token=token, on_token_gone=self._lost)
        try:
            socket.connect()
        except Exception:
            socket.close()
            raise
        self._socket = socket

    def _bolt(self) -> App | None:
        with self._lock:
            return self._app if self._settings.slack == "http" else None

    def _lost(self, code: str) -> None:
        """A token was taken back: this door closes, the rest of the process goes on."""
        if code not in TOKEN_GONE | {"tokens_revoked"} or self._closing.is_set():
            return
        self._closing.set()
        said = fill("revoked", code=code)
        LOG.error("%s", said.en)
        if self._socket is not None:
            self._socket.close_soon()
        self._say(said)
        threading.Thread(target=self._end, args=(said,), name="slack-end", daemon=True).start()

    def _end(self, said: Text) -> None:
        with self._lock:
            self._app = None
        if self._counter is not None:
            self._counter.stop(PATIENCE)
        self._say(said)

    def _say(self, said: Text) -> None:
        with self._lock:
            self._said = said


def slack_door(
    workspace: Workspace,
    access: Access,
    settings: Settings,
    *,
    store: SlackStore,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> SlackDoor:
    """The door as the settings describe it, still closed. `clock` gives aware times; `new_id` short unguessable names."""
    return SlackDoor(workspace, access, settings, store=store, clock=clock, new_id=new_id)


def _bolt(api: SlackApi, settings: Settings, allowed: AuthorizeResult, counter: Counter) -> App:
    """Bolt for what it is best at: signatures, their age, the handshake, the app's own messages. The rest is `counter`'s."""
    quiet = LOG.getChild("bolt")
    quiet.setLevel(logging.ERROR)  # below that, Bolt logs what people wrote
    app = App(
        client=api.client,
        logger=quiet,
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        authorize=lambda: allowed,
    )

    def take(body: Mapping[str, object]) -> BoltResponse:
        try:
            answer = counter.take(cast("Mapping[str, Json]", body))
        except DataError as error:
            LOG.warning("a delivery of Slack could not be kept: %s", error)
            return BoltResponse(status=503, body="")
        headers: dict[str, str | Sequence[str]] = {"content-type": "application/json; charset=utf-8"}
        return BoltResponse(status=200, body=answer, headers=headers if answer else None)

    app.use(take)
    return app
