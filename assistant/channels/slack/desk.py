"""What the parts of the Slack door share: the ports, who and what belongs to a place, and what is being worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.accounts.types import Account
from assistant.channels.slack.api import Ourselves, SlackApi
from assistant.channels.slack.people import People
from assistant.channels.slack.sharing import Rooms
from assistant.channels.slack.store import SlackStore
from assistant.channels.slack.values import Kept, Place, Seat
from assistant.channels.workspace import AssistantPort, Workspace
from semantic_layer.engines.base import Cancel


class Running:
    """Questions that wait or are worked on, by key, so that they can be stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Cancel]] = {}
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether the door is being closed; what is stopped then was not stopped by a person."""
        return self._closing

    def begin(self, key: str, user: str) -> Cancel:
        cancel = Cancel()
        with self._lock:
            self._open[key] = (user, cancel)
        return cancel

    def end(self, key: str) -> None:
        with self._lock:
            self._open.pop(key, None)

    def stop(self, key: str, user: str) -> bool:
        """Stop a question; false when another person asked it. One that is over already needs no stopping."""
        with self._lock:
            found = self._open.get(key)
        if found is None:
            return True
        if found[0] != user:
            return False
        found[1].press()
        return True

    def close(self) -> None:
        self._closing = True
        with self._lock:
            left = tuple(self._open.values())
        for _, cancel in left:
            cancel.press()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that answering needs."""

    workspace: Workspace
    api: SlackApi
    people: People
    rooms: Rooms
    store: SlackStore
    running: Running
    us: Ourselves
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    base_url: str

    def assistant(self, data_set: str) -> AssistantPort:
        return self.workspace.assistant(data_set)

    def kept(self, reply: str) -> Kept | None:
        """A reply behind a button, if it is not too old and its data set is still there."""
        found = self.store.kept(reply, now=self.clock())
        return found if found is not None and found.data_set in self._names() else None

    def allowed(self, account: Account) -> tuple[str, ...]:
        """Names of the data sets in which an account has a role."""
        return tuple(name for name in self._names() if account.roles_in(name))

    def data_set(self, place: Place, account: Account) -> str:
        """What was chosen for the thread, else for the channel, else the first with a role."""
        for one in (place, replace(place, thread="")):
            chosen = self.store.seat(one).data_set
            if chosen in self._names():
                return chosen
        return next(iter(self.allowed(account)), self._names()[0])

    def conversation(self, place: Place) -> str:
        """The place of a conversation; a login is added before it names one."""
        return self.store.seat(place).conversation or f"{place.team}:{place.channel}:{place.thread or 'direct'}"

    def choose(self, place: Place, data_set: str) -> None:
        self.store.put_seat(place, replace(self.store.seat(place), data_set=data_set))

    def start_over(self, place: Place) -> None:
        """A new conversation at a place."""
        fresh = f"{place.team}:{place.channel}:{self.new_id()}"
        self.store.put_seat(place, Seat(self.store.seat(place).data_set, fresh))

    def _names(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.workspace.datasets)


def conversation_id(conversation: str, account: Account) -> str:
    """Nobody goes on with another person's conversation: the login is part of the name."""
    return f"slack:{conversation}:{account.login}"
