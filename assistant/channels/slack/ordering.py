"""The slash command besides asking, and the home page of the app."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from assistant.channels.slack import dialogs
from assistant.channels.slack.asking import Asking
from assistant.channels.slack.desk import Desk
from assistant.channels.slack.people import Stranger
from assistant.channels.slack.values import Home, Job, Order, Person
from assistant.channels.slack.words import WORDS, fill
from semantic_layer.errors import Text

HELP: Final = frozenset({"", "help", "帮助"})
NEW: Final = frozenset({"new", "重新开始"})
DATA: Final = frozenset({"data", "数据集"})


def is_question(order: Order) -> bool:
    """Whether what follows the command is to be answered, not obeyed."""
    first, _, rest = order.text.partition(" ")
    return order.text not in HELP | NEW and not (first in DATA and len(rest.split()) <= 1)


def job_of(order: Order) -> Job:
    """The question of a command. Nobody saw it being typed, so it is repeated with the answer."""
    return Job(
        key=order.key,
        place=order.place,
        user=order.user,
        text=order.text,
        quoted=True,
        follows=order.place.direct,
    )


class Ordering:
    """Obeys commands that ask nothing."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        self._desk = desk
        self._tell = asking.tell

    def obey(self, order: Order) -> None:
        found = self._desk.people.find(order.user)
        if isinstance(found, Stranger):
            if found.said is not None:
                self._tell(order.place, order.user, found.said, found.language)
            return
        self._tell(order.place, order.user, self._done(order, found), found.language)

    def _done(self, order: Order, person: Person) -> Text:
        first, _, name = order.text.partition(" ")
        if order.text in HELP:
            return WORDS["help"]
        if order.text in NEW:
            if not order.place.direct:
                return WORDS["new_thread"]
            self._desk.start_over(order.place)
            return WORDS["started_over"]
        return self._data_set(order, person, name.strip()) if first in DATA else WORDS["help"]

    def _data_set(self, order: Order, person: Person, name: str) -> Text:
        """Only a data set in which the person has a role can be seen or chosen."""
        allowed = self._desk.allowed(person.account)
        names = ", ".join(allowed) or "–"
        place = replace(order.place, thread="")
        if not name:
            now = self._desk.data_set(place, person.account)
            return fill("datasets", names=names, now=now if now in allowed else "–")
        if name not in allowed:
            return fill("dataset_unknown", name=name, names=names)
        self._desk.choose(place, name)
        if place.direct:
            self._desk.start_over(place)
        return fill("dataset_now", name=name)

    def home(self, home: Home) -> None:
        """Sample questions for those who may ask; for others, how to be connected."""
        found = self._desk.people.find(home.user)
        if isinstance(found, Stranger):
            self._desk.api.publish(home.user, dialogs.closed_home(found.said, found.language))
            return
        allowed = self._desk.allowed(found.account)
        if not allowed:
            said = fill("datasets", names="–", now="–")
            self._desk.api.publish(home.user, dialogs.closed_home(said, found.language))
            return
        assistant = self._desk.assistant(allowed[0])
        questions = assistant.samples(found.language)[:3]
        self._desk.api.publish(home.user, dialogs.home(found.language, questions, assistant.scope(found.language)))
