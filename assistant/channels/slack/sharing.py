"""What of a reply may stand where several people read it, and whether they all may read as much as the one who asked.

A reply is computed under the rights of the asker. Two rules decide: what is about single people is never shown to several;
and anything else is, only if everybody who can read the place has at least the asker's roles. When in doubt: no.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.channels.slack import api as slack
from assistant.channels.slack.api import SlackApi, SlackRefusedError
from assistant.channels.slack.people import People
from assistant.channels.slack.values import Person
from assistant.channels.slack.words import WORDS
from semantic_layer.errors import Text
from semantic_layer.model.types import Sensitivity, Unit
from semantic_layer.query.acts import Predict, StartCampaign
from semantic_layer.query.plan import (
    Became,
    Card,
    Catalogue,
    Define,
    Export,
    Pin,
    Plan,
    Profile,
    SaveSegment,
    WhyMember,
)
from semantic_layer.table import Table

SMALL_GROUP: Final = 5  # fewer people than this could be recognised
MOST_READERS: Final = 200
FRESH_FOR: Final = timedelta(seconds=60)
_PERSONAL_STEPS: Final = (Card, WhyMember, Became, Export, SaveSegment, Predict, StartCampaign, Pin)
_DEFINING_STEPS: Final = (Define, Catalogue)


@dataclass(frozen=True, slots=True)
class Readers:
    """All who can read a place, each with their roles in the data set; or why that could not be found out."""

    roles: tuple[frozenset[str], ...] = ()
    unknown: Text | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`shown` is what may stand before all, `None` for nothing. `why` says what is missing from it, and is empty if nothing is."""

    shown: Reply | None
    why: Text | None = None


def may_be_shared(reply: Reply, roles: tuple[str, ...], readers: Readers) -> Verdict:
    """What of a reply that was computed under `roles` may be read by `readers`."""
    if readers.unknown is not None:
        return Verdict(None, readers.unknown)
    if not all(one >= frozenset(roles) for one in readers.roles):
        return Verdict(None, WORDS["why_readers"])
    if _about_persons(reply):
        return Verdict(None, WORDS["why_persons"])
    if not isinstance(reply, Answer):
        return Verdict(reply)
    shown = _without_persons(reply)
    return Verdict(shown, WORDS["why_list"] if shown != reply else None)


def _without_persons(answer: Answer) -> Answer:
    """The sentence, chips, numbers and picture of an answer."""
    defining = all(isinstance(step, _DEFINING_STEPS) for step in answer.plan.steps)
    return replace(answer, people=None, files=(), sections=answer.sections if defining else ())


def _about_persons(reply: Reply) -> bool:
    match reply:
        case Answer():
            return _names_persons(reply.plan) or _small(reply) or (reply.table is not None and _personal(reply.table))
        case Clarification():
            return any(_names_persons(option.plan) or _few(_counted(option.count)) for option in reply.options)
        case Refusal():
            return False
        case _:
            assert_never(reply)


def _names_persons(plan: Plan) -> bool:
    return any(isinstance(step, _PERSONAL_STEPS) for step in plan.steps)


def _personal(table: Table) -> bool:
    """Whether the rows are single people, or a column is about them."""
    return any(
        column.masked or column.sensitivity is not Sensitivity.NONE or column.role in ("key", "attribute")
        for column in table.columns
    )


def _small(answer: Answer) -> bool:
    """Whether the answer counts a group so small that somebody could be recognised."""
    sizes: list[int | None] = [step.count for step in answer.waterfall]
    sizes += [one.count for one in answer.relaxations]
    if answer.profile is not None:
        drawn = any(isinstance(step, Profile) for step in answer.plan.steps)
        sizes += [answer.profile.size, *(row.count for row in answer.profile.rows if drawn)]
    if answer.headline is not None and not answer.table:
        sizes.append(_counted(answer.headline.exact))
    return any(_few(size) for size in sizes) or (answer.table is not None and _small_rows(answer.table))


def _small_rows(table: Table) -> bool:
    counts = [index for index, column in enumerate(table.columns) if column.unit is Unit.COUNT]
    return any(_few(_whole(row[index])) for row in table.rows for index in counts)


def _whole(cell: object) -> int | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    return int(cell) if cell == int(cell) else None


def _counted(said: str) -> int | None:
    """The number at the beginning of "1,204 people"; `None` for anything else."""
    found = re.match(r"\s*(\d[\d,]*)(?![\d.,])", said)
    return int(found.group(1).replace(",", "")) if found else None


def _few(size: int | None) -> bool:
    return size is not None and 0 < size < SMALL_GROUP


class Rooms:
    """Who can read a channel. Members are asked for again after a minute; roles are looked at every time."""

    def __init__(
        self, api: SlackApi, people: People, *, team: str, ourselves: str, clock: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._people = people
        self._team = team
        self._ourselves = ourselves
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, dict[str, slack.Profile | None] | Text]] = {}

    def readers(self, channel: str, data_set: str, asker: Person) -> Readers:
        """Everybody of an open channel's workspace, the members of a closed one. Fails closed."""
        try:
            found = self._who(channel)
            if isinstance(found, Text):
                return Readers(unknown=found)
            roles: list[frozenset[str]] = []
            for user, profile in found.items():
                account = asker.account if user == asker.slack else self._people.account(user, profile)
                roles.append(frozenset(account.roles_in(data_set)) if account is not None else frozenset())
        except SlackRefusedError:
            return Readers(unknown=WORDS["why_unknown"])
        if any(not one for one in roles):
            return Readers(unknown=WORDS["why_readers"])
        return Readers(roles=tuple(roles))

    def _who(self, channel: str) -> dict[str, slack.Profile | None] | Text:
        now = self._clock()
        with self._lock:
            known = self._known.get(channel)
        if known is not None and now - known[0] < FRESH_FOR:
            return known[1]
        found = self._look(channel)
        with self._lock:
            if len(self._known) > MOST_READERS:
                self._known.clear()
            self._known[channel] = (now, found)
        return found

    def _look(self, channel: str) -> dict[str, slack.Profile | None] | Text:
        about = self._api.channel(channel)
        if about.shared:
            return WORDS["why_shared"]
        members = self._api.members(channel, MOST_READERS)
        if members is None:
            return WORDS["why_many"]
        found: dict[str, slack.Profile | None] = {user: None for user in members if user != self._ourselves}
        if about.open_to_all:
            everybody = self._api.everybody(self._team, MOST_READERS)
            if everybody is None:
                return WORDS["why_many"]
            found |= {one.id: one for one in everybody if one.id != self._ourselves}
        return found
